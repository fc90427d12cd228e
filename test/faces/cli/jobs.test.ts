import { describe, expect, it } from "vitest";

import { decide } from "../../../src/core/decision/decide.ts";
import { decisionRecord } from "../../../src/core/decision/decision-record.ts";
import { runGit } from "../../support/run-git.ts";
import { jobRecord } from "../../support/job-record.ts";
import { plantRecords } from "../../support/plant-records.ts";
import { begin } from "../../support/story.ts";
import { FACTS } from "../../core/decision/facts.ts";
import { API, deployment, lastgood, payments, TARGET, TERMINAL } from "./world.ts";
import type { GitDir } from "../../support/gitdir.ts";

const GOOD = "3f9c2ab0d8c47e5b6a190f2e3d4c5b6a79881234";
const [FIRST, SECOND, THIRD] = [
  "01J9ZK4T7Q0000000000000000",
  "01J9ZK9C3B0000000000000000",
  "01J9YQ7F0B0000000000000000",
];

const DECIDED = decide(FACTS);
const DECISION = decisionRecord(DECIDED, FACTS, { id: "dec-1", by: "lastgood", hash: () => "0123456789abcdef" });

const LINES = [
  jobRecord(FIRST, 0, { checkpoint: GOOD, trigger: "alert ApiErrorRate", decision: DECISION.hash }),
  jobRecord(FIRST, 10, { pullRequest: 491, url: "https://git.example.com/pull/491", detail: "opened #491" }),
  jobRecord(FIRST, 900, { escalated: "awaiting review", detail: "nobody has merged it for 15m" }),
  jobRecord(SECOND, 5, { target: "billing/job", status: "Queued", station: "decision", reason: "Cooldown" }),
  jobRecord(THIRD, -90, { target: "edge/dns", status: "Exception", outcome: "failed", code: "ForgePermission" }),
];

async function withJobs(): Promise<GitDir> {
  const repo = payments();
  await plantRecords(repo.path, [...LINES, { ...DECISION, target: "payments/api" }]);
  return repo;
}

