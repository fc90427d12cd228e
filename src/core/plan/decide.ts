/** What happens to one pair of components: the fields that go back, those that stay, and the value that results. */
import { LastgoodError } from "../../errors.ts";
import { type Component, componentName } from "../model/component.ts";
import type { FieldChange } from "../model/field.ts";
import type { JsonValue } from "../model/json.ts";
import { diffValues } from "../patch/diff.ts";
import type { DiffContext } from "../patch/diff-context.ts";
import { facetOf } from "../patch/facet.ts";
import { fieldChanges } from "../patch/fields.ts";
import { selectFields } from "../patch/select.ts";
import { isSelected, type Selection } from "../selection.ts";
import { declaredKeeper } from "./declared.ts";
import { type Autoscalers, ownerOf } from "./owners.ts";
import type { Pair } from "./pair.ts";
import type { ComponentChange, Kept, PlannedComponent } from "./types.ts";

export interface Decision {
  readonly pair: Pair;
  readonly change: ComponentChange;
  /** Everything in which the two sides differ goes back. */
  readonly full: boolean;
  /** Nothing of it changes. */
  readonly untouched: boolean;
  /** The documents of the component after the revert; empty when it is removed or taken whole. */
  readonly values: readonly JsonValue[];
  /** What changes, for people; undefined when untouched. */
  readonly planned: PlannedComponent | undefined;
  readonly kept: readonly Kept[];
}

export interface DecideFacts {
  readonly selection: Selection;
  readonly autoscalers: Autoscalers;
  /** As in `PlanFacts`. */
  readonly isChosen?: boolean;
  /** Does a field go with a file that it mentions? Undefined: it mentions none of which that is known. */
  readonly goesWithFile?: (field: FieldChange) => boolean | undefined;
}

/** Decides one pair. Throws `RepositoryRename` when a part is selected of an object that cannot be found again. */
export function decidePair(pair: Pair, facts: DecideFacts): Decision {
  const { current, wanted } = pair;
  if (current !== undefined && wanted !== undefined && current.kind !== "opaque" && current.kind === wanted.kind) {
    const before = documentsOf(current);
    const after = documentsOf(wanted);
    if (before.length === after.length) return decideFields(pair, current, { before, after, facts });
  }
  return decideWhole(pair, facts);
}

interface Sides {
  readonly before: readonly JsonValue[];
  readonly after: readonly JsonValue[];
  readonly facts: DecideFacts;
}

function decideFields(pair: Pair, component: Component, { before, after, facts }: Sides): Decision {
  const context = contextOf(component);
  const whyKept = keeper(pair, component, facts);
  const goes = (field: FieldChange): boolean => whyKept(field) === undefined;
  const fields = before.flatMap((value, i) => fieldChanges(value, after[i] as JsonValue, context));
  const values = before.map((value, i) => selectFields(value, after[i] as JsonValue, context, goes));
  const going = fields.filter(goes);
  const partner = pair.wanted === undefined ? {} : { partner: pair.wanted };
  const kept = fields.flatMap((field): readonly Kept[] => {
    const why = whyKept(field);
    return why === undefined ? [] : [{ component, ...partner, field, ...why }];
  });
  const patch = values.length === 1 ? diffValues(before[0] as JsonValue, values[0] as JsonValue, context) : [];
  const planned = { component, ...partner, path: component.path, change: "change" as const, patch, fields: going };
  return {
    pair,
    change: "change",
    full: kept.length === 0,
    untouched: going.length === 0,
    values,
    planned: going.length === 0 ? undefined : planned,
    kept,
  };
}

