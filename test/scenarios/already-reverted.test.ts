import { describe, expect, it } from "vitest";
import { type CommitSpec, type GitDir, gitdir } from "../support/gitdir.ts";
import { runOn, undoOn } from "../support/run-on.ts";

const API = "apps/api/deployment.yaml";

interface Api {
  readonly image?: string;
  readonly replicas?: number;
  readonly flag?: string;
}

function api({ image = "api:1.7", replicas = 2, flag = "off" }: Api = {}): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: api }
spec:
  replicas: ${replicas}
  template:
    spec:
      containers:
        - name: api
          image: ${image}
          env: [{ name: FLAG, value: "${flag}" }]
`;
}

const BAD = { image: "api:1.8", replicas: 3 };

/** What is deployed, a bad change of two fields, and what came then. */
function story(...later: readonly (CommitSpec | Api)[]): GitDir {
  const git = gitdir([
    { files: { [API]: api(), "apps/web/a.yaml": "a: 1\n" }, message: "Start" },
    { files: { [API]: api(BAD), "apps/web/b.yaml": "b: 1\n" }, message: "feat: faster (#7)", as: "bad" },
  ]);
  for (const one of later) {
    git.commit(isSpec(one) ? one : { files: { [API]: api(one) } });
  }
  return git;
}

function isSpec(one: CommitSpec | Api): one is CommitSpec {
  return "files" in one;
}

/** A commit that says what it reverts. */
function reverting(message: string, files: CommitSpec["files"] = { [API]: api() }): CommitSpec {
  return { files: { ...files }, remove: ["apps/web/b.yaml"], message, author: "Ann Bo <ann@example.com>" };
}

async function plan(git: GitDir) {
  const { exit, stdout, stderr } = await runOn(git, `plan --commit ${git.id("bad")} -o json`);
  return { exit, stderr, document: JSON.parse(stdout) };
}

describe("a change that was reverted long ago", () => {
  const bad = story().id("bad");
  const later = [{ image: "api:1.9" }, { image: "api:2.0", replicas: 5 }];

  it.each([
    ["git revert", `Revert "feat: faster (#7)"\n\nThis reverts commit ${bad}.`],
    ["GitHub", `Revert "feat: faster" (#8)\n\nReverts acme/gitops#7`],
    ["GitHub's merge", `Merge pull request #8 from acme/revert-7-faster\n\nRevert "feat: faster"`],
    ["a person", "Nope"],
  ])(
    "is held as AlreadyReverted with the commit that %s made, however far the files have gone on",
    async (_, message) => {
      const git = story(reverting(message), ...later);
      const by = git.commits[2] ?? "";
      const { exit, document, stderr } = await plan(git);
      expect(exit).toBe(0);
      expect(document).toMatchObject({
        kind: "Hold",
        status: { reason: "AlreadyReverted", revertedBy: [{ commit: by, author: "Ann Bo" }] },
      });
      expect(stderr).toContain(`${bad.slice(0, 7)} was reverted already by ${by.slice(0, 7)}`);
      expect(stderr).not.toContain("set by");
    },
  );

  it("is believed to be reverted where the message says so and the fields are neither the one nor the other", async () => {
    const files = { [API]: api({ image: "api:1.7.1" }) };
    const git = story(reverting(`Revert\n\nThis reverts commit ${bad}.`, files), ...later);
    expect((await plan(git)).document).toMatchObject({ kind: "Hold", status: { reason: "AlreadyReverted" } });
    const silent = story(reverting("Another image", files), ...later);
    expect((await plan(silent)).document).toMatchObject({
      status: {
        reason: "Conflict",
        conflicts: [{ display: "containers[api].image", good: "api:1.7", now: "api:2.0" }],
      },
    });
  });

  it("is a conflict where later work only went further", async () => {
    const git = story({ ...BAD, image: "api:1.9" });
    expect((await plan(git)).document).toMatchObject({ status: { reason: "Conflict" } });
  });

  it("writes nothing, with whatever --resolve", async () => {
    const git = story(reverting("Nope"), ...later);
    const before = git.git(["for-each-ref"]);
    const { exit, stderr } = await runOn(git, `revert --commit ${git.id("bad")} --resolve *=good --mode branch -y`);
    expect({ exit, refs: git.git(["for-each-ref"]) }).toEqual({ exit: 0, refs: before });
    expect(stderr).toContain("AlreadyReverted");
  });

  it("is found under the name that the file had then", async () => {
    const moved = "teams/api/deployment.yaml";
    const git = story(reverting("Nope"));
    git.commit({ files: { [moved]: api() }, remove: [API] }, { files: { [moved]: api({ image: "api:1.9" }) } });
    const { document } = await plan(git);
    expect(document).toMatchObject({ status: { reason: "AlreadyReverted", revertedBy: [{ commit: git.commits[2] }] } });
  });
});

describe("a change that was reverted and applied again", () => {
  it("is undone in what is there now", async () => {
    const git = story(reverting("Nope"), {
      files: { [API]: api(BAD), "apps/web/b.yaml": "b: 1\n" },
      message: 'Reapply "feat: faster (#7)"',
    });
    git.commit({ files: { [API]: api({ ...BAD, flag: "on" }) } });
    await undoOn(git, `--commit ${git.id("bad")}`);
    expect(git.text(API, "undo")).toBe(api({ flag: "on" }));
    git.commit({ files: { [API]: api({ ...BAD, image: "api:1.9" }) } });
    expect((await plan(git)).document).toMatchObject({ status: { reason: "Conflict" } });
  });
});

