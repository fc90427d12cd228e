/** `shop` in two colours, blue and green. */

/** The Deployment of a colour. */
export function pods(colour: string, version: number): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${colour}
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
