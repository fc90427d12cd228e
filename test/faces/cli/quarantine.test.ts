import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { gitdir, temporaryFolder } from "../../support/gitdir.ts";
import { runCli } from "../../support/run-cli.ts";
import { runGit } from "../../support/run-git.ts";
import { API, deployment, lastgood, payments, TARGET, TERMINAL } from "./world.ts";

const IMAGE = "ghcr.io/acme/api:1.8.0";
const ADD = ["quarantine", "add", TARGET, "--image", IMAGE, "--reason", "leaks"];

interface Listed {
  readonly kind: string;
  readonly status: { readonly entries: readonly Readonly<Record<string, unknown>>[] };
}

describe("quarantine", () => {
  it("adds, lists and releases images, charts and commits", async () => {
    const repo = payments();
    expect((await lastgood(repo, ["quarantine", "list"])).stdout).toBe("");
    expect((await lastgood(repo, [...ADD, "--chart", "redis@19.0.1", "--commit", "main"])).exit).toBe(0);
    const { stdout } = await lastgood(repo, ["quarantine", "list", "-o", "name"]);
    expect(stdout.split("\n")).toEqual([IMAGE, "redis@19.0.1", `commit ${repo.head.slice(0, 7)}`, ""]);
    const released = ["quarantine", "release", TARGET, "--image", IMAGE, "--reason", "fixed in 1.8.0-2"];
    expect(await lastgood(repo, released)).toMatchObject({ exit: 0, stderr: `released ${IMAGE}\n` });
    expect((await lastgood(repo, ["quarantine", "list", "-o", "name"])).stdout).not.toContain(IMAGE);
    expect(await lastgood(repo, released)).toMatchObject({ exit: 2 });
    expect((await lastgood(repo, ["quarantine", "release", TARGET, "--reason", "all fixed"])).exit).toBe(0);
    expect((await lastgood(repo, ["quarantine", "list"])).stdout).toBe("");
  });

  it("adds, lists and releases a version in a field, as typed and as shown", async () => {
    const repo = payments();
    const release = "apps/payments/api/release.yaml:HelmRelease/api:spec.values.image.tag=1.8.0";
    const add = ["quarantine", "add", TARGET, "--reason", "leaks", "--value", release];
    expect(await lastgood(repo, [...add, "--value", "./apps/values.yaml:imageTag=1.8.0"])).toMatchObject({ exit: 0 });
    const names = (await lastgood(repo, ["quarantine", "list", "-o", "name"])).stdout.trimEnd().split("\n");
    expect(names).toEqual([
      "apps/payments/api/release.yaml HelmRelease/api spec.values.image.tag = 1.8.0",
      "apps/values.yaml imageTag = 1.8.0",
    ]);
    for (const value of [release, names[1] ?? ""]) {
      const args = ["quarantine", "release", "--value", value, "--reason", "fixed"];
      expect(await lastgood(repo, args)).toMatchObject({ exit: 0 });
    }
    expect((await lastgood(repo, ["quarantine", "list"])).stdout).toBe("");
  });

  it("warns of a field that is not there, and names those that are", async () => {
    const values = "image: { repository: ghcr.io/acme/api, tag: 1.8.0 }\nworker: { imageTag: 1.7.4 }\n";
    const repo = gitdir([{ files: { "values.yaml": values } }]);
    const add = async (value: string): Promise<string> =>
      (await lastgood(repo, ["quarantine", "add", "--reason", "leaks", "--value", value])).stderr;
    expect(await add("values.yaml:worker.imageTag=1.8.0")).not.toContain("warning");
    expect(await add("values.yaml:image.tag=1.8.0")).toContain(
      "warning: image.tag is no version that stands alone here: values.yaml has worker.imageTag\n",
    );
    expect(await add("gone.yaml:tag=1")).toContain("there is no file gone.yaml\n");
  });

  it("is a QuarantineList for programs, with the name of the target that plans use", async () => {
    const repo = payments();
    await lastgood(repo, [...ADD, "--until", "36h"]);
    const list = JSON.parse((await lastgood(repo, ["quarantine", "list", "--json"])).stdout) as Listed;
    expect(list.kind).toBe("QuarantineList");
    expect(list.status.entries).toMatchObject([
      {
        artifact: { kind: "image", repository: "ghcr.io/acme/api", tag: "1.8.0" },
        target: "apps/payments/api",
        by: "Mina Kim",
      },
    ]);
    const [{ since = "", until = "" } = {}] = list.status.entries;
    expect(Date.parse(String(until)) - Date.parse(String(since))).toBe(36 * 3_600_000);
  });

  it("shows people a table", async () => {
    const repo = payments();
    await lastgood(repo, [...ADD, "--until", "2099-01-31"]);
    await lastgood(repo, ["quarantine", "add", "--chart", "redis@19.0.1", "--reason", "CVE", "--until", "released"]);
    const { stdout } = await lastgood(repo, ["quarantine", "list"], { ...TERMINAL, columns: 160 });
    const [head = "", ...rows] = stdout.trimEnd().split("\n");
    expect(head.split(/ {2,}/)).toEqual(["ARTIFACT", "KIND", "TARGET", "SINCE", "UNTIL", "BY", "REASON"]);
    expect(rows.map((row) => row.split(/ {2,}/).filter((_, index) => index !== 3 && index !== 4))).toEqual([
      [IMAGE, "image", "apps/payments/api", "Mina Kim", "leaks"],
      ["redis@19.0.1", "chart", "*", "Mina Kim", "CVE"],
    ]);
    expect(rows[1]).toContain("released");
  });

  it("narrows the list by target and by artifact", async () => {
    const repo = payments();
    await lastgood(repo, ADD);
    await lastgood(repo, ["quarantine", "add", "--chart", "redis@19.0.1", "--reason", "CVE", "--target", "./apps/web"]);
    const names = async (...args: readonly string[]): Promise<string> =>
      (await lastgood(repo, ["quarantine", "list", "-o", "name", ...args])).stdout;
    expect(await names("./apps/web")).toBe("redis@19.0.1\n");
    expect(await names("--image", IMAGE)).toBe(`${IMAGE}\n`);
    expect(await names("--image", "ghcr.io/acme/api:1.7.4")).toBe("");
  });

  it.each([
    ["no reason", ["quarantine", "add", TARGET, "--image", IMAGE], "UsageMissing"],
    ["an empty reason", ["quarantine", "add", TARGET, "--image", IMAGE, "--reason", " "], "UsageMissing"],
    ["nothing to add", ["quarantine", "add", TARGET, "--reason", "x"], "UsageMissing"],
    ["nothing to release", ["quarantine", "release", "--reason", "x"], "UsageMissing"],
    ["no image", ["quarantine", "add", "--image", "Not An Image", "--reason", "x"], "UsageArgument"],
    ["a value without a file", ["quarantine", "add", "--value", "image.tag=1.8.0", "--reason", "x"], "UsageArgument"],
    ["a chart without a version", ["quarantine", "add", "--chart", "redis", "--reason", "x"], "UsageArgument"],
    ["a commit that is not there", ["quarantine", "add", "--commit", "abcdef1", "--reason", "x"], "UsageRevision"],
    ["a target that is not there", ["quarantine", "add", "nowhere", "--image", IMAGE, "--reason", "x"], "UsageTarget"],
    ["a time that is over", [...ADD, "--until", "2020-01-01"], "UsageArgument"],
    ["a time that is none", [...ADD, "--until", "soon"], "UsageArgument"],
    ["another action", ["quarantine", "drop"], "UsageArgument"],
  ])("refuses %s, and writes nothing", async (_, args, code) => {
    const repo = payments();
    const { exit, stderr } = await lastgood(repo, args);
    expect(exit).toBe(2);
    expect(stderr).toContain(code);
    expect(repo.git(["for-each-ref", "refs/lastgood"])).toBe("");
  });

  it("never fails a revert that has landed", async () => {
    const config = `apiVersion: lastgood.dev/v1alpha1
kind: Config
targets: [{ name: payments/api, paths: [apps/payments/api] }]
policies: { default: { mode: push } }
`;
    const origin = gitdir([
      { files: { [API]: deployment("1.7.4"), "lastgood.yaml": config } },
      { files: { [API]: deployment("1.8.0") } },
    ]);
    const cwd = join(temporaryFolder("clone"), "gitops");
    await runGit(temporaryFolder("clone"), "clone", "-q", origin.path, cwd);
    const revert = ["revert", "payments/api", "--to", "main~1", "--mode", "push", "-y", "--reason", "leaks"];
    // A ref of this name leaves no room for refs/lastgood/ledger.
    origin.git(["update-ref", "refs/lastgood", "main"]);
    const failed = await runCli(revert, { cwd });
    expect(failed).toMatchObject({ exit: 0, stdout: `${origin.id("main")}\n` });
    expect(failed.stderr).toContain("warning: what was taken back is not in quarantine: ");

    origin.git(["update-ref", "-d", "refs/lastgood"]);
    origin.commit({ branch: "main", files: { [API]: deployment("1.8.0") } });
    const done = await runCli(revert, { cwd });
    expect(done.stderr).toMatch(/quarantined until \d{4}-\d\d-\d\d: ghcr\.io\/acme\/api:1\.8\.0 /);
  });

  it("writes where everybody reads, once somebody agreed, and keeps what others wrote", async () => {
    const origin = gitdir([{ files: { "apps/payments/api/a.yaml": "a: 1\n" } }]);
    const clone = async (): Promise<string> => {
      const cwd = join(temporaryFolder("clone"), "gitops");
      await runGit(temporaryFolder("clone"), "clone", "-q", origin.path, cwd);
      return cwd;
    };
    const [mine, theirs] = [await clone(), await clone()];
    const asked = await runCli(ADD, { cwd: mine });
    expect(asked).toMatchObject({ exit: 2 });
    expect(asked.stderr).toContain("--yes");
    expect(origin.git(["for-each-ref", "refs/lastgood"])).toBe("");

    expect(await runCli([...ADD, "-y"], { cwd: mine })).toMatchObject({ exit: 0 });
    const other = ["quarantine", "add", "--chart", "redis@19.0.1", "--reason", "CVE", "-y"];
    expect(await runCli(other, { cwd: theirs })).toMatchObject({ exit: 0 });
    expect(origin.git(["ls-tree", "-r", "--name-only", "refs/lastgood/ledger"])).toBe("quarantine.jsonl");
    for (const cwd of [mine, theirs]) {
      const { stdout } = await runCli(["quarantine", "list", "-o", "name"], { cwd });
      expect(stdout.split("\n").toSorted()).toEqual(["", IMAGE, "redis@19.0.1"]);
    }
  });
});
