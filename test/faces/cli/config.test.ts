import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { gitdir, type GitDir, temporaryFolder } from "../../support/gitdir.ts";
import { API, deployment, json, lastgood, payments, TARGET } from "./world.ts";

const HEAD = "apiVersion: lastgood.dev/v1alpha1\nkind: Config\n";
const CONFIG = `${HEAD}targets:\n  - { name: payments/api, environment: prod, paths: [apps/payments/api] }\n`;

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** A config whose one target has this name: to see which file was read. */
function named(name: string): string {
  return `${HEAD}targets:\n  - { name: ${name}, paths: [apps/payments/api] }\n`;
}

describe("the configuration", () => {
  it("is looked for from the flag to the system, the first one wins", async () => {
    const repo = payments();
    const xdg = temporaryFolder("xdg");
    const places: readonly (readonly [name: string, path: string])[] = [
      ["by-xdg", join(xdg, "lastgood/config.yaml")],
      ["by-github", join(repo.path, ".github/lastgood.yaml")],
      ["by-root", join(repo.path, "lastgood.yaml")],
    ];
    const env = { XDG_CONFIG_HOME: xdg };
    for (const [name, path] of places) {
      write(path, named(name));
      expect(await lastgood(repo, ["history", name, "-o", "name"], { env })).toMatchObject({ exit: 0 });
    }
    const other = join(temporaryFolder("config"), "other.yaml");
    write(other, named("by-variable"));
    expect(await lastgood(repo, ["history", "by-variable"], { env: { ...env, LASTGOOD_CONFIG: other } })).toMatchObject(
      { exit: 0 },
    );
    expect(await lastgood(repo, ["history", "by-root"], { env: { ...env, LASTGOOD_CONFIG: other } })).toMatchObject({
      exit: 2,
    });
    const flag = join(temporaryFolder("config"), "flag.yaml");
    write(flag, named("by-flag"));
    const args = ["history", "by-flag", "--config", flag];
    expect(await lastgood(repo, args, { env: { ...env, LASTGOOD_CONFIG: other } })).toMatchObject({ exit: 0 });
  });

  it("tells all its faults at once, each at its place with a caret", async () => {
    const repo = payments(`${CONFIG}policies:\n  default:\n    mode: auto\nrepositoris: []\n`);
    const { stdout, stderr, exit } = await lastgood(repo, ["history", "payments/api"]);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toContain("ConfigInvalid");
    expect(stderr).toContain("lastgood.yaml:7:11");
    expect(stderr).toMatch(/7 \| {5}mode: auto\n.*\^\^\^\^/);
    expect(stderr).toContain("lastgood.yaml:8:1");
    expect(stderr).toContain('did you mean "repositories"?');
  });

  it.each([
    ["YAML that is none", "a: [\n", "ConfigSyntax"],
    ["a variable that is not set", CONFIG.replace("prod", '"${NOPE}"'), "ConfigVariable"],
    ["an address that runs programs", `${CONFIG}repositories:\n  - { name: x, url: "ext::sh -c id" }\n`, "ConfigUrl"],
    [
      "an address with credentials",
      `${CONFIG}repositories:\n  - { name: x, url: "https://u:hunter2hunter2@h/x" }\n`,
      "ConfigUrl",
    ],
    [
      "a branch that is an option",
      `${CONFIG}repositories:\n  - { name: x, url: "https://h/x", branch: "--exec=id" }\n`,
      "ConfigRef",
    ],
    ["a path outside", CONFIG.replace("apps/payments/api", "../x"), "ConfigInvalid"],
  ])("is refused for %s", async (_what, config, code) => {
    const { stdout, stderr, exit } = await lastgood(payments(config), ["history", "payments/api"]);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toContain(code);
    expect(stderr).toMatch(/lastgood\.yaml:\d+:\d+/);
    expect(stderr).not.toContain("hunter2");
  });
});

