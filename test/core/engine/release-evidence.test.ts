import { describe, expect, it } from "vitest";
import { releaseEvidence } from "../../../src/core/engine/release-evidence.ts";
import { plainTarget } from "../../../src/core/target/plain-target.ts";
import { appState, type AppFacts } from "../../support/memory-engine.ts";

const [A, B] = ["a".repeat(40), "b".repeat(40)];
const NOW = Date.parse("2026-08-22T13:46:40Z");
const HOUR = 3_600_000;
const sync = (revision: string, hoursAgo: number) =>
  ({ revisions: [revision], atMs: NOW - hoursAgo * HOUR, proves: "sync" }) as const;

function read(facts: AppFacts) {
  const own = { target: plainTarget(["apps/api"], { name: "api" }), isHere: () => true };
  return releaseEvidence({ ...own, state: appState(facts), bakeTimeMs: 600_000, nowMs: NOW });
}

const told = (facts: AppFacts): readonly string[] =>
  read(facts).statements.map(({ revision, kind, detail }) => `${revision.slice(0, 1)} ${kind} ${detail}`);

describe("evidence of an engine's record", () => {
  it("is weak where only a sync is on record, strong where health is", () => {
    const history = [sync(B, 1), { ...sync(A, 5), proves: "health" as const }];
    expect(told({ word: "Unknown", history })).toEqual([
      "b engine-sync synced, says argo",
      "a engine-health deployed and healthy, says argo",
    ]);
  });

  it("says nothing of a failed deploy, of a chart's version, and of a digest", () => {
    const history = [
      { ...sync(A, 1), proves: "failure" as const },
      sync("19.0.1", 2),
      sync(`sha256:${"c".repeat(64)}`, 3),
    ];
    expect(told({ word: "Unknown", history })).toEqual([]);
  });

  it("says good of what is well since longer than the bake time, but no longer than it was deployed", () => {
    expect(told({ revision: B, sinceMs: NOW - 46 * HOUR })).toEqual(["b engine-health healthy for 46h, says argo"]);
    const [, present] = told({ revision: B, sinceMs: NOW - 46 * HOUR, history: [sync(B, 3)] });
    expect(present).toBe("b engine-health healthy for 3h, says argo");
    expect(told({ revision: B, sinceMs: NOW - 300_000 })).toEqual([]);
    expect(told({ revision: B, sinceMs: NOW - 46 * HOUR, unproven: true })).toEqual([]);
    expect(told({ revision: B })).toEqual([]);
  });

  it("names what runs or is wanted as unwell unless it is proven to be well", () => {
    expect(read({ revision: B, word: "Failed" }).unwell).toEqual([B]);
    expect(read({ revision: B }).unwell).toEqual([]);
    expect(read({ revision: A, rolledBack: { from: B, to: A } }).unwell).toEqual([A]);
    const sources = [{ url: "u", path: "apps/api", fixed: false, live: A, desired: B }];
    expect(read({ word: "Unknown", sources }).unwell).toEqual([A, B]);
  });

  it("takes of several sources the target's own", () => {
    const sources = [
      { url: "https://charts.example", chart: "redis", fixed: true },
      { url: "u", path: "apps/api", fixed: false },
    ];
    const history = [{ revisions: ["19.0.1", A], atMs: NOW, proves: "sync" as const }];
    expect(told({ word: "Unknown", sources, history })).toEqual(["a engine-sync synced, says argo"]);
  });
});
