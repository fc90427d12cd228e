/** What a person has to know before merging; what makes unattended modes hold. */
import { componentName, groupOf } from "../model/component.ts";
import { type Revision, shortId, trailersOf } from "../model/git.ts";
import { property, stringAt, valueAt } from "../model/json.ts";
import { isPartial } from "../selection.ts";
import { formatDuration } from "../model/time.ts";
import type { AttributedField, Kept, PlanFacts, PlannedComponent, PlannedFile, Risk } from "./types.ts";

export interface Planned {
  readonly components: readonly PlannedComponent[];
  readonly kept: readonly Kept[];
  readonly files: readonly PlannedFile[];
  readonly suspects: readonly Revision[];
}

/** The number of undone revisions above which the plan says so (safety.md §7). */
const MANY_COMMITS = 20;

/** Every risk of a plan, the gravest first. */
export function findRisks(facts: PlanFacts, planned: Planned): readonly Risk[] {
  return [
    ...planned.components.flatMap(irreversible),
    ...declaredIrreversible(facts),
    ...checkpointRisks(facts),
    ...notIncluded(facts, planned),
    ...pruned(planned),
    ...imageAutomation(planned),
    ...outsideFolder(facts, planned),
    ...takenWhole(planned),
    ...reprinted(planned),
    ...manyCommits(facts),
  ];
}

/** Kinds of which a change or loss is not undone by applying an older manifest. */
const IRREVERSIBLE: readonly { readonly match: RegExp; readonly why: string; readonly on: "any" | "gone" }[] = [
  {
    match: /^batch\/Job$/,
    why: "a Job that ran is not undone, and its template cannot be changed in place",
    on: "any",
  },
  {
    match: /^\/PersistentVolumeClaim$/,
    why: "volumes do not shrink, and removing the claim can remove the data",
    on: "any",
  },
  { match: /^\/PersistentVolume$/, why: "removing it can remove the data", on: "gone" },
  { match: /^\/Namespace$/, why: "removing it removes everything in it", on: "gone" },
  {
    match: /^apiextensions\.k8s\.io\/CustomResourceDefinition$/,
    why: "stored objects may not fit the older schema",
    on: "any",
  },
];

/** Fields that the API server does not let change. */
const IMMUTABLE: readonly { readonly kind: string; readonly pointer: RegExp }[] = [
  { kind: "StatefulSet", pointer: /^\/spec\/(volumeClaimTemplates|serviceName|selector|podManagementPolicy)\b/ },
  { kind: "Deployment", pointer: /^\/spec\/selector\b/ },
  { kind: "DaemonSet", pointer: /^\/spec\/selector\b/ },
  { kind: "Service", pointer: /^\/spec\/clusterIPs?\b/ },
];

const HOOKS = ["helm.sh/hook", "argocd.argoproj.io/hook"];

function irreversible(planned: PlannedComponent): readonly Risk[] {
  const { component, change, fields } = planned;
  if (component.kind !== "object") return [];
  const name = componentName(component);
  const gone = change === "remove";
  const kind = `${groupOf(component.id.apiVersion)}/${component.id.kind}`;
  const rules = IRREVERSIBLE.filter(({ match, on }) => match.test(kind) && (on === "any" || gone)).map(
    ({ why }) => why,
  );
  const immutable = IMMUTABLE.filter((rule) => rule.kind === component.id.kind).flatMap((rule) =>
    fields
      .filter((field) => rule.pointer.test(field.pointer))
      .map((field) => `${field.display} cannot be changed in place`),
  );
  const annotations = valueAt(component.value, "metadata", "annotations");
  const hook = HOOKS.find((key) => property(annotations, key) !== undefined);
  const hooks = hook === undefined ? [] : [`it is a hook (${hook}): it runs again when the revert is synced`];
  const said = stringAt(annotations, "lastgood.dev/irreversible");
  const whys = [...rules, ...immutable, ...hooks, ...(said === undefined ? [] : [`its manifest says so: "${said}"`])];
  return whys.map((why) => ({ code: "Irreversible", message: `${name}: ${why}`, blocks: true }));
}

function declaredIrreversible(facts: PlanFacts): readonly Risk[] {
  return facts.undone.flatMap(({ revision }) =>
    trailersOf(revision.message)
      .filter(({ key }) => key === "lastgood-irreversible")
      .map(({ value }) => ({
        code: "Irreversible" as const,
        message: `${shortId(revision.id)} says that it cannot be undone: "${value}"`,
        blocks: true,
      })),
  );
}

