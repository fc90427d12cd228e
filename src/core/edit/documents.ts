/** A stream as its documents' bytes, and a new stream from such pieces. */
import { documentSlot } from "./layout.ts";
import type { ParsedStream } from "../manifest/parse.ts";
import { isBlank, splitLines, terminatorAt, withTerminator } from "./lines.ts";

/** The bytes of one document: from its directives or its `---`, to the next document. Together they are the text. */
export interface Chunk {
  readonly from: number;
  readonly to: number;
}

// `---` and `...` at the start of a line are markers wherever they stand: scalars cannot hold them (YAML 1.2, 9.1.2).
const START = /^---(?=\s|$)/;
const END = /^\.\.\.(?=\s|$)/;

/** One chunk per document; undefined when the lines tell another count than the reader. */
export function chunksOf(stream: ParsedStream): readonly Chunk[] | undefined {
  const starts: number[] = [];
  let [offset, begun, ended] = [0, false, false];
  let directives: number | undefined;
  for (const line of splitLines(stream.text)) {
    const bare = line.replace(/^\uFEFF/, "");
    if (START.test(bare)) {
      if (begun) starts.push(directives ?? offset);
      [begun, ended, directives] = [true, false, undefined];
    } else if (END.test(bare)) {
      ended = begun;
    } else if ((ended || !begun) && bare.startsWith("%")) {
      directives ??= offset;
    } else if (!isBlank(bare) && !/^[ \t]*#/.test(bare) && (ended || !begun)) {
      if (begun) starts.push(offset);
      [begun, ended, directives] = [true, false, undefined];
    }
    offset += line.length;
  }
  if (begun) starts.unshift(0);
  if (starts.length !== stream.documents.length) return undefined;
  return starts.map((from, at) => ({ from, to: starts[at + 1] ?? stream.text.length }));
}

/** One document of the new text. */
export interface Piece {
  /** Which document of head it was. */
  readonly head: number | undefined;
  readonly text: string;
}

/** The new text. Documents of head that nobody named and that say nothing stay where they are. */
export function joinPieces(head: ParsedStream, chunks: readonly Chunk[], pieces: readonly Piece[]): string {
  const terminator = terminatorAt(head.text, 0);
  const parts = pieces.some((piece) => piece.head === 0) ? [] : [headerOf(head, chunks)];
  let before: string | undefined;
  for (const piece of withSilent(head, chunks, pieces)) {
    const text = before === undefined && piece.head !== 0 ? withoutMarker(piece, head, chunks) : piece.text;
    if (before !== undefined) {
      if (before !== "" && !before.endsWith("\n")) parts.push(terminator);
      if (!isMarked(text) && !isClosed(before)) parts.push(`---${terminator}`);
    }
    parts.push(text);
    before = text;
  }
  return parts.join("");
}

/** Does it end with `...`? */
function isClosed(text: string): boolean {
  return END.test(splitLines(text).findLast((line) => !isBlank(line) && !line.startsWith("#")) ?? "");
}

/** A document taken from another text, as it stands in the text of head: the same line ends, a marker in front. */
export function adoptDocument(head: ParsedStream, text: string): string {
  const terminator = terminatorAt(head.text, 0);
  const own = text.replace(/^\uFEFF/, "") + (text.endsWith("\n") ? "" : "\n");
  return withTerminator(isMarked(own) ? own : `---\n${own}`, terminator);
}

function withSilent(head: ParsedStream, chunks: readonly Chunk[], pieces: readonly Piece[]): readonly Piece[] {
  const all = [...pieces];
  for (const { index, value } of head.documents) {
    const chunk = chunks[index];
    if (value !== null || chunk === undefined || pieces.some((piece) => piece.head === index)) continue;
    const before = all.findLastIndex((piece) => piece.head !== undefined && piece.head < index);
    all.splice(before + 1, 0, { head: index, text: head.text.slice(chunk.from, chunk.to) });
  }
  return all;
}

function isMarked(text: string): boolean {
  const first = splitLines(text).find((line) => !isBlank(line) && !/^[ \t]*#/.test(line)) ?? "";
  return START.test(first) || first.startsWith("%");
}

/** A document that becomes the first does without a marker when the old first did. */
function withoutMarker(piece: Piece, head: ParsedStream, chunks: readonly Chunk[]): string {
  const [first] = chunks;
  const marked = first !== undefined && isMarked(head.text.slice(first.from, first.to).replace(/^\uFEFF/, ""));
  return marked ? piece.text : piece.text.replace(/^---[ \t]*\r?\n/, "");
}

/** Comments at the top that speak about the file, not about the first document: before its `---`, or set off by a blank line. */
function headerOf(head: ParsedStream, chunks: readonly Chunk[]): string {
  const [chunk] = chunks;
  if (chunk === undefined) return "";
  const slot = documentSlot(head, 0);
  const top = head.text.slice(0, slot?.start ?? chunk.to);
  const marker = /^---(?:\s|$)/m.exec(top);
  if (marker !== null) return /^%/m.test(top) ? "" : top.slice(0, marker.index);
  return /^(?:\uFEFF?[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*\r?\n/.exec(top)?.[0] ?? "";
}
