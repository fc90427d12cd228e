import { describe, expect, it } from "vitest";

import { readReverts, type RevertsQuery } from "../../src/app/read-reverts.ts";
import { runRevert } from "../../src/app/run-revert.ts";
import { parseBranch } from "../../src/core/change/branch.ts";
import { foldJobs, type Job } from "../../src/core/job/job.ts";
import { type JobRecord, statusOf } from "../../src/core/job/job-record.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { CommitSpec } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { delivered, type RevertWorld, serveOne, type Server, tipOf, wish } from "../support/revert-world.ts";

const API = "apps/api/deployment.yaml";
const HISTORY: readonly CommitSpec[] = [
  { files: { [API]: deployment("api:1.7", { replicas: 2 }) }, tag: "release-1" },
  { files: { [API]: deployment("api:1.8", { replicas: 2 }) }, message: "Bump api to 1.8" },
];

type Place = Server & { readonly world: RevertWorld };

const query = (more: Partial<RevertsQuery> = {}): RevertsQuery => ({
  repository: "gitops",
  sinceMs: 0,
  targets: ["apps/api"],
  branches: ["main"],
  jobs: [],
  ...more,
});

async function proposed(): Promise<Place & { readonly key: string; readonly branch: string }> {
  const place = await serveOne(HISTORY);
  const { branch } = delivered(await runRevert(wish(), place.world));
  return { ...place, branch, key: parseBranch(branch)?.key ?? "" };
}

async function merge({ forge, origin, world }: Place, branch: string): Promise<void> {
  const expectedHead = tipOf(origin, branch);
  if (expectedHead === undefined) throw new Error("no branch");
  await forge.mergePullRequest({ number: 1, expectedHead, title: "Revert", message: "Lastgood-Target: apps/api" });
  await world.remote.fetch([]);
}

function endedJob(more: Partial<JobRecord>): readonly Job[] {
  const outcome = more.outcome ?? "verified";
  const line: JobRecord = {
    v: 1,
    type: "job",
    id: "L1",
    job: "J1",
    at: "2026-08-22T14:00:00Z",
    by: "lastgood",
    target: "apps/api",
    trigger: "health Failed",
    status: statusOf(outcome),
    station: "record",
    detail: "done",
    outcome,
    ...more,
  };
  return foldJobs([line]);
}

describe("readReverts", () => {
  it("counts an open pull request, by the forge's clock", async () => {
    const { world, key, forge } = await proposed();
    const [pull] = await forge.pullRequests();
    const { clockMs, reverts } = await readReverts(query(), world);
    expect(reverts).toEqual([
      { target: "apps/api", repository: "gitops", key, openedAtMs: pull?.createdAtMs, pullRequest: 1 },
    ]);
    expect(clockMs).toBeGreaterThan(pull?.createdAtMs ?? 0);
  });

  it("counts a merged one once, though its commit says what it is", async () => {
    const place = await proposed();
    await merge(place, place.branch);
    const { reverts } = await readReverts(query(), place.world);
    expect(reverts).toMatchObject([{ pullRequest: 1, landed: { atMs: expect.any(Number), by: "lastgood" } }]);
  });

  it("tells a person's merge from its own; without a name it counts as its own", async () => {
    const place = await proposed();
    await merge(place, place.branch);
    const as = async (mergedBy: string | undefined) => {
      const reverts = async (sinceMs: number) => {
        const told = await place.forge.reverts(sinceMs);
        const changed = told.reverts.map((revert) => {
          const { mergedBy: _merger, ...rest } = revert;
          return mergedBy === undefined ? rest : { ...rest, mergedBy };
        });
        return { ...told, reverts: changed };
      };
      return (await readReverts(query(), { ...place.world, forge: { reverts } })).reverts[0]?.landed?.by;
    };
    expect([
      await as("mkim"),
      await as("Lastgood[bot]"),
      await as("github-merge-queue[bot]"),
      await as(undefined),
    ]).toEqual(["person", "lastgood", "lastgood", "lastgood"]);
  });

  it("says when a person closed one", async () => {
    const { world, forge } = await proposed();
    forge.close(1, "mkim");
    expect((await readReverts(query(), world)).reverts).toMatchObject([{ closedAtMs: expect.any(Number) }]);
  });

  it("counts one that was pushed, from git alone", async () => {
    const { world, origin } = await serveOne(HISTORY);
    await runRevert(wish({ mode: "push" }), world);
    await world.remote.fetch([]);
    const { reverts, clockMs } = await readReverts(query(), { repository: world.repository });
    expect(clockMs).toBeUndefined();
    expect(reverts).toEqual([
      {
        target: "apps/api",
        repository: "gitops",
        key: origin.git(["rev-parse", "main^"]).slice(0, 12),
        openedAtMs: expect.any(Number),
        landed: { atMs: expect.any(Number), by: "lastgood" },
      },
    ]);
    expect((await readReverts(query({ sinceMs: Date.parse("2030-01-01") }), world)).reverts).toEqual([]);
  });

  it("reads how one ended from its label, else from the ledger", async () => {
    const { world, forge } = await proposed();
    const jobs = endedJob({ pullRequest: 1, outcome: "verified" });
    const outcome = async (known: readonly Job[]) =>
      (await readReverts(query({ jobs: known }), world)).reverts[0]?.outcome;
    expect(await outcome([])).toBeUndefined();
    expect(await outcome(jobs)).toBe("verified");
    expect(await outcome(endedJob({ pullRequest: 2 }))).toBeUndefined();
    expect(await outcome(endedJob({ pullRequest: 1, outcome: "timeout" }))).toBeUndefined();
    forge.label(1, "lastgood: still unhealthy");
    expect(await outcome(jobs)).toBe("still unhealthy");
  });

  it("takes the target's name from the text only where the branch agrees", async () => {
    const { world, forge } = await proposed();
    forge.edit(1, "mkim", { body: "nothing of ours" });
    expect((await readReverts(query(), world)).reverts[0]?.target).toBe("apps/api");
    expect((await readReverts(query({ targets: [] }), world)).reverts[0]?.target).toBe("apps-api");
  });

  it("leaves out a rehearsal", async () => {
    const { world, forge, origin } = await serveOne(HISTORY);
    origin.git(["update-ref", "refs/heads/lastgood/drill/apps-api/01J", origin.id("release-1")]);
    const texts = { title: "Drill", body: "", draft: true, labels: [], reviewers: [] };
    await forge.openPullRequest({ ...texts, branch: "lastgood/drill/apps-api/01J", base: "main" });
    expect((await readReverts(query(), world)).reverts).toEqual([]);
  });

  it("does not guess when the forge cannot be asked", async () => {
    const { world } = await proposed();
    const reverts = async (): Promise<never> => {
      throw new LastgoodError("ForgeUnavailable", "GitHub: HTTP 502");
    };
    await expect(readReverts(query(), { ...world, forge: { reverts } })).rejects.toMatchObject({
      code: "ForgeUnavailable",
    });
  });
});
