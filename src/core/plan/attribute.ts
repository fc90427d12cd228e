/** Who set what: gives each field the newest undone commit that changed it. */
import type { Component } from "../model/component.ts";
import type { FieldChange } from "../model/field.ts";
import type { Revision } from "../model/git.ts";
import type { JsonValue } from "../model/json.ts";
import { fieldChanges } from "../patch/fields.ts";
import { contextOf, documentsOf } from "./decide.ts";
import { findComponent } from "./find-component.ts";
import { coverOf, type NameCover } from "./name-cover.ts";
import type { AttributedField, Kept, PlannedComponent, Step } from "./types.ts";

/** A planned component with who set its fields; `touches`: see `touchesOf`. */
export function attributePlanned(planned: PlannedComponent, touches: readonly Touch[]): PlannedComponent {
  const setBy = touches[0]?.revision;
  const fields = planned.fields.map((field) => attributeField(field, touches));
  return { ...planned, fields, ...(setBy === undefined ? {} : { setBy }) };
}

/** As `attributePlanned`, for what is kept. */
export function attributeKept(kept: Kept, touches: readonly Touch[]): Kept {
  if (kept.field !== undefined) return { ...kept, field: attributeField(kept.field, touches) };
  const setBy = touches[0]?.revision;
  return setBy === undefined ? kept : { ...kept, setBy };
}

/** What one commit changed in a component: displays of fields, or "all" when it came, went, or cannot be compared. */
export interface Touch {
  readonly revision: Revision;
  readonly fields: "all" | readonly string[];
}

function attributeField(field: FieldChange, touches: readonly Touch[]): AttributedField {
  const touch = touches.find((known) => known.fields === "all" || coverOfTouch(known, known.fields)(field.display));
  return touch === undefined ? field : { ...field, setBy: touch.revision };
}

const covers = new WeakMap<Touch, NameCover>();

/** A change of a whole item covers its fields, and a field belongs to the change of its parent. */
function coverOfTouch(touch: Touch, fields: readonly string[]): NameCover {
  const cover = covers.get(touch) ?? coverOf(fields);
  covers.set(touch, cover);
  return cover;
}

/**
 * The commits that changed a component, newest first; one that only moved it between its files did not.
 * `sides`: the component now and at the checkpoint. `steps`: newest first.
 */
export function touchesOf(sides: readonly Component[], steps: readonly Step[]): readonly Touch[] {
  const [component] = sides;
  if (component === undefined) return [];
  const paths = new Set(sides.map(({ path }) => path));
  const byRevision = new Map<string, Step[]>();
  for (const step of steps) {
    if (!paths.has(step.path)) continue;
    byRevision.set(step.revision.id, [...(byRevision.get(step.revision.id) ?? []), step]);
  }
  return [...byRevision.values()].flatMap((own): readonly Touch[] => {
    const before = own.flatMap((step) => findComponent(component, step.before) ?? [])[0];
    const after = own.flatMap((step) => findComponent(component, step.after) ?? [])[0];
    const fields = changedFields(before, after);
    const [step] = own;
    return step === undefined || fields.length === 0 ? [] : [{ revision: step.revision, fields }];
  });
}

function changedFields(before: Component | undefined, after: Component | undefined): Touch["fields"] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined || after === undefined || before.kind !== after.kind) return "all";
  const [old, now] = [documentsOf(before), documentsOf(after)];
  if (old.length !== now.length || old.length === 0) return "all";
  return old.flatMap((value, i) =>
    fieldChanges(value, now[i] as JsonValue, contextOf(after)).map((field) => field.display),
  );
}
