import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FieldChange, Segment } from "../../src/core/model/field.ts";
import type { JsonValue } from "../../src/core/model/json.ts";
import {
  HIDDEN,
  HIDDEN_CHANGED,
  isSecretField,
  redactChange,
  redactSaid,
  redactText,
  redactValue,
} from "../../src/core/redact.ts";

/** `spec/containers/[api]/env/[DB_URL]/value`: `[x]` is the item of a keyed list, `#1` an index. */
function pathOf(text: string): readonly Segment[] {
  return text.split("|").map((part) => {
    if (part.startsWith("[")) return { id: part.slice(1, -1), match: { name: part.slice(1, -1) } };
    return part.startsWith("#") ? { index: Number(part.slice(1)) } : { key: part };
  });
}

const POD = "spec|template|spec|containers|[api]";

describe("isSecretField", () => {
  it.each([
    ["Secret", "data|x"],
    ["Secret", "stringData|anything"],
    ["ConfigMap", "data|DB_PASSWORD"],
    ["ConfigMap", "data|sentry.dsn"],
    ["Deployment", `${POD}|env|[API_TOKEN]|value`],
    ["Deployment", `${POD}|env|[AWS_SECRET_ACCESS_KEY]|value`],
    ["Deployment", `${POD}|env|[db_passwd]`],
    ["Deployment", "metadata|annotations|kubectl.kubernetes.io/last-applied-configuration"],
    ["Grafana", "spec|config|security|admin_password"],
    ["values", "redis|auth|password"],
    ["values", "apiKey"],
  ])("hides %s %s", (kind, path) => {
    expect(isSecretField(kind, pathOf(path))).toBe(true);
  });

  it.each([
    ["Secret", "type"],
    ["Secret", "metadata|labels|app"],
    ["ConfigMap", "data|CACHE_URL"],
    ["ConfigMap", "data|PASSWORD_FILE"],
    ["Deployment", `${POD}|image`],
    ["Deployment", "spec|template|spec|containers|[token-refresher]|image"],
    ["Deployment", `${POD}|env|[API_TOKEN]|valueFrom|secretKeyRef|key`],
    ["Deployment", `${POD}|env|[CACHE_URL]|value`],
    ["Deployment", `${POD}|env|[TOKEN_PATH]|value`],
    ["Deployment", "spec|template|spec|volumes|[certs]|secret|secretName"],
    ["Deployment", "spec|template|spec|imagePullSecrets|#0|name"],
    ["Deployment", "spec|template|spec|automountServiceAccountToken"],
    ["Deployment", "spec|template|spec|tolerations|#0|key"],
    ["Deployment", "spec|template|spec|topologySpreadConstraints|#0|topologyKey"],
    ["values", "global|imagePullSecrets"],
    ["values", "auth|existingSecret"],
  ])("shows %s %s", (kind, path) => {
    expect(isSecretField(kind, pathOf(path))).toBe(false);
  });
});