describe("a change that was reverted in part", () => {
  it("is undone in the rest, and it is said what was undone and by whom", async () => {
    const git = story(
      { files: { [API]: api({ replicas: 3 }) }, message: "Back to 1.7", author: "Ann Bo <ann@example.com>" },
      { replicas: 3, image: "api:1.9" },
    );
    const by = git.commits[2] ?? "";
    const { stderr } = await undoOn(git, `--commit ${git.id("bad")}`);
    expect(stderr).toContain(
      `undone already\n      Deployment/api containers[api].image   ${by.slice(0, 7)} Back to 1.7, Ann Bo`,
    );
    expect(git.text(API, "undo")).toBe(api({ image: "api:1.9" }));
    expect((await plan(git)).document).toMatchObject({
      status: { already: [{ component: "Deployment/api", path: "containers[api].image", revertedBy: by }] },
    });
  });
});

describe("an undo that finds nothing", () => {
  it("says that the commit never touched the target, what it changed, and where to undo it", async () => {
    const git = story();
    git.commit({ files: { "apps/db/a.yaml": "a: 1\n" } });
    const { exit, stdout } = await runOn(git, `plan ./apps/db --commit ${git.id("bad")}`);
    expect(exit).toBe(0);
    const short = git.id("bad").slice(0, 7);
    expect(stdout).toContain(`${short} never touched a file of apps/db: it changed ${API}, apps/web/b.yaml`);
    expect(stdout).toContain(`lastgood plan --repo ${git.path} --commit ${git.id("bad").slice(0, 12)}    # undoes it`);
  });

  it("says that the selection leaves nothing in", async () => {
    const { stdout } = await runOn(story(), `plan ./apps/api --commit ${bad()} --only :env`);
    expect(stdout).toContain("did nothing in apps/api that --only and --except leave in");
  });

  it("says that it keeps what --resolve keeps", async () => {
    const git = gitdir([
      { files: { [API]: api() } },
      { files: { [API]: api({ image: "api:1.8" }) }, as: "bad" },
      { files: { [API]: api({ image: "api:1.9" }) } },
    ]);
    const { stdout } = await runOn(git, `plan --commit ${git.id("bad")} --resolve *=keep`);
    expect(stdout).toContain("keeps what it holds now, as --resolve says");
  });

  it("says that a merge changed nothing on the side that it is compared with", async () => {
    const git = gitdir([
      { files: { "a.txt": "1\n" } },
      { branch: "topic", from: "main", files: { "b.txt": "1\n" } },
      { files: { "b.txt": "1\n" } },
      { merge: ["topic"], as: "merge" },
    ]);
    const { stdout } = await runOn(git, `plan --commit ${git.id("merge")}`);
    expect(stdout).toContain("changed no file against the parent that it is compared with");
    expect(stdout).toContain("--mainline 2");
  });

  /** Commits are the same in every run. */
  function bad(): string {
    return story().id("bad");
  }
});

describe("a change whose files or objects have other names now", () => {
  const map = (name: string, value: string): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { version: "${value}" }\n`;

  it("was reverted where the renaming was reverted: nothing is taken away again", async () => {
    const files = { "main/a.yaml": map("a", "1"), "main/b.yaml": map("b", "1") };
    const shared = { "shared/a.yaml": map("a", "1"), "shared/b.yaml": map("b", "1") };
    const git = gitdir([
      { files, message: "Start" },
      { files: shared, remove: Object.keys(files), message: "Move to shared", as: "bad" },
      { files, remove: Object.keys(shared), message: "Back to main" },
    ]);
    const { exit, document } = await plan(git);
    expect({ exit, kind: document.kind, reason: document.status.reason }).toEqual({
      exit: 0,
      kind: "Hold",
      reason: "AlreadyReverted",
    });
    expect(document.status.revertedBy).toMatchObject([{ commit: git.head }]);
  });

  it("was not reverted by renaming its object", async () => {
    const git = gitdir([
      { files: { "a.yaml": map("cluster", "1.11") }, message: "Start" },
      { files: { "a.yaml": map("cluster", "1.12") }, message: "Bump", as: "bad" },
      { files: { "a.yaml": map("controllers", "1.11") }, message: "Rename" },
      { files: { "a.yaml": map("controllers", "1.12") }, message: "Bump the controllers" },
    ]);
    const { document } = await plan(git);
    expect(document.status.reason).not.toBe("AlreadyReverted");
  });

  it("is named as reverted in texts and templates, too", async () => {
    const template = (tag: string): string =>
      `image: {{ .Values.image }}:${tag}\n{{- if .Values.on }}\non: yes\n{{- end }}\n`;
    const git = gitdir([
      { files: { "chart/templates/a.yaml": template("1") }, message: "Start" },
      { files: { "chart/templates/a.yaml": template("2") }, message: "Bump", as: "bad" },
      { files: { "chart/templates/a.yaml": template("1") }, message: "Back" },
    ]);
    const { document } = await plan(git);
    expect(document.status).toMatchObject({ reason: "AlreadyReverted", revertedBy: [{ commit: git.head }] });
  });
});
