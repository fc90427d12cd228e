/** Asks once for each key, and forgets the oldest of more than `most`. What is not there may be fetched later: that is not kept. */
export function keptFew<T>(most: number, ask: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const kept = new Map<string, Promise<T>>();
  return async (key) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const asked = ask(key);
    kept.set(key, asked);
    asked.then(
      (answer) => answer === undefined && kept.delete(key),
      () => kept.delete(key),
    );
    for (const oldest of kept.keys()) {
      if (kept.size <= most) break;
      kept.delete(oldest);
    }
    return asked;
  };
}
