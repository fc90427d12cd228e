import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type GitDir, gitdir, temporaryFolder } from "../support/gitdir.ts";
import { runOn, undoOn } from "../support/run-on.ts";

const API = "apps/api/deployment.yaml";

function api({ image = "api:1.7", cache = "redis://old", flag = "", memory = "256Mi" } = {}): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  template:
    spec:
      containers:
        - name: api
          image: ${image}
          env:
            # the old cluster
            - name: CACHE
              value: ${cache}
${flag}          resources: { limits: { memory: ${memory} } }
`;
}

const FLAG = '            - name: V2\n              value: "on"\n';

/** A bad deploy, then later work on the line right below it, and elsewhere. */
function story(): GitDir {
  return gitdir([
    { files: { [API]: api(), "apps/web/a.yaml": "a: 1\n" }, message: "Start" },
    {
      files: { [API]: api({ image: "api:1.8", cache: "redis://new", flag: FLAG }) },
      message: "feat: v2 (#7)",
      as: "bad",
    },
    {
      files: { [API]: api({ image: "api:1.8", cache: "redis://new", flag: FLAG, memory: "512Mi" }) },
      message: "More memory",
      as: "memory",
    },
    { files: { "apps/web/a.yaml": "a: 2\n" }, message: "Web" },
  ]);
}

function refs(git: GitDir): string {
  return git.git(["for-each-ref"]);
}

describe("revert --commit", () => {
  it("prints the new commit and nothing else, and undoes exactly that change", async () => {
    const git = story();
    const line = `--base ${git.head} --commit ${git.id("bad")} -o name`;
    const { exit, stdout } = await undoOn(git, line);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${git.id("undo")}\n` });
    expect(git.text(API, "undo")).toBe(api({ memory: "512Mi" }));
    expect(git.git(["diff", "--name-only", "main", "undo"])).toBe(API);
    expect(git.git(["log", "-1", "--format=%s", "undo"])).toBe('Revert "feat: v2 (#7)"');
  });

  it("takes a pull request by its number", async () => {
    const git = story();
    await undoOn(git, "--pr 7");
    expect(git.text(API, "undo")).toBe(api({ memory: "512Mi" }));
  });

  it("undoes several commits and ranges at once, the newest first whatever the order", async () => {
    const git = story();
    for (const [branch, flags] of [
      ["a", `--commit ${git.id("bad")} --commit ${git.id("memory")}`],
      ["b", `--commit ${git.commits[0] ?? ""}..${git.id("memory")}`],
    ] as const) {
      const run = await runOn(git, `revert ${flags} --mode branch --branch ${branch} -y`);
      expect(run.exit).toBe(0);
      expect(git.text(API, branch)).toBe(api());
    }
  });

  it("calls the undo of a revert a reapply", async () => {
    const git = story();
    const first = await runOn(git, `revert --commit ${git.id("bad")} --mode branch -y -o name`);
    const revert = first.stdout.trim();
    const second = await runOn(git, `revert --base ${revert} --commit ${revert} --mode branch -y -o name`);
    expect(git.git(["log", "-1", "--format=%s", second.stdout.trim()])).toBe('Reapply "feat: v2 (#7)"');
    expect(git.text(API, second.stdout.trim())).toBe(git.text(API, "main"));
  });

  it("undoes what a merge brought in, and with --mainline the other side", async () => {
    const git = gitdir([
      { files: { "a.txt": "1\n", "b.txt": "1\n" } },
      { branch: "topic", from: "main", files: { "b.txt": "2\n" } },
      { files: { "a.txt": "2\n" } },
      { merge: ["topic"], files: { "b.txt": "2\n" }, as: "merge" },
    ]);
    const undo = async (branch: string, flags = ""): Promise<number> =>
      (await runOn(git, `revert --commit ${git.id("merge")} --mode branch --branch ${branch} -y ${flags}`)).exit;
    expect(await undo("one")).toBe(0);
    expect([git.text("a.txt", "one"), git.text("b.txt", "one")]).toEqual(["2\n", "1\n"]);
    expect(await undo("two", "--mainline 2")).toBe(0);
    expect([git.text("a.txt", "two"), git.text("b.txt", "two")]).toEqual(["1\n", "2\n"]);
    expect(await undo("three", "--mainline 3")).toBe(2);
  });

  it("keeps to the target when one is named", async () => {
    const git = gitdir([
      { files: { [API]: api(), "apps/web/a.yaml": "a: 1\n" } },
      { files: { [API]: api({ image: "api:1.8" }), "apps/web/a.yaml": "a: 2\n" }, as: "bad" },
    ]);
    await undoOn(git, `./apps/api --commit ${git.id("bad")}`);
    expect(git.git(["diff", "--name-only", "main", "undo"])).toBe(API);
  });

  it("undoes only the parts that were chosen", async () => {
    const git = story();
    const { stderr } = await undoOn(git, `--commit ${git.id("bad")} --only :image`);
    expect(stderr).toContain("kept");
    const rest = { cache: "redis://new", flag: FLAG, memory: "512Mi" };
    expect(git.text(API, "undo")).toBe(api({ image: "api:1.7", ...rest }));
  });

  it("has nothing to do where the change is undone already, and says by whom", async () => {
    const git = gitdir([
      { files: { [API]: api() } },
      { files: { [API]: api({ image: "api:1.8" }) }, as: "bad" },
      { files: { [API]: api() } },
    ]);
    const { exit, stderr } = await runOn(git, `revert --commit ${git.id("bad")} --mode branch -y`);
    expect(exit).toBe(0);
    expect(stderr).toContain("AlreadyReverted");
  });
});

