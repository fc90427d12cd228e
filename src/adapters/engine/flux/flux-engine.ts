import { engineKey, type EngineState } from "../../../core/engine/engine-state.ts";
import { helmReleaseState } from "../../../core/engine/flux-helm-release.ts";
import { kustomizationState } from "../../../core/engine/flux-kustomization.ts";
import { HELM_RELEASE, KUSTOMIZATION, type FluxContext } from "../../../core/engine/flux-world.ts";
import type { ObjectId } from "../../../core/model/component.ts";
import type { Engine } from "../../../ports/engine.ts";
import type { EngineOptions } from "../engine-options.ts";
import { explainObjects, podsOf, reasonOf } from "../explain-workload.ts";
import { OWN_RULES } from "../kind-judge.ts";
import { readImages } from "../read-images.ts";
import { matcherFor, viewKinds } from "../view-kinds.ts";
import { askFluxToLook } from "./ask-flux.ts";
import { FLUX_KINDS, trimFlux } from "./flux-kinds.ts";
import { objectsOfFlux } from "./flux-objects.ts";

/** So many releases that a Kustomization applies are explained with it; the others are only named. */
const MOST_BELOW = 10;
const DEEPEST = 3;

/** Flux in one cluster: Kustomizations and HelmReleases. Throws `EngineConfig` for a selector that is none. */
export function createFluxEngine(options: EngineOptions): Engine {
  const { cluster, clock, log, name, namespace, selector, judge = OWN_RULES } = options;
  const matches = matcherFor(name, selector);
  const kinds = viewKinds({
    tools: { cluster, clock, kinds: FLUX_KINDS, namespace, trim: trimFlux },
    log,
    isWanted: ({ id, value }) => (id.kind === KUSTOMIZATION || id.kind === HELM_RELEASE) && matches(value),
    compute(object, { look, knows }) {
      const context: FluxContext = {
        engine: name,
        nowMs: clock.nowMs(),
        world: { find: (wanted) => look(engineKey(wanted)), knows },
      };
      return object.id.kind === KUSTOMIZATION ? kustomizationState(object, context) : helmReleaseState(object, context);
    },
  });

  /** The releases that a Kustomization applies: their pods are its pods. */
  function releasesBelow(objects: readonly ObjectId[]): readonly EngineState[] {
    return objects.flatMap((id) => (id.kind === HELM_RELEASE ? (kinds.states().get(engineKey(id)) ?? []) : []));
  }

  async function objectsWithReleases(state: EngineState): Promise<readonly ObjectId[]> {
    const objects = await objectsOfFlux(cluster, state);
    const below: ObjectId[] = [];
    for (const release of releasesBelow(objects)) below.push(...(await objectsOfFlux(cluster, release)));
    return [...objects, ...below];
  }

  /** `above`: what leads here, for inventories are written by others and may go in circles. */
  async function explain(state: EngineState, above: readonly string[] = []): ReturnType<Engine["explain"]> {
    const path = [...above, engineKey(state.id)];
    const objects = await objectsOfFlux(cluster, state, judge.kinds);
    const bad = releasesBelow(objects).filter(
      ({ id, status }) => status.status !== "Current" && !path.includes(engineKey(id)),
    );
    const explained = path.length > DEEPEST ? [] : bad.slice(0, MOST_BELOW);
    const apart = new Set(explained.map(({ id }) => engineKey(id)));
    const others = objects.filter((id) => !apart.has(engineKey(id)));
    const below = [...(await explainObjects(cluster, others, { nowMs: clock.nowMs(), judge }))];
    for (const release of explained) below.push(await explain(release, path));
    return reasonOf({ id: state.id, status: state.status, below });
  }

  return {
    name,
    type: "flux",
    read: kinds.read,
    follow: kinds.follow,
    explain: async (state) => explain(state),
    pods: async (state) => podsOf(cluster, await objectsWithReleases(state)),
    images: async (state, signal) => readImages(cluster, await objectsWithReleases(state), signal),
    askToLook: async (state, token) => askFluxToLook(cluster, state, token),
  };
}
