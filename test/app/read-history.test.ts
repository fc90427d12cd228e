import { describe, expect, it } from "vitest";

import { markRevision } from "../../src/app/mark-revision.ts";
import { readHistory, type TargetHistory } from "../../src/app/read-history.ts";
import { type EvidencePatterns, NO_PATTERNS } from "../../src/core/model/evidence.ts";
import type { EngineEvidence } from "../../src/core/engine/release-evidence.ts";
import { commitId, type CommitId } from "../../src/core/model/git.ts";
import { plainTarget } from "../../src/core/target/plain-target.ts";
import type { Ledger } from "../../src/ports/ledger.ts";
import { checkpointRecord } from "../support/checkpoint-record.ts";
import { fixedClock } from "../support/fixed-clock.ts";
import { openGitDir } from "../support/fixture-repository.ts";
import { gitdir, type GitDir } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { memoryLedger } from "../support/memory-ledger.ts";
import { silentLog } from "../support/silent-log.ts";

const API = "apps/api/deployment.yaml";
const v = (version: number): Readonly<Record<string, string>> => ({ [API]: deployment(`api:${version}`) });
const other = (text: string): Readonly<Record<string, string>> => ({ "README.md": `${text}\n` });

interface Read {
  readonly patterns?: Partial<EvidencePatterns>;
  readonly ledger?: Ledger;
  readonly path?: string;
}

function read(
  repo: GitDir,
  { patterns = {}, ledger = memoryLedger(), path = "apps/api" }: Read = {},
): Promise<TargetHistory> {
  const request = { target: plainTarget([path]), base: repo.head, patterns: { ...NO_PATTERNS, ...patterns } };
  return readHistory(request, { repository: openGitDir(repo), ledger, clock: fixedClock(), log: silentLog() });
}

/** `number verdict [evidence]` of each revision, newest first. */
function told({ revisions }: TargetHistory): readonly string[] {
  return revisions.map(({ number, verdict, evidence }) =>
    [number, verdict, ...evidence.map(({ detail }) => detail)].join(" "),
  );
}

/** Of a long history, of which only one commit below the chosen one is near. */
function readChosen(repo: GitDir, chosen: CommitId | undefined, { patterns = {}, ledger = memoryLedger() }: Read = {}) {
  const request = { target: plainTarget(["apps/api"]), base: repo.head, patterns: { ...NO_PATTERNS, ...patterns } };
  const whole = openGitDir(repo);
  const repository = { ...whole, resolve: (text: string) => whole.resolve(text.replace(/~500$/, "~1")) };
  const world = { repository, ledger, clock: fixedClock(), log: silentLog() };
  return readHistory(chosen === undefined ? request : { ...request, chosen }, world);
}

const RELEASES = { tags: ["release-*"] };

