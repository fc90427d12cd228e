import { describe, expect, it } from "vitest";
import { beginDaemonStory, type DaemonStory, HOUR, MANIFEST, MINUTE, POLICY } from "../support/daemon-story.ts";
import { AT, TOKENS } from "../support/github-world.ts";
import { deployment } from "../support/manifests.ts";
import { type Outage, outage, untilEnded, untilLanded, untilProposed } from "../support/outage.ts";

const RUNBOOK = "https://runbooks.example.com/api";

/** Until the revert is proposed. */
async function proposed(story: DaemonStory): Promise<Outage> {
  const commits = await outage(story);
  await untilProposed(story);
  return commits;
}

function events(story: DaemonStory): readonly string[] {
  return story.told.map(({ event }) => event);
}

describe("the daemon, when things go otherwise", () => {
  it("calls people once when the revert does not help, and never reverts again", async () => {
    const story = await beginDaemonStory();
    story.policy = { ...POLICY, verify: { forMs: 2 * MINUTE, timeoutMs: 3 * MINUTE }, runbook: RUNBOOK };
    await proposed(story);
    expect((await story.pullRequests())[0]?.body).toContain(`- The runbook: <${RUNBOOK}>`);
    const merged = await story.merge(1);
    await story.runs(merged, "Degraded");
    await untilEnded(story);
    await story.pass(5 * MINUTE);
    expect(story.jobs()).toMatchObject([{ status: "Exception", outcome: "still unhealthy" }]);
    expect(events(story).filter((event) => event === "RevertStillUnhealthy")).toHaveLength(1);
    expect(story.records().filter(({ type }) => type === "quarantine")).toEqual([]);
    expect(await story.pullRequests()).toHaveLength(1);
    expect((await story.pullRequests())[0]?.labels).toContain("lastgood: still unhealthy");
    const { data: issues } = await story.github.octokit("mina").issues.listForRepo(AT);
    expect(
      issues.filter(({ body }) => body?.includes(`<${RUNBOOK}>`) && !body.includes("- The runbook:")),
    ).toHaveLength(1);
  });

  it("comes to its end where it may not open issues, and says so on the pull request, once", async () => {
    const story = await beginDaemonStory();
    const permissions = { metadata: "read", contents: "write", pull_requests: "write", issues: "read" } as const;
    story.github.control.addToken(TOKENS.app, { user: "lastgood[bot]", permissions });
    await proposed(story);
    const merged = await story.merge(1);
    await story.runs(merged, "Healthy");
    await untilEnded(story);
    expect(story.jobs()).toMatchObject([{ outcome: "verified" }]);
    const comments = await story.github.octokit("mina").issues.listComments({ ...AT, issue_number: 1 });
    expect(comments.data.filter(({ body }) => body?.includes("No incident issue was opened"))).toHaveLength(1);
  });

  it("takes a closed pull request for a no, also when its ledger is lost and it is started anew", async () => {
    const story = await beginDaemonStory();
    const { good } = await proposed(story);
    await story.close(1);
    await untilEnded(story);
    expect(story.jobs()).toMatchObject([{ outcome: "rejected", detail: "#1 was closed by mina" }]);
    story.loseLedger();
    story.wasGood(good);
    await story.start();
    await story.pass(10 * MINUTE);
    expect(await story.pullRequests()).toHaveLength(1);
    expect((await story.pullRequests())[0]?.state).toBe("closed");
  });

  it("leaves the target to a newer fix", async () => {
    const story = await beginDaemonStory();
    await proposed(story);
    const fix = await story.push({ [MANIFEST]: deployment("api:1.8.1") }, "fix(api): bump image to 1.8.1");
    await untilEnded(story);
    expect(story.jobs()).toMatchObject([{ status: "Completed", outcome: "superseded" }]);
    await story.runs(fix, "Healthy");
    await story.pass(10 * MINUTE);
    expect(story.jobs()).toHaveLength(1);
    expect(await story.pullRequests()).toHaveLength(1);
  });

  it("does not look for the cause in git when what fails is what was good", async () => {
    const story = await beginDaemonStory();
    const good = await story.tip();
    story.wasGood(good);
    const other = await story.push({ "docs/README.md": "Hello\n" }, "docs: say hello");
    await story.runs(other, "Degraded");
    await story.start();
    await untilEnded(story);
    await story.pass(10 * MINUTE);
    expect(story.jobs()).toMatchObject([{ outcome: "held", reason: "Environment", escalated: ["held"] }]);
    expect(await story.pullRequests()).toEqual([]);
  });

  it("waits for a freeze to end, then acts", async () => {
    const story = await beginDaemonStory();
    story.policy = { ...POLICY, freeze: [{ cron: "30 13 * * *", forMs: HOUR, timezone: "UTC", mode: "observe" }] };
    await outage(story);
    await story.until(() => story.jobs()[0]?.reason === "Frozen");
    expect(story.jobs()).toMatchObject([{ status: "Queued", untilMs: Date.parse("2026-08-22T14:30:00Z") }]);
    expect(await story.pullRequests()).toEqual([]);
    await untilProposed(story);
    expect(story.clock.nowMs()).toBeGreaterThanOrEqual(Date.parse("2026-08-22T14:30:00Z"));
    expect(story.jobs()).toHaveLength(1);
  });

  it("does nothing while somebody who may has switched it off, and goes on afterwards", async () => {
    const story = await beginDaemonStory();
    const issues = story.github.octokit("mina").issues;
    await issues.create({ ...AT, title: "Please stop", labels: ["lastgood: disable"] });
    await outage(story);
    await story.until(() => story.jobs()[0]?.reason === "Disabled");
    await story.pass(10 * MINUTE);
    expect(await story.pullRequests()).toEqual([]);
    await issues.update({ ...AT, issue_number: 1, state: "closed" });
    await untilProposed(story);
    expect(await story.pullRequests()).toHaveLength(1);
  });

  it("merges by itself where the policy allows it, and goes on from the forge and git alone when it is killed and its ledger lost", async () => {
    const story = await beginDaemonStory();
    story.policy = { ...POLICY, mode: "merge" };
    const { good } = await outage(story);
    const landed = await untilLanded(story);
    const [{ id: job } = { id: "" }] = story.jobs();
    story.loseLedger();
    await story.start();
    await story.runs(landed, "Healthy");
    await untilEnded(story);
    expect(story.jobs()).toMatchObject([{ id: job, outcome: "verified", landed }]);
    expect(await story.text(MANIFEST)).toBe(deployment("api:1.7.4"));
    expect(await story.pullRequests()).toHaveLength(1);
    expect(good).not.toBe(landed);
  });
});
