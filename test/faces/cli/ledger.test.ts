import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { gitdir, type GitDir, temporaryFolder } from "../../support/gitdir.ts";
import { checkpointRecord } from "../../support/checkpoint-record.ts";
import { drillRecord } from "../../support/drill-record.ts";
import { jobRecord } from "../../support/job-record.ts";
import { plantRecords } from "../../support/plant-records.ts";
import { quarantineRecord } from "../../support/quarantine-record.ts";
import { runCli } from "../../support/run-cli.ts";
import { runGit } from "../../support/run-git.ts";
import { sshAtHome, sshUrl } from "../../support/ssh-at-home.ts";
import { API, deployment, lastgood, payments } from "./world.ts";

const REF = "refs/lastgood/ledger";
const FILE = "checkpoints/payments%2Fapi.jsonl";

/** Puts lines behind those of the verdicts, as a hand or another version would. */
function spoil(repo: GitDir, text: string): void {
  const tip = repo.git(["rev-parse", REF]);
  const [commit = ""] = repo.commit({ branch: "hand", from: tip, files: { [FILE]: `${repo.text(FILE, REF)}${text}` } });
  repo.git(["update-ref", REF, commit]);
  repo.git(["update-ref", "-d", "refs/heads/hand"]);
}

function headOf(repo: GitDir): ReturnType<typeof checkpointRecord>["revision"] {
  return repo.head;
}

describe("ledger verify", () => {
  it("counts what there is, and is content with lines that can be read", async () => {
    const repo = payments();
    await plantRecords(repo.path, [checkpointRecord(1, { revision: headOf(repo) }), drillRecord(1)]);
    const { exit, stdout, stderr } = await lastgood(repo, ["ledger", "verify"]);
    expect(exit).toBe(0);
    expect(stdout.split("\n").map((line) => line.split("\t").slice(0, 2))).toEqual([
      ["checkpoint", "1"],
      ["quarantine", "0"],
      ["job", "0"],
      ["told", "0"],
      ["decision", "0"],
      ["drill", "1"],
      [""],
    ]);
    expect(stderr).toContain(`${REF} of ${repo.path}`);
    expect(stderr).toContain(`every line of ${REF} can be read`);
  });

  it("names damaged lines by file and line and ends with 1, and tells what is merely strange", async () => {
    const repo = payments();
    await plantRecords(repo.path, [
      checkpointRecord(1),
      jobRecord("01J9ZK4T7Q0000000000000000", 0),
      quarantineRecord(1, { until: "2026-08-29T00:00:00Z" }),
    ]);
    spoil(repo, '{"torn\n{"v":2,"type":"checkpoint"}\n');
    const { exit, stdout } = await lastgood(repo, ["ledger", "verify"]);
    expect(exit).toBe(1);
    expect(stdout).toContain(`damaged: ${FILE}:2 is torn, or no JSON: "{\\"torn"\n`);
    expect(stdout).toContain(`unknown: ${FILE}:3 a newer lastgood wrote it: "checkpoint", version 2\n`);
    expect(stdout).toContain(`gone: checkpoint of payments/api: ${checkpointRecord(1).revision} is not in this`);
    expect(stdout).toContain("unfinished: job 01J9ZK4T7Q0000000000000000 of payments/api has no end");
    expect(stdout).toMatch(/expired: the quarantine of \S+ .*is over since 2026-08-29/);
    const hints = stdout.split("\n").filter((line) => line.startsWith("  "));
    expect(hints).toEqual([
      expect.stringMatching(/^ {2}A verdict is left out: .* git log -p refs\/lastgood\/ledger -- checkpoints/),
      expect.stringContaining("upgrade this lastgood"),
      expect.stringContaining("git fetch"),
      expect.stringContaining("lastgood jobs 01J9ZK4T7Q0000000000000000 tells its story, --cancel ends it"),
      expect.stringContaining("Nothing is held back by it"),
    ]);
    expect((await lastgood(repo, ["ledger", "verify", "-o", "name"])).stdout).toBe(`${FILE}:2\n`);
    const report = JSON.parse((await lastgood(repo, ["ledger", "verify", "--json"])).stdout);
    expect(report.status.ledgers[0].findings[0].hint).toContain("lastgood mark good|bad");
    expect(report).toMatchObject({ kind: "LedgerReport", status: { sound: false, ledgers: [{ ref: REF, files: 3 }] } });
  });

  it("says that there is none, and is no failure", async () => {
    const { exit, stderr } = await lastgood(payments(), ["ledger", "verify"]);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "There is no ledger yet.\n" });
  });

  it("looks at what everybody reads, and at what is in this clone alone", async () => {
    const origin = payments();
    await plantRecords(origin.path, [checkpointRecord(1, { revision: headOf(origin) })]);
    const cwd = join(temporaryFolder("clone"), "gitops");
    await runGit(temporaryFolder("clone"), "clone", "-q", origin.path, cwd);
    await plantRecords(cwd, [checkpointRecord(2, { revision: headOf(origin) })]);
    const run = await runCli(["ledger", "verify", "--json"], { cwd });
    const places = JSON.parse(run.stdout).status.ledgers.map(({ place }: { readonly place: string }) => place);
    expect(places).toEqual([origin.path, expect.stringContaining("gitops/.git")]);
  });

  it.each([
    [["ledger", "mend"], "is not one of verify, export"],
    [["ledger", "verify", "--type", "job"], "--type is not for ledger verify"],
    [["ledger", "export", "--older-than", "7d"], "--older-than is not for ledger export"],
    [["ledger", "export", "--type", "mood"], "--type mood is no type of records"],
    [["ledger", "verify", "--older-than", "long"], "--older-than long is not a duration"],
    [["ledger", "export", "--since", "once"], "--since once is neither"],
  ])("refuses %j", async (args, message) => {
    const { exit, stderr } = await lastgood(payments(), args);
    expect(exit).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe("ledger export", () => {
  const RECORDS = [
    checkpointRecord(2),
    drillRecord(3),
    jobRecord("01J9ZK4T7Q0000000000000000", 0, { target: "edge/dns" }),
    quarantineRecord(1, { targets: [] }),
  ];

  it("writes every record as a line of JSON, oldest first, the same each time", async () => {
    const repo = payments();
    await plantRecords(repo.path, RECORDS);
    const { exit, stdout } = await lastgood(repo, ["ledger", "export"]);
    expect(exit).toBe(0);
    const times = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).at as string);
    expect(times).toHaveLength(RECORDS.length);
    expect(times).toEqual(times.toSorted());
    expect((await lastgood(repo, ["ledger", "export"])).stdout).toBe(stdout);
  });

  it("leaves out what is not asked for", async () => {
    const repo = payments();
    await plantRecords(repo.path, RECORDS);
    const types = async (...args: readonly string[]): Promise<readonly string[]> => {
      const { stdout } = await lastgood(repo, ["ledger", "export", "-o", "json", ...args]);
      return JSON.parse(stdout).items.map(({ type }: { readonly type: string }) => type);
    };
    expect(await types("--type", "job,drill")).toEqual(["drill", "job"]);
    expect(await types("--target", "edge/dns")).toEqual(["quarantine", "job"]);
    expect(await types("--since", "2026-08-22T13:50:30Z")).toEqual(["job"]);
  });

  it("leaves damaged lines out, and says so", async () => {
    const repo = payments();
    await plantRecords(repo.path, [checkpointRecord(1)]);
    spoil(repo, "torn\n");
    const { exit, stdout, stderr } = await lastgood(repo, ["ledger", "export"]);
    expect({ exit, lines: stdout.trimEnd().split("\n").length }).toEqual({ exit: 0, lines: 1 });
    expect(stderr).toContain("1 damaged lines are left out");
  });
});

