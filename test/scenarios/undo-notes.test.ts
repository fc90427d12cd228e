import { describe, expect, it } from "vitest";
import { gitdir, type GitDir } from "../support/gitdir.ts";
import { runCli } from "../support/run-cli.ts";

const LONG = "x".repeat(300);

function application(name: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${name} }
spec:
  destination: { namespace: ${name} }
  source: { repoURL: "https://example.com/gitops.git", path: apps/${name}, targetRevision: main }
`;
}

const CLUSTERS = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: everywhere }
spec:
  generators: [{ clusters: {} }]
  template:
    metadata: { name: "{{name}}" }
    spec: { source: { repoURL: "https://example.com/gitops.git", path: apps/web, targetRevision: main } }
`;

function configMap(value: string, token = "hush-a"): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: web }\ndata:\n  text: ${value}\n  token: ${token}\n`;
}

function story(): GitDir {
  return gitdir([
    {
      files: {
        "argo/web.yaml": application("web"),
        "argo/set.yaml": CLUSTERS,
        "apps/web/cm.yaml": configMap("a"),
      },
    },
    { files: { "apps/web/cm.yaml": configMap(LONG, "hush-b") }, as: "bad" },
  ]);
}

describe("what could not be followed", () => {
  it("is said for the target of a plan, once; of everything else only with -v", async () => {
    const git = story();
    const plan = await runCli(["plan", "web", "--repo", git.path, "--commit", git.id("bad")]);
    expect(plan.stderr.match(/took https:\/\/example\.com\/gitops\.git/g)).toHaveLength(1);
    expect(plan.stderr).not.toContain("argo/set.yaml");
    const history = await runCli(["history", "web", "--repo", git.path]);
    expect(history.stderr).not.toMatch(/took|set\.yaml/);
    const verbose = await runCli(["history", "web", "--repo", git.path, "-v"]);
    expect(verbose.stderr).toContain("argo/set.yaml");
    expect(verbose.stderr).toContain("took https://example.com/gitops.git");
  });

  it("is said where it may be what was asked for", async () => {
    const { exit, stderr } = await runCli(["plan", "everywhere", "--repo", story().path, "--to", "HEAD"]);
    expect(exit).toBe(2);
    expect(stderr).toContain("argo/set.yaml");
  });
});

describe("values", () => {
  it("are whole for programs, without secrets, and cut for people", async () => {
    const git = story();
    const args = ["plan", "web", "--repo", git.path, "--commit", git.id("bad")];
    const { status } = JSON.parse((await runCli([...args, "-o", "json"])).stdout);
    expect(status.changes).toMatchObject([
      { path: "data.text", from: LONG, to: "a" },
      { path: "data.token", from: "••••", to: "•••• (changed)", secret: true },
    ]);
    expect((await runCli(args)).stdout).not.toContain("x".repeat(81));
  });

  it("of a conflict, too", async () => {
    const git = story();
    git.commit({ files: { "apps/web/cm.yaml": configMap(`y${LONG}`, "hush-c") } });
    const run = await runCli(["plan", "web", "--repo", git.path, "--commit", git.id("bad"), "-o", "json"]);
    expect(JSON.parse(run.stdout).status.conflicts).toMatchObject([
      { display: "data.text", now: `y${LONG}`, bad: LONG, good: "a" },
      { display: "data.token", now: "••••", bad: "••••", good: "••••" },
    ]);
    expect(run.stderr).not.toContain("x".repeat(81));
    expect(run.stdout + run.stderr).not.toContain("hush");
  });
});

describe("mark", () => {
  it("says how to share a verdict only where there is somebody to share it with", async () => {
    const mark = async (git: GitDir): Promise<string> =>
      (await runCli(["mark", "good", "./apps/web", git.head, "--reason", "seen"], { cwd: git.path })).stderr;
    const commits = [{ files: { "apps/web/cm.yaml": configMap("a") } }];
    const alone = gitdir(commits, { worktree: true });
    expect(await mark(alone)).not.toContain("git push");
    const shared = gitdir(commits, { worktree: true });
    shared.git(["remote", "add", "origin", story().path]);
    expect(await mark(shared)).toContain("git push origin refs/lastgood/ledger");
  });
});
