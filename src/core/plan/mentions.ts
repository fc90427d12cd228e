/** A kustomization names the files that are there: its mention of a file goes back exactly when the file does. */
import type { Component } from "../model/component.ts";
import type { FieldChange } from "../model/field.ts";
import { isList, type JsonValue, stringAt } from "../model/json.ts";
import { folderOf, joinPath } from "../target/path.ts";
import type { Decision } from "./decide.ts";
import type { Snapshot } from "./types.ts";

/** Lists of a kustomization whose items are files, or have one under `path` (kubernetes-sigs/kustomize, `types/kustomization.go`). */
const FILE_LISTS: ReadonlySet<string> = new Set([
  "resources",
  "components",
  "bases",
  "crds",
  "configurations",
  "generators",
  "transformers",
  "validators",
  "patches",
  "patchesStrategicMerge",
  "patchesJson6902",
  "replacements",
  "openapi",
]);

/**
 * Of the files that came or went since the checkpoint: are they there after a revert of a part, in which every object stays in
 * its file? Files that stand on both sides are not in the answer: to mention them is a choice of its own.
 */
export function filesAfter(
  decisions: readonly Decision[],
  { current, wanted }: { readonly current: Snapshot; readonly wanted: Snapshot },
): ReadonlyMap<string, boolean> {
  const there = new Map<string, boolean>();
  for (const { pair, change, full } of decisions) {
    const path = (pair.current ?? pair.wanted)?.path ?? "";
    if (pair.wanted !== undefined && !current.has(pair.wanted.path)) {
      there.set(pair.wanted.path, there.get(pair.wanted.path) ?? false);
    }
    if (current.has(path) && wanted.has(path)) continue;
    const stays = change === "add" ? full : !(change === "remove" && full);
    there.set(path, stays || there.get(path) === true);
  }
  return there;
}

/** For the fields of one component: does a mention of one of the files go back? Undefined for any other field. */
export function mentionRule(
  component: Component,
  files: ReadonlyMap<string, boolean>,
): ((field: FieldChange) => boolean | undefined) | undefined {
  if (component.kind !== "file" || component.fileKind !== "kustomization") return undefined;
  return (field) => {
    const [list] = field.path;
    if (list === undefined || !("key" in list) || !FILE_LISTS.has(list.key) || field.path.length > 2) return undefined;
    if (field.op !== "add" && field.op !== "remove") return undefined;
    const value = field.op === "add" ? field.to : field.from;
    const items = field.path.length === 1 && isList(value) ? value : [value];
    const answers = items.flatMap((item) => {
      const path = mentioned(item, folderOf(component.path));
      const isThere = path === undefined ? undefined : files.get(path);
      return isThere === undefined ? [] : [isThere === (field.op === "add")];
    });
    return answers.length === 0 ? undefined : answers.every((goes) => goes);
  };
}

function mentioned(item: JsonValue | undefined, folder: string): string | undefined {
  const text = typeof item === "string" ? item : stringAt(item, "path");
  return text === undefined ? undefined : joinPath(folder, text);
}
