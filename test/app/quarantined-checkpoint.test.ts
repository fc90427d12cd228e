import { describe, expect, it } from "vitest";

import { markRevision } from "../../src/app/mark-revision.ts";
import { planGoal } from "../../src/app/plan-goal.ts";
import { quarantineArtifacts, releaseEntries, findQuarantine } from "../../src/app/quarantine-artifacts.ts";
import { readHistory } from "../../src/app/read-history.ts";
import { runRevert } from "../../src/app/run-revert.ts";
import { commitId } from "../../src/core/model/git.ts";
import { readImage } from "../../src/core/quarantine/artifact.ts";
import type { Artifact } from "../../src/core/quarantine/record.ts";
import type { CommitSpec } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { branchesOf, type RevertWorld, serveOne, wish } from "../support/revert-world.ts";

const API = "apps/api/deployment.yaml";

const HISTORY: readonly CommitSpec[] = [
  { files: { [API]: deployment("api:1.6") }, tag: "release-1", as: "older" },
  { files: { [API]: deployment("api:1.7") }, tag: "release-2", as: "newer" },
  { files: { [API]: deployment("api:1.8") }, as: "bad" },
];

function image(text: string): Artifact {
  const found = readImage(text);
  if (found === undefined) throw new Error(`${text} is no image`);
  return found;
}

async function hold(artifact: Artifact, world: RevertWorld, targets: readonly string[] = []): Promise<void> {
  await quarantineArtifacts({ artifacts: [artifact], targets, by: "mkim", reason: "CVE-2026-1" }, world);
}

async function planned(world: RevertWorld, to?: string) {
  const base = await world.repository.resolve("refs/heads/main");
  if (base === undefined) throw new Error("no main");
  return (await planGoal({ ...wish(to === undefined ? {} : { to }), base }, world)).plan;
}

async function markBad(world: RevertWorld): Promise<void> {
  const { target } = wish();
  await markRevision({ target, revision: "release-2", verdict: "bad", by: "mkim", reason: "leaks" }, world);
}

