/** A Deployment named `api` of one container; `env` and `replicas` when given. */
export function deployment(
  image: string,
  {
    env = {},
    replicas,
    name = "api",
  }: { readonly env?: Readonly<Record<string, string>>; readonly replicas?: number; readonly name?: string } = {},
): string {
  const variables = Object.entries(env).flatMap(([key, value]) => [
    `            - name: ${key}`,
    `              value: ${value}`,
  ]);
  return [
    "apiVersion: apps/v1",
    "kind: Deployment",
    "metadata:",
    `  name: ${name}`,
    "spec:",
    ...(replicas === undefined ? [] : [`  replicas: ${replicas}`]),
    "  selector:",
    `    matchLabels: { app: ${name} }`,
    "  template:",
    "    metadata:",
    `      labels: { app: ${name} }`,
    "    spec:",
    "      containers:",
    `        - name: ${name}`,
    `          image: acme/${image}`,
    ...(variables.length === 0 ? [] : ["          env:", ...variables]),
    "",
  ].join("\n");
}
