/** The text of planned documents: as close as possible to what a person writes who undoes the change by hand. */
import { LastgoodError } from "../../errors.ts";
import { chunksOf } from "../edit/documents.ts";
import { editText, type WantedDocument } from "../edit/edit-text.ts";
import { readsAs } from "../edit/gate.ts";
import { splitLines, terminatorAt } from "../edit/lines.ts";
import { type ParsedStream, parseStream } from "../manifest/parse.ts";
import { jsonEqual, type JsonValue } from "../model/json.ts";
import type { DiffContext } from "../patch/diff-context.ts";
import type { PlannedDocument } from "./merge-documents.ts";
import { isFormOnly, mergeLines, type Region, sideBySide } from "../edit/merge-lines.ts";
import type { Sides } from "../model/sides.ts";
import type { UndoMethod } from "./types.ts";

export interface Written {
  readonly text: string;
  readonly method: UndoMethod;
}

export interface WriteRequest {
  readonly path: string;
  readonly streams: Sides<ParsedStream>;
  readonly documents: readonly PlannedDocument[];
  /** What the documents are, when they do not say so themselves. */
  readonly context: DiffContext | undefined;
}

/** Choices of lines that are tried at most, each read again as a whole. */
const MAX_CHOICES = 48;
/** Characters that trying them may cost to read. */
const MAX_READ = 4_000_000;
/** Lines in dispute times characters of the text: what changing single places costs grows with both. */
const MAX_PLACES = 200_000_000;
/** Documents at most that are changed place by place. */
const MAX_DOCUMENTS = 200;

/** The first text that reads as planned: by lines, document by document, by single places. Undefined: none can be proved. */
export function writeDocuments(request: WriteRequest): Written | undefined {
  const { path, streams, documents } = request;
  const texts = { good: streams.good.text, bad: streams.bad.text, now: streams.now.text };
  const values = documents.map(({ value }) => value);
  const lines = chooseLines(path, texts, values);
  if (lines !== undefined) return lines;
  const several = Object.values(streams).some((stream: ParsedStream) => stream.documents.length > 1);
  return (several ? writeEach(request, texts) : undefined) ?? writePlaces(request, texts);
}

/** Where both sides changed lines: each at its place, those of before, those of now; the first choice that reads as planned. */
function chooseLines(path: string, texts: Sides<string>, wanted: readonly JsonValue[]): Written | undefined {
  const regions = regionsOf(texts);
  const options = regions.map(optionsOf);
  const conflicts = options.filter((option) => option.length > 1).length;
  const most = Math.max(1, Math.min(MAX_CHOICES, Math.floor(MAX_READ / (texts.now.length + 1))));
  let left = most;
  const tried = new Set<string>();
  for (const pick of choices(options, most)) {
    if ((left -= 1) < 0) break;
    const text = pick.flat().join("");
    if (tried.has(text)) continue;
    tried.add(text);
    if (readsAs(path, text, wanted)) return { text, method: conflicts === 0 ? "lines" : "hunks" };
  }
  return undefined;
}

function regionsOf(texts: Sides<string>): readonly Region[] {
  return mergeLines({ good: splitLines(texts.good), bad: splitLines(texts.bad), now: splitLines(texts.now) });
}

type Lines = readonly string[];

function optionsOf(region: Region): readonly Lines[] {
  const { kind, lines } = region;
  if (kind !== "conflict") return [lines[kind]];
  const beside = sideBySide(region);
  if (beside !== undefined) return [beside, lines.good, lines.now];
  return isFormOnly(region) ? [lines.good, lines.now] : [lines.now, lines.good];
}

/** The picks, best first: all first options, then one region after the other changed. */
function* choices(options: readonly (readonly Lines[])[], most: number): Generator<readonly Lines[]> {
  const open = options.flatMap((option, at) => (option.length > 1 ? [at] : []));
  const count = open.reduce((product, at) => Math.min(product * (options[at]?.length ?? 1), most), 1);
  for (let number = 0; number < count; number += 1) {
    let rest = number;
    const pick = options.map((option) => option[0] ?? []);
    for (const at of open) {
      const option = options[at] ?? [];
      pick[at] = option[rest % option.length] ?? [];
      rest = Math.floor(rest / option.length);
    }
    yield pick;
  }
}

