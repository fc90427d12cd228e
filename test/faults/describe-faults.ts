import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Case, type Played, singles } from "./enumerate-faults.ts";
import type { Way } from "./fault-world.ts";
import { openPlayers, type Players } from "./play-all.ts";
import { commandOf, reportFaults, sentenceOf } from "./report-faults.ts";

const HOUR_MS = 3_600_000;

/** Declares the enumeration of a way: everything that can go wrong, once (`npm run test:faults`: in pairs, too). `warm`: the repository was cloned before. */
export function describeFaults(way: Way, { warm }: { readonly warm: boolean }): void {
  const name = `${way.mode}, commit by ${way.via}`;
  describe(`revert --mode ${name}, whatever happens on the way`, () => {
    let players: Players;
    beforeAll(async () => {
      players = await openPlayers();
    });
    afterAll(async () => players.close());

    it("has one effect, and loses nothing of anybody's: one mishap", { timeout: HOUR_MS }, async () => {
      const base = { ...way, warm };
      const [plain] = await players.play([{ ...base, mishaps: new Map() }]);
      expect(plain?.violations).toEqual([]);
      const cases = singles(base, plain?.requests ?? []);
      const played = await players.play(cases);
      reportFaults(`${name}: one mishap`, played);
      expect(played).toHaveLength(cases.length);
      expect(cases.flatMap((each, index) => brokenIn(each, played[index]))).toEqual([]);
    });
  });
}

function brokenIn(each: Case, played: Played | undefined): readonly string[] {
  if (played === undefined || played.violations.length === 0) return [];
  return [`${sentenceOf(played)}\n${commandOf(each)}`];
}