function checkpointRisks({ checkpoint }: PlanFacts): readonly Risk[] {
  const id = shortId(checkpoint.revision.revision.id);
  if (checkpoint.revision.verdict === "bad") {
    const why = checkpoint.revision.evidence[0]?.detail ?? "";
    return [{ code: "KnownBad", message: `${id} is known to be bad (${why})`, blocks: true }];
  }
  if (!checkpoint.weak) return [];
  const grounds = checkpoint.revision.evidence[0];
  const message =
    grounds === undefined
      ? `nothing proves that ${id} was good: it is the revision you chose`
      : `that ${id} was good rests on weak evidence only (${grounds.detail})`;
  return [{ code: "WeakEvidence", message, blocks: true }];
}

/** A configuration that changed with what goes back, and stays: the classic half revert. */
function notIncluded(facts: PlanFacts, planned: Planned): readonly Risk[] {
  if (!isPartial(facts.selection)) return [];
  const suspects = new Set(planned.suspects.map(({ id }) => id));
  const names = new Map<string, Revision>();
  for (const { component, field, reason } of planned.kept) {
    const setBy = field?.setBy;
    if (reason !== "NotSelected" || setBy === undefined || !suspects.has(setBy.id)) continue;
    if (planned.components.some((other) => componentName(other.component) === componentName(component))) continue;
    names.set(componentName(component), setBy);
  }
  return [...names].map(([name, setBy]) => ({
    code: "NotIncluded",
    message: `${name} also changed in ${shortId(setBy.id)} and is not part of this plan (--only ${name})`,
    blocks: false,
  }));
}

function pruned(planned: Planned): readonly Risk[] {
  const names = planned.components
    .filter(({ change, component }) => change === "remove" && component.kind === "object")
    .map(({ component }) => componentName(component));
  if (names.length === 0) return [];
  const list = names.length > 4 ? `${names.slice(0, 4).join(", ")} and ${names.length - 4} more` : names.join(", ");
  const message = `${list} ${names.length === 1 ? "leaves" : "leave"} git: without prune the engine keeps it in the cluster`;
  return [{ code: "Pruned", message, blocks: false }];
}

/** Markers that image automation writes into (Flux ImageUpdateAutomation setters). */
function imageAutomation(planned: Planned): readonly Risk[] {
  const files = planned.files.filter((file) => file.beforeText?.includes('"$imagepolicy"') === true);
  return files
    .filter((file) =>
      planned.components.some((component) => component.path === file.path && setsImage(component.fields)),
    )
    .map((file) => ({
      code: "ImageAutomation",
      message: `${file.path}: image automation writes this image and may put the reverted tag back (suspend its ImageUpdateAutomation first)`,
      blocks: false,
    }));
}

function setsImage(fields: readonly AttributedField[]): boolean {
  return fields.some((field) => field.facet === "image");
}

function outsideFolder(facts: PlanFacts, planned: Planned): readonly Risk[] {
  const roots = facts.target.sources.map(({ path }) => path);
  const outside = planned.files
    .map(({ path }) => path)
    .filter((path) => !roots.some((root) => root === "" || path === root || path.startsWith(`${root}/`)));
  if (outside.length === 0 || facts.target.workload !== undefined) return [];
  const message = `${outside.join(", ")} ${outside.length === 1 ? "is" : "are"} outside of the target's folder: other targets may use it`;
  return [{ code: "OutsideFolder", message, blocks: false }];
}

function takenWhole(planned: Planned): readonly Risk[] {
  return planned.components
    .filter(({ component }) => component.kind === "opaque")
    .map(({ component, path }) => ({
      code: "TakenWhole",
      message: `${path} goes back whole: ${component.kind === "opaque" ? component.left.message : ""}`,
      blocks: false,
    }));
}

function reprinted(planned: Planned): readonly Risk[] {
  return planned.files
    .filter((file) => file.action === "edit" && file.method === "document")
    .map(({ path }) => ({
      code: "Reprinted",
      message: `${path}: a document had to be printed anew; lines beyond the change differ in form`,
      blocks: true,
    }));
}

function manyCommits(facts: PlanFacts): readonly Risk[] {
  const [oldest] = facts.undone.slice(-1);
  if (facts.undone.length <= MANY_COMMITS || oldest === undefined) return [];
  const span = formatDuration(Math.max(0, facts.suspect.revision.committedAtMs - oldest.revision.committedAtMs));
  return [
    { code: "ManyCommits", message: `${facts.undone.length} revisions over ${span} are undone together`, blocks: true },
  ];
}
