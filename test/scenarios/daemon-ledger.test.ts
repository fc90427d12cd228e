import { describe, expect, it } from "vitest";
import type { LedgerRecord } from "../../src/core/record.ts";
import { createSystemClock } from "../../src/faces/system-clock.ts";
import { checkpointRecord } from "../support/checkpoint-record.ts";
import { beginDaemonStory, type DaemonStory, MANIFEST, MINUTE, POLICY } from "../support/daemon-story.ts";
import { deployment } from "../support/manifests.ts";
import { type Outage, outage, untilEnded, untilLanded, untilProposed } from "../support/outage.ts";

/** Until all is well again, and on record. */
async function reverted(story: DaemonStory): Promise<Outage> {
  const commits = await outage(story);
  await untilProposed(story);
  await story.runs(await story.merge(1), "Healthy");
  await untilEnded(story);
  return commits;
}

function ids(records: readonly LedgerRecord[], isWanted: (record: LedgerRecord) => boolean): readonly string[] {
  return records.filter(isWanted).map(({ id }) => id);
}

function doubts(story: DaemonStory): readonly string[] {
  return story.told.flatMap(({ event, message }) => (event === "LedgerInDoubt" ? [message] : []));
}

describe.each([
  ["a ref of its own", {}],
  ["a branch", { ref: "refs/heads/lastgood-ledger" }],
  ["another repository", { repository: "audit" }],
])("the daemon with its ledger on %s", (_, ledger) => {
  it("takes an outage to its end, with every station on record there", async () => {
    const story = await beginDaemonStory({ ledger });
    await reverted(story);
    expect(story.jobs()).toMatchObject([{ status: "Completed", outcome: "verified", pullRequest: 1 }]);
    const types = new Set(story.records().map(({ type }) => type));
    expect([...types].toSorted()).toEqual(["checkpoint", "decision", "job", "quarantine"]);
    expect(doubts(story)).toEqual([]);
    expect(story.ledger().git("fsck", "--strict")).not.toMatch(/error/);
  });
});

