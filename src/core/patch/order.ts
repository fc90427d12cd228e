/**
 * Both in one order: that of `first`, and what only `second` has behind its predecessor there (or in front), after what only
 * `first` has at that place. Both hold no value twice.
 */
export function mergeOrder(first: Iterable<string>, second: Iterable<string>): readonly string[] {
  const all = [...first];
  const known = new Set(all);
  const leading: string[] = [];
  const followers = new Map<string, string[]>();
  let behind = leading;
  for (const item of second) {
    if (known.has(item)) {
      behind = [];
      followers.set(item, behind);
    } else {
      behind.push(item);
    }
  }
  const order: string[] = [];
  let pending: readonly string[] = leading;
  for (const item of all) {
    const next = followers.get(item);
    if (next !== undefined) {
      for (const waiting of pending) order.push(waiting);
      pending = next;
    }
    order.push(item);
  }
  return order.concat(pending);
}

/** A longest increasing subsequence of distinct numbers, in O(n log n): as many as can stay where they are. */
export function longestIncreasing(numbers: readonly number[]): readonly number[] {
  /** `tails[n]`: the smallest number that ends an increasing run of n + 1. */
  const tails: number[] = [];
  const predecessors = new Map<number, number | undefined>();
  for (const number of numbers) {
    const at = firstAtLeast(tails, number);
    predecessors.set(number, tails[at - 1]);
    tails[at] = number;
  }
  const run: number[] = [];
  for (let number = tails.at(-1); number !== undefined; number = predecessors.get(number)) run.push(number);
  return run.reverse();
}

function firstAtLeast(sorted: readonly number[], wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
