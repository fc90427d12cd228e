/** How near a tool's result comes to what a person did. */
import type { Component } from "../model/component.ts";
import { identityKey } from "../model/component.ts";
import type { FileChange, FileState } from "../model/git.ts";
import { isList, isObject, jsonEqual, type JsonValue } from "../model/json.ts";
import type { Manifest } from "../manifest/read-manifest.ts";
import type { ReplayClass, ReplayResult, ToolOutcome, Verdict } from "./types.ts";

/** A file that the two results do not have in common. */
export interface Difference {
  readonly path: string;
  readonly tool?: FileState;
  readonly human?: FileState;
}

export interface Compared {
  /** Files of the bad change, under all the names that they have had. */
  readonly paths: ReadonlySet<string>;
  /** Against the base, both. */
  readonly human: readonly FileChange[];
  readonly tool: readonly FileChange[];
}

/** Only the files of the bad change, and those that the tool has written, are compared. */
export function differences({ paths, human, tool }: Compared): readonly Difference[] {
  const [theirs, ours] = [byPath(human), byPath(tool)];
  const compared = new Set([...paths, ...ours.keys()]);
  return [...compared].flatMap((path) => {
    const [person, machine] = [theirs.get(path), ours.get(path)];
    if (person === undefined && machine === undefined) return [];
    const before = person?.before ?? machine?.before;
    const [wanted, made] = [
      person === undefined ? before : person.after,
      machine === undefined ? before : machine.after,
    ];
    if (wanted?.id === made?.id && wanted?.mode === made?.mode) return [];
    return [
      { path, ...(made === undefined ? {} : { tool: made }), ...(wanted === undefined ? {} : { human: wanted }) },
    ];
  });
}

function byPath(changes: readonly FileChange[]): ReadonlyMap<string, FileChange> {
  return new Map(changes.map((change) => [change.path, change]));
}

/**
 * Do two versions of a file read the same? Comments, quotes, the order of keys and of Kubernetes objects, and the order of a
 * kustomization's `resources` do not count; other lists are ordered. What is not YAML has to be equal byte for byte.
 */
export function readsSame(a: Manifest, b: Manifest): boolean {
  if (a.text !== undefined && a.text === b.text) return true;
  if (a.stream === undefined || b.stream === undefined || a.components.length !== b.components.length) return false;
  const others = new Map(b.components.map((component) => [keyOf(component), component]));
  return (
    others.size === b.components.length &&
    a.components.every((component) => {
      const other = others.get(keyOf(component));
      return other !== undefined && jsonEqual(valueOf(component), valueOf(other));
    })
  );
}

function keyOf(component: Component): string {
  return component.kind === "object" ? identityKey(component.id) : component.kind;
}

function valueOf(component: Component): JsonValue {
  switch (component.kind) {
    case "object":
      return component.value;
    case "file":
      return component.fileKind === "kustomization" ? component.documents.map(unorderedResources) : component.documents;
    case "opaque":
      return component.left.message;
  }
}

function unorderedResources(document: JsonValue): JsonValue {
  if (!isObject(document) || !isList(document["resources"])) return document;
  const resources = document["resources"].map((one) => JSON.stringify(one) ?? "").toSorted();
  return { ...document, resources };
}

/** The class of a case, from what `git revert` makes of it. `adjacent`: later work and the change share no line. */
export function classOf(git: {
  readonly verdict: Verdict;
  readonly adjacent: boolean;
  readonly partial: boolean;
}): ReplayClass {
  if (git.verdict === "equal" || git.verdict === "object-equal") return "clean";
  if (git.verdict === "conflict" || git.verdict === "refused")
    return git.adjacent ? "adjacent-conflict" : "overlap-conflict";
  return git.partial ? "partial" : "human-differed";
}

/** Counts per verdict. */
export type Tally = Readonly<Record<Verdict, number>>;

export interface ReplaySummary {
  readonly cases: number;
  readonly lastgood: Tally;
  readonly git: Tally;
  /** git does as the person did, and lastgood does not. Has to be 0. */
  readonly worse: number;
  /** git conflicts or does something else, and lastgood does as the person did. */
  readonly better: number;
  /** git conflicts, and lastgood applies something else than the person did. */
  readonly bolder: number;
  readonly classes: Readonly<Record<ReplayClass, number>>;
}

export function summarize(results: readonly ReplayResult[]): ReplaySummary {
  const classes = { clean: 0, "adjacent-conflict": 0, "overlap-conflict": 0, partial: 0, "human-differed": 0 };
  for (const result of results) classes[result.class] += 1;
  return {
    cases: results.length,
    lastgood: tally(results.map(({ lastgood }) => lastgood)),
    git: tally(results.map(({ git }) => git)),
    worse: results.filter(isWorse).length,
    better: results.filter(({ lastgood, git }) => isEqual(lastgood) && !isEqual(git)).length,
    bolder: results.filter(({ lastgood, git }) => lastgood.verdict === "different" && git.verdict === "conflict")
      .length,
    classes,
  };
}

/** git does as the person did, and lastgood does not. */
export function isWorse({ lastgood, git }: Pick<ReplayResult, "lastgood" | "git">): boolean {
  return isEqual(git) && !isEqual(lastgood);
}

/** The person's result, in bytes or as objects. */
export function isEqual({ verdict }: ToolOutcome): boolean {
  return verdict === "equal" || verdict === "object-equal";
}

function tally(outcomes: readonly ToolOutcome[]): Tally {
  const counts = { equal: 0, "object-equal": 0, conflict: 0, different: 0, refused: 0 };
  for (const { verdict } of outcomes) counts[verdict] += 1;
  return counts;
}

/** The middle one of the times, in ms; undefined when there is none. */
export function medianOf(times: readonly number[]): number | undefined {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}
