import { describe, expect, it } from "vitest";

import { AT } from "../support/github-world.ts";
import { octokitFor } from "../support/github-tools.ts";
import { deployment } from "../support/manifests.ts";
import { begin, type Story } from "../support/story.ts";

const API = "apps/payments/api/deployment.yaml";
const GOOD = deployment("api:1.7.4", { env: { CACHE: "v1" } });
const BAD = deployment("api:1.8.0", { env: { CACHE: "v2" } });

/** Dana's change is reviewed and merged by Mina; then it turns out to be bad. */
async function badChange(): Promise<{ readonly story: Story; readonly number: number }> {
  const story = await begin([
    { files: { [API]: GOOD }, message: "Release 1.7.4", tag: "release-1" },
    { files: { [API]: BAD }, message: "feat(api): bump image to 1.8.0", branch: "bump", from: "main" },
  ]);
  const { control } = story.github;
  control.addToken("ghp_dana", { user: "dana", permissions: "write" });
  const mina = story.github.octokit("mina");
  const dana = octokitFor(story.github.url, "ghp_dana");
  const { data } = await dana.pulls.create({
    ...AT,
    head: "bump",
    base: "main",
    title: "feat(api): bump image to 1.8.0",
  });
  await mina.pulls.merge({ ...AT, pull_number: data.number, merge_method: "squash" });
  return { story, number: data.number };
}

const commentsOn = async (story: Story, number: number): Promise<readonly string[]> => {
  const { data } = await story.github.octokit("mina").issues.listComments({ ...AT, issue_number: number });
  return data.map(({ body }) => body ?? "");
};

