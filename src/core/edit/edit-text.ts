/**
 * Puts planned values into the text of a file, byte for byte outside the change.
 * Each step proposes a text; the first that reads as planned when it is read again is the answer; none: refused.
 */
import { visit } from "yaml";
import { LastgoodError } from "../../errors.ts";
import { type ParsedStream, parseStream } from "../manifest/parse.ts";
import { jsonEqual, type JsonValue } from "../model/json.ts";
import { contextOf, type DiffContext } from "../patch/diff-context.ts";
import { adoptDocument, type Chunk, chunksOf, joinPieces, type Piece } from "./documents.ts";
import { readsAs, sameDocuments } from "./gate.ts";
import { markDocument, type Side, type Taken, takeHunks } from "./hunks.ts";
import { documentSlot } from "./layout.ts";
import { countChangedLines } from "./line-diff.ts";
import { applyEdits, lineEnd, terminatorAt, withTerminator } from "./lines.ts";
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
  const values = request.wanted.map(({ value }) => value);
  for (const [method, propose] of STEPS) {
    const text = propose(job);
    if (text === undefined || !readsAs(request.path, text, values)) continue;
    const { added, removed } = countChangedLines(request.head, text);
    return { text, method, added, removed, reprinted: method === "document" };
  }
  throw refusal(job);
}

type Proposal = (job: Job) => string | undefined;

const STEPS: readonly (readonly [EditMethod, Proposal])[] = [
  ["hunks", proposeHead],
  ["source", proposeSource],
  ["hunks", proposeHunks],
  ["nodes", (job) => proposePieces(job, (wanted) => editedChunk(job, wanted, true))],
  ["nodes", (job) => proposePieces(job, (wanted) => editedChunk(job, wanted, false))],
  ["document", (job) => proposePieces(job, (wanted) => provenChunk(job, wanted) ?? printedChunk(job, wanted))],
];

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

/** Nothing to do is an answer. */
function proposeHead({ request, head }: Job): string | undefined {
  return readsSo(head, request) ? request.head : undefined;
}

/** Only when every wanted document is one of the source's: nothing of head is to be kept. */
function proposeSource({ request, source }: Job): string | undefined {
  const covered = source !== undefined && request.wanted.every((wanted) => wanted.source !== undefined);
  return covered && readsSo(source, request) ? source.text : undefined;
}

function readsSo(stream: ParsedStream, { wanted }: EditRequest): boolean {
  return sameDocuments(
    stream.documents.map(({ value }) => value),
    wanted.map(({ value }) => value),
  );
}

function proposeHunks(job: Job): string | undefined {
  const { request, head, source, chunks, sourceChunks } = job;
  if (source === undefined || chunks === undefined || sourceChunks === undefined) return undefined;
  const taken: Taken = { head: [], source: [] };
  const named = new Set(request.wanted.map((wanted) => wanted.head));
  for (const wanted of request.wanted) {
    const sides = {
      ...optional("head", sideOf(head, chunks, wanted.head)),
      ...optional("source", sideOf(source, sourceChunks, wanted.source)),
    };
    markDocument({ ...sides, wanted: wanted.value }, taken, { names: [], context: contextFor(job, wanted) });
  }
  for (const { index, value } of head.documents) {
    const chunk = chunks[index];
    if (!named.has(index) && value !== null && chunk !== undefined) taken.head.push(chunk);
  }
  return takeHunks(head.text, source.text, taken);
}

function sideOf(stream: ParsedStream, chunks: readonly Chunk[], index: number | undefined): Side | undefined {
  const chunk = index === undefined ? undefined : chunks[index];
  return index === undefined || chunk === undefined ? undefined : { chunk, slot: documentSlot(stream, index) };
}

