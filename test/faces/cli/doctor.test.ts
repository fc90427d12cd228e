import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { diagnose } from "../../support/doctor-world.ts";
import { gitdir, temporaryFolder } from "../../support/gitdir.ts";
import { runCli } from "../../support/run-cli.ts";
import { runGit } from "../../support/run-git.ts";
import { API, deployment, lastgood, payments, TARGET, TERMINAL } from "./world.ts";

const HEAD = "apiVersion: lastgood.dev/v1alpha1\nkind: Config\n";
const OFFLINE = ["--offline"];

function config(...lines: readonly string[]): string {
  return `${HEAD}${lines.join("\n")}\n`;
}

const SOUND = config(
  "targets:",
  "  - { name: payments/api, paths: [apps/payments/api], health: [{ alerts: { matchLabels: { service: api } } }] }",
);

describe("doctor", () => {
  it("shows each check with its sign, and below a finding what it means and what mends it", async () => {
    const repo = payments(config("targets: [{ name: payments/api, paths: [apps/payments/api] }]"));
    const { stdout, stderr, exit } = await lastgood(repo, ["doctor"], TERMINAL);
    expect(exit).toBe(0);
    expect(stderr.split("\r").at(-1)).toBe("\u001b[K");
    expect(stdout.replace(/git [\d.]+ \(/, "git VERSION (").replace(/at [0-9a-f]{7} can/, "at COMMIT can"))
      .toBe(`Configuration
  ✔ lastgood.yaml: 1 target, 1 policy
  ! payments/api has no health source  NoHealthSource
      at lastgood.yaml:3:11
      Nobody tells lastgood that it is ill: nothing is reverted unless a person asks.
      → health: [{ engine: { name: …, object: … } }]    or http, prometheus, slo, alerts
  ✔ every target has files on main

Git
  ✔ git VERSION (needs 2.38)
  ✔ this clone is whole
  ✔ main at COMMIT can be read
  · not checked: this clone has no remote called origin  Remote
  ! there is no ledger in this clone (refs/lastgood/ledger)  NoLedger
      Nothing is on record as good: only tags, notes and deployments can say where to go back to.
      → lastgood mark good TARGET REV --reason "..."    begins one; the daemon fills it
  ✔ nobody writes images of targets into git by itself

Forge
  · not checked: there is no remote, so no forge  SignIn

Cluster
  · not checked: no engine is configured, and no cluster named: --context NAME looks into one  Engines

Clock
  · not checked: no server has told its time  Clock
  ✔ time zone data is there

7 ok, 2 warnings, 4 not checked: lastgood works; the warnings say where it would not
`);
  });

  it("writes words for signs on a pipe, and only names with -o name", async () => {
    const repo = payments(SOUND);
    const { stdout } = await lastgood(repo, ["doctor", ...OFFLINE]);
    expect(stdout).toContain("  ok: lastgood.yaml: 1 target, 1 policy\n");
    expect(stdout).toContain("  warning: there is no ledger in this clone (refs/lastgood/ledger)  NoLedger\n");
    expect(await lastgood(repo, ["doctor", "-o", "name", ...OFFLINE])).toMatchObject({ stdout: "NoLedger\n", exit: 0 });
  });

  it("is a Diagnosis for programs", async () => {
    const repo = payments(SOUND);
    const { stdout } = await lastgood(repo, ["doctor", "--json", ...OFFLINE]);
    expect(JSON.parse(stdout)).toMatchObject({
      apiVersion: "lastgood.dev/v1alpha1",
      kind: "Diagnosis",
      metadata: { config: "lastgood.yaml", offline: true },
      status: {
        healthy: true,
        summary: { warning: 1, failed: 0 },
        sections: [{ title: "Configuration" }, { title: "Git" }, { title: "Forge" }, { title: "Clock" }],
      },
    });
  });

  it("works without a configuration, and outside of any repository", async () => {
    const bare = await diagnose(OFFLINE, { cwd: payments().path });
    expect(bare).toMatchObject({ exit: 0, faults: ["warning NoConfig", "warning NoLedger"] });
    const nowhere = await diagnose(OFFLINE, {});
    expect(nowhere).toMatchObject({ exit: 1, faults: ["warning NoConfig", "failed Repository"] });
    const wrong = await runCli(["doctor", "--repo", "not a repository"]);
    expect(wrong).toMatchObject({ exit: 2, stdout: "" });
  });

  it("shows every fault of a configuration, checks what does not need it, and exits 2", async () => {
    const repo = payments(
      config("targets:", "  - { name: payments/api, pahts: [apps] }", "policies: { default: { mode: auto } }"),
    );
    const { exit, find } = await diagnose([], { cwd: repo.path });
    expect(exit).toBe(2);
    expect(find("ConfigFaults").remedy?.join("\n")).toMatch(
      /lastgood\.yaml:4:\d+ {2}error[^]*lastgood\.yaml:5:\d+ {2}error/,
    );
    const { stdout } = await lastgood(repo, ["doctor"]);
    expect(stdout).toMatch(/\n {6}(?:→|->) lastgood\.yaml:4:\d+ .*\n {8,}4 \|/);
    expect(stdout).not.toContain("offline");
    expect(find("Clone").status).toBe("ok");
    expect(find("SignIn").message).toMatch(/^the configuration comes first/);
  });

  it("names no secret, and escapes what is hostile", async () => {
    const folder = "apps/\u001b[31mred";
    const repo = payments(config(`targets: [{ name: a/*, paths: ["apps/{name}"] }]`));
    repo.commit({ files: { [`${folder}/a.yaml`]: "a: 1\n" } });
    const { stdout } = await lastgood(repo, ["doctor", ...OFFLINE], TERMINAL);
    expect(stdout).toContain(String.raw`\x1b[31mred cannot be names of targets`);
    expect(stdout).not.toContain("\u001b[31mred");
  });
});

describe("doctor on the configuration", () => {
  it("finds targets without files and wildcards that match nothing", async () => {
    const repo = payments(
      config(
        "targets:",
        "  - { name: payments/web, paths: [apps/payments/web] }",
        "  - { name: payments/both, paths: [apps/payments/api, apps/gone] }",
        '  - { name: edge/*, paths: ["edge/{name}"] }',
        "policies: { default: { mode: observe } }",
      ),
    );
    const { find, findings, exit } = await diagnose(OFFLINE, { cwd: repo.path });
    expect(findings.filter(({ name }) => name === "NoFiles").map(({ status, message }) => [status, message])).toEqual([
      ["failed", "payments/web: there is no file at apps/payments/web on main"],
      ["warning", "payments/both: there is no file at apps/gone on main"],
    ]);
    expect(find("WildcardEmpty")).toMatchObject({
      status: "failed",
      message: "edge/* matches no folder on main (edge/{name})",
    });
    expect(find("WildcardEmpty").place).toMatchObject({ file: "lastgood.yaml", line: 6 });
    expect(exit).toBe(1);
  });

  it("finds policies that nobody uses, and counts those that others extend as used", async () => {
    const repo = payments(
      config(
        "targets: [{ name: payments/api, paths: [apps/payments/api], policy: strict }]",
        "policies:",
        "  default: { mode: observe }",
        "  careful: { requireReason: true }",
        "  strict: { extends: careful }",
        "  lonely: {}",
      ),
    );
    const { findings } = await diagnose(OFFLINE, { cwd: repo.path });
    expect(findings.flatMap(({ name, message }) => (name === "PolicyUnused" ? [message] : []))).toEqual([
      "no target uses policy lonely",
    ]);
  });

  it("finds secret files that are missing or open to everybody, and shows nothing of them", async () => {
    const repo = payments(
      config(
        "forge: { auth: { tokenFile: token }, webhookSecretFile: nothing }",
        "targets: [{ name: payments/api, paths: [apps/payments/api] }]",
      ),
    );
    const file = join(repo.path, "token");
    writeFileSync(file, "ghp_not-to-be-shown");
    chmodSync(file, 0o644);
    const diagnosis = await diagnose(OFFLINE, { cwd: repo.path });
    const files = diagnosis.findings.filter(({ name }) => name === "SecretFile");
    expect(files.map(({ status, message }) => [status, message.replace(`${repo.path}/`, "")])).toEqual([
      ["failed", "secret file token can be read by everybody"],
      ["failed", "secret file nothing does not exist"],
    ]);
    expect(files[0]).toMatchObject({ place: { line: 3 }, remedy: [expect.stringContaining("chmod 600")] });
    expect(JSON.stringify(diagnosis)).not.toContain("not-to-be-shown");
    chmodSync(file, 0o600);
    writeFileSync(join(repo.path, "nothing"), "secret", { mode: 0o600 });
    expect((await diagnose(OFFLINE, { cwd: repo.path })).find("SecretFiles").status).toBe("ok");
  });
});

describe("doctor on health sources", () => {
  it("asks each once, and says which one cannot tell", async () => {
    const repo = payments(
      config(
        "targets:",
        '  - { name: payments/api, paths: [apps/payments/api], health: [{ prometheus: { url: "http://127.0.0.1:1", query: up, below: 2 } }] }',
      ),
    );
    const { find, exit } = await diagnose([], { cwd: repo.path });
    expect(find("HealthUnknown")).toMatchObject({
      status: "warning",
      message: expect.stringMatching(/^payments\/api: prometheus /),
    });
    expect(exit).toBe(0);
    expect((await diagnose(OFFLINE, { cwd: repo.path })).titles).not.toContain("Health");
  });
});

describe("doctor on git", () => {
  /** A clone of the payments repository; `main` of it is at the tip. */
  async function cloned(
    ...args: readonly string[]
  ): Promise<{ readonly origin: ReturnType<typeof payments>; readonly cwd: string }> {
    const origin = gitdir([{ files: { [API]: deployment("1.7.4") } }, { files: { [API]: deployment("1.8.0") } }]);
    origin.git(["config", "uploadpack.allowFilter", "true"]);
    const cwd = join(temporaryFolder("clone"), "gitops");
    const { code, stderr } = await runGit(
      temporaryFolder("clone"),
      "clone",
      "-q",
      ...args,
      `file://${origin.path}`,
      cwd,
    );
    if (code !== 0) throw new Error(stderr);
    return { origin, cwd };
  }

  it("finds a git that is missing or too old", async () => {
    const bin = temporaryFolder("bin");
    writeFileSync(join(bin, "git"), '#!/bin/sh\necho "git version 2.30.1"\n', { mode: 0o755 });
    const old = await diagnose(OFFLINE, { cwd: payments().path, env: { PATH: `${bin}:/usr/bin:/bin` } });
    expect(old.find("GitVersion")).toMatchObject({ status: "failed", message: "git 2.30.1 is too old" });
    const empty = join(bin, "empty");
    mkdirSync(empty);
    const none = await diagnose(OFFLINE, { cwd: payments().path, env: { PATH: empty } });
    expect(none.find("GitVersion")).toMatchObject({ status: "failed", code: "ConfigGit" });
    expect(none.exit).toBe(1);
  });

  it("finds a shallow clone, and a partial one", async () => {
    const shallow = await cloned("--depth", "1");
    expect((await diagnose([], { cwd: shallow.cwd })).find("ShallowClone").remedy).toContain("git fetch --unshallow");
    const partial = await cloned("--filter=blob:none");
    expect((await diagnose([], { cwd: partial.cwd })).find("PartialClone").status).toBe("warning");
  });

  it("finds that the clone is behind, and that the ledger was never fetched", async () => {
    const { origin, cwd } = await cloned();
    expect((await diagnose([], { cwd })).faults).toEqual(["warning NoConfig", "warning NoLedger"]);
    origin.commit({ branch: "main", files: { [API]: deployment("1.9.0") } });
    expect(await lastgood(origin, ["mark", "good", TARGET, "main~1", "--reason", "load test", "-y"])).toMatchObject({
      exit: 0,
    });
    const { find, exit } = await diagnose([], { cwd });
    expect(find("CloneBehind").remedy).toEqual(["git fetch"]);
    expect(find("LedgerNotFetched").remedy?.[0]).toContain("git fetch origin");
    expect(find("Ledger").message).toBe("1 records in refs/lastgood/ledger: 1 of checkpoints, 0 of quarantine");
    expect(exit).toBe(0);
  });

  it("finds lines of the ledger that cannot be read", async () => {
    const repo = payments();
    expect(await lastgood(repo, ["mark", "good", TARGET, "main~1", "--reason", "load test", "-y"])).toMatchObject({
      exit: 0,
    });
    const tip = repo.git(["rev-parse", "refs/lastgood/ledger"]);
    const file = repo.git(["ls-tree", "-r", "--name-only", tip]).split("\n")[0] ?? "";
    const blob = repo.git(["hash-object", "-w", "--stdin"], '{"v":1,"type":"che\nnonsense\n');
    repo.git(["read-tree", tip]);
    repo.git(["update-index", "--cacheinfo", `100644,${blob},${file}`]);
    const commit = repo.git(["commit-tree", repo.git(["write-tree"]), "-p", tip, "-m", "damage"]);
    repo.git(["update-ref", "refs/lastgood/ledger", commit]);
    expect((await diagnose(OFFLINE, { cwd: repo.path })).find("LedgerDamaged")).toMatchObject({
      status: "warning",
      message: "2 lines of the ledger cannot be read",
    });
  });

  it("finds a remote that cannot be reached, and a branch that is not there", async () => {
    const { cwd } = await cloned();
    await runGit(cwd, "remote", "set-url", "origin", "https://127.0.0.1:1/acme/gitops.git");
    const away = await diagnose([], { cwd, env: { GH_TOKEN: "ghp_x" } });
    expect(away.find("Remote")).toMatchObject({
      status: "failed",
      meaning: "Nothing new is seen, and no revert can be pushed.",
    });
    expect(away.find("SignIn").status).toBe("failed");
    expect(away.find("Clone").status).toBe("ok");
    const other = await cloned();
    const missing = await diagnose(["--base", "release"], { cwd: other.cwd });
    expect(missing.faults).toContain("failed BranchMissing");
    expect(missing.faults).toContain("failed Repository");
  });

  it("sends nothing anywhere when offline", async () => {
    const { cwd } = await cloned();
    await runGit(cwd, "remote", "set-url", "origin", "https://127.0.0.1:1/acme/gitops.git");
    const { exit, find } = await diagnose(OFFLINE, { cwd });
    expect(exit).toBe(0);
    expect(find("Remote")).toMatchObject({ status: "skipped", message: "offline: nothing leaves this machine" });
    expect(find("SignIn")).toMatchObject({ status: "skipped", message: "offline: nothing leaves this machine" });
  });
});
