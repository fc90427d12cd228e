/** Gives one place another value as a whole. */
import { isAlias, isCollection, isScalar, visit } from "yaml";
import { jsonEqual, type JsonValue } from "../model/json.ts";
import { type FlowPlace, flowText, isOneLiner } from "./flow.ts";
import { isBlockCollection, isInline, isOpenEnded, lineTail, type Slot } from "./layout.ts";
import { lineBreak, lineEnd, shiftLines, terminatorAt, type TextEdit, withTerminator } from "./lines.ts";
import { renderAfterDash, renderAfterKey, renderDocument } from "./render.ts";

export interface Replacing extends FlowPlace {
  /** First try. On the second, bytes that lean on their surroundings are written anew: anchors, aliases, open ends (`|+`). */
  readonly trusting: boolean;
}

/** What comes behind a colon or a dash, up to the end of its last line. */
interface Content {
  readonly text: string;
  readonly inline: boolean;
  /** The comment behind it in the other text; undefined: it was written anew. */
  readonly tail: string | undefined;
}

/** Replaces the content of `head`; takes the source's bytes when the source has just this value. */
export function replaceSlot(head: Slot, wanted: JsonValue, source: Slot | undefined, how: Replacing): TextEdit {
  if (head.kind === "flow" || isFlowCollection(head)) {
    const usable = source !== undefined && mayCarry(source, how) ? source : undefined;
    if (usable === undefined || isOneLiner(usable) || head.kind === "flow") {
      return { from: head.start, to: head.end, text: flowText(head, wanted, usable, how) };
    }
  }
  if (head.kind === "document") return replaceDocument(head, wanted, source, how);
  const content = carried(head, wanted, source, how) ?? rendered(head, wanted, how);
  return isInline(head) && content.inline ? replaceInline(head, content) : replaceLines(head, content);
}

function isFlowCollection(slot: Slot): boolean {
  return isCollection(slot.node) && slot.node.flow === true && Object.keys(slot.value ?? {}).length > 0;
}

/** Do the bytes of the source mean the same elsewhere, or may they lean on what stands around them? */
export function mayCarry(source: Slot, { trusting }: Replacing): boolean {
  if (trusting || source.node === undefined) return true;
  let leans = isOpenEnded(source);
  visit(source.node, {
    Node(_, node) {
      if (!isAlias(node) && node.anchor === undefined) return undefined;
      leans = true;
      return visit.BREAK;
    },
  });
  return !leans;
}

function carried(head: Slot, wanted: JsonValue, source: Slot | undefined, how: Replacing): Content | undefined {
  if (source === undefined || source.kind !== head.kind || !jsonEqual(source.value, wanted) || !mayCarry(source, how)) {
    return undefined;
  }
  const bytes = source.text.slice(source.after, source.end);
  const text = shiftLines(withTerminator(bytes, "\n"), head.column - source.column);
  return { text, inline: isInline(source), tail: lineTail(source) };
}

function rendered(head: Slot, wanted: JsonValue, { style, trusting }: Replacing): Content {
  const like = isScalar(head.node) && trusting ? head.node.type : undefined;
  const render = head.kind === "item" ? renderAfterDash : renderAfterKey;
  const text = render(wanted, style, like);
  return { text: shiftLines(text, head.column), inline: !text.includes("\n"), tail: undefined };
}

/** One line for one line: what stands around it stays. An anchor stays where it is. */
function replaceInline(head: Slot, content: Content): TextEdit {
  const text = content.text.trim();
  const anchor = head.node?.anchor;
  const keepsAnchor = anchor !== undefined && !text.startsWith(`&${anchor} `);
  const range = head.node?.range;
  const from = keepsAnchor && head.node?.tag === undefined && range ? range[0] : head.start;
  const [to, tail] = tailAfter(head, content);
  if (text === "") return { from: head.after, to, text: tail };
  return { from, to, text: (from === head.after ? " " : "") + text + tail };
}

/**
 * A comment that says something about the value (the version behind a digest) goes and comes with it; one that head alone has
 * stays, and so does one that speaks to a tool, such as Flux' setters (`# {"$imagepolicy": …}`).
 */
function tailAfter(head: Slot, { tail }: Content): readonly [number, string] {
  const own = lineTail(head);
  const swaps = tail !== undefined && /#(?! *\{)/.test(tail) && !/# *\{/.test(own);
  return swaps ? [head.end + own.length, tail] : [head.end, ""];
}

function replaceLines(head: Slot, content: Content): TextEdit {
  const to = lineBreak(head.text, head.end);
  const terminator = terminatorAt(head.text, head.end);
  const text = content.tail === undefined ? withComment(content.text, firstComment(head)) : content.text + content.tail;
  return { from: head.after, to, text: withTerminator(text, terminator) };
}

/** The comment in the line of the key or the dash. */
function firstComment(head: Slot): string {
  const tail = isInline(head) ? lineTail(head) : head.text.slice(head.after, lineBreak(head.text, head.after));
  return /^[ \t]+#.*$/.exec(tail)?.[0] ?? "";
}

function withComment(text: string, comment: string): string {
  return text.replace(/^[^\n]*/, (line) => line + comment);
}

function replaceDocument(head: Slot, wanted: JsonValue, source: Slot | undefined, how: Replacing): TextEdit {
  const to = isBlockCollection(head) ? lineBreak(head.text, head.end) : head.end;
  if (wanted === null) return { from: head.start, to: lineEnd(head.text, head.end), text: "" };
  const usable = source !== undefined && jsonEqual(source.value, wanted) && mayCarry(source, how);
  const text = usable
    ? source.text.slice(source.start, isBlockCollection(source) ? lineBreak(source.text, source.end) : source.end)
    : renderDocument(wanted, how.style);
  return { from: head.start, to, text: withTerminator(text, terminatorAt(head.text, head.start)) };
}