/** Each document by itself: what is hard in one costs the others nothing. */
function writeEach(request: WriteRequest, texts: Sides<string>): Written | undefined {
  const { path, streams, documents } = request;
  const chunks = { good: chunksOf(streams.good), bad: chunksOf(streams.bad), now: chunksOf(streams.now) };
  const { good, bad, now } = chunks;
  if (good === undefined || bad === undefined || now === undefined) return undefined;
  const cut = (side: keyof Sides<unknown>, at: number | undefined): string | undefined => {
    const chunk = at === undefined ? undefined : chunks[side]?.[at];
    return chunk === undefined ? undefined : texts[side].slice(chunk.from, chunk.to);
  };
  const pieces: string[] = [];
  let [method, hard]: [UndoMethod, number] = ["hunks", 0];
  for (const { value, at } of documents) {
    const own = { good: cut("good", at.good), bad: cut("bad", at.bad), now: cut("now", at.now) };
    const written = writeOne(request, own, value);
    hard += written?.method === "nodes" || written?.method === "document" ? 1 : 0;
    if (written === undefined || hard > MAX_DOCUMENTS) return undefined;
    if (METHODS.indexOf(written.method) > METHODS.indexOf(method)) method = written.method;
    pieces.push(written.text);
  }
  const text = joinDocuments(pieces, texts.now);
  return readsAs(
    path,
    text,
    documents.map(({ value }) => value),
  )
    ? { text, method }
    : undefined;
}

const METHODS: readonly UndoMethod[] = ["blob", "lines", "hunks", "tokens", "nodes", "document"];

function writeOne(
  request: WriteRequest,
  { good, bad, now }: Sides<string | undefined>,
  value: JsonValue,
): Written | undefined {
  if (now === undefined) return good === undefined ? undefined : { text: good, method: "hunks" };
  if (good === undefined || bad === undefined || good === bad) return asItIs(request.path, now, value);
  const lines = chooseLines(request.path, { good, bad, now }, [value]);
  if (lines !== undefined) return lines;
  const stream = (text: string): ParsedStream => parseStream(request.path, text);
  const streams = { good: stream(good), bad: stream(bad), now: stream(now) };
  if (Object.values(streams).some(({ documents }: ParsedStream) => documents.length !== 1)) return undefined;
  const documents = [{ key: "", value, at: { good: 0, bad: 0, now: 0 } }];
  return writePlaces({ ...request, streams, documents }, { good, bad, now });
}

function asItIs(path: string, text: string, value: JsonValue): Written | undefined {
  return value === null || readsAs(path, text, [value]) ? { text, method: "hunks" } : undefined;
}

/** Documents one behind the other; each but the first begins with `---`, the first as the first of the present text does. */
function joinDocuments(pieces: readonly string[], now: string): string {
  const terminator = terminatorAt(now, 0);
  let text = "";
  for (const [at, piece] of pieces.entries()) {
    if (at > 0 && text !== "" && !text.endsWith("\n")) text += terminator;
    text += at === 0 || MARKED.test(piece) ? piece : `---${terminator}${piece}`;
  }
  return MARKED.test(now) ? text : text.replace(/^---[ \t]*\r?\n/, "");
}

/** Comments may stand before the marker. */
const MARKED = /^\uFEFF?(?:[ \t]*(?:#[^\n]*)?\r?\n)*(?:---(?=\s|$)|%)/;

/** Single places, over the lines that are not in dispute. */
function writePlaces(request: WriteRequest, texts: Sides<string>): Written | undefined {
  const { path, streams, documents } = request;
  const regions = regionsOf(texts);
  const disputed = regions.reduce((sum, { kind, lines }) => sum + (kind === "conflict" ? lines.bad.length : 0), 0);
  if (disputed * texts.now.length > MAX_PLACES) return undefined;
  const partly = regions.flatMap(({ kind, lines }) => (kind === "good" ? lines.good : lines.now)).join("");
  const wanted = documents.map(({ value, at }): WantedDocument => {
    const head = at.now === undefined ? {} : { head: at.now };
    return { value, ...head, ...(at.good === undefined ? {} : { source: at.good }) };
  });
  const { context: known } = request;
  const context = known === undefined ? {} : { context: () => known };
  for (const head of sameShape(path, partly, streams.now) ? [partly, texts.now] : [texts.now]) {
    const edit = tryEdit({ path, head, source: texts.good, undone: texts.bad, wanted, ...context });
    if (edit !== undefined) return edit;
  }
  return undefined;
}

/** Do the documents of the text stand where those of the present one do? */
function sameShape(path: string, text: string, now: ParsedStream): boolean {
  try {
    const { documents } = parseStream(path, text);
    return (
      documents.length === now.documents.length &&
      (documents.length === 1 || jsonEqual(documents.map(nameOf), now.documents.map(nameOf)))
    );
  } catch (error) {
    if (error instanceof LastgoodError) return false;
    throw error;
  }
}

function nameOf({ value }: { readonly value: JsonValue }): JsonValue {
  const object = value as { readonly kind?: JsonValue; readonly metadata?: { readonly name?: JsonValue } } | null;
  return [object?.kind ?? null, object?.metadata?.name ?? null];
}

function tryEdit(request: Parameters<typeof editText>[0]): Written | undefined {
  try {
    const { text, method } = editText(request);
    return { text, method: method === "source" ? "hunks" : method };
  } catch (error) {
    if (error instanceof LastgoodError) return undefined;
    throw error;
  }
}
