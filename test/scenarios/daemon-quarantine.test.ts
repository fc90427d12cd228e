import { describe, expect, it } from "vitest";
import { beginDaemonStory, type DaemonStory, MANIFEST, MINUTE, POLICY } from "../support/daemon-story.ts";
import { AT } from "../support/github-world.ts";
import { deployment } from "../support/manifests.ts";
import { outage, untilLanded } from "../support/outage.ts";

/** A release broke `api`, was taken back, and is in quarantine. Answers the commit of the revert. */
async function quarantined(story: DaemonStory): Promise<string> {
  const { limits } = POLICY;
  story.policy = { ...POLICY, mode: "merge", limits: { ...limits, cooldownMs: 5 * MINUTE, perTarget: 2 } };
  await outage(story);
  const landed = await untilLanded(story);
  await story.runs(landed, "Healthy");
  await story.until(() => story.jobs()[0]?.outcome === "verified");
  return landed;
}

/** A bot opens a pull request with this text, and somebody merges it. */
async function bumps(story: DaemonStory, text: string): Promise<{ readonly number: number; readonly commit: string }> {
  const { git, pulls } = story.github.octokit("mina");
  await git.createRef({ ...AT, ref: "refs/heads/renovate/api", sha: await story.tip() });
  await story.push({ [MANIFEST]: text }, "chore(deps): update api to 1.8.0", "renovate/api");
  const title = "chore(deps): update api to 1.8.0";
  const { number } = (await pulls.create({ ...AT, title, head: "renovate/api", base: "main" })).data;
  await story.github.control.settle();
  const { sha } = (await pulls.merge({ ...AT, pull_number: number, merge_method: "squash" })).data;
  return { number, commit: sha };
}

async function commentsOn(story: DaemonStory, number: number): Promise<readonly string[]> {
  const { data } = await story.github.octokit("mina").issues.listComments({ ...AT, issue_number: number });
  return data.map(({ body }) => body ?? "");
}

function violations(story: DaemonStory): readonly string[] {
  return story.told.flatMap(({ event, message }) => (event === "QuarantineViolated" ? [message] : []));
}

describe("the daemon, when a bot brings back what is in quarantine", () => {
  it("says so where it was done and to all who listen, once", async () => {
    const story = await beginDaemonStory();
    await quarantined(story);
    const again = deployment("api:1.8.0").replace("kind: Deployment", "kind: Deployment # renovated");
    const { number, commit } = await bumps(story, again);
    await story.runs(commit, "Healthy");
    await story.until(() => violations(story).length > 0);
    await story.pass(30 * MINUTE);
    expect(violations(story)).toEqual([
      expect.stringMatching(
        /^[0-9a-f]{7} by mina brings back what was taken away: .*api:1\.8\.0 is quarantined until 2026-08-29/,
      ),
    ]);
    expect(await commentsOn(story, number)).toEqual([
      expect.stringContaining("that #1 took away: acme/api:1.8.0 is quarantined until 2026-08-29"),
    ]);
    expect(story.jobs()).toHaveLength(1);
    await story.start();
    await story.pass(10 * MINUTE);
    expect(violations(story)).toHaveLength(1);
  });

  it("takes it back again within its budget when it fails again, with something else in it", async () => {
    const story = await beginDaemonStory();
    await quarantined(story);
    const again = deployment("api:1.8.0").replace("kind: Deployment", "kind: Deployment # renovated");
    const { commit } = await bumps(story, again);
    await story.pass(10 * MINUTE);
    await story.runs(commit, "Degraded");
    await story.until(() => story.jobs().length === 2 && story.jobs().every(({ landed }) => landed !== undefined));
    expect(await story.text(MANIFEST)).toBe(deployment("api:1.7.4"));
    expect((await story.pullRequests()).filter(({ labels }) => labels.includes("lastgood"))).toHaveLength(2);
  });

  it("never reverts the very same content twice, and calls people instead", async () => {
    const story = await beginDaemonStory();
    await quarantined(story);
    const { commit } = await bumps(story, deployment("api:1.8.0"));
    await story.runs(commit, "Degraded");
    await story.until(() => story.jobs()[0]?.reason === "AlreadyReverted" && story.jobs()[0]?.endedAtMs !== undefined);
    await story.pass(30 * MINUTE);
    expect(violations(story)).toHaveLength(1);
    expect(story.told.filter(({ event }) => event === "RevertHeld")).toHaveLength(1);
    expect((await story.pullRequests()).filter(({ labels }) => labels.includes("lastgood"))).toHaveLength(1);
  });
});
