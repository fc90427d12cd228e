import { HELM_RELEASE, KUSTOMIZATION, referenceIn, type FluxName } from "../../../core/engine/flux-world.ts";
import type { EngineState } from "../../../core/engine/engine-state.ts";
import { valueAt } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import type { Cluster, LiveObject } from "../../../ports/cluster.ts";
import { FLUX_KINDS } from "./flux-kinds.ts";

type Asked = Pick<LiveObject, "id" | "uid">;

/**
 * Asks Flux to look, from the source down, each with the same token: the source, the Kustomization, the HelmRelease. A Kustomization
 * that is asked before its source has fetched only looks at the old commit again. What cannot be asked does not keep the others from it;
 * the first failure is thrown when all were tried.
 */
export async function askFluxToLook(cluster: Cluster, state: EngineState, token: string): Promise<void> {
  const failures: unknown[] = [];
  const ask = async (object: Asked): Promise<void> => {
    try {
      await cluster.askToLook(object, { engine: "flux", token });
    } catch (error) {
      failures.push(error);
    }
  };
  const asked = new Set<string>();
  for await (const object of wayDown(cluster, state)) {
    if (asked.has(object.uid)) continue;
    asked.add(object.uid);
    await ask(object);
  }
  if (failures.length > 0) throw failures[0];
}

/** What a commit goes through on its way to the object. */
async function* wayDown(cluster: Cluster, { id, uid, parent }: EngineState): AsyncGenerator<Asked> {
  const object = await cluster.get(id);
  if (object === undefined) throw new LastgoodError("EngineNotFound", `there is no ${id.kind} ${id.name} any more`);
  const applier = id.kind === HELM_RELEASE && parent?.kind === KUSTOMIZATION ? await cluster.get(parent) : undefined;
  for (const user of [applier, object]) {
    if (user === undefined) continue;
    for (const path of REFERENCES) {
      const name = referenceIn(user, valueAt(user.value, "spec", ...path));
      const source = name && (await findObject(cluster, name));
      if (source !== undefined) yield source;
    }
  }
  if (applier !== undefined) yield applier;
  // With the uid that is known: an object made anew under this name is not meant.
  yield { id, uid };
}

const REFERENCES = [["sourceRef"], ["chart", "spec", "sourceRef"], ["chartRef"]] as const;

/** The object in whichever version the cluster has; undefined for a kind that is not Flux', or not there. */
async function findObject(cluster: Cluster, { kind, namespace, name }: FluxName): Promise<LiveObject | undefined> {
  for (const apiVersion of FLUX_KINDS.find((one) => one.kind === kind)?.apiVersions ?? []) {
    try {
      return await cluster.get({ apiVersion, kind, namespace, name });
    } catch (error) {
      if (!(error instanceof LastgoodError) || error.code !== "EngineKind") throw error;
    }
  }
  return undefined;
}
