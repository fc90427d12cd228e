/** Requests to one API server that go on at once: more would be a burst, fewer a wait. */
const AT_ONCE = 4;

/** Does the same for every item, a few at a time; the answers are in the order of the items. The first failure ends it. */
export async function inTurns<T, R>(items: readonly T[], does: (item: T) => Promise<R>): Promise<readonly R[]> {
  const answers: R[] = [];
  let next = 0;
  async function work(): Promise<void> {
    while (next < items.length) {
      const at = next;
      next += 1;
      const item = items[at] as T;
      try {
        answers[at] = await does(item);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, work));
  return answers;
}

/** In the order of the items. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
