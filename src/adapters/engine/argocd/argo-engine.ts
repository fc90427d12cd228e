import { waitsForTime } from "../../../core/engine/argocd-blockers.ts";
import { readSyncWindows, type SyncWindow } from "../../../core/engine/argocd-windows.ts";
import { argoState, projectOf } from "../../../core/engine/argocd.ts";
import { argoParent } from "../../../core/engine/argocd-place.ts";
import { engineKey, type EngineState } from "../../../core/engine/engine-state.ts";
import { stringAt } from "../../../core/model/json.ts";
import type { LiveObject } from "../../../ports/cluster.ts";
import type { Engine, EngineView } from "../../../ports/engine.ts";
import type { EngineOptions } from "../engine-options.ts";
import { podsOf } from "../explain-workload.ts";
import { OWN_RULES } from "../kind-judge.ts";
import { readImages } from "../read-images.ts";
import { matcherFor, viewKinds, type ViewWorld } from "../view-kinds.ts";
import { APP_PROJECT, APPLICATION, APPLICATION_SET, ARGO_KINDS, trimArgo } from "./argo-objects.ts";
import { explainApplication } from "./explain-argo.ts";

/** How old the part of a state may be that changes only because time passes: windows open, operations become late. */
const FRESH_MS = 5000;

/**
 * Argo CD in one cluster: its Applications, with what their projects and ApplicationSets say of them. `selector` is about Applications.
 * Throws `EngineConfig` for a selector that is none.
 */
export function createArgoEngine(options: EngineOptions): Engine {
  const { cluster, clock, log, name, namespace, selector, judge = OWN_RULES } = options;
  const matches = matcherFor(name, selector);
  const windows = new WeakMap<LiveObject, readonly SyncWindow[]>();
  /** Key → its state of now, for those that wait for a time. */
  const waiting = new Map<string, () => EngineState>();

  const kinds = viewKinds({
    tools: { cluster, clock, kinds: ARGO_KINDS, namespace, trim: trimArgo },
    log,
    isWanted: ({ id, value }) => id.kind === APPLICATION && matches(value),
    compute(application, world) {
      const project = projectFor(application, world);
      const set = setFor(application, world);
      const known = project && windowsOf(project);
      const state = (): EngineState =>
        argoState(application, {
          engine: name,
          nowMs: clock.nowMs(),
          ...(known === undefined ? {} : { windows: known }),
          ...(set === undefined ? {} : { set: set.value }),
        });
      if (waitsForTime(application.value, known ?? [])) waiting.set(engineKey(application.id), state);
      else waiting.delete(engineKey(application.id));
      return state();
    },
  });

  function windowsOf(project: LiveObject): readonly SyncWindow[] {
    const read = windows.get(project) ?? readSyncWindows(project.value);
    windows.set(project, read);
    return read;
  }

  /** Applications come and go: of those that are gone nothing is kept. An empty view may be one that has not begun. */
  function forgetBut(states: EngineView["states"]): void {
    const gone = states.size === 0 ? [] : [...waiting.keys()].filter((key) => !states.has(key));
    for (const key of gone) waiting.delete(key);
  }

  /** A view with what waits for a time as it is now. */
  function createRefresh(): (view: EngineView) => EngineView {
    let from: EngineView["states"] | undefined;
    let states: EngineView["states"] = new Map();
    let atMs = 0;
    return (view) => {
      const nowMs = clock.nowMs();
      if (from !== view.states || nowMs - atMs >= FRESH_MS) {
        forgetBut(view.states);
        const fresh = [...waiting].flatMap(([key, state]) => (view.states.has(key) ? [[key, state()] as const] : []));
        states = fresh.length === 0 ? view.states : new Map([...view.states, ...fresh]);
        [from, atMs] = [view.states, nowMs];
      }
      return { ...view, states };
    };
  }

  return {
    name,
    type: "argocd",
    read: kinds.read,
    follow(request) {
      const followed = kinds.follow(request);
      const refresh = createRefresh();
      return { view: () => refresh(followed.view()), done: followed.done };
    },
    explain: async (state) => explainApplication(cluster, state, { nowMs: clock.nowMs(), judge }),
    pods: async ({ workloads }) => podsOf(cluster, workloads?.objects ?? []),
    images: async ({ workloads }, signal) => readImages(cluster, workloads?.objects ?? [], signal),
    // A hard one drops Argo CD's caches: a commit needs none (engines.md, 2.4).
    askToLook: async (state) => cluster.askToLook(state, { engine: "argocd", hard: false }),
  };
}

/** It lies where Argo CD lives; who does not know that looks beside the Application. */
function projectFor({ id, value }: LiveObject, { look }: ViewWorld): LiveObject | undefined {
  const home = stringAt(value, "status", "controllerNamespace");
  const places = [...(home === undefined ? [] : [home]), ...(id.namespace === undefined ? [] : [id.namespace])];
  for (const namespace of places) {
    const found = look(engineKey({ kind: APP_PROJECT, namespace, name: projectOf(value) }));
    if (found !== undefined) return found;
  }
  return undefined;
}

function setFor({ id, value }: LiveObject, { look }: ViewWorld): LiveObject | undefined {
  const parent = argoParent(value, id);
  return parent?.kind === APPLICATION_SET ? look(engineKey(parent)) : undefined;
}
