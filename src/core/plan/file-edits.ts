/** The files of a revert, one by one: whole, or as a proved edit of their text. */
import { LastgoodError } from "../../errors.ts";
import { type EditRequest, editText, type WantedDocument } from "../edit/edit-text.ts";
import type { ParsedDocument } from "../manifest/parse.ts";
import type { Component } from "../model/component.ts";
import type { JsonValue } from "../model/json.ts";
import type { DiffContext } from "../patch/diff-context.ts";
import { countLines } from "../text-diff.ts";
import { contextOf, type Decision } from "./decide.ts";
import type { PlannedFile, Snapshot, TargetFile } from "./types.ts";

/** All of the file goes back: it gets the checkpoint's blob, or it goes. */
export function restoreFile(
  path: string,
  current: TargetFile | undefined,
  wanted: TargetFile | undefined,
): PlannedFile {
  const head = headOf(path, current, wanted?.manifest.text);
  return wanted === undefined ? { ...head, action: "remove" } : { ...head, action: "restore", after: wanted.state };
}

/** The checkpoint's file with the fields in it that are kept. Undefined when that is what stands there. */
export function editCheckpoint(
  wanted: TargetFile,
  current: TargetFile | undefined,
  decisions: readonly Decision[],
): PlannedFile | undefined {
  const documents = documentsOf(wanted).map(({ index, value }): WantedDocument => {
    const own = decisions.filter(({ pair }) => holds(pair.wanted, index));
    requireNoItem(own.filter(({ full }) => !full));
    const decision = own.find(({ full }) => !full);
    const partner = decision?.pair.current;
    const source = partner === undefined || partner.path !== current?.path ? {} : { source: placeIn(partner, index) };
    return { value: valueAfter(decision, decision?.pair.wanted, index) ?? value, head: index, ...source };
  });
  const source = current?.manifest.text === undefined ? {} : { source: current.manifest.text };
  return edited(wanted, current, { ...source, wanted: documents });
}

/** The file stays where it is; its documents take over what was selected. */
export function editInPlace(
  current: TargetFile,
  decisions: readonly Decision[],
  there: Snapshot,
): PlannedFile | undefined {
  requireNoItem(decisions.filter(({ untouched }) => !untouched));
  const source = sourceOf(current.path, decisions, there);
  const sourceIn = (component: Component | undefined, index: number): Pick<WantedDocument, "source"> =>
    component === undefined || component.path !== source?.path ? {} : { source: placeIn(component, index) };
  const wanted = documentsOf(current).flatMap(({ index, value }): readonly WantedDocument[] => {
    const decision = decisions.find(({ pair }) => holds(pair.current, index));
    if (decision?.change === "remove" && decision.full) return [];
    const after = decision?.untouched === false ? valueAfter(decision, decision.pair.current, index) : undefined;
    return [{ value: after ?? value, head: index, ...sourceIn(decision?.pair.wanted, index) }];
  });
  for (const { pair, values, change, full } of decisions) {
    const [value] = values;
    if (change !== "add" || !full || pair.wanted?.kind !== "object" || value === undefined) continue;
    const added = { value, ...sourceIn(pair.wanted, 0) };
    const at = wanted.findLastIndex((other) => other.source !== undefined && other.source < placeIn(pair.wanted, 0));
    wanted.splice(at + 1, 0, added);
  }
  if (wanted.every(({ value }) => value === null)) return restoreFile(current.path, current, undefined);
  const text = source?.manifest.text === undefined ? {} : { source: source.manifest.text };
  return edited(current, current, { ...text, wanted });
}

/** The file is gone now: it comes back with the selected documents only. */
export function editReturning(wanted: TargetFile, decisions: readonly Decision[]): PlannedFile | undefined {
  requireNoItem(decisions.filter(({ full }) => full));
  const documents = documentsOf(wanted)
    .filter(({ index }) => decisions.some(({ full, pair }) => full && holds(pair.wanted, index)))
    .map(({ index, value }): WantedDocument => ({ value, head: index }));
  return edited(wanted, undefined, { wanted: documents });
}

/** `head`: the file whose text is edited. */
function edited(
  head: TargetFile,
  current: TargetFile | undefined,
  request: Pick<EditRequest, "source" | "wanted">,
): PlannedFile | undefined {
  const { path, state } = head;
  const { text, method } = editText({
    path,
    head: textOf(head),
    ...request,
    context: (index) => contextAt(head, index),
  });
  if (text === current?.manifest.text && state.mode === current.state.mode) return undefined;
  return { ...headOf(path, current, text), action: "edit", after: { mode: state.mode, text }, method };
}

type Head = Pick<PlannedFile, "path" | "before" | "beforeText" | "afterText" | "linesAdded" | "linesRemoved">;

function headOf(path: string, current: TargetFile | undefined, afterText: string | undefined): Head {
  const beforeText = current?.manifest.text;
  const lines = countLines(beforeText ?? "", afterText ?? "");
  return {
    path,
    ...(current === undefined ? {} : { before: current.state }),
    ...(beforeText === undefined ? {} : { beforeText }),
    ...(afterText === undefined ? {} : { afterText }),
    linesAdded: lines.added,
    linesRemoved: lines.removed,
  };
}

function documentsOf(file: TargetFile): readonly ParsedDocument[] {
  return file.manifest.stream?.documents ?? [];
}

function textOf(file: TargetFile): string {
  if (file.manifest.text !== undefined) return file.manifest.text;
  throw new LastgoodError("EditUnproved", `${file.path} is not text: only the whole file can be reverted`, {
    hint: `Take all of it: --only ./${file.path}`,
    place: { file: file.path },
  });
}

/** A List goes back as a whole file or not at all: its items are not edited one by one. */
function requireNoItem(decisions: readonly Decision[]): void {
  for (const { pair } of decisions) {
    const item = [pair.current, pair.wanted].find((side) => side?.kind === "object" && side.item !== undefined);
    if (item?.kind !== "object") continue;
    throw new LastgoodError("EditList", `${item.path}: a part of a List cannot be reverted alone`, {
      hint: `Take the whole file (--only ./${item.path}), or split the List into documents.`,
      place: item.place,
    });
  }
}

function contextAt(file: TargetFile, index: number): DiffContext {
  const component = file.manifest.components.find((candidate) => holds(candidate, index));
  return component === undefined ? {} : contextOf(component);
}

/** Is this the document, or one of the documents, of the component? */
function holds(component: Component | undefined, index: number): boolean {
  return component?.kind === "object" ? component.document === index : component?.kind === "file";
}

/** What a document of a component holds after the revert. */
function valueAfter(decision: Decision | undefined, side: Component | undefined, index: number): JsonValue | undefined {
  return decision?.values[side?.kind === "file" ? index : 0];
}

/** Which document of its file a component is; a file's documents keep their index. */
function placeIn(component: Component | undefined, index: number): number {
  return component?.kind === "object" ? component.document : index;
}

/** The checkpoint's file of the same name; else the one file in which everything stood that is here now. */
function sourceOf(path: string, decisions: readonly Decision[], there: Snapshot): TargetFile | undefined {
  const paths = new Set(decisions.flatMap(({ pair }) => pair.wanted?.path ?? []));
  const [only] = paths;
  return there.get(path) ?? (paths.size === 1 && only !== undefined ? there.get(only) : undefined);
}
