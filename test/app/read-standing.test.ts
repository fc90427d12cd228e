import { describe, expect, it } from "vitest";
import { createContentReader } from "../../src/app/content-reader.ts";
import { readEngine } from "../../src/app/look-once.ts";
import { createObserver } from "../../src/app/observe-targets.ts";
import { readStanding, type Standing, standingOfWell, type StandingWorld } from "../../src/app/read-standing.ts";
import { branchName } from "../../src/core/change/branch.ts";
import { NO_PATTERNS } from "../../src/core/model/evidence.ts";
import { commitId } from "../../src/core/model/git.ts";
import type { CheckpointRecord } from "../../src/core/record.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { PullRequest } from "../../src/ports/forge.ts";
import { checkpointRecord } from "../support/checkpoint-record.ts";
import { fixedClock } from "../support/fixed-clock.ts";
import { openGitDir } from "../support/fixture-repository.ts";
import { gitdir } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { appState, type AppFacts, memoryEngine } from "../support/memory-engine.ts";
import { memoryLedger } from "../support/memory-ledger.ts";
import { silentLog } from "../support/silent-log.ts";
import { watchedApi } from "../support/watched-api.ts";

const v = (version: number): Readonly<Record<string, string>> => ({
  "apps/api/deployment.yaml": deployment(`api:${version}`),
});
const repo = gitdir([{ files: v(1) }, { files: v(2) }, { files: v(3) }, { files: { "README.md": "x\n" } }]);
const [one = "", two = "", three = "", four = ""] = repo.commits;

async function look(facts: AppFacts) {
  const clock = fixedClock();
  const engine = memoryEngine({ clock });
  engine.set(appState(facts));
  const views = new Map([["argo", await readEngine(engine, clock, new AbortController().signal)]]);
  const observer = createObserver({ readContent: createContentReader(openGitDir(repo)), clock, log: silentLog() });
  const [observed] = await observer.observe([watchedApi()], { views, readings: [] });
  if (observed === undefined) throw new Error("nothing was observed");
  return { observed, views, clock };
}

let records = 0;

const record = (revision: string, more: Partial<CheckpointRecord> = {}): CheckpointRecord => {
  records += 1;
  return checkpointRecord(records, { target: "api", revision: commitId(revision), evidence: "observed", ...more });
};

async function full(facts: AppFacts, known: readonly CheckpointRecord[], world: Partial<StandingWorld> = {}) {
  const { observed, views } = await look(facts);
  const ledger = memoryLedger();
  await ledger.append(known);
  const request = { observed, views, base: repo.head, patterns: NO_PATTERNS };
  const own = { repository: openGitDir(repo), ledger, clock: fixedClock(), log: silentLog(), ...world };
  return readStanding(request, own);
}

const told = ({ lastGood, suspects }: Standing): unknown => [
  lastGood?.revision,
  suspects.map(({ revision }) => revision.id),
];

describe("where a target stands", () => {
  it("suspects what came after the last good one and runs, not what is not deployed yet", async () => {
    expect(told(await full({ revision: three, word: "Failed" }, [record(one)]))).toEqual([one, [three, two]]);
    expect(told(await full({ revision: two, word: "Failed" }, [record(one)]))).toEqual([one, [two]]);
    expect(told(await full({ revision: four, word: "Failed" }, [record(one)]))).toEqual([one, [three, two]]);
  });

  it("suspects what runs where nothing is proven good, and nothing while it is well, or what runs was good", async () => {
    expect(told(await full({ revision: three, word: "Failed" }, []))).toEqual([undefined, [three]]);
    expect(told(await full({ revision: three }, [record(one)]))).toEqual([one, []]);
    expect(told(await full({ revision: three, word: "Failed" }, [record(three)]))).toEqual([three, []]);
  });

  it("finds the open pull request, else the newest, under the names that a revert takes", async () => {
    const asked: string[] = [];
    const pull = (number: number, state: PullRequest["state"]) => ({ number, state }) as PullRequest;
    const found = new Map([
      [1, pull(10, "closed")],
      [2, pull(11, "merged")],
    ]);
    const forge = {
      findPullRequest: async (branch: string) => {
        asked.push(branch);
        return found.get(asked.length);
      },
    };
    const { pullRequest } = await full({ revision: three, word: "Failed" }, [], { openForge: async () => forge });
    expect(pullRequest?.number).toBe(11);
    const key = /[0-9a-f]{12}/.exec(asked[0] ?? "")?.[0] ?? "";
    expect(asked).toEqual([1, 2, 3].map((attempt) => branchName("api", key, attempt)));
  });

  it("tells of no pull request when the forge cannot be asked, or does not answer", async () => {
    const refused = async (): Promise<never> => Promise.reject(new LastgoodError("ForgeAuth", "no token"));
    const silent = { findPullRequest: async () => new Promise<undefined>(() => undefined) };
    for (const openForge of [refused, async () => silent]) {
      expect((await full({ revision: three, word: "Failed" }, [], { openForge })).pullRequest).toBeUndefined();
    }
  });
});

describe("where a target stands that is well", () => {
  async function quick(facts: AppFacts, known: readonly CheckpointRecord[]): Promise<unknown> {
    const { observed, views, clock } = await look(facts);
    const { lastGood } = standingOfWell({ observed, views }, known, clock.nowMs());
    return [lastGood?.revision, ...(lastGood?.evidence.map(({ kind }) => kind) ?? [])];
  }

  it("is good where it runs by the ledger, also of the same content, or by the engine for the bake time", async () => {
    const { observed, clock } = await look({ revision: four });
    const content = observed.content;
    expect(await quick({ revision: four }, [record(four)])).toEqual([four, "observed"]);
    expect(await quick({ revision: four }, [record(three, content === undefined ? {} : { content })])).toEqual([
      four,
      "observed",
    ]);
    const sinceMs = clock.nowMs() - 3_600_000;
    expect(await quick({ revision: four, sinceMs }, [])).toEqual([four, "engine-health"]);
  });

  it("was good where the ledger says so last, until what runs has proven itself", async () => {
    const known = [record(one, { at: "2026-01-01T00:00:00Z" }), record(two, { at: "2026-01-02T00:00:00Z" })];
    expect(await quick({ revision: three }, known)).toEqual([two, "observed"]);
    const bad = record(two, { evidence: "marked", verdict: "bad" });
    expect(await quick({ revision: three }, [...known, bad])).toEqual([one, "observed"]);
    expect(await quick({ revision: three }, [])).toEqual([undefined]);
  });
});
