import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { gitdir, type GitDir, temporaryFolder } from "../../support/gitdir.ts";
import type { CliOptions, CliRun } from "../../support/run-cli.ts";
import { runCli } from "../../support/run-cli.ts";
import { runGit } from "../../support/run-git.ts";
import { API, deployment, lastgood, TARGET } from "./world.ts";

const WEB = "apps/web/deployment.yaml";

interface Ci {
  readonly origin: GitDir;
  /** The checkout: `main` and `change` of origin, standing on `change`. The ledger's ref is not among what was fetched. */
  readonly cwd: string;
  readonly check: (args?: readonly string[], options?: CliOptions) => Promise<CliRun>;
}

const API_OF_FLUX = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: api, namespace: flux-system }
spec:
  path: ./apps/payments/api
  sourceRef: { kind: GitRepository, name: flux-system }
`;

/** A pull request that changes these files, in a clone as CI makes it. `ghcr.io/acme/api:1.8.0` is quarantined for the api. */
async function ci(files: Readonly<Record<string, string>>, cloneArgs: readonly string[] = []): Promise<Ci> {
  const origin = gitdir([
    { files: { [API]: deployment("1.7.4"), [WEB]: deployment("1.7.4"), "README.md": "hello\n" } },
    { files: { "README.md": "hello again\n" } },
  ]);
  const add = ["--image", "ghcr.io/acme/api:1.8.0", "--reason", "5xx 12% since 1.8.0", "--until", "2099-08-29", "-y"];
  expect(await lastgood(origin, ["quarantine", "add", TARGET, ...add])).toMatchObject({ exit: 0 });
  origin.commit({ branch: "change", from: "main", files, message: "Change things" });
  const cwd = join(temporaryFolder("ci"), "gitops");
  const url = cloneArgs.length === 0 ? origin.path : `file://${origin.path}`;
  const { code, stderr } = await runGit(temporaryFolder("ci"), "clone", "-q", ...cloneArgs, "-b", "change", url, cwd);
  if (code !== 0) throw new Error(stderr);
  return { origin, cwd, check: async (args = [], options = {}) => runCli(["check", ...args], { cwd, ...options }) };
}

/** What is said of a change of one line of the api, whatever else is found. */
const WAY_BACK = [
  "The way back of this change:",
  `  + apps/payments/api   1 to change. 1 file, +1 -1 lines. Deployment/api`,
];

const BAD = { [API]: deployment("1.8.0") };