describe("lastgood jobs", () => {
  it("lists them on a terminal, the newest first", async () => {
    const repo = await withJobs();
    const { stdout, exit } = await lastgood(repo, ["jobs"], { ...TERMINAL, columns: 120 });
    expect(exit).toBe(0);
    expect(stdout.replaceAll(/\b\d+d\b/g, "AGE")).toMatchInlineSnapshot(`
      "JOB         TARGET        TO       STATUS       AT               AGE  PR    TRIGGER
      01J9ZK9C3B  billing/job   -        Queued       Cooldown         AGE  -     health Failed
      01J9ZK4T7Q  payments/api  3f9c2ab  In Progress  awaiting review  AGE  #491  alert ApiErrorRate
      01J9YQ7F0B  edge/dns      -        Exception    ForgePermission  AGE  -     health Failed
      "
    `);
  });

  it("writes whole ids and times to a pipe, and nothing but ids for -o name", async () => {
    const repo = await withJobs();
    const { stdout } = await lastgood(repo, ["jobs", "--target", "payments/api"]);
    expect(stdout).toBe(
      `${FIRST}\tpayments/api\t${GOOD}\tIn Progress\tawaiting review\t2026-08-22T13:50:30Z\t#491\talert ApiErrorRate\n`,
    );
    expect((await lastgood(repo, ["jobs", "-o", "name", "--status", "queued,exception"])).stdout).toBe(
      `${SECOND}\n${THIRD}\n`,
    );
    expect((await lastgood(repo, ["jobs", "--status", "in-progress", "-o", "name"])).stdout).toBe(`${FIRST}\n`);
  });

  it("tells the whole story of one, named by its beginning", async () => {
    const repo = await withJobs();
    const { stdout, exit } = await lastgood(repo, ["jobs", "01j9zk4t"]);
    expect(exit).toBe(0);
    expect(stdout).toContain(`${FIRST}  payments/api: In Progress, awaiting review\n`);
    expect(stdout).toContain("  pull req   #491  https://git.example.com/pull/491\n");
    expect(stdout).toContain("  2026-08-22 13:50:40  lastgood  In Progress - pull request  opened #491\n");
    expect(stdout).toContain("called people (awaiting review): nobody has merged it for 15m\n");
    expect(stdout).toMatch(/Decision 2026-\S+ \S+: (acts|holds)/);
    expect(stdout).toMatch(/\n {2}✔ /);
  });

  it("is a JobList, and a Job, for programs", async () => {
    const repo = await withJobs();
    const list = JSON.parse((await lastgood(repo, ["jobs", "-o", "json"])).stdout);
    expect(list).toMatchObject({ apiVersion: "lastgood.dev/v1alpha1", kind: "JobList" });
    expect(list.items[1]).toMatchObject({
      metadata: { id: FIRST, target: "payments/api" },
      spec: { trigger: "alert ApiErrorRate", to: GOOD },
      status: { status: "In Progress", at: "awaiting review", pullRequest: 491, createdAt: "2026-08-22T13:50:30Z" },
    });
    const one = JSON.parse((await lastgood(repo, ["jobs", FIRST, "--json"])).stdout);
    expect(one).toMatchObject({ kind: "Job", status: { timeline: [{ at: "2026-08-22T13:50:30Z" }, {}, {}] } });
    expect(one.status.decisions[0].checks.length).toBeGreaterThan(10);
  });

  it.each([
    [["jobs", "01J9Z"], "can mean 2 jobs"],
    [["jobs", "nothing"], "no job nothing is on record"],
    [["jobs", "--status", "fine"], "--status fine is no status"],
    [["jobs", "--cancel"], "--cancel which job?"],
    [["jobs", FIRST, "--cancel", "--retry"], "exclude each other"],
    [["jobs", FIRST, "--target", "x"], "ID names one"],
    [["jobs", "--reason", "x"], "--reason is for --cancel and --retry"],
  ])("refuses %j", async (args, message) => {
    const { exit, stdout, stderr } = await lastgood(await withJobs(), args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  it("says that there are none where there is no ledger", async () => {
    expect(await lastgood(payments(), ["jobs"])).toMatchObject({
      exit: 0,
      stdout: "",
      stderr: "No job is on record.\n",
    });
  });

  it("escapes what comes from the ledger", async () => {
    const repo = payments();
    await plantRecords(repo.path, [jobRecord(FIRST, 0, { trigger: "\u001b[31mred", detail: "\u202eturned" })]);
    for (const args of [["jobs"], ["jobs", FIRST], ["jobs", "-o", "wide"]]) {
      expect((await lastgood(repo, args)).stdout).not.toMatch(/[\u001b\u202e]/);
    }
  });
});

describe("jobs --cancel and --retry", () => {
  it("says what it does, asks, and writes one line in the person's name", async () => {
    const repo = await withJobs();
    const asked = await lastgood(repo, ["jobs", FIRST, "--cancel"]);
    expect(asked).toMatchObject({ exit: 2, stdout: "" });
    expect(asked.stderr).toContain("#491 stays as it is");
    expect(asked.stderr).toContain("--yes");

    const args = ["jobs", FIRST, "--cancel", "--reason", "we roll forward", "-y"];
    expect(await lastgood(repo, args)).toMatchObject({ exit: 0, stdout: `${FIRST}\n` });
    const job = JSON.parse((await lastgood(repo, ["jobs", FIRST, "--json"])).stdout);
    expect(job.status).toMatchObject({ status: "Completed", outcome: "cancelled" });
    expect(job.status.timeline.at(-1)).toMatchObject({
      by: "Mina Kim",
      detail: "cancelled by Mina Kim: we roll forward",
    });

    const before = repo.id("refs/lastgood/ledger");
    expect(await lastgood(repo, args)).toMatchObject({ exit: 0 });
    expect(repo.id("refs/lastgood/ledger")).toBe(before);
  });

  it("begins a job anew once, and refuses what goes on", async () => {
    const repo = await withJobs();
    const refused = await lastgood(repo, ["jobs", FIRST, "--retry", "-y"]);
    expect(refused).toMatchObject({ exit: 2, stdout: "" });
    expect(refused.stderr).toContain("has not ended (In Progress, pull request)");

    const retried = await lastgood(repo, ["jobs", THIRD, "--retry", "-y"]);
    expect(retried.exit).toBe(0);
    const id = retried.stdout.trim();
    const job = JSON.parse((await lastgood(repo, ["jobs", id, "--json"])).stdout);
    expect(job).toMatchObject({
      spec: { retryOf: THIRD, trigger: "Mina Kim" },
      status: { status: "Queued", station: "decision" },
    });
    const again = await lastgood(repo, ["jobs", THIRD, "--retry", "-y"]);
    expect(again).toMatchObject({ exit: 0 });
    expect(again.stderr).toContain(`job ${id} tries it again already`);
    expect((await lastgood(repo, ["jobs", "--target", "edge/dns", "-o", "name"])).stdout).toBe(`${id}\n${THIRD}\n`);
  });
});

describe("jobs -w", () => {
  it("tells what changes, and goes with its job", async () => {
    const repo = await withJobs();
    const done = jobRecord(FIRST, 1000, { status: "Completed", outcome: "verified", detail: "Current for 2m" });
    let planted: Promise<void> | undefined;
    const { stdout, exit } = await lastgood(repo, ["jobs", FIRST, "-w"], {
      onStdout: () => {
        planted ??= plantRecords(repo.path, [done]);
      },
    });
    await planted;
    expect(exit).toBe(0);
    expect(stdout.trimEnd().split("\n")).toHaveLength(4);
    expect(stdout).toContain("Completed - pull request  Current for 2m\n");
  });

  it("ends with Ctrl-C", async () => {
    const repo = await withJobs();
    const stop = new AbortController();
    const onStdout = (): void => stop.abort();
    const { stdout, exit } = await lastgood(repo, ["jobs", "-w", "-o", "name"], { signal: stop.signal, onStdout });
    expect({ stdout, exit }).toEqual({ stdout: `${SECOND}\n${FIRST}\n${THIRD}\n`, exit: 130 });
  });
});

describe("a person's own revert", () => {
  const HISTORY = [
    { files: { [API]: deployment("1.7.4"), "lastgood.yaml": "" } },
    { files: { [API]: deployment("1.8.0") }, message: "feat(api): bump image to 1.8.0" },
  ];
  const LEDGER = "refs/lastgood/ledger";

  it("is a job from its pull request to its merge", async () => {
    const story = await begin(HISTORY);
    await plantRecords(story.github.dir, [jobRecord(THIRD, 0, { target: "edge/dns" })]);
    const person = story.person();
    const opened = await person.run(
      `lastgood revert ${TARGET} --to main~1 -y --reason '5xx since 1.8.0' --repo ${story.url}`,
    );
    expect(opened).toMatchObject({ exit: 0 });
    const read = async (): Promise<readonly Readonly<Record<string, unknown>>[]> =>
      JSON.parse((await person.run(`lastgood jobs --target apps/payments/api --json --repo ${story.url}`)).stdout)
        .items;
    const [job] = await read();
    expect(job).toMatchObject({
      metadata: { target: "apps/payments/api" },
      spec: { trigger: "Mina Kim" },
      status: { status: "In Progress", at: "awaiting review", pullRequest: 1, detail: "opened #1: 5xx since 1.8.0" },
    });

    const merged = await person.run(`lastgood revert ${TARGET} --to main~1 -y --merge --repo ${story.url}`);
    expect(merged).toMatchObject({ exit: 0 });
    const after = await read();
    expect(after).toMatchObject([
      { metadata: job?.["metadata"], status: { station: "sync", landedBy: "Mina Kim", landed: expect.any(String) } },
    ]);
  });

  it("writes no ledger where nobody has begun one", async () => {
    const story = await begin(HISTORY);
    const { exit } = await story.person().run(`lastgood revert ${TARGET} --to main~1 -y --repo ${story.url}`);
    expect(exit).toBe(0);
    expect((await runGit(story.github.dir, "for-each-ref", "refs/lastgood")).stdout).toBe("");
  });

  it("is done all the same where the ledger cannot be written, and says so", async () => {
    const story = await begin(HISTORY);
    await plantRecords(story.github.dir, [jobRecord(THIRD, 0, { target: "edge/dns" })]);
    await runGit(story.github.dir, "config", "receive.hideRefs", LEDGER);
    const line = `lastgood revert ${TARGET} --to main~1 -y --repo ${story.url}`;
    const { exit, stdout, stderr } = await story.person().run(line);
    expect(exit).toBe(0);
    expect(stdout).toContain("/pull/1");
    expect(stderr).toContain("lastgood jobs does not show");
  });

  it("of a local branch is nobody's business", async () => {
    const repo = await withJobs();
    const before = repo.id(LEDGER);
    expect(await lastgood(repo, ["revert", TARGET, "--to", "#470", "--mode", "branch", "-y"])).toMatchObject({
      exit: 0,
    });
    expect(repo.id(LEDGER)).toBe(before);
  });
});
