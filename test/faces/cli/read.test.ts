import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { GitDir } from "../../support/gitdir.ts";
import { ageless, API, json, lastgood, payments, TARGET, TERMINAL } from "./world.ts";

let repo: GitDir;
/** Newest first. */
let ids: readonly string[];

beforeAll(async () => {
  repo = payments();
  ids = [4, 3, 1, 0].map((index) => repo.commits[index] ?? "");
  await lastgood(repo, ["mark", "good", TARGET, "main~3", "--reason", "quiet for a week"]);
  await lastgood(repo, ["mark", "bad", TARGET, "main", "--reason", "5xx"]);
});

describe("history", () => {
  it("shows a person what was live, whether it was good, who and why", async () => {
    const { stdout, stderr, exit } = await lastgood(repo, ["history", TARGET], { ...TERMINAL, columns: 120 });
    expect(exit).toBe(0);
    expect(ageless(stdout)).toMatchInlineSnapshot(`
      "apps/payments/api · main · apps/payments/api · 4 of 4 commits that change it
         #  REV      WHEN  LIVE FOR  VERDICT     CHANGE             BY             COMMIT
      ●  4  c60b1da  AGO  DAYS  ✗ bad       image 1.7.4→1.8.0  renovate #482  feat(api): bump image to 1.8.0 (#482)
         3  2538671  AGO  1h        ? unproven  replicas           Dana Lee       scale api out
      ★  2  d019b69  AGO  2h        ✔ good      image 1.7.2→1.7.4  renovate #470  fix(api): bump image to 1.7.4 (#470)
         1  c14f82d  AGO  1h        ? unproven  +Deployment/api    Mina Kim #440  Add api (#440)
      ● live   ★ last known good   ⟲ reverted   ? nothing proves it
      "
    `);
    expect(stderr).toBe("Next: lastgood plan apps/payments/api\n");
  });

  it.each([40, 60, 80, 100, 120, 200])(
    "fits a terminal of %d columns, and keeps revision and verdict",
    async (columns) => {
      const { stdout } = await lastgood(repo, ["history", TARGET], { ...TERMINAL, columns });
      const rows = stdout.split("\n").slice(1, 6);
      for (const row of rows) expect(row.length).toBeLessThanOrEqual(columns);
      expect(rows.slice(1).map((row) => /\b[0-9a-f]{7}\b/.exec(row)?.[0])).toEqual(ids.map((id) => id.slice(0, 7)));
      expect(rows.slice(1).map((row) => /good|bad|unproven/.exec(row)?.[0])).toEqual([
        "bad",
        "unproven",
        "good",
        "unproven",
      ]);
      expect(rows[0]).toContain("CHANGE");
    },
  );

  it("gives a pipe tabs, full ids, times and words, without a head", async () => {
    const { stdout } = await lastgood(repo, ["history", TARGET]);
    const cells = stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => line.split("\t"));
    expect(cells.map(([, id]) => id)).toEqual(ids);
    expect(cells[0]).toEqual([
      "4",
      ids[0],
      "2026-01-01T04:00:00Z",
      expect.stringMatching(/^\d+s$/),
      "bad",
      "image 1.7.4->1.8.0",
      "renovate #482",
      "feat(api): bump image to 1.8.0 (#482)",
    ]);
  });

  it("shows ASCII where the terminal shows no more, and no colour when none is wanted", async () => {
    const { stdout } = await lastgood(repo, ["history", TARGET], { tty: true, env: { LC_ALL: "C" } });
    expect(stdout.replaceAll("\u001b", "")).toMatch(/^[\x20-\x7e\n]*$/);
    expect(stdout).toContain("\u001b[");
    for (const [args, env] of [
      [["--color", "never"], {}],
      [[], { NO_COLOR: "1" }],
      [[], { TERM: "dumb" }],
    ] as const) {
      const plain = await lastgood(repo, ["history", TARGET, ...args], { tty: true, env: { LC_ALL: "C", ...env } });
      expect(plain.stdout).not.toContain("\u001b[");
    }
    for (const [args, env] of [
      [["--color", "always"], { NO_COLOR: "1" }],
      [[], { FORCE_COLOR: "1", NO_COLOR: "1" }],
    ] as const) {
      expect((await lastgood(repo, ["plan", TARGET, ...args], { env })).stdout).toContain("\u001b[");
    }
  });

  it("leaves the head out with --no-headers, and the talk with -q", async () => {
    const { stdout, stderr } = await lastgood(repo, ["history", TARGET, "--no-headers", "-q"], TERMINAL);
    expect(stdout).not.toContain("VERDICT");
    expect(stderr).toBe("");
  });

  it("takes the newest with --limit, the young with --since, the proven with --good and --bad", async () => {
    const names = async (...args: readonly string[]): Promise<readonly string[]> =>
      (await lastgood(repo, ["history", TARGET, "-o", "name", ...args])).stdout
        .split("\n")
        .filter((line) => line !== "");
    expect(await names()).toEqual(ids);
    expect(await names("--limit", "2")).toEqual(ids.slice(0, 2));
    expect(await names("--limit", "0")).toEqual(ids);
    expect(await names("--since", "2026-01-01T03:00:00Z")).toEqual(ids.slice(0, 2));
    expect(await names("--since", "36h")).toEqual([]);
    expect(await names("--good")).toEqual([ids[2]]);
    expect(await names("--bad")).toEqual([ids[0]]);
    expect(await names("--good", "--bad")).toEqual([ids[0], ids[2]]);
    expect(await names("--base", "main~1")).toEqual(ids.slice(1));
  });

  it("tells programs everything, as JSON and the same as YAML", async () => {
    const document = json(await lastgood(repo, ["history", TARGET, "--json"]));
    expect(document).toMatchObject({
      apiVersion: "lastgood.dev/v1alpha1",
      kind: "History",
      metadata: { target: "apps/payments/api", base: ids[0] },
      status: { total: 4 },
    });
    expect(document.status.revisions[2]).toEqual({
      number: 2,
      revision: ids[2],
      subject: "fix(api): bump image to 1.7.4 (#470)",
      author: "renovate[bot]",
      committedAt: "2026-01-01T01:00:00Z",
      pullRequest: 470,
      verdict: "good",
      evidence: [
        {
          kind: "marked",
          verdict: "good",
          detail: 'marked good by Mina Kim: "quiet for a week"',
          at: expect.stringMatching(/Z$/),
        },
      ],
      liveForSeconds: 7200,
      files: [API],
    });
    const yaml = parse((await lastgood(repo, ["history", TARGET, "-o", "yaml", "--good"])).stdout);
    expect(yaml.status.revisions).toEqual([document.status.revisions[2]]);
  });
});

