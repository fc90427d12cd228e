import { afterAll, describe, expect, it } from "vitest";

import { openGitRevert } from "../../src/adapters/repository/git/git-revert.ts";
import { replayCase } from "../../src/app/replay-case.ts";
import { replay, type ReplayCache, type ReplayRequest } from "../../src/app/replay.ts";
import { summarize } from "../../src/core/replay/score.ts";
import { caseKey, type ReplayResult, type SkippedCase } from "../../src/core/replay/types.ts";
import { LastgoodError } from "../../src/errors.ts";
import { openGitDir } from "../support/fixture-repository.ts";
import { gitTestEnv } from "../support/gitdir.ts";
import { replayRepository } from "../support/replay-repository.ts";
import { silentLog } from "../support/silent-log.ts";

const git = replayRepository();
const repository = openGitDir(git);
const gitRevert = openGitRevert({ env: gitTestEnv(), commonDir: git.gitDir });

afterAll(async () => {
  await gitRevert.close();
});

function memoryCache(): ReplayCache & { readonly added: (ReplayResult | SkippedCase)[] } {
  const added: (ReplayResult | SkippedCase)[] = [];
  return {
    added,
    read: async () => new Map(added.map((result) => [caseKey(result), result])),
    add: (result) => void added.push(result),
  };
}

function run(request: Partial<ReplayRequest> = {}) {
  const lane = { replay: (one: Parameters<typeof replayCase>[0]) => replayCase(one, { repository, gitRevert }) };
  return replay({
    repository,
    base: git.head,
    lanes: [lane, lane],
    cache: memoryCache(),
    log: silentLog(),
    ...request,
  });
}

describe("replay", () => {
  it("finds every kind of revert, and judges both tools by what the person did", async () => {
    const { results } = await run();
    const named = (name: string) => results.find(({ human }) => human.id === git.id(name));
    const verdicts = ["marked", "near", "overlap", "extra", "part", "silent", "merge", "again"].map((name) => {
      const result = named(name);
      return [name, result?.kind, result?.lastgood.verdict, result?.git.verdict, result?.class].join(" ");
    });
    expect(verdicts).toEqual([
      "marked marked equal equal clean",
      "near named equal conflict adjacent-conflict",
      "overlap named conflict conflict overlap-conflict",
      "extra named different different human-differed",
      "part named different different partial",
      "silent silent equal equal clean",
      "merge named equal equal clean",
      "again named equal equal clean",
    ]);
    expect(named("overlap")?.lastgood.notes).toEqual(["api.yaml Deployment/api containers[api].image"]);
    expect(named("extra")).toMatchObject({ otherFiles: 1, diffs: [{ path: "api.yaml" }] });
    expect(named("extra")?.diffs[0]?.text).toContain("-              value: warn\n+              value: info");
    expect(summarize(results)).toMatchObject({ worse: 0, better: 1, bolder: 0 });
  });

  it("leaves out what touches nothing of the bad change, and says so", async () => {
    const { skipped } = await run();
    expect(skipped.map(({ human, skipped }) => [human.id, skipped])).toEqual([
      [git.id("void"), "the person's commit touches no file of the bad change"],
    ]);
  });

  it("takes the newest ones, the younger ones, and those of a scope", async () => {
    const ids = async (request: Partial<ReplayRequest>) => (await run(request)).results.map(({ human }) => human.id);
    expect(await ids({ limit: 2 })).toEqual([git.id("again")]);
    const sinceMs = (await repository.refs.revision(git.id("merge"))).committedAtMs;
    expect(await ids({ sinceMs })).toEqual([git.id("again"), git.id("merge")]);
    expect(await ids({ scope: [{ kind: "file", path: "web.yaml" }] })).toEqual([git.id("silent")]);
  });

  it("goes on where an earlier run was ended", async () => {
    const cache = memoryCache();
    const controller = new AbortController();
    let left = 3;
    const lane = {
      replay: async (one: Parameters<typeof replayCase>[0]) => {
        if (--left === 0) controller.abort(new Error("enough"));
        return replayCase(one, { repository, gitRevert });
      },
    };
    await expect(run({ cache, lanes: [lane], signal: controller.signal })).rejects.toThrow("enough");
    expect(cache.added).toHaveLength(3);
    const whole = await run();
    const second = await run({ cache });
    expect(second.known).toBe(3);
    expect(second.results).toEqual(whole.results);
  });

  it("shows a tool that fails as refused", async () => {
    const { results } = await run({ limit: 9 });
    const [one] = results;
    const broken = { ...gitRevert, revert: () => Promise.reject(new LastgoodError("LimitTime", "git is away")) };
    const result = one === undefined ? undefined : await replayCase(one, { repository, gitRevert: broken });
    expect(result).toMatchObject({
      git: { verdict: "refused", notes: ["LimitTime: git is away"] },
      lastgood: { verdict: "equal" },
    });
  });

  it("shows nothing of a Secret", async () => {
    const secret = (value: string): string =>
      `apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\ndata:\n  key: ${value}\n`;
    const other = replayRepository();
    other.commit(
      { files: { "s.yaml": secret("b25l") }, message: "secret" },
      { files: { "s.yaml": secret("dHdv") }, message: "rotate (#20)" },
      { files: { "s.yaml": secret("dGhyZWU=") }, message: 'Revert "rotate" (#21)' },
    );
    const own = openGitRevert({ env: gitTestEnv(), commonDir: other.gitDir });
    const world = { repository: openGitDir(other), gitRevert: own };
    const lane = { replay: (one: Parameters<typeof replayCase>[0]) => replayCase(one, world) };
    const { results } = await run({ repository: world.repository, base: other.head, lanes: [lane], limit: 1 });
    await own.close();
    expect(results[0]?.diffs).toEqual([{ path: "s.yaml", text: "not shown: it holds secrets" }]);
  });
});