describe("readHistory", () => {
  it("numbers the commits of the target from the oldest, others left out", async () => {
    const repo = gitdir([
      { files: other("a") },
      { files: v(1) },
      { files: other("b") },
      { files: v(2) },
      { files: { ...v(3), ...other("c") } },
      { files: other("d") },
    ]);
    const { revisions, content, files } = await read(repo);
    expect(revisions.map(({ number, revision }) => [number, revision.id])).toEqual([
      [3, repo.commits[4]],
      [2, repo.commits[3]],
      [1, repo.commits[1]],
    ]);
    expect(content).toBe(revisions[0]?.content);
    expect(files.map(({ path }) => path)).toEqual([API]);
    expect(revisions.every(({ verdict }) => verdict === "unproven")).toBe(true);
  });

  it("has none for a target that no commit touches", async () => {
    const { revisions, files } = await read(gitdir([{ files: other("a") }]));
    expect([revisions, files]).toEqual([[], []]);
  });

  it("takes a merge for one revision", async () => {
    const repo = gitdir([
      { files: v(1) },
      { branch: "work", from: "main", files: v(2), as: "one" },
      { branch: "work", files: v(3), as: "two" },
      { merge: ["work"], files: v(3), message: "Merge pull request #7 from acme/work", as: "merge" },
    ]);
    const { revisions } = await read(repo);
    expect(revisions.map(({ revision }) => revision.id)).toEqual([repo.id("merge"), repo.commits[0]]);
  });

  it("takes light and annotated tags that match for weak evidence of good", async () => {
    const repo = gitdir([{ files: v(1), tag: "release-1" }, { files: v(2) }, { files: v(3), tag: "test-3" }]);
    repo.git(["tag", "-a", "-m", "Release 2", "release-2/eu", repo.commits[1] ?? ""]);
    const history = await read(repo, { patterns: RELEASES });
    expect(told(history)).toEqual(["3 unproven", "2 good tag release-2/eu by Mina Kim", "1 good tag release-1"]);
    expect(history.revisions[1]?.evidence[0]).toMatchObject({ kind: "tag", verdict: "good" });
  });

  it("asks for no tags when no pattern does", async () => {
    const repo = gitdir([{ files: v(1), tag: "release-1" }]);
    expect(told(await read(repo))).toEqual(["1 unproven"]);
  });

  it("passes over tags that lead to no commit", async () => {
    const repo = gitdir([{ files: v(1) }]);
    repo.git(["tag", "release-blob", repo.blob(API)]);
    repo.git(["tag", "release-tree", "main^{tree}"]);
    expect(told(await read(repo, { patterns: RELEASES }))).toEqual(["1 unproven"]);
  });

  it("takes notes and trailers that match", async () => {
    const repo = gitdir([
      { files: v(1) },
      { files: v(2), message: "Bump\n\nVerified-By: load-test 7\nReviewed-by: Dana" },
      { files: v(3), message: "Bump again\n\nVerified-By: nobody" },
    ]);
    repo.git(["notes", "--ref=health", "add", "-m", "first line\nstatus: healthy", repo.commits[0] ?? ""]);
    const patterns = {
      notes: { ref: "refs/notes/health", match: "status: healthy*" },
      trailers: [{ key: "verified-by", value: "load-test *" }],
    };
    expect(told(await read(repo, { patterns }))).toEqual([
      "3 unproven",
      "2 good trailer verified-by: load-test 7",
      "1 good note health by Mina Kim",
    ]);
  });

  it("knows nothing from a notes ref that is absent", async () => {
    const repo = gitdir([{ files: v(1) }]);
    expect(told(await read(repo, { patterns: { notes: { ref: "refs/notes/health", match: "*" } } }))).toEqual([
      "1 unproven",
    ]);
  });

  it("lends the verdict of a tag on a commit that does not touch the target to what it holds", async () => {
    const repo = gitdir([{ files: v(1) }, { files: v(2) }, { files: other("a"), tag: "release-2" }, { files: v(3) }]);
    expect(told(await read(repo, { patterns: RELEASES }))).toEqual([
      "3 unproven",
      "2 good tag release-2",
      "1 unproven",
    ]);
  });

  it("lends the verdict of a commit on a side branch by content only", async () => {
    const repo = gitdir([
      { files: v(1) },
      { files: v(2) },
      { branch: "release", from: "main", files: v(1), tag: "release-1" },
      { branch: "other", from: "main", files: v(9), tag: "release-9" },
    ]);
    expect(told(await read(repo, { patterns: RELEASES }))).toEqual(["2 unproven", "1 good tag release-1"]);
  });

  it("lets revisions with the same content share a verdict", async () => {
    const repo = gitdir([{ files: v(1), tag: "release-1" }, { files: v(2) }, { files: v(1) }]);
    expect(told(await read(repo, { patterns: RELEASES }))).toEqual([
      "3 good tag release-1",
      "2 unproven",
      "1 good tag release-1",
    ]);
  });

  it("proves nothing by a tag from before the target existed, or from while it was gone", async () => {
    const repo = gitdir([
      { files: other("a"), tag: "release-0" },
      { files: v(1) },
      { remove: [API], tag: "release-1" },
      { files: other("b"), tag: "release-2" },
      { files: v(2) },
    ]);
    expect(told(await read(repo, { patterns: RELEASES }))).toEqual(["3 unproven", "2 unproven", "1 unproven"]);
  });

  it("takes what a commit says to revert for bad, unless that was reverted itself", async () => {
    const first = gitdir([{ files: v(1), tag: "release-1" }, { files: v(2) }]);
    const revert = (id: string): string => `Revert "x"\n\nThis reverts commit ${id}.`;
    const [undo = ""] = first.commit({ files: v(1), message: revert(first.commits[1] ?? "") });
    expect(told(await read(first, { patterns: RELEASES }))).toEqual([
      "3 good tag release-1",
      `2 bad reverted by ${undo.slice(0, 7)}`,
      "1 good tag release-1",
    ]);
    first.commit({ files: v(2), message: revert(undo) });
    // The revert is taken back: it holds the content of revision 1, which a tag calls good.
    const [newest, , reapplied] = told(await read(first));
    expect([newest, reapplied]).toEqual(["4 unproven", "2 unproven"]);
  });

  it("does not let a message outside the target's history speak", async () => {
    const repo = gitdir([{ files: v(1), tag: "release-1" }, { files: v(2) }]);
    repo.commit({ files: other("a"), message: `This reverts commit ${repo.commits[0] ?? ""}.` });
    expect(told(await read(repo, { patterns: RELEASES }))).toEqual(["2 unproven", "1 good tag release-1"]);
  });

  it("reads a long history with many tags", async () => {
    const commits = Array.from({ length: 120 }, (_, n) => ({
      files: n % 3 === 0 ? v(n) : other(String(n)),
      tag: `release-${n}`,
    }));
    const { revisions } = await read(gitdir(commits), { patterns: RELEASES });
    expect(revisions).toHaveLength(40);
    expect(revisions.every(({ verdict, evidence }) => verdict === "good" && evidence.length === 3)).toBe(true);
  });

  it("says what a shallow clone lacks", async () => {
    const repo = gitdir([{ files: v(1) }, { files: v(2) }, { files: v(3) }]);
    const clone = gitdir();
    clone.git(["fetch", "--quiet", "--depth=2", `file://${repo.path}`, "main:main"]);
    await expect(read(clone)).rejects.toMatchObject({
      code: "RepositoryShallow",
      hint: expect.stringContaining("git fetch --unshallow"),
    });
  });
});

