/** A kind with a schema that bites: for what a server does with schemas, whatever the kind. */
export const WIDGET_CRD = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.lastgood.test" },
  spec: {
    group: "lastgood.test",
    scope: "Namespaced",
    names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                required: ["size"],
                properties: {
                  size: { type: "integer", minimum: 1 },
                  colour: { type: "string", enum: ["red", "green"], default: "red" },
                },
              },
            },
          },
        },
      },
    ],
  },
} as const;
