/** Kubernetes-like values for the properties: two states of one Deployment, and values of any shape. */
import * as fc from "fast-check";
import type { JsonObject, JsonValue } from "../../../src/core/model/json.ts";

/** Keys that have broken differs before. `hasOwnProperty` is missing: fast-json-patch itself stumbles over it. */
const key = fc.constantFrom(
  "a",
  "b",
  "name",
  "a/b",
  "~",
  "~1",
  "m~n/o",
  "toString",
  "valueOf",
  "",
  "0",
  "ключ",
  "💥",
  "app.kubernetes.io/name",
);

/** A subset of `names`, in any order, each made an item. */
function items(
  names: readonly string[],
  item: (name: string) => fc.Arbitrary<JsonValue>,
): fc.Arbitrary<readonly JsonValue[]> {
  return fc.shuffledSubarray([...names]).chain((chosen) => fc.tuple(...chosen.map(item)));
}

const envItem = (name: string): fc.Arbitrary<JsonValue> =>
  fc.oneof(
    fc.record({ name: fc.constant(name), value: fc.constantFrom("1", "2", "on", "redis://cache:6379") }),
    fc.record({ name: fc.constant(name) }),
    fc.record({
      name: fc.constant(name),
      valueFrom: fc.record({
        secretKeyRef: fc.record({ name: fc.constantFrom("s", "t"), key: fc.constantFrom("k", "l") }),
      }),
    }),
  );

const ports = fc.uniqueArray(
  fc.record(
    {
      containerPort: fc.constantFrom(80, 443, 8080),
      protocol: fc.constantFrom("TCP", "UDP"),
      name: fc.constantFrom("http", "https", "dns"),
    },
    { requiredKeys: ["containerPort"] },
  ),
  { maxLength: 4, selector: ({ containerPort, protocol }) => `${containerPort}/${protocol ?? "TCP"}` },
);

const container = (name: string): fc.Arbitrary<JsonValue> =>
  fc.record(
    {
      name: fc.constant(name),
      image: fc.constantFrom("acme/api:1", "acme/api:2"),
      env: items(["A", "B", "C", "D"], envItem),
      ports,
      args: fc.array(fc.constantFrom("--a", "--b", "--c", "--d"), { maxLength: 4 }),
      volumeMounts: items(["/a", "/b", "/c"], (mountPath) =>
        fc.record({ mountPath: fc.constant(mountPath), name: fc.constantFrom("x", "y") }),
      ),
      resources: fc.record({ limits: fc.dictionary(fc.constantFrom("cpu", "memory"), fc.constantFrom("1", "2Gi")) }),
      envFrom: fc.array(fc.record({ configMapRef: fc.record({ name: fc.constantFrom("x", "y") }) }), { maxLength: 3 }),
    },
    { requiredKeys: ["name"] },
  );

/** One state of a Deployment. Two of them have containers, env, ports and volumes added, removed, changed and reordered. */
export const deployment: fc.Arbitrary<JsonObject> = fc.record({
  apiVersion: fc.constant("apps/v1"),
  kind: fc.constant("Deployment"),
  metadata: fc.record({
    name: fc.constant("api"),
    annotations: fc.dictionary(key, fc.constantFrom("1", "2"), { maxKeys: 4 }),
  }),
  spec: fc.record({
    replicas: fc.constantFrom(1, 2, 3),
    template: fc.record({
      spec: fc.record(
        {
          containers: items(["api", "proxy", "log", "init"], container),
          initContainers: items(["wait", "migrate"], container),
          volumes: items(["x", "y", "z"], (name) =>
            fc.oneof(
              fc.record({ name: fc.constant(name), emptyDir: fc.constant({}) }),
              fc.record({ name: fc.constant(name), configMap: fc.record({ name: fc.constantFrom("c", "d") }) }),
            ),
          ),
          tolerations: fc.array(
            fc.record({ key: fc.constantFrom("k", "l"), effect: fc.constantFrom("NoSchedule", "NoExecute") }),
            {
              maxLength: 3,
            },
          ),
        },
        { requiredKeys: ["containers"] },
      ),
    }),
  }),
});

/** Any JSON, small, with few distinct keys and scalars, so that two values have much in common. */
export function anyJson(scalar: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonValue> {
  const field = fc.oneof(
    key,
    fc.constantFrom("ports", "env", "args", "tolerations", "containerPort", "port", "protocol", "value", "valueFrom"),
  );
  return fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, depthSize: "medium" },
      scalar,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(field, tie("value"), { maxKeys: 4 }),
      fc.array(fc.record({ name: fc.constantFrom("a", "b", "c"), value: tie("value") }, { requiredKeys: ["name"] }), {
        maxLength: 4,
      }),
    ),
  })).value;
}

export const plainScalar: fc.Arbitrary<JsonValue> = fc.constantFrom<JsonValue>(
  null,
  true,
  false,
  0,
  1,
  80,
  "",
  "1",
  "a",
  "b",
);

export const anyScalar: fc.Arbitrary<JsonValue> = fc.oneof(
  plainScalar,
  fc.constantFrom(9_007_199_254_740_993n, 9_007_199_254_740_995n),
);
