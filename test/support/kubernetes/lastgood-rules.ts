/** What lastgood's account may do in a cluster (reference: the grants of its manifests), with the opt-in to ask engines to look. */
export const LASTGOOD_RULES = [
  {
    apiGroups: ["argoproj.io"],
    resources: ["applications", "applicationsets", "appprojects", "rollouts"],
    verbs: ["get", "list", "watch"],
  },
  { apiGroups: ["kustomize.toolkit.fluxcd.io"], resources: ["kustomizations"], verbs: ["get", "list", "watch"] },
  { apiGroups: ["helm.toolkit.fluxcd.io"], resources: ["helmreleases"], verbs: ["get", "list", "watch"] },
  {
    apiGroups: ["source.toolkit.fluxcd.io"],
    resources: ["gitrepositories", "ocirepositories", "buckets", "helmrepositories", "helmcharts"],
    verbs: ["get", "list", "watch"],
  },
  { apiGroups: ["flagger.app"], resources: ["canaries"], verbs: ["get", "list", "watch"] },
  {
    apiGroups: ["apps"],
    resources: ["deployments", "statefulsets", "daemonsets", "replicasets"],
    verbs: ["get", "list", "watch"],
  },
  { apiGroups: ["batch"], resources: ["jobs", "cronjobs"], verbs: ["get", "list", "watch"] },
  { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: ["get", "list", "watch"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
] as const;

/** The opt-in overlay. */
export const LOOK_RULES = [
  { apiGroups: ["argoproj.io"], resources: ["applications"], verbs: ["patch"] },
  { apiGroups: ["kustomize.toolkit.fluxcd.io"], resources: ["kustomizations"], verbs: ["patch"] },
  { apiGroups: ["helm.toolkit.fluxcd.io"], resources: ["helmreleases"], verbs: ["patch"] },
  {
    apiGroups: ["source.toolkit.fluxcd.io"],
    resources: ["gitrepositories", "ocirepositories", "buckets", "helmrepositories", "helmcharts"],
    verbs: ["patch"],
  },
] as const;