describe("checkpoints", () => {
  it("shows what can be gone back to, with its evidence", async () => {
    const { stdout, stderr } = await lastgood(repo, ["checkpoints", TARGET], { ...TERMINAL, columns: 120 });
    expect(ageless(stdout)).toMatchInlineSnapshot(`
      "#  REV      WHEN  LIVE FOR  EVIDENCE  DETAIL                       CHANGE             COMMIT
      2  d019b69  AGO  2h        marked    marked good by Mina Kim: "…  image 1.7.2→1.7.4  fix(api): bump image to 1.7.4…
      "
    `);
    expect(stderr).toBe(`Next: lastgood plan apps/payments/api --to ${ids[2]?.slice(0, 7)}\n`);
  });

  it("takes one kind of evidence, and refuses what is none", async () => {
    expect((await lastgood(repo, ["checkpoints", TARGET, "-o", "name", "--evidence", "marked"])).stdout).toBe(
      `${ids[2]}\n`,
    );
    const none = await lastgood(repo, ["checkpoints", TARGET, "--evidence", "observed"]);
    expect(none).toMatchObject({ exit: 0, stdout: "" });
    expect(none.stderr).toContain("lastgood mark good");
    expect(await lastgood(repo, ["checkpoints", TARGET, "--evidence", "hope"])).toMatchObject({ exit: 2, stdout: "" });
  });

  it("is a CheckpointList for programs", async () => {
    const document = json(await lastgood(repo, ["checkpoints", TARGET, "-o", "json", "--limit", "1"]));
    expect(document).toMatchObject({
      kind: "CheckpointList",
      status: { revisions: [{ revision: ids[2], verdict: "good" }] },
    });
  });
});

