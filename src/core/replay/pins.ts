/** Images and versions that a commit moves: one line of YAML each, whatever the file is. */

/** `tag: 1.4.2` became `tag: 1.5.0`. */
export interface PinChange {
  /** The line up to its value: `image.tag` of two places of one file are told apart by `from` and `to` only. */
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

const PIN =
  /^[\t ]*(?:- +)?["']?([\w./-]*(?:image|tag|version|revision|digest|chart|ref))["']?[\t ]*:[\t ]*["']?([^\s"'#]+)["']?[\t ]*(?:#.*)?$/i;

/** More changed lines than that are no bump. */
const MAX_LINES = 80;

/** The pins that differ between two texts; empty when lines were added or removed among them. */
export function pinChanges(before: string, after: string): readonly PinChange[] {
  const [old, young] = [before.split("\n"), after.split("\n")];
  if (old.length !== young.length) return [];
  let from = 0;
  while (from < old.length && old[from] === young[from]) from += 1;
  let to = old.length;
  while (to > from && old[to - 1] === young[to - 1]) to -= 1;
  if (to - from > MAX_LINES) return [];
  const pins: PinChange[] = [];
  for (let at = from; at < to; at += 1) {
    const [was, is] = [PIN.exec(old[at] ?? ""), PIN.exec(young[at] ?? "")];
    if (was?.[1] === undefined || was[1] !== is?.[1] || was[2] === is[2]) continue;
    pins.push({ key: was[1], from: was[2] ?? "", to: is[2] ?? "" });
  }
  return pins;
}

/** Only the digest of a tag moved: what automation does all day, back and forth. */
export function movesDigestOnly({ from, to }: Pick<PinChange, "from" | "to">): boolean {
  const [was, is] = [from.split("@", 1)[0], to.split("@", 1)[0]];
  return was === is || (from.startsWith("sha256:") && to.startsWith("sha256:"));
}
