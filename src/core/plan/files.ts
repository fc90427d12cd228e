/** Turns decisions into files: the checkpoint's own blob where all of a file goes back, else a proved edit. */
import { type Edit, editText, type WantedDocument } from "../edit/edit-text.ts";
import { LastgoodError } from "../../errors.ts";
import type { Component } from "../model/component.ts";
import type { FileState } from "../model/git.ts";
import type { JsonValue } from "../model/json.ts";
import { isPartial, type Selection } from "../selection.ts";
import { countLines } from "../text-diff.ts";
import type { Decision } from "./decide.ts";
import { isMoved } from "./pair.ts";
import type { PlannedFile, Snapshot, TargetFile } from "./types.ts";

export interface FileFacts {
  readonly current: Snapshot;
  readonly wanted: Snapshot;
  readonly selection: Selection;
}

/** The files to write, in path order. Throws `Edit*` errors. */
export function planFiles(
  paths: readonly string[],
  decisions: readonly Decision[],
  facts: FileFacts,
): readonly PlannedFile[] {
  return paths.flatMap((path) => {
    const here = decisions.filter(({ pair }) => pair.current?.path === path || pair.wanted?.path === path);
    const write = planFile(path, here, facts);
    return write === undefined ? [] : [write];
  });
}

function planFile(path: string, decisions: readonly Decision[], facts: FileFacts): PlannedFile | undefined {
  const current = facts.current.get(path);
  const wanted = facts.wanted.get(path);
  const partial = isPartial(facts.selection);
  const moves = decisions.some(({ pair }) => isMoved(pair));
  if (decisions.every((decision) => decision.full) && !(partial && moves)) return restore(path, current, wanted);
  if (decisions.every((decision) => decision.untouched)) return undefined;
  if (moves && !partial) return editLayout(path, decisions, facts);
  const own = decisions.filter(({ pair }) => (pair.current ?? pair.wanted)?.path === path);
  if (own.every((decision) => decision.untouched)) return undefined;
  return current === undefined ? editAdded(path, own, facts) : editInPlace(path, own, facts);
}

/** All of the file goes back: its blob is the checkpoint's blob, or it goes. */
function restore(path: string, current: TargetFile | undefined, wanted: TargetFile | undefined): PlannedFile {
  const texts = {
    ...optional("beforeText", current?.manifest.text),
    ...optional("afterText", wanted?.manifest.text),
  };
  const lines = countLines(texts.beforeText ?? "", texts.afterText ?? "");
  const head = {
    path,
    ...optional("before", current?.state),
    ...texts,
    linesAdded: lines.added,
    linesRemoved: lines.removed,
  };
  return wanted === undefined ? { ...head, action: "remove" } : { ...head, action: "restore", after: wanted.state };
}

/** The file stays where it is; its documents take over what was selected. */
function editInPlace(path: string, decisions: readonly Decision[], facts: FileFacts): PlannedFile | undefined {
  const current = facts.current.get(path) as TargetFile;
  const head = textOf(current);
  const wanted: WantedDocument[] = [];
  for (const document of current.manifest.stream?.documents ?? []) {
    const planned = plannedDocument(document.index, decisions, facts.wanted.get(path));
    if (planned !== undefined)
      wanted.push({ value: planned.value ?? document.value, head: document.index, ...planned.source });
  }
  for (const { pair, values } of decisions.filter((decision) => decision.change === "add" && decision.full)) {
    const source = firstDocument(pair.wanted);
    const before = wanted.findLastIndex((document) => document.source !== undefined && document.source < source);
    wanted.splice(before + 1, 0, { value: values[0] as JsonValue, source });
  }
  if (wanted.every(({ value }) => value === null)) return restore(path, current, undefined);
  const source = facts.wanted.get(path)?.manifest.text ?? movedSource(decisions, facts.wanted);
  return edited(path, current, { head, wanted, ...optional("source", source) });
}

/** What becomes of one document of the present file: undefined when it goes. */
function plannedDocument(
  index: number,
  decisions: readonly Decision[],
  wanted: TargetFile | undefined,
): { readonly value?: JsonValue; readonly source: { readonly source?: number } } | undefined {
  const own = decisions.filter(({ pair }) => pair.current !== undefined && holds(pair.current, index));
  const [decision] = own;
  if (decision === undefined) return { source: {} };
  const partner = decision.pair.wanted;
  const source = partner === undefined || wanted === undefined ? {} : { source: partnerDocument(partner, index) };
  if (decision.pair.current?.kind === "object" && decision.pair.current.item !== undefined) {
    return plannedList(own, wanted, source);
  }
  if (decision.change === "remove") return decision.full ? undefined : { source: {} };
  if (decision.untouched) return { source };
  const value = decision.values[decision.pair.current?.kind === "file" ? index : 0];
  return value === undefined ? { source } : { value, source };
}

