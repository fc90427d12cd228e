import { describe, expect, it } from "vitest";
import { readingOf } from "../../../src/core/health/reading.ts";
import { statusOf } from "../../../src/core/kstatus/status.ts";
import { engineFacts, readingFact } from "../../../src/core/signal/facts.ts";

const SEEN = { target: "api", source: "engine", atMs: 7 };
const R1 = "1".repeat(40);

describe("engineFacts", () => {
  it("says what runs, and how it is", () => {
    expect(
      engineFacts({ ...SEEN, status: statusOf("Current", "Healthy", "well", { revision: R1 }), content: "c1" }),
    ).toEqual([
      { kind: "live", target: "api", revision: R1, content: "c1", atMs: 7 },
      { kind: "observed", target: "api", source: "engine", atMs: 7, status: "Current", message: "well", revision: R1 },
    ]);
  });

  it("keeps that nothing is proven, and that the cluster went back", () => {
    const status = statusOf("Current", "Healthy", "well", { revision: R1, unproven: true, rolledBack: { to: "abc" } });
    expect(engineFacts({ ...SEEN, status })[1]).toMatchObject({ unproven: true, rolledBack: true });
  });

  it("takes the revision it is told to, of several", () => {
    const status = statusOf("Failed", "Degraded", "bad", { revisions: [R1, "2".repeat(40)] });
    expect(engineFacts({ ...SEEN, status, revision: R1 }).map((fact) => fact.revision)).toEqual([R1, R1]);
  });

  it("knows nothing of a status without a revision", () => {
    expect(engineFacts({ ...SEEN, status: statusOf("Failed", "Degraded", "bad") })).toEqual([
      { kind: "observed", target: "api", source: "engine", atMs: 7, status: "Unknown", message: "bad" },
    ]);
  });
});

describe("readingFact", () => {
  it("is about whatever runs, with how far back it reaches", () => {
    expect(readingFact(SEEN, readingOf("Failed", "0.4 is not below 0.02", { coversMs: 300_000, value: 0.4 }))).toEqual({
      kind: "observed",
      ...SEEN,
      status: "Failed",
      message: "0.4 is not below 0.02",
      coversMs: 300_000,
    });
  });
});
