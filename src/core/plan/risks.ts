/** What a person has to know before merging; what makes unattended modes hold. */
import { formatPlace } from "../../errors.ts";
import { type ImageReference, parseImageReference } from "../manifest/image-reference.ts";
import { type Component, componentName, groupOf } from "../model/component.ts";
import { escapeText, shorten } from "../model/escape.ts";
import { type Revision, shortId, trailersOf } from "../model/git.ts";
import { listAt, property, stringAt, valueAt } from "../model/json.ts";
import { maskSecrets } from "../model/secret.ts";
import { podTemplatePath } from "../manifest/workload.ts";
import { shellWord } from "../model/shell.ts";
import { isPartial } from "../selection.ts";
import { carriesChange } from "../strategy/traffic-first.ts";
import { formatDuration } from "../model/time.ts";
import { outsideFolderRisk, outsidePaths } from "./outside-folder.ts";
import type { AttributedField, Kept, PlanFacts, PlannedComponent, PlannedFile, Risk, TargetFile } from "./types.ts";
import { workloadRefRisks } from "./workload-refs.ts";

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
    ...workloadRefRisks(planned.components.flatMap(sidesOf), [...facts.current.values()].flatMap(componentsOf)),
    ...planned.components.flatMap(mutableTags),
    ...checkpointRisks(facts),
    ...trafficOnly(facts, planned),
    ...notIncluded(facts, planned),
    ...pruned(planned),
    ...imageAutomation(planned),
    ...outsideFolder(facts, planned),
    ...dependents(facts),
    ...moved(facts, planned),
    ...takenWhole(planned),
    ...reprinted(planned),
    ...manyCommits(facts),
  ];
}

function sidesOf({ component, partner }: PlannedComponent): readonly Component[] {
  return partner === undefined ? [component] : [component, partner];
}

function componentsOf({ manifest }: TargetFile): readonly Component[] {
  return manifest.components;
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
  { match: /^\/Secret$/, why: "its values are lost with it, and what reads it fails", on: "gone" },
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
  const gone = change === "remove";
  const kind = `${groupOf(component.id.apiVersion)}/${component.id.kind}`;
  const rules = IRREVERSIBLE.filter(({ match, on }) => match.test(kind) && (on === "any" || gone));
  const immutable = IMMUTABLE.filter((rule) => rule.kind === component.id.kind).flatMap((rule) =>
    fields.filter((field) => rule.pointer.test(field.pointer)),
  );
  const whys = [
    ...rules.map(({ why }) => why),
    ...immutable.map((field) => `${field.display} cannot be changed in place`),
    ...(gone && listAt(component.value, "metadata", "finalizers").length > 0
      ? ["it has finalizers: removing it waits for, or does, what they stand for"]
      : []),
    ...sidesOf(planned).flatMap(saidIrreversible),
  ];
  return [...new Set(whys)].map((why) => ({
    code: "Irreversible",
    message: `${componentName(component)}: ${why}`,
    blocks: true,
  }));
}

/** What a manifest says of itself, now or at the checkpoint. */
function saidIrreversible(component: Component): readonly string[] {
  const annotations = component.kind === "object" ? valueAt(component.value, "metadata", "annotations") : undefined;
  const hook = HOOKS.find((key) => property(annotations, key) !== undefined);
  const said = stringAt(annotations, "lastgood.dev/irreversible");
  return [
    ...(hook === undefined ? [] : [`it is a hook (${hook}): it runs again when the revert is synced`]),
    ...(said === undefined ? [] : [`its manifest says so: "${foreign(said)}"`]),
  ];
}

/** Words of others in a message: one line, no secrets, not too long. */
export function foreign(text: string): string {
  return shorten(escapeText(maskSecrets(text)), 160);
}

/** Tags that name whatever was pushed last. Below them no revert can bring the old image back. */
const MUTABLE_TAG = /^(?:latest|stable|main|master|develop|dev|edge|nightly|head|canary)$/i;

function mutableTags({ component, fields }: PlannedComponent): readonly Risk[] {
  return fields.flatMap(({ facet, to, display }): readonly Risk[] => {
    if (facet !== "image" || typeof to !== "string" || !/(?:image|\.tag|newTag)$/i.test(display)) return [];
    const isTag = !/image$/i.test(display);
    const reference = isTag ? { tag: to } : parseImageReference(to);
    if (reference === undefined || !isMutable(reference)) return [];
    const what = `${componentName(component)}: ${foreign(to)}`;
    const message = `${what} names whatever was pushed last: git cannot bring back the image that ran`;
    return [{ code: "MutableTag", message, blocks: true }];
  });
}

/** Does it name whatever was pushed last? */
export function isMutable({ tag = "latest", digest }: Pick<ImageReference, "tag" | "digest">): boolean {
  return digest === undefined && MUTABLE_TAG.test(tag);
}

function declaredIrreversible(facts: PlanFacts): readonly Risk[] {
  return facts.undone.flatMap(({ revision }) =>
    trailersOf(revision.message)
      .filter(({ key }) => key === "lastgood-irreversible")
      .map(({ value }) => ({
        code: "Irreversible" as const,
        message: `${shortId(revision.id)} says that it cannot be undone: "${foreign(value)}"`,
        blocks: true,
      })),
  );
}

