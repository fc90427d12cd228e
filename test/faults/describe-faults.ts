import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Mode } from "../../src/app/delivery.ts";
import type { SeenRequest } from "../support/faulty-proxy.ts";
import { type Case, pairs, type Played, playCase, singles } from "./enumerate-faults.ts";
import { type FaultHost, openFaultHost } from "./fault-world.ts";
import { reportFaults, sentenceOf } from "./report-faults.ts";

/** Pairs take the better part of an hour: `npm run test:faults` plays them, the whole suite does not. */
const withPairs = process.env["LASTGOOD_TEST_FAULTS"] === "pairs";

const HOURS_MS = 4 * 3_600_000;

/** Declares the enumeration of a mode: everything that can go wrong, once, and in pairs. */
export function describeFaults(mode: Mode): void {
  describe(`revert --mode ${mode}, whatever happens on the way`, () => {
    let host: FaultHost;
    beforeAll(async () => {
      host = await openFaultHost();
    });
    afterAll(async () => host.close());

    it("has one effect, and loses nothing of anybody's: one mishap", { timeout: HOURS_MS }, async () => {
      const played = await playSingles(host, { mode, warm: false });
      reportFaults(`${mode}: one mishap`, [...played.values()]);
      expect(broken([...played.values()])).toEqual([]);
    });

    it.runIf(withPairs)(
      "has one effect, and loses nothing of anybody's: two mishaps",
      { timeout: HOURS_MS },
      async () => {
        const traces = new Map<Case, readonly SeenRequest[]>();
        for (const [single, { requests }] of await playSingles(host, { mode, warm: true }))
          traces.set(single, requests);
        const played: Played[] = [];
        for (const each of pairs(traces)) played.push(await playCase(host, each));
        reportFaults(`${mode}: two mishaps`, played);
        expect(broken(played)).toEqual([]);
      },
    );
  });
}

async function playSingles(host: FaultHost, base: Pick<Case, "mode" | "warm">): Promise<ReadonlyMap<Case, Played>> {
  const { requests, violations } = await playCase(host, { ...base, mishaps: new Map() });
  expect(violations).toEqual([]);
  const played = new Map<Case, Played>();
  for (const each of singles(base, requests)) played.set(each, await playCase(host, each));
  return played;
}

function broken(played: readonly Played[]): readonly string[] {
  return played.filter(({ violations }) => violations.length > 0).map(sentenceOf);
}
