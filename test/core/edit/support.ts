import { editText, type Edit } from "../../../src/core/edit/edit-text.ts";
import { parseStream } from "../../../src/core/manifest/parse.ts";
import type { JsonValue } from "../../../src/core/model/json.ts";

/** A text without the margin of its first line. */
export function yaml(strings: TemplateStringsArray): string {
  const text = (strings.raw[0] ?? "").replace(/^\n/, "").replace(/ *$/, "");
  const margin = /^ */.exec(text)?.[0] ?? "";
  return text.replaceAll(new RegExp(`^${margin}`, "gm"), "");
}

export function valuesOf(text: string, path = "app.yaml"): readonly JsonValue[] {
  return parseStream(path, text).documents.map(({ value }) => value);
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests change values freely
export type Change = (value: any) => void;

/** Edits a text of one document so that it reads as after `change`. */
export function edit(
  head: string,
  change: Change,
  options: { readonly source?: string; readonly path?: string } = {},
): Edit {
  const { source, path = "app.yaml" } = options;
  const value = structuredClone(valuesOf(head, path)[0] ?? null);
  change(value);
  return editText({
    path,
    head,
    ...(source === undefined ? {} : { source }),
    wanted: [{ value, head: 0, ...(source === undefined ? {} : { source: 0 }) }],
  });
}

/** The text only, when single places were changed. */
export function edited(
  head: string,
  change: Change,
  options: { readonly source?: string; readonly path?: string } = {},
): string {
  const { text, method } = edit(head, change, options);
  return method === "nodes" ? text : `${method}: ${text}`;
}
