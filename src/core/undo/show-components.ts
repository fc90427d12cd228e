/** What an undone file means for the components in it, for people. */
import type { Manifest } from "../manifest/read-manifest.ts";
import { type Component, identityKey } from "../model/component.ts";
import type { JsonValue } from "../model/json.ts";
import { fieldChanges } from "../patch/fields.ts";
import { same } from "./merge-values.ts";
import type { UndoneComponent, UndoneFile } from "./types.ts";

/** The components of the file that come, go or change. */
export function showComponents({ before, after }: UndoneFile): readonly UndoneComponent[] {
  const [old, young] = [componentsBy(before?.manifest), componentsBy(after?.manifest)];
  const keys = [...new Set([...old.keys(), ...young.keys()])];
  return keys.flatMap((key) => showComponent(old.get(key), young.get(key)));
}

function showComponent(old: Component | undefined, young: Component | undefined): readonly UndoneComponent[] {
  const component = young ?? old;
  if (component === undefined) return [];
  const [before, after] = [valueOf(old), valueOf(young)];
  const values = { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
  if (old === undefined) return [{ component, change: "add", ...values, fields: [] }];
  if (young === undefined) return [{ component, change: "remove", ...values, fields: [] }];
  if (before === undefined || after === undefined) return [{ component, change: "change", fields: [] }];
  if (same(before, after)) return [];
  return [{ component, change: "change", ...values, fields: fieldsOf(old, young) }];
}

function componentsBy(manifest: Manifest | undefined): ReadonlyMap<string, Component> {
  return new Map((manifest?.components ?? []).map((component) => [keyOf(component), component]));
}

function keyOf(component: Component): string {
  return component.kind === "object" ? identityKey(component.id) : "";
}

/** The object, or the documents of a file: one as itself, several as a list. */
function valueOf(component: Component | undefined): JsonValue | undefined {
  if (component?.kind === "object") return component.value;
  if (component?.kind !== "file") return undefined;
  return component.documents.length === 1 ? component.documents[0] : component.documents;
}

function fieldsOf(old: Component, young: Component): UndoneComponent["fields"] {
  if (old.kind === "object" && young.kind === "object") {
    return fieldChanges(old.value, young.value, { apiVersion: young.id.apiVersion, kind: young.id.kind });
  }
  if (old.kind !== "file" || young.kind !== "file" || old.documents.length !== young.documents.length) return [];
  return old.documents.flatMap((value, at) =>
    fieldChanges(value, young.documents[at] ?? null, { file: young.fileKind }),
  );
}
