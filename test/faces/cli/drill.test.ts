import { describe, expect, it } from "vitest";

import { parseBranch } from "../../../src/core/change/branch.ts";
import { drillBegan, DRILL_BRANCHES, drillBranch } from "../../../src/core/drill.ts";
import { AT, TOKENS } from "../../support/github-world.ts";
import { jobRecord } from "../../support/job-record.ts";
import { plantRecords } from "../../support/plant-records.ts";
import { runCli } from "../../support/run-cli.ts";
import { runGit } from "../../support/run-git.ts";
import { begin, type Story } from "../../support/story.ts";
import { API, deployment, lastgood, payments, TARGET, TERMINAL } from "./world.ts";

const HISTORY = [
  { files: { [API]: deployment("1.7.4") }, message: "fix(api): bump image to 1.7.4 (#470)" },
  { files: { [API]: deployment("1.8.0") }, message: "feat(api): bump image to 1.8.0 (#482)" },
];

interface Drilled {
  readonly exit: number;
  readonly stderr: string;
  readonly outcome: string;
  readonly pullRequest?: number;
  /** `plan` → `ok`. */
  readonly results: Readonly<Record<string, string>>;
  readonly details: Readonly<Record<string, string>>;
}

async function drill(story: Story, ...args: readonly string[]): Promise<Drilled> {
  const line = `lastgood drill ${TARGET} --json --repo ${story.url} ${args.join(" ")}`;
  const { stdout, stderr, exit } = await story.person().run(line);
  if (stdout === "") throw new Error(stderr);
  const { status } = JSON.parse(stdout) as {
    readonly status: {
      readonly outcome: string;
      readonly pullRequest?: number;
      readonly stations: readonly { readonly name: string; readonly result: string; readonly detail: string }[];
    };
  };
  return {
    exit,
    stderr,
    outcome: status.outcome,
    ...(status.pullRequest === undefined ? {} : { pullRequest: status.pullRequest }),
    results: Object.fromEntries(status.stations.map(({ name, result }) => [name, result])),
    details: Object.fromEntries(status.stations.map(({ name, detail }) => [name, detail])),
  };
}

async function refs(story: Story): Promise<readonly string[]> {
  return (await runGit(story.github.dir, "for-each-ref", "--format=%(refname)")).stdout.trim().split("\n");
}