describe("a ledger that is not what it was", () => {
  it("gets back what held lastgood back when it was deleted, from the clone beside it, and people are told once", async () => {
    const story = await beginDaemonStory({ ledger: {} });
    await reverted(story);
    const holds = ({ type }: LedgerRecord): boolean => type === "quarantine" || type === "job";
    const before = ids(story.records(), holds);
    story.loseLedger();
    await story.start();
    await story.until(() => doubts(story).length > 0);
    await story.pass(5 * MINUTE);
    expect(ids(story.records(), holds)).toEqual(before);
    expect(story.records().filter((record) => record.type === "checkpoint" && record.verdict === "good")).toEqual([]);
    expect(doubts(story)).toEqual([
      expect.stringMatching(
        /^the ledger has lost records: \d+ records that were there are gone, or changed; \d+ records put back, 0 jobs/,
      ),
    ]);
    expect(await story.pullRequests()).toHaveLength(1);
  });

  it("is reconciled before anything is done: a ref that was set back in the middle of a revert makes no second one", async () => {
    const story = await beginDaemonStory({ ledger: {} });
    await outage(story);
    await untilProposed(story);
    const [before] = story.jobs();
    story.ledger().git("update-ref", story.ledger().ref, `${story.ledger().ref}~3`);
    await story.start();
    await story.until(() => doubts(story).length > 0);
    await story.runs(await story.merge(1), "Healthy");
    await untilEnded(story);
    expect(story.jobs()).toMatchObject([{ id: before?.id, outcome: "verified", pullRequest: 1 }]);
    expect(await story.pullRequests()).toHaveLength(1);
  });

  it("holds the daemon still while the forge cannot be asked about it", async () => {
    const story = await beginDaemonStory({ ledger: {} });
    await reverted(story);
    const steps = story.steps.length;
    story.loseLedger();
    await story.start();
    story.github.control.addFault({ path: /^\/(?:repos|graphql)/, times: 1e6, does: { kind: "answer", status: 503 } });
    await story.pass(3 * MINUTE);
    expect(story.steps.slice(steps).filter((step) => !step.startsWith("ForgeUnavailable"))).toEqual([]);
    expect(story.log.lines.join("\n")).toContain("it cannot be reconciled yet");
    expect(story.records()).toEqual([]);
  });

  it.each([
    ["a person's no", "rejected", async (story: DaemonStory) => story.close(1)],
    [
      "its own word that something newer came",
      "superseded",
      async (story: DaemonStory) =>
        story.push({ [MANIFEST]: deployment("api:1.8.1") }, "fix(api): bump image to 1.8.1"),
    ],
  ])("tells how reverts ended when the clone is lost as well, from the forge alone: %s", async (_, outcome, ends) => {
    const story = await beginDaemonStory({ ledger: {} });
    await outage(story);
    await untilProposed(story);
    await ends(story);
    await untilEnded(story);
    const ledger = story.ledger();
    ledger.git("update-ref", ledger.ref, ledger.git("rev-list", "--max-parents=0", ledger.ref).trim());
    expect(story.jobs()).toEqual([]);
    ledger.plant("checkpoints/api.jsonl", '{"torn\n');
    story.ledger().loseCaches();
    await story.start();
    await story.until(() => doubts(story).length > 0);
    expect(story.jobs()).toMatchObject([{ outcome, pullRequest: 1 }]);
    expect(doubts(story)).toEqual([
      "the ledger is damaged: it has 1 line that cannot be read; 0 records put back, 1 job found again on the forge",
    ]);
    await story.pass(10 * MINUTE);
    expect(await story.pullRequests()).toHaveLength(1);
    expect((await story.pullRequests())[0]?.state).toBe("closed");
  });

  it("of a newer lastgood is left to that one", async () => {
    const story = await beginDaemonStory({ ledger: {} });
    const { bad } = await outage(story);
    story.ledger().plant("checkpoints/api.jsonl", '{"v":2,"type":"checkpoint","id":"n"}\n');
    await story.runs(bad, "Degraded");
    await story.pass(10 * MINUTE);
    expect(await story.pullRequests()).toEqual([]);
    expect(story.jobs()).toMatchObject([{ outcome: "held", reason: "Disabled" }]);
    expect(doubts(story)).toEqual([
      "the ledger is of a newer lastgood: it has 1 line of a newer version: upgrade this lastgood; nothing is done unattended",
    ]);
  });

  it("is nothing to wonder at when it was never there", async () => {
    const story = await beginDaemonStory({ ledger: {} });
    await story.runs(await story.tip(), "Healthy");
    await story.start();
    await story.until(() => story.records().length > 0);
    expect(doubts(story)).toEqual([]);
  });
});

describe("writers of one ledger over HTTP", () => {
  it("lose no line, however many of them there are", async () => {
    const story = await beginDaemonStory({ ledger: {} });
    const replicas = ["a", "b", "c", "d", "e"];
    const clock = createSystemClock();
    const writers = replicas.map((replica) => story.ledger().open(clock, replica));
    await Promise.all(
      writers.flatMap((ledger, writer) =>
        [0, 1].map(async (line) => ledger.append([checkpointRecord(writer * 2 + line + 1)])),
      ),
    );
    const all = replicas.flatMap((_, writer) => [checkpointRecord(writer * 2 + 1), checkpointRecord(writer * 2 + 2)]);
    expect(story.records()).toEqual(all);
    for (const ledger of writers) expect(await ledger.read()).toEqual({ records: all, damaged: 0 });
  });
});

describe("a disk that is full", () => {
  it("keeps a job from beginning, and nothing is written anywhere before its record can be", async () => {
    const story = await beginDaemonStory();
    story.policy = { ...POLICY, mode: "merge" };
    const branches = Object.keys(await story.branches());
    story.diskIsFull(true);
    await outage(story);
    await story.pass(10 * MINUTE);
    expect(await story.pullRequests()).toEqual([]);
    expect(Object.keys(await story.branches())).toEqual(branches);
    expect(story.jobs()).toEqual([]);
    expect(story.steps).toContain("LedgerWrite: the ledger's repository cannot be written");
    story.diskIsFull(false);
    await untilLanded(story);
    expect(story.jobs()).toHaveLength(1);
  });
});