describe("the life of a pull request", () => {
  it("asks its people, follows the boxes, tells how it went, and is taken back by another", async () => {
    const { story, number } = await badChange();
    const lastgood = async (line: string) => story.person("app").run(`lastgood ${line} --repo ${story.url}`);

    const opened = await lastgood("revert ./apps/payments/api --to release-1 -y --reason '5xx since 1.8.0'");
    expect(opened).toMatchObject({ exit: 0, stdout: `${story.github.url}/acme/gitops/pull/2\n` });
    const mina = story.github.octokit("mina");
    const read = async () => (await mina.pulls.get({ ...AT, pull_number: 2 })).data;
    const pull = await read();
    expect(pull.requested_reviewers?.map(({ login }) => login).sort()).toEqual(["dana", "mina"]);
    expect(pull.body).toContain(`Reverts #${number}`);

    const [told, ...more] = await commentsOn(story, number);
    expect(more).toEqual([]);
    expect(told).toMatch(
      /^This change was live in \*\*apps\/payments\/api\*\* when #2 was opened; #2 proposes to restore/,
    );
    expect(await commentsOn(story, 2)).toEqual([expect.stringMatching(/^✔ opened → ◎ waiting for a review/)]);

    // Mina wants the new cache to stay.
    const ticked = (pull.body ?? "").replace("- [x] <!-- lastgood:facet=env -->", "- [ ] <!-- lastgood:facet=env -->");
    await mina.pulls.update({ ...AT, pull_number: 2, body: ticked });
    expect(await lastgood("revert --follow 2 -y")).toMatchObject({ exit: 0, stdout: opened.stdout });
    expect(await story.text(API, pull.head.ref)).toBe(deployment("api:1.7.4", { env: { CACHE: "v2" } }));
    expect((await read()).body).toContain("(partially)");
    expect(await lastgood("revert --follow 2 -y")).toMatchObject({ exit: 0, stdout: opened.stdout });

    await mina.pulls.merge({ ...AT, pull_number: 2, merge_method: "squash" });
    expect(await story.text(API)).toBe(deployment("api:1.7.4", { env: { CACHE: "v2" } }));

    // The image was not to blame.
    const again = await lastgood("revert --pr 2 -y --reason 'it was the database'");
    expect(again).toMatchObject({ exit: 0, stdout: `${story.github.url}/acme/gitops/pull/3\n` });
    const reapply = (await mina.pulls.get({ ...AT, pull_number: 3 })).data;
    expect(reapply.title).toBe(`Reapply "feat(api): bump image to 1.8.0 (#${number})"`);
    expect(reapply.body).toContain("which #2 took back");
    expect(await story.text(API, reapply.head.ref)).toBe(BAD);
  });

  it("remembers who deleted the branch, also without our text, and asks before there is another", async () => {
    const { story } = await badChange();
    const mina = story.github.octokit("mina");
    const lastgood = async (line: string) => story.person("app").run(`lastgood ${line} --repo ${story.url}`);
    const revert = "revert ./apps/payments/api --to release-1";
    await lastgood(`${revert} -y`);
    await mina.pulls.update({ ...AT, pull_number: 2, body: "no, thanks", title: "no" });
    await mina.git.deleteRef({
      ...AT,
      ref: `heads/${(await mina.pulls.get({ ...AT, pull_number: 2 })).data.head.ref}`,
    });
    const again = await lastgood(`${revert} -y`);
    expect(again.stderr).toContain("mina closed the revert of this suspect before");
    expect(await story.pullRequests()).toHaveLength(3);
  });

  it("follows no box that somebody without write access ticked", async () => {
    const { story } = await badChange();
    const lastgood = async (line: string) => story.person("app").run(`lastgood ${line} --repo ${story.url}`);
    await lastgood("revert ./apps/payments/api --to release-1 -y");
    const mina = story.github.octokit("mina");
    const { body } = (await mina.pulls.get({ ...AT, pull_number: 2 })).data;
    await mina.pulls.update({
      ...AT,
      pull_number: 2,
      body: (body ?? "").replace("- [x] <!-- lastgood:facet=env", "- [ ] <!-- lastgood:facet=env"),
    });
    story.github.control.setRole("acme/gitops", "mina", "triage");
    const refused = await lastgood("revert --follow 2 -y");
    expect(refused).toMatchObject({ exit: 5, stdout: "" });
    expect(refused.stderr).toContain("mina, who edited");
    expect(refused.stderr).toContain("has no write access");
  });

  it.each([
    ["--follow x", "is not a number"],
    ["--follow 1", "#1 is merged"],
    ["./apps/payments/api --follow 2", "takes target from the pull request"],
    ["--follow 77", "is no pull request of lastgood"],
  ])("refuses %s", async (flags, words) => {
    const { story } = await badChange();
    const refused = await story.person("app").run(`lastgood revert ${flags} -y --repo ${story.url}`);
    expect(refused).toMatchObject({ exit: 2, stdout: "" });
    expect(refused.stderr).toContain(words);
  });

  it("is assigned to those whom the config names; who cannot be is a warning", async () => {
    const { story } = await badChange();
    const person = story.person("app");
    person.save(
      "lastgood.yaml",
      `apiVersion: lastgood.dev/v1alpha1
kind: Config
forge: { pullRequest: { assignees: [mina, nobody-here] } }
targets: [{ name: api, paths: [apps/payments/api] }]
`,
    );
    const { exit, stderr } = await person.run(`lastgood revert api --to release-1 -y --repo ${story.url}`);
    expect(exit).toBe(0);
    expect(stderr).toContain("nobody-here cannot be assigned");
    const { data } = await story.github.octokit("mina").issues.get({ ...AT, issue_number: 2 });
    expect(data.assignees?.map(({ login }) => login)).toEqual(["mina"]);
  });

  it("is never needed by a token that may push past the rules: that it did is told", async () => {
    const { story } = await badChange();
    await story.github.control.protect(`${AT.owner}/${AT.repo}`, "main", { requiredApprovals: 1 });
    const run = `lastgood revert ./apps/payments/api --to release-1 -y --mode push --commit-via push --repo ${story.url}`;
    const { exit, stderr } = await story.person("admin").run(run);
    expect(exit).toBe(0);
    expect(stderr).toContain("let this token bypass the rules of refs/heads/main");
  });
});
