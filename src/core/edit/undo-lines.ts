/** The undo of a change to a text on top of later work, line by line: what git calls a clean revert. */
import { diffLines, type Hunk } from "./line-diff.ts";
import { splitLines } from "./lines.ts";

export interface UndoneText {
  /** Before the change. */
  readonly before: string;
  /** Right after it. */
  readonly after: string;
  /** Now. */
  readonly head: string;
}

/**
 * Head without the change, later lines and comments kept; undefined when later work touches the same lines, or when the
 * texts are too far apart. Lines next to each other do not clash: whether the result is right is for the gate to say.
 */
export function undoLines({ before, after, head }: UndoneText): string | undefined {
  const [old, changed, present] = [splitLines(before), splitLines(after), splitLines(head)];
  const backs = diffLines(changed, old);
  const laters = diffLines(changed, present);
  if (backs === undefined || laters === undefined) return undefined;
  const result: string[] = [];
  let done = 0;
  for (const back of backs) {
    if (laters.some((later) => clashes(later, back))) return undefined;
    const shift = laters.findLast((later) => later.to <= back.from);
    const moved = shift === undefined ? 0 : shift.sourceTo - shift.to;
    result.push(...present.slice(done, back.from + moved), ...old.slice(back.sourceFrom, back.sourceTo));
    done = back.to + moved;
  }
  return [...result, ...present.slice(done)].join("");
}

/** Do both replace the same line, or put lines in at one place? */
function clashes(a: Hunk, b: Hunk): boolean {
  return (a.from < b.to && b.from < a.to) || (a.from === b.from && (a.from === a.to || b.from === b.to));
}
