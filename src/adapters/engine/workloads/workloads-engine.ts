import { engineKey } from "../../../core/engine/engine-state.ts";
import { drivenBy, isControlled, workloadState } from "../../../core/engine/workloads.ts";
import type { Engine } from "../../../ports/engine.ts";
import { explainObjects, podsOf, reasonOf } from "../explain-workload.ts";
import type { EngineOptions } from "../engine-options.ts";
import type { KindChoice } from "../follow-kinds.ts";
import { OWN_RULES } from "../kind-judge.ts";
import { readImages } from "../read-images.ts";
import { matcherFor, viewKinds } from "../view-kinds.ts";

const WORKLOAD_KINDS: readonly KindChoice[] = [
  { kind: "Deployment", apiVersions: ["apps/v1"], optional: false },
  { kind: "StatefulSet", apiVersions: ["apps/v1"], optional: false },
  { kind: "DaemonSet", apiVersions: ["apps/v1"], optional: false },
  { kind: "Rollout", apiVersions: ["argoproj.io/v1alpha1"], optional: true },
  { kind: "Canary", apiVersions: ["flagger.app/v1beta1"], optional: true },
];

/** The workloads of a cluster, each for itself: where no engine says what belongs together. Throws `EngineConfig` for a selector that is none. */
export function createWorkloadsEngine(options: EngineOptions): Engine {
  const { cluster, clock, log, name, namespace, selector, judge = OWN_RULES } = options;
  const matches = matcherFor(name, selector);
  const kinds = viewKinds({
    tools: { cluster, clock, kinds: WORKLOAD_KINDS, namespace, trim: (value) => value },
    log,
    isWanted: (object) => matches(object.value) && !isControlled(object),
    alsoKey(object) {
      const driven = drivenBy(object);
      return driven && driverKey(engineKey(driven));
    },
    compute: (object, { look }) =>
      workloadState(object, {
        engine: name,
        nowMs: clock.nowMs(),
        find: look,
        driverOf: (key) => look(driverKey(key)),
      }),
  });
  return {
    name,
    type: "workloads",
    read: kinds.read,
    follow: kinds.follow,
    async explain({ id, status, workloads }) {
      const below = await explainObjects(cluster, workloads?.objects ?? [id], { nowMs: clock.nowMs(), judge });
      const own = below.find((reason) => engineKey(reason.id) === engineKey(id));
      return reasonOf({ id, status, below: own?.below ?? below });
    },
    pods: async ({ id, workloads }) => podsOf(cluster, workloads?.objects ?? [id]),
    images: async ({ id, workloads }, signal) => readImages(cluster, workloads?.objects ?? [id], signal),
    // Kubernetes looks by itself; nothing is there to be asked.
    askToLook: async () => undefined,
  };
}

/** No object's name has a space. */
function driverKey(key: string): string {
  return `driver of ${key}`;
}
