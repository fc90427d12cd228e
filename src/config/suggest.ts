/** The known word nearest to what was typed; undefined when none is near. For "did you mean". */
export function suggest(typed: string, known: readonly string[]): string | undefined {
  const wanted = typed.toLowerCase().slice(0, 64);
  const near = known
    .map((word) => ({ word, distance: distanceOf(wanted, word.toLowerCase().slice(0, 64)) }))
    .filter(({ word, distance }) => distance <= tolerance(Math.min(word.length, wanted.length)))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.word ?? prefixMatch(wanted, known);
}

/** How many slips are still the same word. */
function tolerance(length: number): number {
  return length < 3 ? 0 : Math.max(1, Math.floor(length / 3));
}

/** What is cut short or carries on: `repo` → `repositories`. */
function prefixMatch(wanted: string, known: readonly string[]): string | undefined {
  if (wanted.length < 3) return undefined;
  const found = known.filter((word) => word.toLowerCase().startsWith(wanted) || wanted.startsWith(word.toLowerCase()));
  return found.length === 1 ? found[0] : undefined;
}

/** Levenshtein's, with swapped neighbours counted as one (optimal string alignment). */
function distanceOf(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        at(rows, i - 1, j) + 1,
        (row[j - 1] ?? 0) + 1,
        at(rows, i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
        swap ? at(rows, i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    rows.push(row);
  }
  return at(rows, a.length, b.length);
}

function at(rows: readonly (readonly number[])[], i: number, j: number): number {
  return rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
}
