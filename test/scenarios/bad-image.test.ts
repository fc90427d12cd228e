import { describe, expect, it } from "vitest";

import { AT } from "../support/github-world.ts";
import { deployment } from "../support/manifests.ts";
import { begin } from "../support/story.ts";

const API = "apps/payments/api/deployment.yaml";
const GOOD = deployment("api:1.7.4", { env: { CACHE: "v1" } });
const BAD = deployment("api:1.8.0", { env: { CACHE: "v2" } });

/** A bad image is live. Mina looks, plans, proposes, and merges. */
const HISTORY = [
  { files: { [API]: deployment("api:1.7.3") }, message: "Add api (#440)" },
  { files: { [API]: GOOD }, message: "fix(api): bump image to 1.7.4 (#470)" },
  { files: { "README.md": "hello\n" }, message: "Say hello" },
  { files: { [API]: BAD }, message: "feat(api): bump image to 1.8.0 (#482)" },
] as const;

describe("a bad image", () => {
  it("is seen, marked, planned, reverted by a pull request, and merged", async () => {
    const story = await begin(HISTORY);
    const mina = story.person();
    const lastgood = async (line: string) => mina.run(`lastgood ${line} --repo ${story.url}`);

    const seen = await lastgood("history ./apps/payments/api");
    expect(seen.exit).toBe(0);
    expect(
      seen.stdout
        .split("\n")
        .slice(0, 3)
        .map((line) => line.split("\t").slice(-1)[0]),
    ).toEqual(["feat(api): bump image to 1.8.0 (#482)", "fix(api): bump image to 1.7.4 (#470)", "Add api (#440)"]);

    // Nobody has said yet what was good.
    expect(await lastgood("plan ./apps/payments/api")).toMatchObject({ exit: 3, stdout: "" });
    expect(await lastgood("revert ./apps/payments/api -y")).toMatchObject({ exit: 3, stdout: "" });
    const [good] = (await lastgood("history ./apps/payments/api -o name")).stdout.split("\n").slice(1);
    expect(await lastgood(`mark good ./apps/payments/api ${good} --reason 'quiet for a week'`)).toMatchObject({
      exit: 0,
    });

    const plan = await lastgood("plan ./apps/payments/api");
    expect(plan.stdout).toContain("containers[api].image");
    expect(plan.stdout).toContain("acme/api:1.8.0 -> acme/api:1.7.4");
    expect((await lastgood("plan ./apps/payments/api --detailed-exitcode")).exit).toBe(7);
    expect(await story.pullRequests()).toEqual([]);

    const revert = await lastgood("revert ./apps/payments/api -y --reason 'errors since 1.8.0'");
    expect(revert).toMatchObject({ exit: 0, stdout: `${story.github.url}/acme/gitops/pull/1\n` });
    const [pull, ...others] = await story.pullRequests();
    expect(others).toEqual([]);
    expect(pull).toMatchObject({ state: "open", labels: ["lastgood", "lastgood: awaiting review"] });
    expect(pull?.title).toBe('Revert "feat(api): bump image to 1.8.0 (#482)" in apps/payments/api');
    expect(pull?.body).toContain("errors since 1.8.0");
    expect(await story.text(API)).toBe(BAD);
    expect(await story.text(API, pull?.branch)).toBe(GOOD);

    // Again: the same pull request, nothing written.
    const requests = story.github.control.requests().length;
    expect(await lastgood("revert ./apps/payments/api -y")).toMatchObject({ exit: 0, stdout: revert.stdout });
    const made = story.github.control.requests().slice(requests);
    expect(made.filter(({ method, path }) => method !== "GET" && !path.includes("git-upload-pack"))).toEqual([]);

    const merged = await lastgood("revert ./apps/payments/api -y --merge");
    expect(merged).toMatchObject({ exit: 0, stdout: revert.stdout });
    expect(await story.text(API)).toBe(GOOD);
    expect(await story.text("README.md")).toBe("hello\n");
    expect(await story.pullRequests()).toMatchObject([{ number: 1, merged: true }]);

    const nothing = await lastgood("revert ./apps/payments/api -y --merge");
    expect(nothing).toMatchObject({ exit: 0, stdout: "" });
    expect(await story.pullRequests()).toHaveLength(1);
  });

  it("is reverted in part, and the pull request follows the choice", async () => {
    const story = await begin(HISTORY);
    const mina = story.person();
    const lastgood = async (line: string) => mina.run(`lastgood ${line} --repo ${story.url}`);
    await lastgood("revert ./apps/payments/api --to #470 -y");
    await lastgood("revert ./apps/payments/api --to #470 -y --only :image");
    const [pull] = await story.pullRequests();
    expect(await story.text(API, pull?.branch)).toBe(deployment("api:1.7.4", { env: { CACHE: "v2" } }));
    expect(pull?.body).toContain("--only :image");
    const { data } = await story.github.octokit("mina").pulls.listCommits({ ...AT, pull_number: 1 });
    expect(data).toHaveLength(2);
  });

  it("lands again after the revert, and is reverted again by a new pull request", async () => {
    const story = await begin(HISTORY);
    const mina = story.person();
    const lastgood = async (line: string) => mina.run(`lastgood ${line} --repo ${story.url}`);
    await lastgood("revert ./apps/payments/api --to #470 -y --merge");
    await story.push({ [API]: BAD }, "Reapply 1.8.0");
    expect(await lastgood("revert ./apps/payments/api --to #470 -y --merge")).toMatchObject({ exit: 0 });
    expect(await story.text(API)).toBe(GOOD);
    const pulls = await story.pullRequests();
    expect(pulls.map(({ merged }) => merged)).toEqual([true, true]);
    expect(pulls[1]?.branch).toBe(`${pulls[0]?.branch}-2`);
  });

  it("is reverted exactly as a saved plan says, or not at all", async () => {
    const story = await begin(HISTORY);
    const mina = story.person();
    const lastgood = async (line: string) => mina.run(`lastgood ${line} --repo ${story.url}`);
    const file = mina.save("plan.json", (await lastgood("plan ./apps/payments/api --to #470 -o json")).stdout);

    await story.push({ "README.md": "other work\n" });
    expect(await lastgood(`revert --plan ${file} -y`)).toMatchObject({ exit: 0 });
    await story.push({ [API]: deployment("api:1.8.1") }, "Fix forward");
    const stale = await lastgood(`revert --plan ${file} -y --mode push`);
    expect(stale).toMatchObject({ exit: 6, stdout: "" });
    expect(stale.stderr).toContain("StalePlan");
    expect(await story.text(API)).toBe(deployment("api:1.8.1"));
  });
});
