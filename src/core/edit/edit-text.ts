/**
 * Puts planned values into the text of a file, byte for byte outside the change.
 * Each step proposes a text; the first that reads as planned when it is read again is the answer; none: refused.
 */
import { visit } from "yaml";
import { LastgoodError } from "../../errors.ts";
import { type ParsedStream, parseStream } from "../manifest/parse.ts";
import { jsonEqual, type JsonValue } from "../model/json.ts";
import { contextOf, type DiffContext } from "../patch/diff-context.ts";
import { countChangedLines } from "./align-lines.ts";
import { inheritAnchors } from "./anchors.ts";
import { adoptDocument, type Chunk, chunksOf, joinPieces, type Piece } from "./documents.ts";
import { readsAs, sameDocuments } from "./gate.ts";
import { markDocument, type Part, type Scope, type Side, takeHunks } from "./hunks.ts";
import { documentSlot } from "./layout.ts";
import { applyEdits, skipBlank, terminatorAt, type TextEdit, withTerminator } from "./lines.ts";
import { undoLines } from "./merge-lines.ts";
import { editSlot } from "./nodes.ts";
import { renderDocument, type Style, styleOf } from "./render.ts";
import { reprint } from "./reprint.ts";

/** One document that the new text must hold. */
export interface WantedDocument {
  /** What it must read as. */
  readonly value: JsonValue;
  /** Which document of head it is, kept or edited; missing for a new one. */
  readonly head?: number;
  /** The same document in the source text, when there is one. */
  readonly source?: number;
}

export interface EditRequest {
  /** For messages and for how it is read (`.json`). */
  readonly path: string;
  /** The file at the tip of the branch. */
  readonly head: string;
  /** The file at the checkpoint: comments and formatting of what comes back are taken from here. */
  readonly source?: string;
  /**
   * The file right after the change that is being undone, when the source is the file right before it. What head has changed
   * since, comments too, is later work: it stays.
   */
  readonly undone?: string;
  /** The new text's documents, in order. Documents of head that are not named go, except empty ones. */
  readonly wanted: readonly WantedDocument[];
  /** What a document of head is, when it does not say so itself. */
  readonly context?: (document: number) => DiffContext;
}

/** `source`: the source text as it is · `hunks`: lines of it · `nodes`: single places · `document`: documents printed anew. */
export type EditMethod = "source" | "hunks" | "nodes" | "document";

export interface Edit {
  readonly text: string;
  readonly method: EditMethod;
  /** Lines against head. */
  readonly added: number;
  readonly removed: number;
  /** Some document was printed anew: lines beyond the change may differ. */
  readonly reprinted: boolean;
}

/**
 * The text of head that reads as wanted. Throws `EditAlias` when a shared (anchored) node would have to change,
 * `EditUnproved` when no text can be proved, and `Manifest…` or `Limit…` when head does not parse.
 */
export function editText(request: EditRequest): Edit {
  const job = prepare(request);
  if (readsSo(job.head, request)) return finish(request, { method: "hunks", text: request.head });
  const values = request.wanted.map(({ value }) => value);
  for (const propose of [proposeSource, proposeUndo, proposeHunks, proposeDocuments]) {
    const proposal = propose(job);
    if (proposal !== undefined && readsAs(request.path, proposal.text, values)) return finish(request, proposal);
  }
  throw refusal(job, request.wanted);
}

interface Proposal {
  readonly method: EditMethod;
  readonly text: string;
}

function finish(request: EditRequest, { method, text }: Proposal): Edit {
  return { text, method, ...countChangedLines(request.head, text), reprinted: method === "document" };
}

interface Job {
  readonly request: EditRequest;
  readonly head: ParsedStream;
  readonly chunks: readonly Chunk[] | undefined;
  readonly source: ParsedStream | undefined;
  readonly sourceChunks: readonly Chunk[] | undefined;
  readonly style: Style;
}

function prepare(request: EditRequest): Job {
  const head = parseStream(request.path, request.head);
  const source = request.source === undefined ? undefined : tryParse(request.path, request.source);
  return {
    request,
    head,
    source,
    chunks: chunksOf(head),
    sourceChunks: source === undefined ? undefined : chunksOf(source),
    style: styleOf(head),
  };
}

/** A source that cannot be read gives no bytes; the values are wanted all the same. */
function tryParse(path: string, text: string): ParsedStream | undefined {
  try {
    return parseStream(path, text);
  } catch (error) {
    if (error instanceof LastgoodError) return undefined;
    throw error;
  }
}

