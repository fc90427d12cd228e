/** The beginning of a configuration: `api`, made from apps/api, which the Argo CD `prod` deploys. */
export const API_CONFIG = `apiVersion: lastgood.dev/v1alpha1
kind: Config
engines: [{ name: prod, type: argocd, context: test }]
targets:
  - name: api
    environment: prod
    paths: [apps/api]
    health: [{ engine: { name: prod, object: api } }]
`;