describe("check", () => {
  it("names the line, why it is held and how it is released, and exits 5", async () => {
    const { check } = await ci(BAD);
    const { stdout, stderr, exit } = await check();
    expect(exit).toBe(5);
    expect(stdout.replace(/ \d+ \w{3}(?: \d{4})? by/, " TODAY by").split("\n")).toEqual([
      "x 1 quarantined artifact would come back",
      `  ${API}:11:18   Deployment/api containers[api].image   ghcr.io/acme/api:1.8.0`,
      "    quarantined TODAY by Mina Kim: 5xx 12% since 1.8.0. Until 29 Aug 2099.",
      '    Fixed? lastgood quarantine release apps/payments/api --image ghcr.io/acme/api:1.8.0 --reason "..."',
      ...WAY_BACK,
      "",
    ]);
    expect(stderr).toBe("");
  });

  it("passes what brings nothing back, and says what it looked at", async () => {
    const { check } = await ci({ [API]: deployment("1.8.1"), "README.md": "ghcr.io/acme/api:1.8.0 was bad\n" });
    const { stdout, stderr, exit } = await check();
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${WAY_BACK.join("\n")}\n` });
    expect(stderr).toMatch(
      /nothing quarantined comes back: 2 changed files since [0-9a-f]{7}, 1 artifact is in quarantine/,
    );
  });

  it("looks at other targets only when they are held too", async () => {
    const { check, origin } = await ci({ [WEB]: deployment("1.8.0") });
    expect(await check()).toMatchObject({ exit: 0 });
    const add = ["quarantine", "add", "--image", "ghcr.io/acme/api:1.8.0", "--reason", "CVE", "-y"];
    expect(await lastgood(origin, add)).toMatchObject({ exit: 0 });
    const everywhere = await check();
    expect(everywhere.exit).toBe(5);
    expect(everywhere.stdout).toContain(`${WEB}:11:18`);
    expect(await check(["--target", TARGET])).toMatchObject({ exit: 0 });
    expect(await check(["--target", "./apps/web"])).toMatchObject({ exit: 5 });
  });

  it("stops what a quarantined commit wrote, whoever writes it again", async () => {
    const { origin, cwd, check } = await ci({ [API]: deployment("1.9.0", 3), "README.md": "mine\n" });
    const [bad = ""] = origin.commit({ branch: "bad", from: "main", files: { [API]: deployment("1.9.0", 3) } });
    await runGit(cwd, "fetch", "-q");
    const add = ["quarantine", "add", "--commit", bad, "--reason", "leaks", "-y"];
    expect(await runCli(add, { cwd })).toMatchObject({ exit: 0 });
    const stopped = await check();
    expect(stopped.exit).toBe(5);
    expect(stopped.stdout).toContain(`${API}   content   exactly what ${bad.slice(0, 7)} held`);
    expect(stopped.stdout).toContain(`lastgood quarantine release --commit ${bad.slice(0, 12)} --reason`);

    const picked = `Bump\n\n(cherry picked from commit ${bad})`;
    origin.commit({ branch: "change", files: { [API]: deployment("1.9.0", 4) }, message: picked });
    await runGit(cwd, "pull", "-q");
    expect((await check()).stdout).toContain(
      `${API}   commit   ${origin.id("change").slice(0, 7)} brings ${bad.slice(0, 7)}`,
    );

    const release = ["quarantine", "release", "--commit", bad.slice(0, 12), "--reason", "fixed", "-y"];
    expect(await runCli(release, { cwd })).toMatchObject({ exit: 0 });
    expect(await check()).toMatchObject({ exit: 0 });
  });

  it("says of a range of versions what it admits, and of which kind that is", async () => {
    const chart = "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n  - { name: redis, version: ^19.0 }\n";
    const { origin, check } = await ci({ "charts/shop/Chart.yaml": chart });
    const add = ["quarantine", "add", "--chart", "redis@19.0.1", "--reason", "OOM", "-y"];
    expect(await lastgood(origin, add)).toMatchObject({ exit: 0 });
    const { exit, stdout } = await check();
    expect(exit).toBe(5);
    expect(stdout).toContain("1 quarantined artifact could come back");
    expect(stdout).toContain(
      "charts/shop/Chart.yaml:5:29   dependencies[redis].version   redis@^19.0 admits redis@19.0.1",
    );
    expect(JSON.parse((await check(["--json"])).stdout)).toMatchObject({
      status: { introduced: [{ kind: "admits" }] },
    });
  });

  it("compares with where the change began, not with what came to the base since", async () => {
    const { origin, cwd, check } = await ci(BAD);
    origin.commit({ branch: "main", files: { [WEB]: deployment("1.7.5") } });
    await runGit(cwd, "fetch", "-q");
    const { status } = JSON.parse((await check(["--json"])).stdout) as { status: { files: number } };
    expect(status.files).toBe(1);
  });

  it("is a Check for programs, and says what was there before", async () => {
    const { origin, check } = await ci({ [API]: deployment("1.8.0") });
    const again = await ci({ [API]: deployment("1.8.0", 5) });
    const document = JSON.parse((await check(["--json"])).stdout) as Readonly<Record<string, unknown>>;
    expect(document).toMatchObject({
      apiVersion: "lastgood.dev/v1alpha1",
      kind: "Check",
      metadata: { base: origin.id("main"), head: origin.id("change"), mergeBase: origin.id("main") },
      status: {
        files: 1,
        introduced: [
          {
            file: API,
            line: 11,
            column: 18,
            component: "Deployment/api",
            path: "containers[api].image",
            text: "ghcr.io/acme/api:1.8.0",
            quarantine: { target: "apps/payments/api", reason: "5xx 12% since 1.8.0", until: "2099-08-29T00:00:00Z" },
          },
        ],
        present: [],
      },
    });
    again.origin.commit({ branch: "change", files: { [API]: deployment("1.8.0", 6) } });
    await runGit(again.cwd, "pull", "-q");
    const later = await again.check(["--base", "HEAD~1"]);
    expect(later).toMatchObject({ exit: 0, stdout: `${WAY_BACK.join("\n")}\n` });
    expect(later.stderr).toContain(`note: ${API}:11:18 has ghcr.io/acme/api:1.8.0 already, which is in quarantine`);
  });

  it("takes the base that CI names, and the head where only the base is checked out", async () => {
    const { origin, cwd, check } = await ci(BAD);
    const event = join(temporaryFolder("event"), "event.json");
    const sides = { base: { sha: origin.id("main") }, head: { sha: origin.id("change") } };
    writeFileSync(event, JSON.stringify({ pull_request: sides }));
    await runGit(cwd, "checkout", "-q", "--detach", "origin/main");
    expect(await check([], { env: { GITHUB_EVENT_PATH: event } })).toMatchObject({ exit: 0 });
    const named = { GITHUB_EVENT_PATH: event, GITHUB_EVENT_NAME: "pull_request_target" };
    expect(await check([], { env: named })).toMatchObject({ exit: 5 });
    expect(await check(["--head", "change"], { env: { GITHUB_BASE_REF: "main" } })).toMatchObject({ exit: 5 });
    expect(await check(["--head", "change"], { env: { GITHUB_BASE_REF: "change" } })).toMatchObject({ exit: 0 });
  });

  it.each([
    ["has no base", ["--depth", "1"], { GITHUB_BASE_REF: "main" }],
    ["does not reach where the change began", ["--depth", "1", "--no-single-branch"], {}],
  ])("refuses a shallow clone that %s, and says fetch-depth: 0", async (_, depth, env) => {
    const { check } = await ci(BAD, depth);
    const { exit, stdout, stderr } = await check([], { env });
    expect(exit).not.toBe(0);
    expect(exit).not.toBe(5);
    expect(stdout).toBe("");
    expect(stderr).toContain("fetch-depth: 0");
  });

  it("annotates the line and writes the summary, whatever the texts say", async () => {
    const path = "apps/payments/api/a,b%:c.yaml";
    const { origin, check } = await ci({ [path]: deployment("1.8.0") });
    const hostile = "## |x| @everyone\n::add-mask::a\r##[error]b 100%";
    const args = ["--image", "ghcr.io/acme/api:1.8.0", "--target", TARGET, "--reason", hostile, "-y"];
    expect(await lastgood(origin, ["quarantine", "add", ...args])).toMatchObject({ exit: 0 });
    const summary = join(temporaryFolder("summary"), "summary.md");
    const { stdout, exit } = await check(["--annotate"], { env: { GITHUB_STEP_SUMMARY: summary } });
    expect(exit).toBe(5);
    const commands = stdout.split(/\r|\n/).filter((line) => /^\s*::/.test(line) || line.includes("##["));
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatch(
      /^::error file=apps\/payments\/api\/a%2Cb%25%3Ac\.yaml,line=11,col=18,title=In quarantine::ghcr\.io\/acme\/api:1\.8\.0 is quarantined/,
    );
    const page = readFileSync(summary, "utf8");
    expect(page).toContain("### ✗ 1 quarantined artifact would come back");
    expect(page).not.toMatch(/@everyone|^::/m);
  });

  it("plans the way back of every target that the change touches, and fails for none of its risks", async () => {
    const claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: data }\nspec: {}\n";
    const job = "apiVersion: batch/v1\nkind: Job\nmetadata: { name: migrate }\nspec: {}\n";
    const { check } = await ci({
      "clusters/prod/api.yaml": API_OF_FLUX,
      [API]: deployment("1.7.5"),
      "apps/payments/api/job.yaml": job,
      "stores/db/claim.yaml": claim,
      ".github/workflows/ci.yaml": "on: push\n",
    });
    const summary = join(temporaryFolder("summary"), "summary.md");
    const { exit, stdout } = await check(["--annotate"], { env: { GITHUB_STEP_SUMMARY: summary } });
    expect(exit).toBe(0);
    expect(stdout.trimEnd().split("\n")).toEqual([
      "The way back of this change:",
      "  ! flux-system/api   1 to change, 1 to remove. 2 files, +1 -5 lines. Deployment/api, Job/migrate",
      "    ! Job/migrate: a Job that ran is not undone, and its template cannot be changed in place",
      "    ! Job/migrate leaves git: without prune the engine keeps it in the cluster",
      "  ! repository   2 to remove. 2 files, +0 -10 lines. Kustomization/api, PersistentVolumeClaim/data",
      "    ! PersistentVolumeClaim/data: volumes do not shrink, and removing the claim can remove the data",
      "    ! Kustomization/api, PersistentVolumeClaim/data leave git: without prune the engine keeps it in the cluster",
    ]);
    const page = readFileSync(summary, "utf8");
    expect(page).toContain("### ✔ Nothing quarantined comes back");
    expect(page).toContain("### The way back of this change");
    expect(page).toMatch(
      /\| `repository` \| 2 to remove\. .* \| \*\*!\*\* PersistentVolumeClaim\/data: volumes do not shrink/,
    );
    expect(JSON.parse((await check(["--json"])).stdout)).toMatchObject({
      status: {
        wayBack: [
          { target: "flux-system/api", plannable: true, summary: { change: 1, remove: 1 } },
          {
            folder: "repository",
            risks: [
              { code: "Irreversible", blocks: true },
              { code: "Pruned", blocks: false },
            ],
          },
        ],
      },
    });
    const one = JSON.parse((await check(["--json", "--target", "./stores/db"])).stdout) as Readonly<
      Record<string, unknown>
    >;
    expect(one).toMatchObject({ status: { wayBack: [{ target: "stores/db" }] } });
  });

  it("fails rather than passes when the ledger cannot be read", async () => {
    const { cwd, check } = await ci(BAD);
    await runGit(cwd, "remote", "set-url", "origin", join(cwd, "../gone.git"));
    const { exit, stdout } = await check();
    expect(exit).toBe(1);
    expect(stdout).toBe("");
  });
});