describe("readHistory with a ledger", () => {
  const marker = (repo: GitDir, ledger: Ledger) => {
    const clock = fixedClock();
    return async (verdict: "good" | "bad" | "cleared", revision: string) => {
      clock.advance(1000);
      const request = { target: plainTarget(["apps/api"]), revision, verdict, reason: "load test", by: "mkim" };
      return markRevision(request, { repository: openGitDir(repo), ledger, clock });
    };
  };

  it("takes a person's word over everything else, and the newest of them", async () => {
    const repo = gitdir([{ files: v(1), tag: "release-1" }, { files: v(2) }]);
    const ledger = memoryLedger();
    const mark = marker(repo, ledger);
    await mark("bad", "release-1");
    expect(told(await read(repo, { patterns: RELEASES, ledger }))).toEqual([
      "2 unproven",
      '1 bad marked bad by mkim: "load test"',
    ]);
    await mark("good", "release-1");
    await mark("good", "main");
    expect(told(await read(repo, { patterns: RELEASES, ledger }))).toEqual([
      '2 good marked good by mkim: "load test"',
      '1 good marked good by mkim: "load test" tag release-1',
    ]);
  });

  it("forgets a word that was taken back", async () => {
    const repo = gitdir([{ files: v(1) }]);
    const ledger = memoryLedger();
    const mark = marker(repo, ledger);
    await mark("good", "main");
    await mark("cleared", "main");
    expect(told(await read(repo, { ledger }))).toEqual(["1 unproven"]);
    expect((await ledger.read()).records).toHaveLength(2);
  });

  it("understands a mark on a commit that does not touch the target", async () => {
    const repo = gitdir([{ files: v(1) }, { files: other("a"), as: "later" }, { files: v(2) }]);
    const ledger = memoryLedger();
    await marker(repo, ledger)("good", repo.id("later").slice(0, 8));
    expect(told(await read(repo, { ledger }))[1]).toBe('1 good marked good by mkim: "load test"');
  });

  it("knows the content that was marked, after history was rewritten", async () => {
    const repo = gitdir([{ files: v(1) }]);
    const ledger = memoryLedger();
    await marker(repo, ledger)("good", "main");
    const rewritten = gitdir([{ files: v(1), message: "rebased" }, { files: v(2) }]);
    expect(told(await read(rewritten, { ledger }))).toEqual(["2 unproven", '1 good marked good by mkim: "load test"']);
  });

  it("reads the commit itself when the recorded content is that of other files", async () => {
    const repo = gitdir([{ files: v(1) }, { files: other("a"), as: "later" }]);
    const ledger = memoryLedger();
    const facts = {
      target: "apps/api",
      revision: repo.id("later"),
      content: "0".repeat(64),
      evidence: "marked",
    } as const;
    await ledger.append([checkpointRecord(1, facts)]);
    expect(told(await read(repo, { ledger }))[0]).toMatch(/^1 good/);
  });

  it("leaves out records of other targets and of commits that are gone", async () => {
    const repo = gitdir([{ files: v(1) }]);
    const ledger = memoryLedger();
    await ledger.append([
      checkpointRecord(1, { target: "apps/web", revision: repo.head }),
      checkpointRecord(2, { target: "apps/api", revision: commitId("e".repeat(40)) }),
    ]);
    expect(told(await read(repo, { ledger }))).toEqual(["1 unproven"]);
  });

  it("refuses to mark what does not exist, or where the target is not", async () => {
    const repo = gitdir([{ files: other("a"), as: "before" }, { files: v(1) }]);
    const ledger = memoryLedger();
    const mark = marker(repo, ledger);
    await expect(mark("good", "v9")).rejects.toMatchObject({
      code: "UsageRevision",
      message: expect.stringContaining('"v9"'),
    });
    await expect(mark("good", repo.id("before"))).rejects.toMatchObject({
      code: "UsageRevision",
      message: `apps/api has no files at ${repo.id("before").slice(0, 7)}`,
    });
    expect((await ledger.read()).records).toEqual([]);
  });
});

