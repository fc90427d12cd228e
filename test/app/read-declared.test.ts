import { describe, expect, it } from "vitest";
import { createContentReader } from "../../src/app/content-reader.ts";
import { declaredHold } from "../../src/app/declared-hold.ts";
import { planTarget } from "../../src/app/plan-target.ts";
import { createDeclaredReader } from "../../src/app/read-declared.ts";
import { NO_PATTERNS } from "../../src/core/model/evidence.ts";
import { commitId } from "../../src/core/model/git.ts";
import { NO_RESTRICTIONS } from "../../src/core/model/restriction.ts";
import { EVERYTHING } from "../../src/core/selection.ts";
import { plainTarget } from "../../src/core/target/plain-target.ts";
import { fixedClock } from "../support/fixed-clock.ts";
import { openGitDir } from "../support/fixture-repository.ts";
import { gitdir } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { memoryLedger } from "../support/memory-ledger.ts";
import { silentLog } from "../support/silent-log.ts";

const asking = (words: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: api\n  annotations:\n    ${words}\n`;
const TARGET = plainTarget(["apps/api"], { name: "api" });

describe("what manifests ask for", () => {
  const repo = gitdir([
    { files: { "apps/api/d.yaml": deployment("api:1"), "apps/web/d.yaml": asking("lastgood.dev/mode: observe") } },
    { files: { "apps/api/c.yaml": asking('lastgood.dev/suspend: "2026-09-01T00:00:00Z"') } },
    { files: { "apps/api/d.yaml": deployment("api:2") } },
    {
      files: { "apps/api/c.yaml": asking("lastgood.dev/mode: propose\n    lastgood.dev/reviewers: '@acme/payments'") },
    },
  ]);
  const commits = repo.commits.map(commitId);

  it("is read at a commit, of the target's own files, and until its time is over", async () => {
    const repository = openGitDir(repo);
    const read = createDeclaredReader(repository, createContentReader(repository));
    const [one, two, , four] = commits;
    if (one === undefined || two === undefined || four === undefined) throw new Error("no commits");
    const untilMs = Date.parse("2026-09-01T00:00:00Z");
    expect(await read(TARGET, one, 0)).toEqual(NO_RESTRICTIONS);
    expect((await read(TARGET, two, untilMs - 1)).suspended).toEqual({ untilMs });
    expect((await read(TARGET, two, untilMs)).suspended).toBeUndefined();
    expect(await read(TARGET, four, 0)).toMatchObject({ mode: "propose", reviewers: ["team:acme/payments"] });
    expect(await read(plainTarget(["apps/none"], { name: "none" }), four, 0)).toEqual(NO_RESTRICTIONS);
  });

  it("stands in the plan, from files that do not change, and keeps a revert from going further", async () => {
    const world = { repository: openGitDir(repo), ledger: memoryLedger(), clock: fixedClock(), log: silentLog() };
    const goal = { kind: "revision", text: commits[1] ?? "" } as const;
    const query = { target: TARGET, branch: "main", goal, selection: EVERYTHING, patterns: NO_PATTERNS };
    const at = async (commit: (typeof commits)[number] | undefined) => {
      const { plan } = await planTarget({ ...query, base: commit ?? commitId(repo.head) }, world);
      if (plan.kind !== "plan") throw new Error(plan.kind);
      return plan;
    };
    const suspended = await at(commits[2]);
    const untilMs = Date.parse("2026-09-01T00:00:00Z");
    expect(suspended.declared?.suspended).toEqual({ untilMs });
    expect(declaredHold(suspended, "merge", untilMs - 1)?.reason).toBe("Suspended");
    expect(declaredHold(suspended, "merge", untilMs)).toBeUndefined();
    expect(declaredHold(suspended, "propose", untilMs - 1)).toBeUndefined();
    const restricted = await at(undefined);
    expect(declaredHold(restricted, "propose", 0)).toBeUndefined();
    expect(declaredHold(restricted, "merge", 0)).toMatchObject({
      reason: "ObserveOnly",
      message: 'manifests of api let lastgood go as far as "propose", not "merge"',
    });
    const observed = { ...restricted, declared: { ...NO_RESTRICTIONS, mode: "observe" } } as const;
    expect(declaredHold(observed, "propose", 0)?.reason).toBe("ObserveOnly");
    expect(declaredHold(observed, "branch", 0)).toBeUndefined();
    expect(declaredHold({ target: TARGET }, "push", 0)).toBeUndefined();
  });
});
