import { onTestFinished } from "vitest";
import { openKubernetesCluster } from "../../../src/adapters/cluster/kubernetes/kubernetes-cluster.ts";
import { isList, isObject, stringAt, valueAt, type JsonObject, type JsonValue } from "../../../src/core/model/json.ts";
import { MERGE, type ApiAnswer, type ApiTools } from "../cluster-tools.ts";
import type { EngineWorld } from "../engine-contract.ts";
import { manualClock } from "../manual-clock.ts";
import { pathOf, type Manifest } from "./kube-world.ts";
import { uidOf } from "./put-objects.ts";

const NAMESPACES = ["argocd", "flux-system", "payments"];

/**
 * The world of an engine on a real API server: what is put there goes through its validation, and gets uids and generations of its own. All
 * of it is gone after the test.
 */
export async function realEngineWorld(kubeconfig: string, { send }: Pick<ApiTools, "send">): Promise<EngineWorld> {
  for (const name of NAMESPACES) {
    const { status, body } = await send("POST", "/api/v1/namespaces", namespaceNamed(name));
    if (status !== 201 && status !== 409) throw new Error(JSON.stringify(body));
  }
  const clock = manualClock();
  const cluster = await openKubernetesCluster({ kubeconfig, env: {}, clock, random: () => 0 });
  /** Uids as the fixtures have them → those that the server has given. */
  const uids = new Map<string, string>();
  const there = new Map<string, Manifest>();

  async function putOne(manifest: Manifest): Promise<void> {
    const path = pathOf(manifest);
    const sent = withUids(asSent(manifest), uids);
    const patched = await send("PATCH", path, sent, MERGE);
    const { body } =
      patched.status === 404
        ? expectOk(await send("POST", path.slice(0, path.lastIndexOf("/")), sent))
        : expectOk(patched);
    there.set(path, manifest);
    uids.set(uidOf(manifest), stringAt(body, "metadata", "uid") ?? "");
    const { status } = manifest;
    if (manifest.kind === "Application" || status === undefined) return;
    const generation = valueAt(body, "metadata", "generation") ?? 1;
    expectOk(await send("PATCH", `${path}/status`, { status: observedAt(status as JsonValue, generation) }, MERGE));
  }

  async function remove(manifest: Manifest): Promise<void> {
    const path = pathOf(manifest);
    there.delete(path);
    expectOk(await send("DELETE", `${path}?gracePeriodSeconds=0`));
  }

  onTestFinished(async () => {
    for (const manifest of there.values()) await remove(manifest);
  });
  return {
    cluster,
    clock,
    remove,
    async put(...manifests) {
      for (const manifest of manifests) await putOne(manifest);
    },
  };
}

function namespaceNamed(name: string): JsonObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

function expectOk(answer: ApiAnswer): ApiAnswer {
  if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
  return answer;
}

/** Without what the server gives itself. */
function asSent({ metadata, ...rest }: Manifest): JsonObject {
  const { uid: _uid, generation: _generation, resourceVersion: _version, creationTimestamp: _made, ...kept } = metadata;
  return { ...rest, metadata: kept } as unknown as JsonObject;
}

function withUids(manifest: JsonObject, uids: ReadonlyMap<string, string>): JsonObject {
  return mapDeep(manifest, (key, value) =>
    key === "uid" && typeof value === "string" ? (uids.get(value) ?? value) : value,
  );
}

/** The controllers have seen the generation that the server has made of it. */
function observedAt(status: JsonValue, generation: JsonValue): JsonValue {
  return mapDeep(status, (key, value) => (key === "observedGeneration" ? generation : value));
}

function mapDeep<T extends JsonValue>(value: T, change: (key: string, value: JsonValue) => JsonValue): T {
  const walk = (one: JsonValue): JsonValue => {
    if (isList(one)) return one.map(walk);
    if (!isObject(one)) return one;
    return Object.fromEntries(Object.entries(one).map(([key, item]) => [key, walk(change(key, item))]));
  };
  return walk(value) as T;
}
