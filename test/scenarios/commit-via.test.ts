import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import type { CommitSpec } from "../support/gitdir.ts";
import { temporaryFolder } from "../support/gitdir.ts";
import { AT, NAME, TOKENS, githubForTest, type World } from "../support/github-world.ts";
import { deployment } from "../support/manifests.ts";
import { type CliRun, runCli } from "../support/run-cli.ts";
import { runGit } from "../support/run-git.ts";

const API = "apps/api/deployment.yaml";
const HISTORY: readonly CommitSpec[] = [
  { files: { [API]: deployment("api:1.7") }, tag: "release-1" },
  { files: { [API]: deployment("api:1.8") }, message: "Bump api to 1.8 (#2)" },
];

interface Story {
  readonly world: World;
  readonly revert: (token: keyof typeof TOKENS, ...flags: readonly string[]) => Promise<CliRun>;
  /** The one commit on the branch of the one open pull request. */
  readonly proposed: () => Promise<{ readonly verified: boolean; readonly author: string; readonly tree: string }>;
}

async function story(files: CommitSpec["files"] = {}): Promise<Story> {
  const [first, second] = HISTORY;
  const world = await githubForTest([{ ...first, files: { ...first?.files, ...files } }, second ?? {}]);
  const url = world.gitUrl(AT.owner, AT.repo);
  return {
    world,
    revert: async (token, ...flags) =>
      runCli(["revert", "apps/api", "--to", "release-1", "--repo", url, "--yes", ...flags], {
        env: { GH_TOKEN: TOKENS[token], XDG_CACHE_HOME: temporaryFolder("cache") },
      }),
    proposed: async () => {
      const { data } = await world.octokit("mina").pulls.list({ ...AT, state: "open" });
      const [pull, ...more] = data;
      if (pull === undefined || more.length > 0) throw new Error(`${data.length} pull requests`);
      const { commit } = (await world.octokit("mina").repos.getCommit({ ...AT, ref: pull.head.sha })).data;
      const { stdout: tree } = await runGit(world.dir, "rev-parse", `${pull.head.sha}^{tree}`);
      return { verified: commit.verification?.verified === true, author: commit.author?.name ?? "", tree };
    },
  };
}

describe("revert --commit-via", () => {
  it("is auto: an App's commit is made and signed by GitHub, a person's is pushed; both are the same", async () => {
    const [app, person] = [await story(), await story()];
    const made = await app.revert("app");
    expect(made).toMatchObject({ exit: 0, stderr: expect.stringContaining("letting 127.0.0.1") });
    expect(await person.revert("mina")).toMatchObject({ exit: 0 });
    const [byApp, byPerson] = [await app.proposed(), await person.proposed()];
    expect(byApp).toMatchObject({ verified: true, author: "lastgood[bot]" });
    expect(byPerson.verified).toBe(false);
    expect(byApp.tree).toBe(byPerson.tree);
  });

  it("makes no second commit when it is run again", async () => {
    const { revert, proposed, world } = await story();
    await revert("app");
    const before = await proposed();
    expect(await revert("app")).toMatchObject({ exit: 0 });
    expect(await proposed()).toEqual(before);
    const made = world.control.requests().filter(({ body }) => JSON.stringify(body ?? "").includes("createCommit"));
    expect(made).toHaveLength(1);
  });

  it("gets a person's commit through a rule that wants signatures", async () => {
    const { revert, proposed, world } = await story();
    world.control.addRuleset(NAME, { include: ["~ALL"], rules: [{ type: "required_signatures" }] });
    expect(await revert("mina", "--commit-via", "push")).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining("verified signatures"),
    });
    expect(await revert("mina")).toMatchObject({ exit: 0 });
    expect(await proposed()).toMatchObject({ verified: true, author: "mina" });
  });

  it("pushes an App's commit when told so, by flag or by configuration", async () => {
    const flagged = await story();
    await flagged.revert("app", "--commit-via", "push");
    expect(await flagged.proposed()).toMatchObject({ verified: false });
    const configured = await story();
    const config = join(temporaryFolder("config"), "lastgood.yaml");
    const lines = ["apiVersion: lastgood.dev/v1alpha1", "kind: Config", "forge: { commit: { via: push } }"];
    writeFileSync(config, `${lines.join("\n")}\n`);
    await configured.revert("app", "--config", config);
    expect(await configured.proposed()).toMatchObject({ verified: false });
  });

  it("fast-forwards the branch by the API, too", async () => {
    const { revert, world } = await story();
    const { stdout, exit } = await revert("app", "--mode", "push");
    expect(exit).toBe(0);
    const { data } = await world.octokit("mina").repos.getCommit({ ...AT, ref: "main" });
    expect(data.sha).toBe(stdout.trim());
    expect(data.commit.verification?.verified).toBe(true);
    expect((await runGit(world.dir, "show", `main:${API}`)).stdout).toBe(deployment("api:1.7").trimEnd());
  });

  it("costs one commit when the answer is lost", async () => {
    const { revert, proposed, world } = await story();
    const body = /createCommitOnBranch/;
    world.control.addFault({ path: /graphql/, body, when: "after", does: { kind: "drop" } });
    expect(await revert("app")).toMatchObject({ exit: 0 });
    expect(await proposed()).toMatchObject({ verified: true });
    expect(world.control.unusedFaults()).toEqual([]);
  });

  it("is one of three words", async () => {
    expect(await runCli(["revert", "apps/api", "--commit-via", "carrier-pigeon"])).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining("auto"),
    });
  });
});