function checkpointRisks({ goal }: PlanFacts): readonly Risk[] {
  if (goal.kind === "undo") return [];
  const { checkpoint } = goal;
  const id = shortId(checkpoint.revision.revision.id);
  if (checkpoint.revision.verdict === "bad") {
    const why = foreign(checkpoint.revision.evidence[0]?.detail ?? "");
    return [{ code: "KnownBad", message: `${id} is known to be bad (${why})`, blocks: true }];
  }
  const { quarantined } = checkpoint.revision;
  if (quarantined !== undefined) {
    return [{ code: "Quarantined", message: `${id}: ${foreign(quarantined)}`, blocks: true }];
  }
  if (!checkpoint.weak) return [];
  const grounds = checkpoint.revision.evidence[0];
  const message =
    grounds === undefined
      ? `nothing proves that ${id} was good: it is the revision you chose`
      : `that ${id} was good rests on weak evidence only (${foreign(grounds.detail)})`;
  return [{ code: "WeakEvidence", message, blocks: true }];
}

/** Traffic goes back alone: what was bad runs on, and nobody may forget it. */
function trafficOnly({ selection, target, goal }: PlanFacts, { components, kept }: Planned): readonly Risk[] {
  if (!isPartial(selection) || components.length === 0 || !components.every(carriesChange)) return [];
  const left = kept.filter(
    ({ component, reason }) => reason === "NotSelected" && podTemplatePath(component) !== undefined,
  );
  const names = [...new Set(left.map(({ component }) => componentName(component)))];
  if (names.length === 0) return [];
  const shown = names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
  const flags =
    goal.kind === "undo"
      ? goal.commits.map(({ id }) => `--commit ${shortId(id)}`)
      : [`--to ${shortId(goal.checkpoint.revision.revision.id)}`];
  const named = target.origin.kind === "change" ? [] : [shellWord(target.name)];
  const next = ["lastgood revert", ...named, ...flags].join(" ");
  const stay = names.length === 1 ? "stays as it is" : "stay as they are";
  return [
    {
      code: "TrafficOnly",
      message: `only traffic goes back: ${shown} ${stay}; the rest goes back with: ${next}`,
      blocks: false,
    },
  ];
}

/** A configuration that changed with what goes back, and stays: the classic half revert. */
function notIncluded(facts: PlanFacts, planned: Planned): readonly Risk[] {
  if (!isPartial(facts.selection)) return [];
  const suspects = new Set(planned.suspects.map(({ id }) => id));
  const names = new Map<string, Revision>();
  for (const { component, field, reason, setBy: whole } of planned.kept) {
    const setBy = field?.setBy ?? whole;
    if (reason !== "NotSelected" || setBy === undefined || !suspects.has(setBy.id)) continue;
    // `TrafficOnly` has said it.
    if (planned.components.every(carriesChange) && podTemplatePath(component) !== undefined) continue;
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

/** Markers that image automation writes into (Flux ImageUpdateAutomation setters), on lines that change. */
function imageAutomation(planned: Planned): readonly Risk[] {
  const files = planned.files.filter(({ beforeText = "", afterText = "" }) => {
    const after = new Set(afterText.split("\n"));
    return beforeText.split("\n").some((line) => line.includes('"$imagepolicy"') && !after.has(line));
  });
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

function outsideFolder({ target }: PlanFacts, { files }: Planned): readonly Risk[] {
  const paths = outsidePaths({ target, files });
  return paths.length === 0 ? [] : [outsideFolderRisk(paths)];
}

/** Who waits until the target is well again, at what it went back to. */
function dependents({ target }: PlanFacts): readonly Risk[] {
  if (target.workload !== undefined) return [];
  return (target.dependents ?? []).map(({ by, names, count }) => {
    const shown = names.slice(0, 4);
    const list = `${shown.join(", ")}${count > shown.length ? ` and ${count - shown.length} more` : ""}`;
    const one = count === 1;
    const message =
      by === "dependsOn"
        ? `${list} ${one ? "depends" : "depend"} on it (dependsOn): ${one ? "it is" : "they are"} not reconciled until this is ready again`
        : `${list} ${one ? "is" : "are"} in a later sync wave: a sync of the parent reaches ${one ? "it" : "them"} only when this is healthy`;
    return { code: "Dependents", message, blocks: false };
  });
}

/** A part is reverted where objects stand now; a kustomization that goes back may look for them where they stood. */
function moved(facts: PlanFacts, planned: Planned): readonly Risk[] {
  const mentions = planned.components.some(
    ({ component }) => component.kind === "file" && component.fileKind === "kustomization",
  );
  if (!mentions || !isPartial(facts.selection)) return [];
  const all = [...planned.components, ...planned.kept].filter(
    ({ component, partner }) => partner !== undefined && partner.path !== component.path,
  );
  const names = new Map(
    all.map(({ component, partner }) => [componentName(component), [component.path, partner?.path]]),
  );
  return [...names].map(([name, [now, then]]) => ({
    code: "Moved",
    message: `${name} stays in ${now}, where it was moved from ${then}: see that the kustomizations that go back still find it`,
    blocks: true,
  }));
}

function takenWhole(planned: Planned): readonly Risk[] {
  return planned.components.flatMap(({ component, path, change }): readonly Risk[] => {
    if (component.kind !== "opaque") return [];
    const { place, message: why, code } = component.left;
    const what = change === "remove" ? "is removed whole" : "goes back whole";
    return [
      { code: "TakenWhole", message: `${path} ${what}: ${why} (${code} at ${formatPlace(place)})`, blocks: false },
    ];
  });
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
