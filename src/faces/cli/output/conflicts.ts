/** The places where an undo meets later work, for people: as many as can be read; all of them are in the JSON. */
import { escapeText, shorten } from "../../../core/model/escape.ts";
import { shortId } from "../../../core/model/git.ts";
import type { Conflict, Hold } from "../../../core/model/hold.ts";
import { plainPunctuation } from "./glyphs.ts";
import type { Output } from "./terminal.ts";

/** Places that are shown one by one. */
const MAX_PLACES = 20;
/** Files whose places are counted one by one. */
const MAX_FILES = 10;
/** Characters of a value: enough to know it. */
const MAX_VALUE = 80;

/** File by file, what stands there now and who set it, and what the undo would put there. */
export function conflictLines({ conflicts = [], again }: Pick<Hold, "conflicts" | "again">, output: Output): string[] {
  if (conflicts.length === 0) return [];
  const left = conflicts.length - MAX_PLACES;
  const lines = [
    ...(left > 0 ? countLines(conflicts) : []),
    ...[...byFile(conflicts.slice(0, MAX_PLACES))].flatMap(([file, own]) => [`  ${file}`, ...own.flatMap(placeLines)]),
    ...(left > 0
      ? [`  … and ${grouped(left)} more${again === undefined ? "" : `; ${again} -o json    # lists them all`}`]
      : []),
  ];
  return lines.map((line) => plainPunctuation(escapeText(line), output.unicode));
}

function byFile(conflicts: readonly Conflict[]): ReadonlyMap<string, readonly Conflict[]> {
  const files = new Map<string, Conflict[]>();
  for (const conflict of conflicts) {
    const own = files.get(conflict.file);
    if (own === undefined) files.set(conflict.file, [conflict]);
    else own.push(conflict);
  }
  return files;
}

/** How many places each file has, where they are not all shown. */
function countLines(conflicts: readonly Conflict[]): readonly string[] {
  const files = [...byFile(conflicts)].map(([file, own]) => ({ file, count: own.length }));
  if (files.length < 2) return [];
  const most = files.toSorted((a, b) => b.count - a.count);
  const rest = most.slice(MAX_FILES);
  const total = rest.reduce((sum, { count }) => sum + count, 0);
  return [
    `  ${grouped(conflicts.length)} places in ${grouped(files.length)} files:`,
    ...most.slice(0, MAX_FILES).map(({ file, count }) => `    ${grouped(count).padStart(7)}  ${file}`),
    ...(rest.length === 0 ? [] : [`    ${grouped(total).padStart(7)}  in ${grouped(rest.length)} other files`]),
  ];
}

function placeLines({ component, display, kind, now, good, setBy }: Conflict): readonly string[] {
  const by =
    setBy === undefined ? "" : `   set by ${shortId(setBy.commit)} "${shorten(setBy.subject, 50)}", ${setBy.author}`;
  const owner = component === undefined || component.startsWith("./") ? "" : `${component}  `;
  return [
    `    ${owner}${display}   (${kind})`,
    `        now     ${shorten(now ?? "nothing", MAX_VALUE)}${by}`,
    `        before  ${shorten(good ?? "nothing", MAX_VALUE)}`,
  ];
}

/** `19,980` */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}