describe("targets of the configuration", () => {
  it("are found by name, also with their environment", async () => {
    const repo = payments(CONFIG);
    const document = json(await lastgood(repo, ["history", "payments/api", "-o", "json"]));
    expect(document.metadata).toMatchObject({ target: "payments/api", environment: "prod" });
    expect(await lastgood(repo, ["history", "payments/api (prod)"])).toMatchObject({ exit: 0 });
    const wrong = await lastgood(repo, ["history", "payments/apu"]);
    expect(wrong.exit).toBe(2);
    expect(wrong.stderr).toContain("Did you mean payments/api");
    expect((await lastgood(repo, ["history"])).stderr).toContain("Name one: payments/api");
  });

  it("may be one for every folder", async () => {
    const config = `${HEAD}targets:\n  - { name: "edge/*", paths: ["apps/{name}/api"] }\n  - { name: root, paths: [lastgood.yaml] }\n`;
    const repo = payments(config);
    expect(json(await lastgood(repo, ["history", "edge/payments", "-o", "json"])).status.revisions).toHaveLength(4);
    expect((await lastgood(repo, ["history"])).stderr).toContain("edge/payments, root");
    expect(await lastgood(repo, ["history", "edge/nope"])).toMatchObject({ exit: 2, stdout: "" });
  });

  it("keep to the selection of their policy, unless the command selects", async () => {
    const repo = payments(`${CONFIG}policies:\n  default: { components: { only: [":image"] } }\n`);
    const changes = async (...args: readonly string[]): Promise<number> =>
      json(await lastgood(repo, ["plan", "payments/api", "--to", "#470", "-o", "json", ...args])).status.changes.length;
    expect(await changes()).toBe(1);
    expect(await changes("--only", "Deployment/api")).toBe(2);
  });

  it("are asked for a reason where the policy wants one", async () => {
    const repo = payments(`${CONFIG}policies:\n  default: { requireReason: true }\n`);
    const revert = ["revert", "payments/api", "--to", "#470", "--mode", "branch", "-y"];
    const refused = await lastgood(repo, revert);
    expect(refused).toMatchObject({ exit: 2, stdout: "" });
    expect(refused.stderr).toContain("--reason");
    const done = await lastgood(repo, [...revert, "--reason", "5xx since 1.8.0"]);
    expect(done.exit).toBe(0);
    expect(repo.git(["log", "-1", "--format=%B", done.stdout.split(" ")[0] ?? ""])).toContain("5xx since 1.8.0");
  });

  it.each([
    ["observe", "propose"],
    ["propose", "merge"],
    ["merge", "push"],
  ])("under mode %s are never taken to %s", async (allowed, mode) => {
    const origin = payments(`${CONFIG}policies:\n  default: { mode: ${allowed} }\n`);
    const before = origin.git(["for-each-ref"]);
    const { stdout, stderr, exit } = await lastgood(origin, [
      "revert",
      "payments/api",
      "--to",
      "#470",
      "--mode",
      mode,
      "-y",
    ]);
    expect({ exit, stdout }).toEqual({ exit: 5, stdout: "" });
    expect(stderr).toContain("ObserveOnly");
    expect(stderr).toContain("lastgood.yaml:6:14");
    expect(origin.git(["for-each-ref"])).toBe(before);
    expect(await lastgood(origin, ["revert", "payments/api", "--to", "#470", "--mode", "branch", "-y"])).toMatchObject({
      exit: 0,
    });
  });
});