/** Joins the documents as `chunkOf` makes them; undefined when one cannot be made. */
function proposePieces(job: Job, chunkOf: (wanted: WantedDocument) => string | undefined): string | undefined {
  if (job.chunks === undefined) return undefined;
  const pieces: Piece[] = [];
  for (const wanted of job.request.wanted) {
    const text = chunkOf(wanted);
    if (text === undefined) return undefined;
    pieces.push({ head: wanted.head, text });
  }
  return joinPieces(job.head, job.chunks, pieces);
}

/** The bytes of a document with single places changed. */
function editedChunk(job: Job, wanted: WantedDocument, carriesAliases: boolean): string | undefined {
  const own = wanted.head !== undefined;
  const stream = own ? job.head : job.source;
  const index = own ? wanted.head : wanted.source;
  const chunk = index === undefined ? undefined : (own ? job.chunks : job.sourceChunks)?.[index];
  if (stream === undefined || index === undefined || chunk === undefined) {
    return own ? undefined : adoptDocument(job.head, renderDocument(wanted.value, job.style));
  }
  const slot = documentSlot(stream, index);
  const source =
    own && job.source !== undefined && wanted.source !== undefined
      ? documentSlot(job.source, wanted.source)
      : undefined;
  const place = { names: [], context: contextFor(job, wanted), style: job.style, carriesAliases };
  const edits =
    slot === undefined
      ? [fillEmpty(stream, chunk, { value: wanted.value, style: job.style })]
      : editSlot(slot, wanted.value, source, { ...place, anchors: new Map() });
  const text = applyEdits(stream.text, edits, chunk.from, chunk.to);
  return own || text === undefined ? text : adoptDocument(job.head, text);
}

/** An empty document gets its content at its end. */
function fillEmpty(stream: ParsedStream, chunk: Chunk, content: { readonly value: JsonValue; readonly style: Style }) {
  const { text } = stream;
  const terminator = terminatorAt(text, chunk.to);
  const written = content.value === null ? "" : renderDocument(content.value, content.style) + "\n";
  const torn = chunk.to > 0 && !text.endsWith("\n", chunk.to) && lineEnd(text, chunk.to) === text.length;
  return { from: chunk.to, to: chunk.to, text: (torn ? terminator : "") + withTerminator(written, terminator) };
}

/** The edited bytes of a document, if they alone read as wanted. */
function provenChunk(job: Job, wanted: WantedDocument): string | undefined {
  for (const carriesAliases of [true, false]) {
    const text = editedChunk(job, wanted, carriesAliases);
    if (text !== undefined && readsAs(job.request.path, text, [wanted.value])) return text;
  }
  return undefined;
}

function printedChunk(job: Job, wanted: WantedDocument): string | undefined {
  const parsed = wanted.head === undefined ? undefined : job.head.documents[wanted.head];
  if (parsed === undefined) return adoptDocument(job.head, renderDocument(wanted.value, job.style));
  const chunk = job.chunks?.[parsed.index];
  if (chunk === undefined || job.style.json) return undefined;
  const text = reprint(parsed, wanted.value, { names: [], context: contextFor(job, wanted), style: job.style });
  if (text === undefined) return undefined;
  const mark = job.head.text.startsWith("\uFEFF", chunk.from) ? "\uFEFF" : "";
  return mark + withTerminator(text, terminatorAt(job.head.text, chunk.from));
}

function contextFor({ request, head }: Job, wanted: WantedDocument): DiffContext {
  if (wanted.head === undefined) return contextOf(wanted.value);
  return request.context?.(wanted.head) ?? contextOf(head.documents[wanted.head]?.value ?? null);
}

function refusal({ request, head }: Job): LastgoodError {
  const changed = request.wanted.filter(({ value, head: index }) => {
    return index !== undefined && !jsonEqual(head.documents[index]?.value ?? null, value);
  });
  const shared = changed.find(({ head: index }) => index !== undefined && hasAnchor(head, index));
  const place = { file: request.path };
  if (shared === undefined) {
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

function hasAnchor(stream: ParsedStream, index: number): boolean {
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
