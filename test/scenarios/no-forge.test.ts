import { describe, expect, it } from "vitest";

import { gitdir } from "../support/gitdir.ts";
import { API, BAD, GOOD, HISTORY } from "../support/release-history.ts";
import { branchesOf } from "../support/revert-world.ts";
import { runGit } from "../support/run-git.ts";
import { clone, personOf } from "../support/story.ts";

describe("a plain bare repository", () => {
  it("is pushed to where it lies", async () => {
    const server = gitdir(HISTORY);
    const mina = personOf({});
    const { exit, stdout } = await mina.run(`lastgood revert ./apps/api --to #1 --mode push -y --repo ${server.path}`);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${server.head}\n` });
    expect(server.text(API)).toBe(GOOD);
  });

  it("has no pull requests: says so before anything is written", async () => {
    const server = gitdir(HISTORY);
    const before = branchesOf(server);
    const { exit, stdout, stderr } = await personOf({}).run(
      `lastgood revert ./apps/api --to #1 -y --repo ${server.path}`,
    );
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
    expect(stderr).toContain("ForgeUnsupported");
    expect(stderr).toContain("--mode push");
    expect(branchesOf(server)).toEqual(before);
  });
});

describe("a clone of a plain repository", () => {
  async function inClone() {
    const server = gitdir(HISTORY);
    const folder = await clone(server.path);
    const mina = personOf({});
    mina.cd(folder);
    return { server, mina, folder };
  }

  it("proposes by a branch, and finds it again", async () => {
    const { server, mina } = await inClone();
    const first = await mina.run("lastgood revert ./apps/api --to #1 -y");
    expect(first.exit).toBe(0);
    expect(first.stderr).toContain("merge lastgood/apps-api/");
    const [branch = ""] = Object.keys(branchesOf(server)).filter((name) => name !== "main");
    expect(first.stdout).toBe(`${server.id(branch)}\n`);
    expect(server.text(API, branch)).toBe(GOOD);
    expect(server.text(API)).toBe(BAD);
    expect(await mina.run("lastgood revert ./apps/api --to #1 -y")).toMatchObject({ exit: 0, stdout: first.stdout });
    expect(Object.keys(branchesOf(server))).toHaveLength(2);
  });

  it("cannot merge there: it is pending", async () => {
    const { server, mina } = await inClone();
    const { exit, stderr } = await mina.run("lastgood revert ./apps/api --to #1 -y --merge");
    expect(exit).toBe(8);
    expect(stderr).toContain("there is no pull request to merge");
    expect(server.text(API)).toBe(BAD);
  });

  it("takes a branch that was merged by hand for done", async () => {
    const { server, mina } = await inClone();
    await mina.run("lastgood revert ./apps/api --to #1 -y");
    const [branch = ""] = Object.keys(branchesOf(server)).filter((name) => name !== "main");
    server.git(["update-ref", "refs/heads/main", `refs/heads/${branch}`]);
    const done = await mina.run("lastgood revert ./apps/api --to #1 -y");
    expect(done).toMatchObject({ exit: 0, stdout: "" });
  });

  it("pushes to the branch that is deployed, by a mark that only this clone knows yet", async () => {
    const { server, mina, folder } = await inClone();
    const marked = await mina.run(`lastgood mark good ./apps/api ${server.commits[0] ?? ""} --reason quiet`);
    expect(marked.exit).toBe(0);
    expect(marked.stderr).toContain("git push origin refs/lastgood/ledger");

    const { exit, stdout } = await mina.run("lastgood revert ./apps/api --mode push -y");
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${server.head}\n` });
    expect(server.text(API)).toBe(GOOD);
    expect((await runGit(folder, "push", "--quiet", "origin", "refs/lastgood/ledger")).code).toBe(0);
  });
});
