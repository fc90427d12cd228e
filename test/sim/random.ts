/** Randomness that is the same in every run: each draw is named, so that leaving one out changes no other. */

/** Draws of one seed. A name is drawn once: the same name gives the same number. */
export interface Random {
  /** In [0, 1). */
  of(name: string): number;
  /** True with this probability. */
  chance(name: string, probability: number): boolean;
  /** A whole number of [least, most]. */
  between(name: string, least: number, most: number): number;
  pick<T>(name: string, items: readonly T[]): T;
  /** One of the keys, each as often as its weight says. */
  weighted<K extends string>(name: string, weights: { readonly [key in K]: number }): K;
}

/** Randomness of a seed. */
export function randomOf(seed: number): Random {
  const of = (name: string): number => hash32(name, seed) / 0x1_0000_0000;
  return {
    of,
    chance: (name, probability) => probability > 0 && of(name) < probability,
    between: (name, least, most) => least + Math.floor(of(name) * (most - least + 1)),
    pick(name, items) {
      const item = items[Math.floor(of(name) * items.length)];
      if (item === undefined) throw new Error(`nothing to pick from: ${name}`);
      return item;
    },
    weighted<K extends string>(name: string, weights: { readonly [key in K]: number }): K {
      const entries = Object.entries<number>(weights) as [K, number][];
      let left = of(name) * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [key, weight] of entries) {
        left -= weight;
        if (left < 0) return key;
      }
      throw new Error(`nothing to pick from: ${name}`);
    },
  };
}

/** FNV-1a over the name, then the finish of MurmurHash3 with the seed. */
function hash32(name: string, seed: number): number {
  let hash = 0x811c_9dc5 ^ seed;
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x0100_0193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ seed, 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