describe("readHistory with an engine", () => {
  const repo = gitdir([
    { files: v(1) },
    { files: v(2) },
    { files: other("a") },
    { files: v(3) },
    { files: other("b") },
  ]);
  const [one = repo.head, two = repo.head, twoAgain = repo.head, three = repo.head, threeAgain = repo.head] =
    repo.commits;

  async function judged(engine: EngineEvidence): Promise<readonly string[]> {
    const request = { target: plainTarget(["apps/api"]), base: repo.head, patterns: NO_PATTERNS };
    const engineEvidence = async (): Promise<EngineEvidence> => engine;
    const world = { repository: openGitDir(repo), ledger: memoryLedger(), clock: fixedClock(), log: silentLog() };
    return told(await readHistory(request, { ...world, engineEvidence }));
  }

  const synced = (...revisions: readonly CommitId[]): EngineEvidence["statements"] =>
    revisions.map((revision) => ({ revision, verdict: "good", kind: "engine-sync", detail: "synced", atMs: 1 }));

  it("takes its record for evidence, also of commits that leave the target alone", async () => {
    expect(await judged({ statements: synced(twoAgain), unwell: [] })).toEqual([
      "3 unproven",
      "2 good synced",
      "1 unproven",
    ]);
  });

  it("takes no deploy for good whose content runs and is not well, whichever commit brought it", async () => {
    const statements = synced(three, two, one);
    expect(await judged({ statements, unwell: [threeAgain] })).toEqual([
      "3 unproven",
      "2 good synced",
      "1 good synced",
    ]);
    expect(await judged({ statements, unwell: ["19.0.1"] })).toEqual([
      "3 good synced",
      "2 good synced",
      "1 good synced",
    ]);
  });
});

describe("readHistory of a chosen revision", () => {
  const trailer = { patterns: { trailers: [{ key: "Tested", value: "yes" }] } };
  const long = (): GitDir =>
    gitdir([
      { files: v(1), tag: "release-1" },
      { files: v(2) },
      { files: v(1) },
      { files: other("a") },
      { files: v(3) },
      { files: v(4) },
    ]);

  it("reads what is above and near, without numbers", async () => {
    const repo = long();
    const { revisions } = await readChosen(repo, repo.commits[4]);
    expect(revisions.map(({ number, revision }) => [number, revision.id])).toEqual([
      [0, repo.commits[5]],
      [0, repo.commits[4]],
    ]);
  });

  it("knows what is said of the same content far below", async () => {
    const repo = long();
    const { revisions } = await readChosen(repo, repo.commits[2], { patterns: RELEASES });
    expect(revisions.map(({ revision, verdict }) => [revision.id, verdict])).toEqual([
      [repo.commits[5], "unproven"],
      [repo.commits[4], "unproven"],
      [repo.commits[2], "good"],
    ]);
  });

  it("reads all where only commits tell, and where the chosen one is none of its own", async () => {
    const repo = long();
    const whole = await readChosen(repo, undefined);
    expect(whole.revisions).toHaveLength(5);
    expect(await readChosen(repo, repo.commits[4], trailer)).toEqual(whole);
    expect(await readChosen(repo, repo.commits[3])).toEqual(whole);
  });
});