describe("lastgood drill", () => {
  it("rehearses every part of a revert, and leaves nothing behind", async () => {
    const story = await begin(HISTORY);
    const before = await refs(story);
    const { exit, outcome, results, details } = await drill(story, "--to", "main~1");
    expect({ exit, outcome }).toEqual({ exit: 0, outcome: "passed" });
    expect(results).toEqual({
      config: "ok",
      fetch: "ok",
      history: "ok",
      checkpoint: "warning",
      plan: "ok",
      commit: "ok",
      proof: "ok",
      "sign-in": "ok",
      permissions: "ok",
      "branch rules": "warning",
      engine: "skipped",
      notifications: "skipped",
    });
    expect(details["plan"]).toBe("1 field in 1 file, 1 risk");
    expect(details["proof"]).toBe("1 file read again: as planned, and nothing else");
    expect(await refs(story)).toEqual(before);
    const writes = story.github.control
      .requests()
      .filter(
        ({ method, path }) => method !== "GET" && !path.includes("git-upload-pack") && !path.endsWith("/graphql"),
      );
    expect(writes).toEqual([]);
  });

  it("opens a draft on a scratch branch when asked, and takes both away again", async () => {
    const story = await begin(HISTORY);
    const { exit, results, pullRequest, details } = await drill(story, "--to", "main~1", "--draft-pull-request", "-y");
    expect(exit).toBe(0);
    expect(results).toMatchObject({ "left over": "ok", push: "ok", "draft pull request": "ok", "clean up": "ok" });
    expect(pullRequest).toBe(1);
    expect(details["clean up"]).toContain("closed #1, deleted lastgood/drill/apps-payments-api/");
    expect(await story.pullRequests()).toMatchObject([{ number: 1, state: "closed", merged: false, labels: [] }]);
    expect(Object.keys(await story.branches())).toEqual(["main"]);
  });

  it("asks before it opens one, and writes nothing without an answer", async () => {
    const story = await begin(HISTORY);
    const { exit, stdout, stderr } = await story
      .person()
      .run(`lastgood drill ${TARGET} --to main~1 --draft-pull-request --repo ${story.url}`);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toContain("Opens a draft pull request on");
    expect(Object.keys(await story.branches())).toEqual(["main"]);
  });

  it("takes the branch away when the draft cannot be opened", async () => {
    const story = await begin(HISTORY);
    const json = { message: "Draft pull requests are not supported in this repository." };
    story.github.control.addFault({
      method: "POST",
      path: /\/pulls$/,
      does: { kind: "answer", status: 422, body: json },
    });
    const { exit, results } = await drill(story, "--to", "main~1", "--draft-pull-request", "-y");
    expect(exit).toBe(1);
    expect(results).toMatchObject({ "draft pull request": "failed", "clean up": "ok" });
    expect(Object.keys(await story.branches())).toEqual(["main"]);
  });

  it("takes away what a drill that was killed has left, and lets one that runs alone", async () => {
    const story = await begin(HISTORY);
    const { git, pulls } = story.github.octokit("mina");
    const main = await story.tip();
    const old = drillBranch("apps-payments-api", "01J9ZK4T7Q0000000000000000");
    const young = drillBranch("apps-payments-api", "7ZZZZZZZZZ0000000000000000");
    for (const branch of [old, young]) await git.createRef({ ...AT, ref: `refs/heads/${branch}`, sha: main });
    await story.push({ "apps/web/web.yaml": "a: 1\n" }, "left by a drill", old);
    await pulls.create({ ...AT, head: old, base: "main", title: "Drill", draft: true });
    const { exit, details } = await drill(story, "--to", "main~1", "--draft-pull-request", "-y");
    expect(exit).toBe(0);
    expect(details["left over"]).toBe("took away 1 branch of earlier drills");
    expect(Object.keys(await story.branches()).toSorted()).toEqual([young, "main"]);
    expect((await story.pullRequests()).map(({ state }) => state)).toEqual(["closed", "closed"]);
  });

  it("takes its draft away when it is broken off by Ctrl-C", async () => {
    const story = await begin(HISTORY);
    const stop = new AbortController();
    const run = async (): Promise<void> => stop.abort(new Error("SIGINT"));
    story.github.control.addFault({ method: "POST", path: /\/pulls$/, does: { kind: "run", run } });
    const args = ["drill", TARGET, "--to", "main~1", "--draft-pull-request", "-y", "--repo", story.url];
    const { exit, stdout } = await runCli(args, { env: { GH_TOKEN: TOKENS.mina }, signal: stop.signal });
    expect({ exit, stdout }).toEqual({ exit: 130, stdout: "" });
    expect(Object.keys(await story.branches())).toEqual(["main"]);
    expect((await story.pullRequests()).every(({ state }) => state === "closed")).toBe(true);
  });

  it("ends with 1 where a revert would not come about, and names the station", async () => {
    const story = await begin(HISTORY);
    const line = `lastgood drill ${TARGET} --to main~1 -o name --repo ${story.url}`;
    const { exit, stdout, stderr } = await story.person("reader").run(line);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "permissions\n" });
    expect(stderr).toContain("would not come about");
  });

  it("fails at the checkpoint where nothing is known to be good, and rehearses the rest all the same", async () => {
    const story = await begin(HISTORY);
    const { exit, results, details } = await drill(story);
    expect(exit).toBe(1);
    expect(results).toMatchObject({ checkpoint: "failed", plan: "ok", commit: "ok", proof: "ok" });
    expect(details["checkpoint"]).toContain("NoCheckpoint");
  });

  it("rehearses with the good one before, where what runs is good itself", async () => {
    const repo = payments();
    for (const revision of ["#470", "main"]) {
      await lastgood(repo, ["mark", "good", TARGET, revision, "--reason", "load test"]);
    }
    const { stdout, exit } = await lastgood(repo, ["drill", TARGET], { ...TERMINAL, columns: 140 });
    expect(exit).toBe(0);
    expect(stdout).toMatch(
      /checkpoint +✔ ok +[\d.]+ +[0-9a-f]{7} runs and is good; rehearsed with [0-9a-f]{7} \(marked\)/,
    );
  });

  it("is kept in the ledger, where there is one", async () => {
    const story = await begin(HISTORY);
    await drill(story, "--to", "main~1");
    expect(await refs(story)).toEqual(["refs/heads/main"]);
    await plantRecords(story.github.dir, [jobRecord("01J9ZK4T7Q0000000000000000", 0)]);
    await drill(story, "--to", "main~1");
    const again = await drill(story, "--to", "main~1");
    expect(again.stderr).toMatch(/\(before: drilled \d+s ago: [\d.]+ s\)/);
    const { stdout } = await story.person().run(`lastgood ledger export --type drill -o name --repo ${story.url}`);
    expect(stdout.trim().split("\n")).toHaveLength(2);
  });

  it("never takes its branch for that of a revert", () => {
    const branch = drillBranch("drill", "01J9ZK4T7Q0000000000000000");
    expect(branch.startsWith(DRILL_BRANCHES)).toBe(true);
    expect(parseBranch(branch)).toBeUndefined();
    expect(drillBegan(branch)).toBe(1_728_710_863_095);
    expect(drillBegan("lastgood/drill/0c9e41d27ab3")).toBeUndefined();
  });
});