describe("a quarantined checkpoint", () => {
  it("is passed over for the good one before it", async () => {
    const { origin, world } = await serveOne(HISTORY);
    await hold(image("acme/api:1.7"), world);
    const plan = await planned(world);
    expect(plan).toMatchObject({ goal: { checkpoint: { revision: { revision: { id: origin.id("older") } } } } });
  });

  it("is known by a version that stands alone, in its own file and field", async () => {
    const path = "apps/api/values.yaml";
    const values = (tag: string): Readonly<Record<string, string>> => ({
      [API]: deployment("api:1.6"),
      [path]: `image: { tag: ${tag} }\nweb: { image: { tag: 1.7.0 } }\n`,
    });
    const { origin, world } = await serveOne(["1.6.0", "1.7.0", "1.8.0"].map((tag) => ({ files: values(tag) })));
    await hold({ kind: "value", path, field: "image.tag", value: "1.7.0" }, world);
    await hold({ kind: "value", path: "apps/web/values.yaml", field: "image.tag", value: "1.6.0" }, world);
    const { revisions } = await readHistory({ ...wish(), base: commitId(origin.head) }, world);
    expect(revisions.map(({ quarantined }) => quarantined)).toEqual([
      undefined,
      expect.stringContaining(`${path} image.tag = 1.7.0 is quarantined`),
      undefined,
    ]);
  });

  it("is held when there is no other, with what it is held for", async () => {
    const { world } = await serveOne(HISTORY);
    await hold(image("docker.io/acme/api:1.7"), world);
    await hold(image("acme/api:1.6"), world);
    expect(await planned(world)).toMatchObject({
      kind: "hold",
      reason: "Quarantined",
      message: expect.stringContaining("acme/api:1.7 is quarantined (CVE-2026-1)"),
    });
  });

  it("is a person's to choose, with a warning", async () => {
    const { world } = await serveOne(HISTORY);
    await hold(image("acme/api:1.7"), world);
    expect(await planned(world, "release-2")).toMatchObject({
      kind: "plan",
      risks: expect.arrayContaining([expect.objectContaining({ code: "Quarantined", blocks: true })]),
    });
  });

  it("is not the good one that ~1 counts", async () => {
    const { origin, world } = await serveOne(HISTORY);
    await hold(image("acme/api:1.7"), world);
    expect(await planned(world, "~1")).toMatchObject({
      goal: { checkpoint: { revision: { revision: { id: origin.id("older") } } } },
    });
  });

  it.each([
    ["its commit", (id: string): Artifact => ({ kind: "commit", commit: commitId(id) })],
    ["its content", (id: string): Artifact => ({ kind: "content", revision: commitId(id), files: [{ path: API }] })],
  ])("is known by %s, too", async (_, artifact) => {
    const { origin, world } = await serveOne(HISTORY);
    await hold(artifact(origin.id("newer")), world);
    const { revisions } = await readHistory({ ...wish(), base: commitId(origin.head) }, world);
    expect(revisions.map(({ quarantined }) => quarantined !== undefined)).toEqual([false, true, false]);
  });

  it("is known by what a quarantined commit held, wherever it stands again", async () => {
    const again = { files: { [API]: deployment("api:1.7") }, message: "Again" };
    const { origin, world } = await serveOne([...HISTORY, again, { files: { [API]: deployment("api:1.9") } }]);
    await hold({ kind: "commit", commit: commitId(origin.id("newer")) }, world);
    const { revisions } = await readHistory({ ...wish(), base: commitId(origin.head) }, world);
    expect(revisions.map(({ quarantined }) => quarantined !== undefined)).toEqual([false, true, false, true, false]);
  });

  it("is free again once it is released, once its time is over, and for other targets", async () => {
    const { origin, world } = await serveOne(HISTORY);
    const bad = image("acme/api:1.7");
    const target = wish().target.name;
    const chosen = async (): Promise<unknown> => {
      const plan = await planned(world);
      return plan.kind === "plan" && plan.goal.kind === "checkpoint" ? plan.goal.checkpoint.revision.revision.id : plan;
    };
    await hold(bad, world, ["apps/web"]);
    expect(await chosen()).toBe(origin.id("newer"));
    await hold(bad, world, [target]);
    expect(await chosen()).toBe(origin.id("older"));
    const entries = await findQuarantine({ artifact: bad, target }, world);
    await releaseEntries(entries, { by: "mkim", reason: "rebuilt" }, world);
    expect(await chosen()).toBe(origin.id("newer"));
    const untilMs = world.clock.nowMs() + 1000;
    await quarantineArtifacts({ artifacts: [bad], targets: [], by: "mkim", reason: "again", untilMs }, world);
    expect(await chosen()).toBe(origin.id("older"));
    await world.clock.sleep(1000);
    expect(await chosen()).toBe(origin.id("newer"));
  });

  it("is not gone back to when it was quarantined while a person thought about the plan", async () => {
    const { origin, world } = await serveOne(HISTORY);
    const before = branchesOf(origin);
    const confirm = async (): Promise<boolean> => {
      await hold(image("acme/api:1.7"), world);
      return true;
    };
    expect(await runRevert(wish({ confirm }), world)).toMatchObject({ kind: "hold", reason: "Quarantined" });
    expect(branchesOf(origin)).toEqual(before);
    expect(await runRevert(wish({ confirm, to: "release-2" }), world)).toMatchObject({ kind: "delivered" });
  });

  it("is not merged when it was quarantined, or marked bad, while the merge waited", async () => {
    const spoil: readonly (readonly [string, (world: RevertWorld) => Promise<void>])[] = [
      ["Quarantined", async (world) => hold(image("acme/api:1.7"), world)],
      ["StalePlan", async (world) => markBad(world)],
    ];
    for (const [reason, happen] of spoil) {
      const { forge, origin, world } = await serveOne(HISTORY);
      forge.allowAutoMerge();
      forge.answerMerge({ kind: "waiting", reason: "1 check is running: ci" });
      world.before("mergePullRequest", () => world.before("findPullRequest", async () => happen(world)));
      const outcome = await runRevert(wish({ mode: "merge", waitMergedMs: 60_000 }), world);
      expect(outcome).toMatchObject({ kind: "hold", reason });
      expect((await forge.pullRequests())[0]).not.toHaveProperty("armedBy");
      expect(origin.text(API)).toBe(deployment("api:1.8"));
    }
  });

  it("that was marked bad while a person thought about the plan is said, with who did it; a person may choose it", async () => {
    const { origin, world } = await serveOne(HISTORY);
    const confirm = async (): Promise<boolean> => {
      await markBad(world);
      return true;
    };
    expect(await runRevert(wish({ confirm }), world)).toMatchObject({
      kind: "hold",
      reason: "StalePlan",
      message: expect.stringMatching(/^[0-9a-f]{7} was marked bad since the plan was made: .*mkim.*leaks/),
    });
    expect(Object.keys(branchesOf(origin))).toEqual(["main"]);
    expect(await runRevert(wish({ confirm, to: "release-2" }), world)).toMatchObject({ kind: "delivered" });
  });
});
