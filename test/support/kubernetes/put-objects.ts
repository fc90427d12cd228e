/** Objects as a cluster has them, status and all, put straight into the look-alike's store. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import type { JsonObject } from "../../../src/core/model/json.ts";
import { ENGINE_CRDS } from "./engine-crds.ts";
import { apiVersionOf, BUILT_IN, kindsOfCrd, type ServedKind } from "./kube-kinds.ts";
import type { Manifest } from "./kube-world.ts";
import type { LookAlike } from "./start-kubernetes.ts";

const KINDS: readonly ServedKind[] = [...BUILT_IN, ...ENGINE_CRDS.flatMap(kindsOfCrd)];

/** Creates or replaces them. Without `metadata.uid` they get `uidOf` theirs. */
export function putObjects({ store }: Pick<LookAlike, "store">, ...manifests: readonly Manifest[]): void {
  for (const manifest of manifests) {
    const { apiVersion, kind, metadata } = manifest;
    store.put(servedKind({ apiVersion, kind }), {
      ...(manifest as unknown as JsonObject),
      metadata: { uid: uidOf(manifest), ...(metadata as JsonObject) },
    });
  }
}

export function removeObject({ store }: Pick<LookAlike, "store">, { apiVersion, kind, metadata }: Manifest): void {
  const served = servedKind({ apiVersion, kind });
  const stored = store.find(served, metadata.namespace ?? "", metadata.name);
  if (stored !== undefined) store.remove(served, stored);
}

/** The documents of `fixtures/engines/<path>.yaml`. */
export function readEngineFixtures(path: string): readonly Manifest[] {
  const file = fileURLToPath(new URL(`../../../fixtures/engines/${path}.yaml`, import.meta.url));
  return parseAllDocuments(readFileSync(file, "utf8")).map((document) => document.toJS() as Manifest);
}

/** The same name, the same uid: for ownerReferences. */
export function uidOf({ kind, metadata }: Pick<Manifest, "kind" | "metadata">): string {
  const hash = createHash("sha256")
    .update(`${kind}/${metadata.namespace ?? ""}/${metadata.name}`)
    .digest("hex");
  return `${hash.slice(0, 8)}-0000-4000-8000-${hash.slice(8, 20)}`;
}

function servedKind({ apiVersion, kind }: Pick<Manifest, "apiVersion" | "kind">): ServedKind {
  const served = KINDS.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
  if (served === undefined) throw new Error(`the look-alike has no ${apiVersion} ${kind}`);
  return served;
}
