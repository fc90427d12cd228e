const MAX_TEXT = 64;

/** The candidates nearest to what was typed, best first, at most `limit`; none when nothing is near. For "did you mean". */
export function closest(typed: string, candidates: readonly string[], limit = 3): readonly string[] {
  const wanted = typed.toLowerCase().slice(0, MAX_TEXT);
  const near = Math.max(2, Math.floor(wanted.length / 3));
  return [...new Set(candidates)]
    .map((text) => ({ text, distance: nearness(wanted, text.toLowerCase().slice(0, MAX_TEXT)) }))
    .filter(({ distance }) => distance <= near)
    .sort((a, b) => a.distance - b.distance || (a.text < b.text ? -1 : 1))
    .slice(0, limit)
    .map(({ text }) => text);
}

/** Edits, of the whole or of the last part; a text that holds what was typed is near. */
function nearness(typed: string, candidate: string): number {
  const last = candidate.slice(candidate.lastIndexOf("/") + 1);
  if (typed.length > 2 && candidate.includes(typed)) return 1;
  return Math.min(edits(typed, candidate), edits(typed, last) + 1);
}

/** Levenshtein's distance. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
