/** What was delivered lately. */
export interface Deliveries {
  /** Is it the first time that this key comes? Names of deliveries, or keys of hints. */
  readonly isFirst: (key: string) => boolean;
}

/**
 * Remembers the last `most` keys. Whoever sends one again, by mistake or in bad faith, makes lastgood look no more often; one that was
 * forgotten, or came before a restart, only makes it look again.
 */
export function createDeliveries(most = 10_000): Deliveries {
  const keys = new Set<string>();
  return {
    isFirst: (key) => {
      const known = keys.delete(key);
      keys.add(key);
      const [oldest] = keys.size > most ? keys : [];
      if (oldest !== undefined) keys.delete(oldest);
      return !known;
    },
  };
}