describe("plan", () => {
  it("shows a person what goes back, on what grounds, and by whom it was set", async () => {
    const { stdout, stderr } = await lastgood(repo, ["plan", TARGET, "--only", ":image"], TERMINAL);
    expect(stdout).toMatchInlineSnapshot(`
      "apps/payments/api: back to d019b69, last known good (marked good by Mina Kim: "quiet for a week")
        fix(api): bump image to 1.7.4 (#470)
      Base main@c60b1da · the other commit since then stays
        ~ Deployment/api   apps/payments/api/deployment.yaml
            ~ containers[api].image   ghcr.io/acme/api:1.8.0 → ghcr.io/acme/api:1.7.4   image   #482
        = kept
            Deployment/api replicas 4 (not selected)   2538671
      Plan: 1 to change, 1 kept. 1 file, +1 -1 lines.
      "
    `);
    expect(stderr).toContain("Next: lastgood revert ./apps/payments/api --only :image\n");
  });

  it("is no wider than a terminal on which something can be left out", async () => {
    const lines = async (columns: number): Promise<readonly string[]> => {
      const { stdout } = await lastgood(repo, ["plan", TARGET, "--only", ":image"], { ...TERMINAL, columns });
      return stdout.split("\n").filter((line) => line.includes("containers[api].image"));
    };
    const [wide = ""] = await lines(120);
    expect(wide).toMatch(/ image {3}#482$/);
    const [narrow = ""] = await lines(wide.length - 1);
    expect(narrow).toMatch(/1\.7\.4 {3}#482$/);
    expect(narrow.length).toBeLessThan(wide.length);
  });

  it("with nothing left of it by the selection does not claim that all is as it was", async () => {
    const { stdout, exit } = await lastgood(repo, ["plan", TARGET, "--to", "#440", "--except", ":image,:replicas"]);
    expect(exit).toBe(0);
    expect(stdout).toContain("Nothing to do: all that differs from ");
    expect(stdout).toContain("in apps/payments/api is kept at ");
  });

  it("shows files, a patch and the pull request when asked", async () => {
    const diff = await lastgood(repo, ["plan", TARGET, "--show", "diff"]);
    expect(diff.stdout).toContain(`--- a/${API}\n+++ b/${API}\n`);
    expect(diff.stdout).toContain(
      "\n-          image: ghcr.io/acme/api:1.8.0\n+          image: ghcr.io/acme/api:1.7.4\n",
    );
    const patch = await lastgood(repo, ["plan", TARGET, "--show", "patch"]);
    expect(patch.stdout).toContain(`# Deployment/api in ${API}\n[\n  {"op":"test"`);
    const request = await lastgood(repo, ["plan", TARGET, "--show", "pr"]);
    expect(request.stdout).toMatch(/^# Revert /);
    const plan = await lastgood(repo, ["revert", TARGET, "--dry-run"]);
    expect(plan.stdout).toBe((await lastgood(repo, ["plan", TARGET])).stdout);
  });

  it("ends with 7 when asked, and there are changes; with 0 when there are none", async () => {
    expect((await lastgood(repo, ["plan", TARGET, "--detailed-exitcode"])).exit).toBe(7);
    expect((await lastgood(repo, ["plan", TARGET, "--detailed-exitcode", "--to", "main"])).exit).toBe(0);
    expect((await lastgood(repo, ["plan", TARGET, "--detailed-exitcode", "--to", "nope"])).exit).toBe(2);
  });

  it("tells programs every field, file and patch", async () => {
    const document = json(await lastgood(repo, ["plan", TARGET, "-o", "json"]));
    expect(document).toMatchObject({
      apiVersion: "lastgood.dev/v1alpha1",
      kind: "Plan",
      metadata: {
        target: "apps/payments/api",
        base: ids[0],
        branch: "main",
        hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      },
      spec: { to: ids[2], only: [], except: [] },
      status: {
        suspect: ids[0],
        checkpoint: { revision: ids[2], verdict: "good", weak: false, evidence: [{ kind: "marked" }] },
        risks: [],
        summary: { change: 2, remove: 0, add: 0, kept: 0, files: 1, linesAdded: 2, linesRemoved: 2 },
      },
    });
    expect(document.status.changes[1]).toEqual({
      file: API,
      component: "apps/v1/Deployment//api",
      facet: "image",
      path: "containers[api].image",
      pointer: "/spec/template/spec/containers/0/image",
      op: "replace",
      from: "ghcr.io/acme/api:1.8.0",
      to: "ghcr.io/acme/api:1.7.4",
      commit: ids[0],
      pullRequest: 482,
    });
    expect(document.status.files).toEqual([
      expect.objectContaining({ path: API, action: "restore", after: repo.blob(API, "main~3") }),
    ]);
    expect(document.status.undone.map(({ revision }) => revision)).toEqual(ids.slice(0, 2));
    expect(parse((await lastgood(repo, ["plan", TARGET, "-o", "yaml"])).stdout)).toEqual(document);
    expect((await lastgood(repo, ["plan", TARGET, "-o", "name"])).stdout).toBe(`${API}\n`);
  });

  it("is a Hold for programs when there is nothing to go back to", async () => {
    const held = await lastgood(repo, ["plan", TARGET, "--to", "~2", "-o", "json"]);
    expect(held.exit).toBe(3);
    expect(json(held)).toMatchObject({
      kind: "Hold",
      metadata: { target: "apps/payments/api" },
      status: { reason: "NoCheckpoint" },
    });
  });

  it.each([
    ["a commit", ["--to", "main~3"]],
    ["a short id", ["--to"]],
    ["the number of history", ["--to-revision", "2"]],
    ["the good one before", ["--to", "~1"]],
    ["a pull request", ["--to", "#470"]],
    ["nothing at all", []],
    ["the number 0", ["--to-revision", "0"]],
  ])("goes back to %s", async (_what, args) => {
    const to = args.length === 1 ? [...args, (ids[2] ?? "").slice(0, 8)] : args;
    expect(json(await lastgood(repo, ["plan", TARGET, "-o", "json", ...to])).spec["to"]).toMatch(
      new RegExp(`${ids[2]}|${repo.commits[1]}`),
    );
  });
});