/** A List goes back as a whole document or not at all: its items are not edited one by one. */
function plannedList(
  items: readonly Decision[],
  wanted: TargetFile | undefined,
  source: { readonly source?: number },
): { readonly value?: JsonValue; readonly source: { readonly source?: number } } {
  if (items.every(({ untouched }) => untouched)) return { source };
  const value = source.source === undefined ? undefined : wanted?.manifest.stream?.documents[source.source]?.value;
  if (value !== undefined && items.every(({ full }) => full)) return { value, source };
  const [first] = items;
  const component = first?.pair.current ?? first?.pair.wanted;
  throw new LastgoodError("EditList", `${component?.path ?? "a file"}: a part of a List cannot be reverted alone`, {
    hint: "Revert the whole file (--only ./FILE), or split the List into documents.",
    ...(component?.kind === "object" ? { place: component.place } : {}),
  });
}

/** The file is gone now: it comes back with the selected documents only. */
function editAdded(path: string, decisions: readonly Decision[], facts: FileFacts): PlannedFile {
  const source = facts.wanted.get(path) as TargetFile;
  const chosen = decisions
    .filter(({ full, untouched }) => full && !untouched)
    .map(({ pair }) => firstDocument(pair.wanted));
  const wanted = (source.manifest.stream?.documents ?? [])
    .filter(({ index }) => chosen.includes(index))
    .map(({ index, value }): WantedDocument => ({ value, head: index, source: index }));
  const edit = editText({ path, head: textOf(source), source: textOf(source), wanted });
  return finish(path, undefined, { edit, mode: source.state.mode });
}

/** Files were moved since: the checkpoint's layout comes back, and the kept fields are put into its text. */
function editLayout(path: string, decisions: readonly Decision[], facts: FileFacts): PlannedFile | undefined {
  const source = facts.wanted.get(path);
  const current = facts.current.get(path);
  if (source === undefined) {
    const stays = decisions.some(({ pair, untouched }) => pair.wanted === undefined && untouched);
    return stays ? undefined : restore(path, current, undefined);
  }
  const wanted = (source.manifest.stream?.documents ?? []).map(({ index, value }): WantedDocument => {
    const decision = decisions.find(({ pair }) => pair.wanted !== undefined && holds(pair.wanted, index));
    return { value: decision?.values[0] ?? value, head: index };
  });
  const edit = editText({ path, head: textOf(source), wanted });
  return finish(path, current, { edit, mode: source.state.mode });
}

function edited(
  path: string,
  current: TargetFile,
  request: { readonly head: string; readonly source?: string; readonly wanted: readonly WantedDocument[] },
): PlannedFile | undefined {
  const edit = editText({ path, ...request, context: (index) => contextAt(current, index) });
  return edit.text === request.head ? undefined : finish(path, current, { edit, mode: current.state.mode });
}

function finish(
  path: string,
  current: TargetFile | undefined,
  { edit, mode }: { readonly edit: Edit; readonly mode: FileState["mode"] },
): PlannedFile {
  const before = current?.manifest.text;
  const lines = countLines(before ?? "", edit.text);
  return {
    path,
    action: "edit",
    after: { mode, text: edit.text },
    method: edit.method,
    ...optional("before", current?.state),
    ...optional("beforeText", before),
    afterText: edit.text,
    linesAdded: lines.added,
    linesRemoved: lines.removed,
  };
}

function textOf(file: TargetFile): string {
  if (file.manifest.text !== undefined) return file.manifest.text;
  throw new LastgoodError("EditUnproved", `${file.path} is not text: only the whole file can be reverted`, {
    hint: `Take all of it: --only ./${file.path}`,
    place: { file: file.path },
  });
}

function contextAt(file: TargetFile, index: number): { readonly apiVersion?: string; readonly kind?: string } {
  const component = file.manifest.components.find((candidate) => holds(candidate, index));
  return component?.kind === "object" ? { apiVersion: component.id.apiVersion, kind: component.id.kind } : {};
}

/** Is this the document, or one of the documents, of the component? */
function holds(component: Component, index: number): boolean {
  return component.kind === "object" ? component.document === index : component.kind === "file";
}

function firstDocument(component: Component | undefined): number {
  return component?.kind === "object" ? component.document : 0;
}

function partnerDocument(partner: Component, index: number): number {
  return partner.kind === "object" ? partner.document : index;
}

/** When the one object of the file stood elsewhere at the checkpoint, its text there is the source. */
function movedSource(decisions: readonly Decision[], wanted: Snapshot): string | undefined {
  const paths = new Set(decisions.flatMap(({ pair }) => pair.wanted?.path ?? []));
  const [path] = paths;
  return paths.size === 1 && path !== undefined ? wanted.get(path)?.manifest.text : undefined;
}

/** `{ [key]: value }`, or nothing when there is no value. */
function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}
