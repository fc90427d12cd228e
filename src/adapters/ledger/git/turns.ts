/** One call at a time, in the order in which they came. */
export interface Turns<T> {
  take<R>(work: () => Promise<R>): Promise<R>;
  /** The same work for all who ask for it while it waits for its turn, unless something else was asked for in between by `take`. */
  share(work: () => Promise<T>): Promise<T>;
}

export function createTurns<T>(): Turns<T> {
  let queue: Promise<unknown> = Promise.resolve();
  let waiting: Promise<T> | undefined;

  async function take<R>(work: () => Promise<R>): Promise<R> {
    const mine = queue.then(work);
    queue = mine.catch(() => undefined);
    return mine;
  }

  return {
    async take(work) {
      waiting = undefined;
      return take(work);
    },
    async share(work) {
      waiting ??= take(async () => {
        waiting = undefined;
        return work();
      });
      return waiting;
    },
  };
}
