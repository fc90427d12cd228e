/** The order of versions, as far as they have one. */

/** Does a version go up? False for what has no order (hashes, branches) and for what goes down. */
export function goesUp({ from, to }: { readonly from: string; readonly to: string }): boolean {
  const [a, b] = [numbersOf(from), numbersOf(to)];
  if (a === undefined || b === undefined) return false;
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const difference = (b[at] ?? 0) - (a[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** `v1.12.3-rc.1` → 1, 12, 3; the tag of an image without its digest. Undefined for hashes and words. */
function numbersOf(value: string): readonly number[] | undefined {
  const bare = value.split("@", 1)[0] ?? "";
  const tag = bare.slice(bare.lastIndexOf(":") + 1);
  const match = /^[a-z]*[-_]?v?(\d{1,9}(?:\.\d{1,9}){1,3})(?:$|[-+._])/i.exec(tag);
  return match?.[1]?.split(".").map(Number);
}
