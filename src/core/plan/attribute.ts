/** Who set what: gives each field the newest undone commit that changed it. */
import { type Component, identityKey, type ObjectId } from "../model/component.ts";
import type { Revision } from "../model/git.ts";
import type { JsonValue } from "../model/json.ts";
import type { Manifest } from "../manifest/read-manifest.ts";
import { fieldChanges } from "../patch/fields.ts";
import { contextOf, documentsOf } from "./decide.ts";
import type { PlannedComponent, Step } from "./types.ts";

/** `paths`: the files in which the component stood. Steps are newest first. */
export function attribute(
  planned: PlannedComponent,
  paths: readonly string[],
  steps: readonly Step[],
): PlannedComponent {
  const own = steps.filter((step) => paths.includes(step.path));
  const touched = own.map((step) => ({ revision: step.revision, fields: touchedFields(planned.component, step) }));
  const fields = planned.fields.map((field) => {
    const setter = touched.find(({ fields }) => fields === "all" || fields.some((name) => covers(name, field.display)));
    return setter === undefined ? field : { ...field, setBy: setter.revision };
  });
  const setBy = newest(touched);
  return { ...planned, fields, ...(setBy === undefined ? {} : { setBy }) };
}

function newest(touched: readonly { readonly revision: Revision; readonly fields: Touched }[]): Revision | undefined {
  return touched.find(({ fields }) => fields === "all" || fields.length > 0)?.revision;
}

/** Displays of the fields that a step changed, or "all" when the component came, went, or cannot be compared. */
type Touched = "all" | readonly string[];

function touchedFields(component: Component, step: Step): Touched {
  const before = find(component, step.before);
  const after = find(component, step.after);
  if (before === undefined && after === undefined) return [];
  if (before === undefined || after === undefined) return "all";
  const [old, now] = [documentsOf(before), documentsOf(after)];
  if (old.length !== now.length || old.length === 0) return "all";
  return old.flatMap((value, i) =>
    fieldChanges(value, now[i] as JsonValue, contextOf(component)).map((field) => field.display),
  );
}

function find(component: Component, manifest: Manifest | undefined): Component | undefined {
  if (component.kind !== "object") return manifest?.components[0];
  const key = withoutNamespace(component.id);
  return manifest?.components.find((other) => other.kind === "object" && withoutNamespace(other.id) === key);
}

/** Within one file; the namespace may be left to the engine on one side. */
function withoutNamespace({ apiVersion, kind, name }: ObjectId): string {
  return identityKey({ apiVersion, kind, name });
}

/** A change of a whole item covers its fields, and a field belongs to the change of its parent. */
function covers(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return long.startsWith(short) && /^[.[]/.test(long.slice(short.length));
}
