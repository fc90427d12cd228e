import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { SeenRequest } from "../support/faulty-proxy.ts";
import { type Case, pairs, type Played, playCase, singles } from "./enumerate-faults.ts";
import { type FaultHost, openFaultHost, type Way } from "./fault-world.ts";
import { reportFaults, sentenceOf } from "./report-faults.ts";

/** Pairs take the better part of an hour: `npm run test:faults` plays them, the whole suite does not. */
const withPairs = process.env["LASTGOOD_TEST_FAULTS"] === "pairs";

const HOURS_MS = 4 * 3_600_000;

/** Declares the enumeration of a way: everything that can go wrong, once, and in pairs. `warm`: the repository was cloned before. */
export function describeFaults(way: Way, { warm }: { readonly warm: boolean }): void {
  const name = `${way.mode}, commit by ${way.via}`;
  describe(`revert --mode ${name}, whatever happens on the way`, () => {
    let host: FaultHost;
    beforeAll(async () => {
      host = await openFaultHost();
    });
    afterAll(async () => host.close());

    it("has one effect, and loses nothing of anybody's: one mishap", { timeout: HOURS_MS }, async () => {
      const played = await playSingles(host, { ...way, warm });
      reportFaults(`${name}: one mishap`, [...played.values()]);
      expect(broken([...played.values()])).toEqual([]);
    });

    it.runIf(withPairs)(
      "has one effect, and loses nothing of anybody's: two mishaps",
      { timeout: HOURS_MS },
      async () => {
        const traces = new Map<Case, readonly SeenRequest[]>();
        for (const [single, { requests }] of await playSingles(host, { ...way, warm: true }))
          traces.set(single, requests);
        const played: Played[] = [];
        for (const each of pairs(traces)) {
          const result = await playCase(host, each);
          played.push(result);
          if (result.violations.length > 0) process.stderr.write(`${sentenceOf(result)}\n`);
        }
        reportFaults(`${name}: two mishaps`, played);
        expect(broken(played)).toEqual([]);
      },
    );
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
