/** A kind of an operator that tells how it is in its own words: nothing that lastgood has a rule for. */
export function databaseCrd(scope: "Namespaced" | "Cluster" = "Namespaced"): object {
  const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec: anything, status: anything } } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "databases.data.lastgood.test" },
    spec: {
      group: "data.lastgood.test",
      scope,
      names: { kind: "Database", plural: "databases", singular: "database", listKind: "DatabaseList" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
}

export const DATABASE = { apiVersion: "data.lastgood.test/v1", kind: "Database" } as const;

/** As a configuration has it. */
export const DATABASE_HEALTH = {
  ...DATABASE,
  current: "status.phase == 'Running'",
  failed: "status.phase == 'Broken'",
} as const;
