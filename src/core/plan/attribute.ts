/** Who set what: gives each field the newest undone commit that changed it. */
import { type Component, identityKey } from "../model/component.ts";
import type { FieldChange } from "../model/field.ts";
import type { Revision } from "../model/git.ts";
import type { JsonValue } from "../model/json.ts";
import type { Manifest } from "../manifest/read-manifest.ts";
import { fieldChanges } from "../patch/fields.ts";
import { contextOf, documentsOf } from "./decide.ts";
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
  const touch = touches.find(({ fields }) => fields === "all" || fields.some((name) => covers(name, field.display)));
  return touch === undefined ? field : { ...field, setBy: touch.revision };
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
    const before = own.flatMap((step) => find(component, step.before) ?? [])[0];
    const after = own.flatMap((step) => find(component, step.after) ?? [])[0];
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

function find(component: Component, manifest: Manifest | undefined): Component | undefined {
  const components = manifest?.components ?? [];
  if (component.kind !== "object") return components[0];
  const { namespace, ...id } = component.id;
  const key = identityKey(component.id);
  return (
    components.find((other) => other.kind === "object" && identityKey(other.id) === key) ??
    components.find(
      (other) =>
        other.kind === "object" &&
        (namespace === undefined || other.id.namespace === undefined) &&
        identityKey({ apiVersion: other.id.apiVersion, kind: other.id.kind, name: other.id.name }) === identityKey(id),
    )
  );
}

/** A change of a whole item covers its fields, and a field belongs to the change of its parent. */
function covers(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return long.startsWith(short) && /^[.[]/.test(long.slice(short.length));
}