describe("a conflict with later work", () => {
  const conflicting = (): GitDir =>
    gitdir([
      { files: { [API]: api() }, message: "Start" },
      { files: { [API]: api({ image: "api:1.8" }) }, message: "Bump to 1.8", as: "bad" },
      {
        files: { [API]: api({ image: "api:1.9" }) },
        message: "Bump to 1.9",
        author: "Mina Kim <mina@example.com>",
        as: "later",
      },
    ]);

  it("ends with 6, writes nothing, and says field by field who set what", async () => {
    const git = conflicting();
    const before = refs(git);
    const line = `revert --commit ${git.id("bad")} --mode branch -y -o json`;
    const { exit, stdout, stderr } = await runOn(git, line);
    expect(exit).toBe(6);
    expect(refs(git)).toBe(before);
    expect(stderr).toContain("set by " + git.id("later").slice(0, 7) + ' "Bump to 1.9", Mina Kim');
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "Hold",
      status: {
        reason: "Conflict",
        conflicts: [
          { field: "Deployment/api:containers[api].image", now: "api:1.9", good: "api:1.7", kind: "same-field" },
        ],
      },
    });
  });

  it.each([
    ["*=good", "api:1.7"],
    ["Deployment/api:containers[api].image=good", "api:1.7"],
    ["containers[api].image=good", "api:1.7"],
  ])("is resolved by a person with --resolve %s", async (rule, image) => {
    const git = conflicting();
    await undoOn(git, `--commit ${git.id("bad")} --resolve ${rule}`);
    expect(git.text(API, "undo")).toBe(api({ image }));
  });

  it("says so when --resolve names no place in conflict", async () => {
    const git = conflicting();
    const line = `plan --commit ${git.id("bad")} --resolve containers[api].imgae=good`;
    const { exit, stderr } = await runOn(git, line);
    expect(exit).toBe(6);
    expect(stderr).toContain('no place is named "containers[api].imgae"');
  });

  it("keeps the present value when told to: nothing is left to do", async () => {
    const git = conflicting();
    const { exit, stderr } = await runOn(git, `revert --commit ${git.id("bad")} --resolve *=keep --mode branch -y`);
    expect(exit).toBe(0);
    expect(stderr).toContain("Nothing to do");
  });

  it("goes away when the later work is undone too, as the first proposal says", async () => {
    const git = conflicting();
    const held = await runOn(git, `revert --commit ${git.id("bad")} --mode branch -y`);
    const [, proposal = ""] = /lastgood revert .*?(--commit \S+ --commit \S+)/.exec(held.stderr) ?? [];
    await undoOn(git, proposal);
    expect(git.text(API, "undo")).toBe(api());
  });
});

describe("a plan of an undo", () => {
  it("is saved, and refused when the file changed since", async () => {
    const git = story();
    const file = join(temporaryFolder(), "plan.json");
    const made = await runOn(git, `plan --commit ${git.id("bad")} -o json`);
    writeFileSync(file, made.stdout);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ kind: "Plan", spec: { commits: [git.id("bad")] } });
    const apply = `revert --plan ${file} --mode branch -y`;
    expect((await runOn(git, `${apply} --branch same`)).exit).toBe(0);
    git.commit({ files: { [API]: api({ image: "api:1.8", cache: "redis://new", flag: FLAG, memory: "1Gi" }) } });
    expect((await runOn(git, `${apply} --branch moved`)).exit).toBe(6);
  });
});

describe("what is asked wrongly", () => {
  it.each([
    ["--commit 0123456789", "UsageRevision"],
    ["--pr x", "UsageArgument"],
    ["--pr 99", "UsageRevision"],
    ["--commit main --to main", "UsageArgument"],
    ["--commit main --resolve x", "UsageArgument"],
    ["--commit main --chart-version up", "UsageArgument"],
    ["./apps/api --mainline 1", "UsageArgument"],
  ])("%s is %s, exit 2", async (flags, code) => {
    const { exit, stderr } = await runOn(story(), `plan ${flags}`);
    expect(exit).toBe(2);
    expect(stderr).toContain(code);
  });
});

describe("the proposals of a conflict", () => {
  it("are shown with the diff that each would give", async () => {
    const git = gitdir([
      { files: { [API]: api() } },
      { files: { [API]: api({ image: "api:1.8" }) }, as: "bad" },
      { files: { [API]: api({ image: "api:1.9", memory: "1Gi" }) }, as: "later" },
    ]);
    const { exit, stdout } = await runOn(git, `plan --commit ${git.id("bad")} --show diff`);
    expect(exit).toBe(6);
    const [chain = "", good = "", keep = ""] = stdout.split("\n\n");
    expect(chain).toContain(`# undo ${git.id("later").slice(0, 7)} too`);
    expect(chain).toContain("memory: 256Mi");
    expect(good).toContain("+          image: api:1.7");
    expect(good).not.toContain("memory");
    expect(keep).toContain("(nothing would change)");
  });
});