describe("evidence of the configuration", () => {
  const good = (repo: GitDir, ...args: readonly string[]) =>
    lastgood(repo, ["checkpoints", "payments/api", "-o", "json", ...args]).then((run) =>
      json(run).status.revisions.map(({ revision }) => revision),
    );
  const policy = (evidence: string): string =>
    `${CONFIG}policies:\n  default: { good: { evidence: { ${evidence} } } }\n`;

  it("is a tag that matches, also off the target's own commits", async () => {
    const repo = payments(policy('tags: "release-*"'));
    repo.git(["tag", "other-1", "main~1"]);
    expect(await good(repo)).toEqual([]);
    // A commit that does not touch the target says something about the content it finds there.
    repo.git(["tag", "-a", "release-1", "-m", "live", "main~2"]);
    expect(await good(repo)).toEqual([repo.commits[1]]);
    expect(await good(repo, "--evidence", "tag")).toEqual([repo.commits[1]]);
    const plan = await lastgood(repo, ["plan", "payments/api"]);
    expect(plan.stdout).toContain("weak evidence only");
  });

  it("is a note that matches", async () => {
    const repo = payments(policy("notes: { match: 'good: {target}' }"));
    repo.git(["notes", "--ref=lastgood", "add", "-m", "good: payments/api", "main~3"]);
    repo.git(["notes", "--ref=lastgood", "add", "-m", "good: other", "main~1"]);
    expect(await good(repo)).toEqual([repo.commits[1]]);
  });

  it("is a trailer of the commit", async () => {
    const repo = payments(policy('trailers: "Verified-In: prod"'));
    repo.commit(
      { files: { [API]: deployment("1.9.0") }, message: "bump\n\nVerified-In: prod" },
      { files: { [API]: deployment("1.9.1") }, message: "bump\n\nVerified-In: staging" },
    );
    expect(await good(repo)).toEqual([repo.commits[5]]);
  });

  it("may be each target's own", async () => {
    const targets = ["api", "web"].map(
      (name) => `  - { name: ${name}, paths: [apps/${name}], evidence: { tags: "${name}/*" } }\n`,
    );
    const repo = gitdir(
      [
        {
          files: {
            "lastgood.yaml": `${HEAD}targets:\n${targets.join("")}`,
            "apps/api/a.yaml": "a: 1\n",
            "apps/web/a.yaml": "a: 1\n",
          },
          tag: "web/1",
        },
        { files: { "apps/api/a.yaml": "a: 2\n", "apps/web/a.yaml": "a: 2\n" }, tag: "api/1" },
      ],
      { worktree: true },
    );
    const names = async (target: string): Promise<string> =>
      (await lastgood(repo, ["checkpoints", target, "-o", "name"])).stdout;
    expect(await names("api")).toBe(`${repo.commits[1]}\n`);
    expect(await names("web")).toBe(`${repo.commits[0]}\n`);
  });
});

describe("a target without a configuration", () => {
  it("is meant from the folder one stands in", async () => {
    const repo = payments();
    const here = await lastgood(repo, ["history", "./api", "-o", "name"], { cwd: join(repo.path, "apps/payments") });
    expect(here.stdout).toBe((await lastgood(repo, ["history", TARGET, "-o", "name"])).stdout);
    expect(
      await lastgood(repo, ["history", ".", "-o", "name"], { cwd: join(repo.path, "apps/payments/api") }),
    ).toMatchObject({ stdout: here.stdout });
    expect(
      await lastgood(repo, ["history", "../payments/api", "-o", "name"], { cwd: join(repo.path, "apps/web") }),
    ).toMatchObject({ stdout: here.stdout });
  });

  it("is found in a repository elsewhere, by flag and by variable", async () => {
    const repo = payments();
    const cwd = temporaryFolder("elsewhere");
    const expected = (await lastgood(repo, ["history", TARGET, "-o", "name"])).stdout;
    expect((await lastgood(repo, ["history", TARGET, "-o", "name", "--repo", repo.path], { cwd })).stdout).toBe(
      expected,
    );
    expect(
      (await lastgood(repo, ["history", TARGET, "-o", "name"], { cwd, env: { LASTGOOD_REPO: repo.path } })).stdout,
    ).toBe(expected);
  });

  it("may be a workload", async () => {
    const repo = payments();
    const names = (await lastgood(repo, ["history", "deployment/api", "-o", "name"])).stdout;
    expect(names).toBe((await lastgood(repo, ["history", TARGET, "-o", "name"])).stdout);
  });
});
