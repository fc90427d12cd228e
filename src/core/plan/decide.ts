/** What happens to one pair of components: the fields that go back, those that stay, and the value that results. */
import type { Component } from "../model/component.ts";
import type { Facet, FieldChange } from "../model/field.ts";
import type { JsonValue } from "../model/json.ts";
import { diffValues } from "../patch/diff.ts";
import type { DiffContext } from "../patch/diff-context.ts";
import { fieldChanges } from "../patch/fields.ts";
import { selectFields } from "../patch/select.ts";
import { isSelected, type Selection } from "../selection.ts";
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
}

/** Decides one pair. */
export function decidePair(pair: Pair, facts: DecideFacts): Decision {
  const { current, wanted } = pair;
  if (current !== undefined && wanted !== undefined && current.kind !== "opaque" && wanted.kind !== "opaque") {
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

function decideFields(pair: Pair, component: Component, sides: Sides): Decision {
  const context = contextOf(component);
  const { selection, autoscalers } = sides.facts;
  const goes = (field: FieldChange): boolean =>
    isSelected(selection, component, field.facet) && ownerOf(component, field, autoscalers) === undefined;
  const fields = sides.before.flatMap((value, i) => fieldChanges(value, sides.after[i] as JsonValue, context));
  const values = sides.before.map((value, i) => selectFields(value, sides.after[i] as JsonValue, context, goes));
  const going = fields.filter(goes);
  const kept = fields
    .filter((field) => !goes(field))
    .map((field): Kept => {
      const owner = ownerOf(component, field, autoscalers);
      return owner === undefined
        ? { component, field, reason: "NotSelected" }
        : { component, field, reason: owner.reason, owner: owner.name };
    });
  const patch = values.length === 1 ? diffValues(sides.before[0] as JsonValue, values[0] as JsonValue, context) : [];
  return {
    pair,
    change: "change",
    full: kept.length === 0,
    untouched: going.length === 0,
    values,
    planned:
      going.length === 0
        ? undefined
        : {
            component,
            ...(pair.wanted === undefined ? {} : { partner: pair.wanted }),
            path: component.path,
            change: "change",
            patch,
            fields: going,
          },
    kept,
  };
}

/** Added, removed, or not comparable field by field: all of it or nothing. */
function decideWhole(pair: Pair, facts: DecideFacts): Decision {
  const component = (pair.current ?? pair.wanted) as Component;
  const change: ComponentChange = pair.current === undefined ? "add" : pair.wanted === undefined ? "remove" : "change";
  const locked = [pair.current, pair.wanted].some((side) => side?.kind === "opaque" && isNotRestorable(side.left.code));
  const goes = !locked && isSelected(facts.selection, component, wholeFacet(component));
  const kept: readonly Kept[] = goes ? [] : [{ component, reason: locked ? "NotRestorable" : "NotSelected" }];
  const planned: PlannedComponent = {
    component: pair.wanted ?? component,
    ...(pair.wanted === undefined || pair.current === undefined ? {} : { partner: pair.current }),
    path: (pair.wanted ?? component).path,
    change,
    patch: [],
    fields: [],
  };
  return {
    pair,
    change,
    full: goes,
    untouched: !goes,
    values: pair.wanted === undefined || pair.wanted.kind === "opaque" ? [] : documentsOf(pair.wanted),
    planned: goes ? planned : undefined,
    kept,
  };
}

/** Links and submodules point out of the tree: they are named, never followed and never moved. */
function isNotRestorable(code: string): boolean {
  return code === "RepositorySymlink" || code === "RepositoryGitlink";
}

function wholeFacet(component: Component): Facet {
  return component.kind === "object" && ["ConfigMap", "Secret"].includes(component.id.kind) ? "config" : "other";
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
