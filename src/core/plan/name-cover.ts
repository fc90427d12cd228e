/** Which fields are changed when some are, by their displays: thousands of them cost no more than their number. */

/** Is the field one of them, inside one of them, or around one? */
export type NameCover = (display: string) => boolean;

/** Makes ready what is asked for many fields. `names`: displays such as `containers[api].image`. */
export function coverOf(names: readonly string[]): NameCover {
  const all = new Set(names);
  const lengths = new Set(names.map((name) => name.length));
  const sorted = [...all].sort();
  return (display) => all.has(display) || isInside(display) || isAround(`${display}.`) || isAround(`${display}[`);

  function isInside(display: string): boolean {
    for (let at = 0; at < display.length; at += 1) {
      const char = display[at];
      if ((char === "." || char === "[") && lengths.has(at) && all.has(display.slice(0, at))) return true;
    }
    return false;
  }

  /** Does any name begin so? Those that do stand together, from the first that is not before it. */
  function isAround(start: string): boolean {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? "") < start) low = middle + 1;
      else high = middle;
    }
    return sorted[low]?.startsWith(start) === true;
  }
}