/** Only when every wanted document is one of the source's: nothing of head is to be kept. */
function proposeSource({ request, source }: Job): Proposal | undefined {
  const covered = source !== undefined && request.wanted.every((wanted) => wanted.source !== undefined);
  if (!covered || hasLaterWork(request)) return undefined;
  return readsSo(source, request) ? { method: "source", text: source.text } : undefined;
}

/** Lines of the source that come back bring their comments: not when those of head are newer than the change. */
function hasLaterWork({ head, undone }: EditRequest): boolean {
  return undone !== undefined && undone !== head;
}

function proposeUndo({ request }: Job): Proposal | undefined {
  const { head, source, undone } = request;
  if (source === undefined || undone === undefined) return undefined;
  const text = undoLines({ good: source, bad: undone, now: head });
  return text === undefined ? undefined : { method: "hunks", text };
}

function readsSo(stream: ParsedStream, { wanted }: EditRequest): boolean {
  return sameDocuments(
    stream.documents.map(({ value }) => value),
    wanted.map(({ value }) => value),
  );
}

/** Lines of the source, over all documents at once: what stands between them is looked at too. */
function proposeHunks(job: Job): Proposal | undefined {
  const { request, head, source, chunks, sourceChunks } = job;
  if (source === undefined || chunks === undefined || sourceChunks === undefined) return undefined;
  if (hasLaterWork(request)) return undefined;
  const scopes: Scope[] = [];
  for (const wanted of request.wanted) markWanted(job, wanted, scopes);
  const named = new Set(request.wanted.map((wanted) => wanted.head));
  for (const { index, value } of head.documents) {
    const chunk = chunks[index];
    if (!named.has(index) && value !== null && chunk !== undefined) scopes.push({ head: chunk });
  }
  const text = takeHunks(whole(head), whole(source), scopes);
  return text === undefined ? undefined : { method: "hunks", text };
}

function whole({ text }: ParsedStream): Part {
  return { text, from: 0, to: text.length };
}

function markWanted(job: Job, wanted: WantedDocument, scopes: Scope[]): void {
  const head = sideOf(job.head, job.chunks, wanted.head);
  const source = job.source && sideOf(job.source, job.sourceChunks, wanted.source);
  const pair = { ...optional("head", head), ...optional("source", source), wanted: wanted.value };
  markDocument(pair, scopes, { names: [], context: contextFor(job, wanted) });
}

function sideOf(
  stream: ParsedStream,
  chunks: readonly Chunk[] | undefined,
  index: number | undefined,
): Side | undefined {
  const chunk = index === undefined ? undefined : chunks?.[index];
  return index === undefined || chunk === undefined ? undefined : { chunk, slot: documentSlot(stream, index) };
}

/** Each document by the first step that is proved for it alone. */
function proposeDocuments(job: Job): Proposal | undefined {
  if (job.chunks === undefined) return undefined;
  const pieces: Piece[] = [];
  let method: EditMethod = "hunks";
  for (const wanted of job.request.wanted) {
    const proposal = proposeDocument(job, wanted);
    if (proposal === undefined) throw refusal(job, [wanted]);
    pieces.push({ head: wanted.head, text: proposal.text });
    if (METHODS.indexOf(proposal.method) > METHODS.indexOf(method)) method = proposal.method;
  }
  return { method, text: joinPieces(job.head, job.chunks, pieces) };
}

const METHODS: readonly EditMethod[] = ["source", "hunks", "nodes", "document"];

type DocumentStep = (job: Job, wanted: WantedDocument) => string | undefined;

const DOCUMENT_STEPS: readonly (readonly [EditMethod, DocumentStep])[] = [
  ["hunks", hunkedDocument],
  ["nodes", (job, wanted) => editedDocument(job, wanted, { trusting: true })],
  ["nodes", (job, wanted) => editedDocument(job, wanted, { trusting: false })],
  ["nodes", (job, wanted) => editedDocument(job, wanted, { trusting: false, tight: true })],
  ["document", printedDocument],
];

function proposeDocument(job: Job, wanted: WantedDocument): Proposal | undefined {
  const own = wanted.head === undefined ? undefined : job.head.documents[wanted.head];
  const chunk = own === undefined ? undefined : job.chunks?.[own.index];
  if (own !== undefined && chunk !== undefined && jsonEqual(own.value, wanted.value)) {
    return { method: "hunks", text: job.head.text.slice(chunk.from, chunk.to) };
  }
  for (const [method, step] of DOCUMENT_STEPS) {
    const text = step(job, wanted);
    if (text !== undefined && readsAs(job.request.path, text, [wanted.value])) return { method, text };
  }
  return undefined;
}

