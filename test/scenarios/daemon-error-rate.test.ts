import { describe, expect, it } from "vitest";
import { createAddressGuard } from "../../src/adapters/health/http/address-guard.ts";
import { createFigureSource } from "../../src/adapters/health/prometheus/prometheus.ts";
import { beginDaemonStory, type DaemonStory, MANIFEST, MINUTE, POLICY } from "../support/daemon-story.ts";
import { AT } from "../support/github-world.ts";
import { lookAlikePrometheus } from "../support/look-alike-prometheus.ts";
import { deployment } from "../support/manifests.ts";
import { releases, untilEnded, untilLanded } from "../support/outage.ts";

const QUERY = "job:http_errors:ratio";

interface Shop {
  readonly story: DaemonStory;
  readonly errors: (share: number) => void;
}

/** The engine calls it Healthy all along; a release sends one request in eight astray. Then the revert has landed, and runs. */
async function reverted(): Promise<Shop & { readonly landed: string }> {
  const story = await beginDaemonStory();
  const prometheus = await lookAlikePrometheus(() => story.clock.nowMs());
  const errors = (share: number): void => void prometheus.figures.set(QUERY, share);
  story.policy = { ...POLICY, mode: "merge", verify: { forMs: 2 * MINUTE, timeoutMs: 10 * MINUTE } };
  story.health = [
    createFigureSource(
      { url: prometheus.url, timeoutMs: 5000 },
      { name: "error rate", query: QUERY, limits: { below: 0.05 }, intervalMs: 30_000 },
      { clock: story.clock, isDenied: createAddressGuard("internal") },
    ),
  ];
  errors(0.004);
  await story.runs(await story.tip(), "Healthy");
  await story.start();
  await story.until(() => story.records().some(({ type }) => type === "checkpoint"));

  await story.runs(await releases(story), "Healthy");
  errors(0.125);
  const landed = await untilLanded(story);
  await story.runs(landed, "Healthy");
  return { story, errors, landed };
}

describe("the daemon, told by Prometheus", () => {
  it("reverts for an error rate, calls it recovered when the rate is back where it was, and tells the whole story in an incident", async () => {
    const { story, errors, landed } = await reverted();
    expect(story.records().filter(({ type }) => type === "checkpoint")).toMatchObject([
      { verdict: "good", figures: [{ source: "error rate", value: 0.004, better: "lower", limit: 0.05 }] },
      { verdict: "bad", reason: expect.stringContaining("0.125 is not below 0.05") },
    ]);
    // Below the limit again, and still five times what it was.
    errors(0.02);
    await story.pass(8 * MINUTE);
    expect(story.jobs()).toMatchObject([{ status: "In Progress", station: "verification" }]);
    errors(0.004);
    await untilEnded(story);

    expect(story.jobs()).toMatchObject([{ status: "Completed", outcome: "verified", landed }]);
    expect(await story.text(MANIFEST)).toBe(deployment("api:1.7.4"));
    expect(story.records().filter(({ type }) => type === "quarantine")).toMatchObject([
      { artifact: { kind: "image", tag: "1.8.0" } },
      { artifact: { kind: "content" } },
    ]);
    const { data } = await story.github.octokit("mina").issues.get({ ...AT, issue_number: 2 });
    expect(data.state).toBe("open");
    expect(data.body).toContain("error rate");
    expect(data.body).toContain("feat(api): bump image to 1.8.0");
    expect(data.body).toContain(`as ${landed.slice(0, 7)}`);
    expect(data.body).toContain("- [ ] The root cause is known, and written down here");
    expect(story.told.map(({ event }) => event)).toEqual([
      "RegressionDetected",
      "RevertProposed",
      "RevertMerged",
      "RevertSynced",
      "RevertVerified",
    ]);
  });

  it("does not call it recovered while the rate is within its limit, and far from where it was", async () => {
    const { story, errors } = await reverted();
    errors(0.02);
    await untilEnded(story);
    expect(story.jobs()).toMatchObject([
      { status: "Exception", outcome: "still unhealthy", detail: "error rate is 0.02, and was 0.004" },
    ]);
    expect(story.records().filter(({ type }) => type === "quarantine")).toEqual([]);
    expect(await story.pullRequests()).toHaveLength(1);
  });
});