describe.each([
  ["a branch", "{ ref: refs/heads/lastgood-ledger }", "origin", "refs/heads/lastgood-ledger"],
  ["another repository", "{ repository: audit }", "audit", REF],
] as const)("jobs and the ledger on %s", (_, ledger, holder, ref) => {
  it("are read and written there", async () => {
    const origin = gitdir([{ files: { [API]: deployment("1.7.4") } }]);
    const audit = gitdir([{ files: { "README.md": "Audit\n" } }]);
    const job = "01J9ZK4T7Q0000000000000000";
    await plantRecords((holder === "audit" ? audit : origin).path, [jobRecord(job, 0)], ref);
    const folder = temporaryFolder("home");
    const config = join(folder, "lastgood.yaml");
    writeFileSync(
      config,
      `apiVersion: lastgood.dev/v1alpha1
kind: Config
forge: { type: none }
repositories:
  - { name: gitops, url: "${sshUrl(origin.path)}", branch: main }
${holder === "audit" ? `  - { name: audit, url: "${sshUrl(audit.path)}", branch: main }` : ""}
targets:
  - { name: payments/api, repository: gitops, paths: [apps/payments/api] }
ledger: ${ledger}
`,
    );
    const env = { GIT_SSH_COMMAND: sshAtHome() };
    const run = async (...args: readonly string[]) => runCli([...args, "--config", config], { cwd: folder, env });
    expect((await run("jobs", "-o", "name")).stdout).toBe(`${job}\n`);
    expect(await run("jobs", job, "--cancel", "-y")).toMatchObject({ exit: 0 });
    expect((await run("jobs", "--status", "Completed", "-o", "name")).stdout).toBe(`${job}\n`);
    const report = JSON.parse((await run("ledger", "verify", "--json")).stdout);
    const place = expect.stringContaining((holder === "audit" ? audit : origin).path);
    expect(report.status.ledgers).toMatchObject([{ place, ref }]);
    expect((await run("ledger", "export", "-o", "name")).stdout.trimEnd().split("\n")).toHaveLength(2);
  });
});