function hunkedDocument(job: Job, wanted: WantedDocument): string | undefined {
  const chunk = wanted.head === undefined ? undefined : job.chunks?.[wanted.head];
  const sourceChunk = wanted.source === undefined ? undefined : job.sourceChunks?.[wanted.source];
  if (chunk === undefined || sourceChunk === undefined || job.source === undefined) return undefined;
  if (hasLaterWork(job.request)) return undefined;
  const scopes: Scope[] = [];
  markWanted(job, wanted, scopes);
  return takeHunks({ text: job.head.text, ...chunk }, { text: job.source.text, ...sourceChunk }, scopes);
}

interface NodeStep {
  /** See `Replacing`. */
  readonly trusting: boolean;
  /** Cuts take the blank lines below them along: to a text with `|+` that comes to stand before them they would be content. */
  readonly tight?: boolean;
}

/** The bytes of a document with single places changed. */
function editedDocument(job: Job, wanted: WantedDocument, { trusting, tight = false }: NodeStep): string | undefined {
  const { request, head, source, style } = job;
  const own = sideOf(head, job.chunks, wanted.head);
  const other = source && sideOf(source, job.sourceChunks, wanted.source);
  const [text, side] = own === undefined ? [request.source ?? "", other] : [request.head, own];
  if (side === undefined) return adoptDocument(head, renderDocument(wanted.value, style));
  const walk = { names: [], context: contextFor(job, wanted), style, trusting, anchors: new Map() };
  const edits =
    side.slot === undefined
      ? [fillEmpty(text, side.chunk, { value: wanted.value, style })]
      : editSlot(side.slot, wanted.value, own === undefined ? undefined : other?.slot, walk);
  const document = own === undefined ? undefined : head.documents[wanted.head ?? 0]?.document;
  const all = document === undefined ? edits : inheritAnchors(text, document, edits);
  const result = applyEdits(
    text,
    tight ? all.map((edit) => tightened(edit, text)) : all,
    side.chunk.from,
    side.chunk.to,
  );
  return own !== undefined || result === undefined ? result : adoptDocument(head, result);
}

function tightened(edit: TextEdit, text: string): TextEdit {
  return edit.text === "" ? { ...edit, to: skipBlank(text, edit.to) } : edit;
}

/** An empty document gets its content at its end. */
function fillEmpty(
  text: string,
  { to }: Chunk,
  content: { readonly value: JsonValue; readonly style: Style },
): TextEdit {
  const terminator = terminatorAt(text, to);
  const written = content.value === null ? "" : `${renderDocument(content.value, content.style)}\n`;
  const torn = to > 0 && to === text.length && !text.endsWith("\n");
  return { from: to, to, text: (torn ? terminator : "") + withTerminator(written, terminator) };
}

function printedDocument(job: Job, wanted: WantedDocument): string | undefined {
  const parsed = wanted.head === undefined ? undefined : job.head.documents[wanted.head];
  const chunk = parsed === undefined ? undefined : job.chunks?.[parsed.index];
  if (parsed === undefined || chunk === undefined || job.style.json) return undefined;
  const text = reprint(parsed, wanted.value, { names: [], context: contextFor(job, wanted), style: job.style });
  if (text === undefined) return undefined;
  const mark = job.head.text.startsWith("\uFEFF", chunk.from) ? "\uFEFF" : "";
  return mark + withTerminator(text, terminatorAt(job.head.text, chunk.from));
}

function contextFor({ request, head }: Job, wanted: WantedDocument): DiffContext {
  if (wanted.head === undefined) return contextOf(wanted.value);
  return request.context?.(wanted.head) ?? contextOf(head.documents[wanted.head]?.value ?? null);
}

function refusal({ request, head }: Job, failed: readonly WantedDocument[]): LastgoodError {
  const shared = failed.some(({ head: index }) => index !== undefined && hasAlias(head, index));
  const place = { file: request.path };
  if (!shared) {
    return new LastgoodError("EditUnproved", `${request.path}: no edit of this file reads as planned`, {
      place,
      hint: "Revert the whole file with --only ./FILE, or change it by hand.",
    });
  }
  return new LastgoodError("EditAlias", `${request.path}: the change would reach places that share a YAML anchor`, {
    place,
    hint: "Revert the whole file with --only ./FILE, or write the shared value out before.",
  });
}

function hasAlias(stream: ParsedStream, index: number): boolean {
  let found = false;
  visit(stream.documents[index]?.document ?? null, {
    Alias() {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [key in K]: V });
}
