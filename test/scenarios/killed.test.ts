/** A real process, killed with SIGKILL at named moments. Here is a sample; `npm run test:killed` plays all of them. */
import { beforeAll, describe, expect, it } from "vitest";
import { buildProgram } from "../support/build-program.ts";
import { KILL_POINTS } from "../torture/kill-points.ts";
import { playKill } from "../torture/play-kill.ts";

const SAMPLE = ["after the pull request", "after the merge", "after the incident issue"];

let main: string;

beforeAll(() => {
  main = buildProgram();
});

describe.concurrent("a daemon that is killed", { timeout: 600_000 }, () => {
  it.each(KILL_POINTS.filter(({ name }) => SAMPLE.includes(name)))(
    "$name is followed by one that ends its job, with one effect of each kind",
    async (point) => {
      expect(await playKill(main, point)).toEqual([]);
    },
  );
});
