/** What lastgood does when it is not shown all that decides about a merge: never more than when it is. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { Rule } from "../../../src/standins/github/rules/rule-types.ts";
import type { GitHub } from "../../../src/standins/github/start-github.ts";
import { CI, type MergeWorld, openPull, startMergeServer } from "../../support/merge-world.ts";

let github: GitHub;

beforeAll(async () => {
  github = await startMergeServer();
});

afterEach(() => github.control.clearFaults());

afterAll(async () => github.close());

const QUEUE: Rule = { type: "merge_queue", method: "squash" };
const NO_FIELD = "Field 'isMergeQueueEnabled' doesn't exist on type 'PullRequest'";
/** Of classic protection REST tells those who may write no more than that it is there. */
const CLASSIC = { requiredApprovals: 0 } as const;

/** GraphQL's answer to every question whose text holds these words. */
function answers(words: RegExp, body: object, times = 9): void {
  const does = { kind: "answer", status: 200, body } as const;
  github.control.addFault({ method: "POST", path: /graphql$/, body: words, times, when: "before", does });
}

function fails(status: number, path: RegExp, method = "GET"): void {
  const does = { kind: "answer", status, body: { message: "Resource not accessible by integration" } } as const;
  github.control.addFault({ method, path, times: 9, when: "before", does });
}

const refusedBy = (message: string, type?: string): object => ({
  data: null,
  errors: [{ message, ...(type === undefined ? { extensions: { code: "undefinedField" } } : { type }) }],
});

async function ready(...rules: readonly Rule[]): Promise<MergeWorld> {
  const world = await openPull(github, { allowAutoMerge: true });
  if (rules.length > 0) world.rules(...rules);
  await world.check("success");
  return world;
}

describe("a merge queue", () => {
  it("that a ruleset asks for is seen without GraphQL: nothing is merged beside it", async () => {
    const world = await ready(QUEUE, CI);
    answers(/isMergeQueueEnabled/, refusedBy("no", "FORBIDDEN"));
    expect(await world.merge()).toEqual({
      kind: "waiting",
      reason: "main is merged into by its merge queue only, and what that did with it cannot be read now",
    });
    expect(world.merges()).toBe(0);
    github.control.clearFaults();
    expect(await world.merge()).toMatchObject({ kind: "queued" });
  });

  it("is asked for alone when a field beside it may not be read", async () => {
    const world = await ready(QUEUE, CI);
    answers(/reviewThreads/, refusedBy("Resource not accessible by integration", "FORBIDDEN"));
    expect(await world.merge()).toMatchObject({ kind: "queued" });
    expect(world.merges()).toBe(0);
  });

  it("is believed from half an answer", async () => {
    const world = await ready();
    await github.control.protect(world.name, "main", CLASSIC);
    const pull = {
      reviewDecision: null,
      isMergeQueueEnabled: true,
      mergeQueueEntry: { position: 3, enqueuer: { login: "lastgood" } },
      reviewThreads: null,
    };
    const errors = [{ type: "FORBIDDEN", path: ["repository", "pullRequest", "reviewThreads"], message: "no" }];
    answers(/reviewThreads/, { data: { repository: { pullRequest: pull } }, errors });
    expect(await world.merge()).toEqual({ kind: "queued", reason: "it is in the merge queue of main, at place 3" });
    expect(world.merges()).toBe(0);
  });

  it("that may be there is not jumped: a protected base waits until it is known", async () => {
    const world = await ready();
    await github.control.protect(world.name, "main", CLASSIC);
    answers(/isMergeQueueEnabled/, refusedBy("no", "FORBIDDEN"));
    expect(await world.merge()).toEqual({
      kind: "waiting",
      reason: "whether main has a merge queue cannot be read now",
    });
    expect(world.merges()).toBe(0);
  });

  it("that may be there is not jumped where no rule can be read at all", async () => {
    const world = await ready();
    fails(403, /\/rules\/branches\/main/);
    fails(403, /\/branches\/main$/);
    answers(/isMergeQueueEnabled/, refusedBy("no", "FORBIDDEN"));
    expect(await world.merge()).toMatchObject({ kind: "waiting" });
    expect(world.merges()).toBe(0);
  });

  it("is none on a server that does not know the word", async () => {
    const world = await ready();
    await github.control.protect(world.name, "main", CLASSIC);
    answers(/isMergeQueueEnabled/, refusedBy(NO_FIELD));
    expect(await world.merge()).toMatchObject({ kind: "merged" });
  });

  it("is none on a base without rules, whatever GraphQL says", async () => {
    const world = await ready();
    answers(/isMergeQueueEnabled/, refusedBy("no", "FORBIDDEN"));
    expect(await world.merge()).toMatchObject({ kind: "merged" });
  });

  it("is not left in silence: what may wait in it is named when it cannot be taken out", async () => {
    const world = await ready(QUEUE, CI);
    await world.merge();
    answers(/isMergeQueueEnabled/, refusedBy("no", "FORBIDDEN"));
    await expect(world.forge.cancelMerge?.(1)).rejects.toMatchObject({
      code: "ForgeUnavailable",
      hint: expect.stringContaining("/pull/1"),
    });
  });
});

describe("classic protection, of which only administrators may read whether branches must be up to date", () => {
  it("counts as not pinning the base: GitHub is not left to merge later what nobody would look at", async () => {
    const world = await openPull(github, { allowAutoMerge: true });
    await github.control.protect(world.name, "main", { requiredChecks: { strict: true, checks: [{ context: "ci" }] } });
    expect(await world.merge()).toEqual({ kind: "waiting", reason: "1 check has not reported: ci" });
    expect(await world.merge(true)).toMatchObject({ kind: "armed" });
  });
});
