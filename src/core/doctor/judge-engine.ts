/** The engine's programs, and whether what it deploys can be reverted by git. */
import type { Blocker, BlockerReason, EngineState, EngineType } from "../engine/engine-state.ts";
import { isCalled } from "../engine/match-state.ts";
import { shellLine } from "../model/shell.ts";
import { failed, ok, warning, type Finding } from "./finding.ts";
import { compareVersions } from "./judge-git.ts";

/** One controller of an engine in the cluster. */
export interface ControllerFacts {
  readonly name: string;
  readonly namespace: string;
  /** `v3.1.0`: of its label, else of its image; undefined: neither tells. */
  readonly version?: string;
  readonly wanted: number;
  readonly ready: number;
}

const ENGINE_NAMES: Readonly<Record<EngineType, string>> = { argocd: "Argo CD", flux: "Flux", workloads: "Kubernetes" };

/** Without these nothing is synced. */
const VITAL: Readonly<Record<EngineType, RegExp>> = {
  argocd: /(?:application-controller|repo-server|-redis)/,
  flux: /^(?:source|kustomize|helm)-controller$/,
  workloads: /^$/,
};

/** The oldest that reads `sources` (argo-cd 2.6, "Multiple Sources for an Application"), and Flux with its stable API (2.0). */
const OLDEST: Readonly<Record<EngineType, string>> = { argocd: "2.6", flux: "2.0", workloads: "0" };

/** `version`: of the engine as a whole, where that is told. */
export function judgeControllers(
  type: EngineType,
  controllers: readonly ControllerFacts[],
  kubectl: readonly string[],
): readonly Finding[] {
  const name = ENGINE_NAMES[type];
  if (controllers.length === 0) return [];
  const down = controllers.filter((each) => VITAL[type].test(each.name) && each.ready === 0);
  const findings = down.map((each) =>
    failed("ControllerDown", `${each.name} has no pod that is ready (${each.ready} of ${each.wanted})`, {
      meaning: "Nothing is synced: a revert in git does not arrive.",
      remedy: [shellLine([...kubectl, "-n", each.namespace, "describe", "deployment,statefulset,pods"])],
    }),
  );
  const versions = [...new Set(controllers.flatMap(({ version }) => version ?? []))];
  const [first] = versions;
  const whole = type === "argocd" ? first : versions.find((version) => /^v?2\./.test(version));
  if (whole !== undefined && compareVersions(whole, OLDEST[type]) < 0) {
    const old = warning("EngineVersion", `${name} ${whole} is older than ${OLDEST[type]}`, {
      meaning: "What later versions have (several sources, stable APIs) is not there: targets may not be understood.",
      remedy: [`Upgrade ${name}.`],
    });
    return [...findings, old];
  }
  const parts = controllers.map((each) => `${each.name} ${each.version ?? "of unknown version"}`);
  const text = type === "argocd" ? `${name} ${first ?? "of unknown version"}` : `${name}: ${parts.join(", ")}`;
  return [...findings, ok("EngineVersion", text)];
}

/** A target, and what the configuration calls its object in this engine. */
export interface WatchedObject {
  readonly target: string;
  readonly object: string;
}

/** `watched` empty: all that the engine has. */
export function judgeStates(
  engine: string,
  states: readonly EngineState[],
  watched: readonly WatchedObject[],
): readonly Finding[] {
  const named = watched.map((each) => ({ ...each, state: states.find((state) => isCalled(state, each.object)) }));
  const missing = named.filter(({ state }) => state === undefined);
  const subjects =
    watched.length === 0
      ? states.map((state) => ({ target: state.id.name, state }))
      : named.flatMap(({ target, state }) => (state === undefined ? [] : [{ target, state }]));
  const blocked = subjects.flatMap(({ target, state }) => state.blockers.map((blocker) => ({ target, blocker })));
  const findings = [
    ...missing.map(({ target, object }) =>
      failed("ObjectMissing", `${target}: ${engine} has no object ${object}`, {
        meaning: "Its health is Unknown for ever: nothing is called good, and nothing bad.",
        remedy: ["Correct health[].engine.object: the name of the Application, Kustomization or HelmRelease"],
      }),
    ),
    ...blockersByReason(blocked),
  ];
  if (findings.length > 0) return findings;
  const many = subjects.length === 1 ? "1 object" : `${subjects.length} objects`;
  return [ok("Delivery", `${engine}: ${many}, nothing keeps a revert in git from arriving`)];
}

/** A state of things, no fault of the moment: it would be so tonight, too. */
const LASTING: ReadonlySet<BlockerReason> = new Set(["AutoSyncOff", "FixedRevision", "OperationStuck", "Source"]);

const MEANINGS: Readonly<Record<BlockerReason, string>> = {
  Suspended: "A revert is merged, but the engine leaves the cluster as it is.",
  AutoSyncOff: "A revert is merged, but not synced before somebody does it by hand.",
  OperationStuck: "The revert waits behind an operation that does not end.",
  SyncWindow: "The revert is merged at once, but synced only when the window lets it.",
  Dependency: "The revert is not applied before what it depends on is ready.",
  Source: "The engine does not see new commits, reverts neither.",
  FixedRevision: "A commit on the branch changes nothing: the revert has to change where the object is written.",
  ChartVersion: "A revert of templates alone is not rendered: the chart's version has to change with it.",
  PruneOff: "What the bad change added stays in the cluster.",
  RollingSync: "The revert waits for the groups before it.",
};

/** Where the engine has no command for it. */
const REMEDIES: Readonly<Record<BlockerReason, string>> = {
  Suspended: "Resume it: flux resume KIND NAME; Argo CD: take away the annotation that holds it",
  AutoSyncOff: "spec.syncPolicy.automated: {} of the Application; spec.suspend: false of a Kustomization",
  OperationStuck: "argocd app terminate-op NAME",
  SyncWindow:
    "argocd proj windows list PROJECT    shows when it may sync; an allow window with manualSync lets a person",
  Dependency: "Mend what it depends on, or take it out of dependsOn",
  Source: "flux get sources all; argocd repo list    show why it cannot be fetched",
  FixedRevision: "targetRevision (Flux: spec.ref.branch): the branch that is reverted on",
  ChartVersion: "spec.chart.spec.reconcileStrategy: Revision; or lastgood revert --chart-version bump",
  PruneOff: "spec.syncPolicy.automated.prune: true (Flux: spec.prune: true)",
  RollingSync: "argocd appset get NAME    shows which group is waited for",
};

const MOST_NAMED = 5;

/** One finding per reason: a hundred Applications without pruning are one fact. */
function blockersByReason(
  blocked: readonly { readonly target: string; readonly blocker: Blocker }[],
): readonly Finding[] {
  const reasons = [...new Set(blocked.map(({ blocker }) => blocker.reason))];
  return reasons.flatMap((reason) => {
    const all = blocked.filter(({ blocker }) => blocker.reason === reason);
    const [first] = all;
    if (first === undefined) return [];
    const names = all.slice(0, MOST_NAMED).map(({ target }) => target);
    const more = all.length > MOST_NAMED ? ` and ${all.length - MOST_NAMED} more` : "";
    const commands = all.slice(0, MOST_NAMED).flatMap(({ blocker }) => blocker.command ?? []);
    const message = `${names.join(", ")}${more}: ${first.blocker.message}`;
    return [
      (LASTING.has(reason) ? failed : warning)(reason, message, {
        meaning: MEANINGS[reason],
        remedy: commands.length > 0 ? commands : [REMEDIES[reason]],
      }),
    ];
  });
}