/** Why a field stays as it is; undefined when it goes back. */
function keeper(
  pair: Pair,
  component: Component,
  { selection, autoscalers, goesWithFile, isChosen = false }: DecideFacts,
): (field: FieldChange) => Pick<Kept, "reason" | "owner"> | undefined {
  const sides = sidesOf(pair);
  const declared = declaredKeeper(component, { isChosen });
  return (field) => {
    const follows = goesWithFile?.(field);
    if (follows !== undefined) return follows ? undefined : { reason: "FollowsFile" };
    if (!isSelected(selection, sides, field.facet)) return { reason: "NotSelected" };
    const asked = declared?.(field);
    if (asked !== undefined) return { reason: "Declared", owner: asked };
    const owner = ownerOf(component, field, autoscalers);
    return owner === undefined ? undefined : { reason: owner.reason, owner: owner.name };
  };
}

/** Added, removed, or not comparable field by field: all of it or nothing. */
function decideWhole(pair: Pair, { selection, isChosen = false }: DecideFacts): Decision {
  const component = (pair.wanted ?? pair.current) as Component;
  const change: ComponentChange = pair.current === undefined ? "add" : pair.wanted === undefined ? "remove" : "change";
  const locked = sidesOf(pair).some((side) => side.kind === "opaque" && isNotRestorable(side.left.code));
  const facet = facetOf([], contextOf(component));
  const isWanted = isSelected(selection, sidesOf(pair), facet);
  const declared = pair.current === undefined ? undefined : declaredKeeper(pair.current, { isChosen });
  const asked = locked || !isWanted ? undefined : declared?.({ pointer: "", facet });
  const goes = !locked && isWanted && asked === undefined;
  if (!goes && asked === undefined) requireFound(pair, selection);
  const reason = locked ? "NotRestorable" : asked === undefined ? "NotSelected" : "Declared";
  const kept: readonly Kept[] = goes ? [] : [{ component, reason, ...(asked === undefined ? {} : { owner: asked }) }];
  const partner = pair.wanted === undefined || pair.current === undefined ? {} : { partner: pair.current };
  return {
    pair,
    change,
    full: goes,
    untouched: !goes,
    values: pair.wanted === undefined ? [] : documentsOf(pair.wanted),
    planned: goes ? { component, ...partner, path: component.path, change, patch: [], fields: [] } : undefined,
    kept,
  };
}

/** Which object now is which of the checkpoint must be known, when a part of it is selected in which they differ. */
function requireFound({ current, wanted, ambiguous = [] }: Pair, selection: Selection): void {
  const component = current ?? wanted;
  if (component?.kind !== "object" || !ambiguous.some((other) => differsIn(selection, component, other))) return;
  const name = componentName(component);
  const paths = [...new Set(ambiguous.map(({ path }) => path))];
  throw new LastgoodError("RepositoryRename", `${name} was moved and stands in several files: ${paths.join(", ")}`, {
    hint: `Take it whole (--only ${name}), name files (--only ./FILE), or revert the whole target.`,
    place: component.place,
  });
}

function differsIn(selection: Selection, component: Component, other: Component): boolean {
  if (component.kind !== "object" || other.kind !== "object") return false;
  const fields = fieldChanges(component.value, other.value, contextOf(component));
  return fields.some(({ facet }) => isSelected(selection, [component], facet));
}

/** Links and submodules point out of the tree: they are named, never followed and never moved. */
function isNotRestorable(code: string): boolean {
  return code === "RepositorySymlink" || code === "RepositoryGitlink";
}

/** The component now and at the checkpoint, as far as there is one. */
export function sidesOf({ current, wanted }: Pair): readonly Component[] {
  return [current, wanted].filter((side) => side !== undefined);
}

/** The documents that a component stands for. */
export function documentsOf(component: Component): readonly JsonValue[] {
  switch (component.kind) {
    case "object":
      return [component.value];
    case "file":
      return component.documents;
    case "opaque":
      return [];
  }
}

/** What the differ may know of a component. */
export function contextOf(component: Component): DiffContext {
  if (component.kind === "object") return { apiVersion: component.id.apiVersion, kind: component.id.kind };
  return component.kind === "file" ? { file: component.fileKind } : {};
}