describe("redactValue", () => {
  it("keeps the shape and names of an added container", () => {
    const container = {
      name: "api",
      image: "ghcr.io/acme/token-service:1.8.0",
      args: ["--password", "hunter2", "--token=hunter2", "--port=80", "https://bob:hunter2@h/x"],
      env: [
        { name: "DB_PASSWORD", value: "hunter2" },
        { name: "DB_TOKEN", valueFrom: { secretKeyRef: { name: "db", key: "token" } } },
        { name: "DATABASE_URL", value: "postgres://app:hunter2@db/app" },
        { name: "LEVEL", value: "info" },
      ],
    };
    expect(redactValue("Deployment", pathOf(POD), container)).toEqual({
      name: "api",
      image: "ghcr.io/acme/token-service:1.8.0",
      args: ["--password", HIDDEN, `--token=${HIDDEN}`, "--port=80", "https://***@h/x"],
      env: [
        { name: "DB_PASSWORD", value: HIDDEN },
        { name: "DB_TOKEN", valueFrom: { secretKeyRef: { name: "db", key: "token" } } },
        { name: "DATABASE_URL", value: "postgres://***@db/app" },
        { name: "LEVEL", value: "info" },
      ],
    });
  });

  it("shows an env item by name and reference, also when it is the whole change", () => {
    const path = pathOf(`${POD}|env|[DB_TOKEN]`);
    const from = { name: "DB_TOKEN", valueFrom: { secretKeyRef: { name: "db", key: "token" } } };
    expect(redactValue("Deployment", path, from)).toEqual(from);
    expect(redactValue("Deployment", path, { name: "DB_TOKEN", value: "hunter2" })).toEqual({
      name: "DB_TOKEN",
      value: HIDDEN,
    });
  });

  it("shows of a Secret only its keys", () => {
    expect(redactValue("Secret", [], { kind: "Secret", data: { a: "aHVudGVyMg==", b: null }, type: "Opaque" })).toEqual(
      {
        kind: "Secret",
        data: { a: HIDDEN, b: null },
        type: "Opaque",
      },
    );
    expect(redactValue("Secret", pathOf("data"), { a: "aHVudGVyMg==" })).toEqual({ a: HIDDEN });
  });

  it("leaves no secret of an object that hides one anywhere", () => {
    const CANARY = "c4n4ry-0123456789";
    const name = fc.constantFrom("password", "apiToken", "DB_DSN", "clientSecret", "access_key");
    const holder = fc.oneof(
      name.map((key): JsonValue => ({ [key]: CANARY })),
      name.map((key): JsonValue => ({ env: [{ name: key, value: CANARY }] })),
      name.map((key): JsonValue => [`--${key}=${CANARY}`]),
      name.map((key): JsonValue => ({ "app.properties": `a=1\n${key}=${CANARY}\nb=2` })),
      name.map((key): JsonValue => ({ "app.json": `{"${key}":"${CANARY}"}` })),
      fc.constant<JsonValue>({ url: `amqp://u:${CANARY}@h` }),
    );
    const nested = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        holder,
        tie("value").map((value): JsonValue => ({ spec: value })),
        tie("value").map((value): JsonValue => [1, value, null]),
        tie("value").map((value): JsonValue => [{ name: "x", value }]),
      ),
    })).value;
    fc.assert(
      fc.property(nested, fc.constantFrom("Deployment", "ConfigMap", "values"), (value, kind) => {
        expect(JSON.stringify(redactValue(kind, [], value))).not.toContain(CANARY);
      }),
      { numRuns: 500 },
    );
  });
});

describe("redactChange", () => {
  const change: FieldChange = {
    op: "replace",
    path: pathOf(`${POD}|env|[DB_PASSWORD]|value`),
    display: "containers[api].env[DB_PASSWORD]",
    facet: "env",
    pointer: "/x",
    from: "old",
    to: "new",
  };

  it("says that a hidden value changed", () => {
    expect(redactChange("Deployment", change)).toEqual({ ...change, from: HIDDEN, to: HIDDEN_CHANGED });
  });

  it("says nothing of a change where there is only one side", () => {
    const { to: _, ...removed } = change;
    expect(redactChange("Deployment", { ...removed, op: "remove" })).toMatchObject({ from: HIDDEN });
    expect(redactChange("Deployment", { ...removed, op: "remove" })).not.toHaveProperty("to");
  });

  it("leaves what is no secret as it is", () => {
    const image: FieldChange = { ...change, path: pathOf(`${POD}|image`), from: "a:1", to: "a:2" };
    expect(redactChange("Deployment", image)).toEqual(image);
  });
});

describe("redactSaid", () => {
  it.each([
    ["API_KEY=abc --db-password='a b' x", "API_KEY=•••• --db-password=•••• x"],
    ["panic:\\nAWS_SECRET_ACCESS_KEY=wJal/rX\\nGOMAXPROCS=2", "panic:\\nAWS_SECRET_ACCESS_KEY=••••\\nGOMAXPROCS=2"],
    [
      "failed to fetch anonymous token: unexpected status: 401",
      "failed to fetch anonymous token: unexpected status: 401",
    ],
    ["secret: not found, TOKEN_FILE=/run/token key=zone", "secret: not found, TOKEN_FILE=/run/token key=zone"],
    ["Authorization: Bearer abcdefghijklmnop", "Authorization: Bearer ***"],
  ])("%s", (said, shown) => {
    expect(redactSaid(said)).toBe(shown);
  });
});

describe("redactText", () => {
  it.each([
    ["password: hunter2", `password: ${HIDDEN}`],
    ["  db.password = hunter2 ", `  db.password = ${HIDDEN} `],
    ['{"apiKey": "hunter2", "a": 1}', `{"apiKey": ${HIDDEN}, "a": 1}`],
    ['+  token: "a b"', `+  token: ${HIDDEN}`],
    ["secretName: db", "secretName: db"],
    ["key: app", "key: app"],
    ["token-service:1.8.0", "token-service:1.8.0"],
    ["ghcr.io/acme/api-token:1.8", "ghcr.io/acme/api-token:1.8"],
    ["nothing to see", "nothing to see"],
  ])("turns %j into %j", (text, shown) => {
    expect(redactText(text)).toBe(shown);
  });
});
