/** `shop` in two colours, blue and green. */

/** The Deployment of a colour. `annotations`: `key: value, key: value`. */
export function pods(colour: string, version: number, annotations = ""): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${colour}
  annotations: {${annotations}}
spec:
  selector: { matchLabels: { colour: ${colour} } }
  template:
    metadata:
      labels: { app: shop, colour: ${colour} }
    spec:
      containers:
        - name: shop
          image: ghcr.io/acme/shop:${version}
`;
}

/** The Service that gives a colour the traffic. */
export function carrier(colour: string): string {
  return `apiVersion: v1\nkind: Service\nmetadata:\n  name: shop\nspec:\n  selector:\n    app: shop\n    colour: ${colour}\n`;
}

/** The files of `apps/shop`: blue runs version 1; then green comes with version 2 and gets the traffic. `annotations`: of blue. */
export function comesGreen(annotations = "") {
  return [
    {
      files: {
        "apps/shop/blue.yaml": pods("blue", 1, annotations),
        "apps/shop/green.yaml": pods("green", 1),
        "apps/shop/service.yaml": carrier("blue"),
      },
      message: "Add shop (#1)",
    },
    {
      files: { "apps/shop/green.yaml": pods("green", 2), "apps/shop/service.yaml": carrier("green") },
      message: "feat(shop): 2 (#2)",
    },
  ] as const;
}
