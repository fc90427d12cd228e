import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Case, type Played, playCase, singles } from "./enumerate-faults.ts";
import { type FaultHost, openFaultHost, type Way } from "./fault-world.ts";
import { reportFaults, sentenceOf } from "./report-faults.ts";

const HOUR_MS = 3_600_000;

/** Declares the enumeration of a way: everything that can go wrong, once (`npm run test:faults`: in pairs, too). `warm`: the repository was cloned before. */
export function describeFaults(way: Way, { warm }: { readonly warm: boolean }): void {
  const name = `${way.mode}, commit by ${way.via}`;
  describe(`revert --mode ${name}, whatever happens on the way`, () => {
    let host: FaultHost;
    beforeAll(async () => {
      host = await openFaultHost();
    });
    afterAll(async () => host.close());

    it("has one effect, and loses nothing of anybody's: one mishap", { timeout: HOUR_MS }, async () => {
      const played = await playSingles(host, { ...way, warm });
      reportFaults(`${name}: one mishap`, [...played.values()]);
      expect(broken([...played.values()])).toEqual([]);
    });
  });
}

async function playSingles(host: FaultHost, base: Omit<Case, "mishaps">): Promise<ReadonlyMap<Case, Played>> {
  const { requests, violations } = await playCase(host, { ...base, mishaps: new Map() });
  expect(violations).toEqual([]);
  const played = new Map<Case, Played>();
  for (const each of singles(base, requests)) played.set(each, await playCase(host, each));
  return played;
}

function broken(played: readonly Played[]): readonly string[] {
  return played.filter(({ violations }) => violations.length > 0).map(sentenceOf);
}
