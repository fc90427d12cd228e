import { describe, expect, it } from "vitest";

import { commitId } from "../../../src/core/model/git.ts";
import type { Artifact } from "../../../src/core/quarantine/record.ts";
import { findEntries, quarantineAt, quarantineOf } from "../../../src/core/quarantine/state.ts";
import { quarantineRecord } from "../../support/quarantine-record.ts";

const NOW = Date.parse("2026-08-23T00:00:00Z");
const API: Artifact = { kind: "image", repository: "ghcr.io/acme/api", tag: "1.8.0" };
const WEB: Artifact = { kind: "image", repository: "ghcr.io/acme/web", tag: "3.0.0" };
const BAD = commitId("8d41c07b".padEnd(40, "0"));
const CONTENT: Artifact = { kind: "content", revision: BAD, files: [{ path: "a.yaml" }] };

describe("quarantineAt", () => {
  it("holds what was added until its time is over", () => {
    const records = [quarantineRecord(1, { until: "2026-08-23T12:00:00Z" })];
    expect(quarantineAt(records, NOW)).toEqual([{ artifact: API, target: "payments/api", record: records[0] }]);
    expect(quarantineAt(records, NOW + 11 * 3_600_000)).toHaveLength(1);
    expect(quarantineAt(records, NOW + 12 * 3_600_000)).toEqual([]);
  });

  it("holds without an end what has none", () => {
    expect(quarantineAt([quarantineRecord(1)], NOW + 1000 * 86_400_000)).toHaveLength(1);
  });

  it("lets the newest record count: released, and added again", () => {
    const [added, released] = [quarantineRecord(1), quarantineRecord(2, { action: "release" })];
    expect(quarantineAt([added, released], NOW)).toEqual([]);
    const again = quarantineRecord(3, { reason: "still leaks" });
    expect(quarantineAt([added, released, again], NOW).map(({ record }) => record.reason)).toEqual(["still leaks"]);
  });

  it("does not fall back to an older record when the newest has run out", () => {
    const short = quarantineRecord(2, { until: "2026-08-22T14:00:00Z" });
    expect(quarantineAt([quarantineRecord(1), short], NOW)).toEqual([]);
  });

  it("releases one target of several, and all of them without a target", () => {
    const added = quarantineRecord(1, { targets: ["payments/api", "payments/web"] });
    const one = quarantineRecord(2, { action: "release", targets: ["payments/web"] });
    expect(quarantineAt([added, one], NOW).map(({ target }) => target)).toEqual(["payments/api"]);
    expect(quarantineAt([added, quarantineRecord(2, { action: "release", targets: [] })], NOW)).toEqual([]);
  });

  it("says for which target an artifact is held", () => {
    const entries = quarantineAt([quarantineRecord(1), quarantineRecord(2, { artifact: WEB, targets: [] })], NOW);
    expect(quarantineOf("payments/api", entries)).toHaveLength(2);
    expect(quarantineOf("edge/dns", entries).map(({ artifact }) => artifact)).toEqual([WEB]);
  });
});

describe("findEntries", () => {
  const entries = quarantineAt(
    [
      quarantineRecord(1, { job: "J1" }),
      quarantineRecord(2, { job: "J1", artifact: WEB }),
      quarantineRecord(3, { job: "J1", artifact: CONTENT }),
      quarantineRecord(4, { targets: ["edge/dns"] }),
    ],
    NOW,
  );

  it("finds an artifact for a target", () => {
    expect(findEntries({ artifact: API, target: "edge/dns" }, entries)).toEqual([entries[3]]);
  });

  it("finds what a tag means when the digest is on record too", () => {
    const pinned: Artifact = { ...API, digest: `sha256:${"a".repeat(64)}` };
    const known = quarantineAt([quarantineRecord(1, { artifact: pinned })], NOW);
    expect(findEntries({ artifact: API }, known)).toEqual(known);
  });

  it("takes the content along with the last image of its revert, and not before", () => {
    const kinds = (artifact: Artifact, known = entries): readonly string[] =>
      findEntries({ artifact, target: "payments/api" }, known).map((entry) => entry.artifact.kind);
    expect(kinds(API)).toEqual(["image"]);
    expect(
      kinds(
        API,
        entries.filter(({ artifact }) => artifact !== WEB),
      ),
    ).toEqual(["image", "content"]);
  });

  it("finds a content by the commit that was live", () => {
    expect(findEntries({ artifact: { kind: "commit", commit: BAD } }, entries)).toEqual([entries[2]]);
  });
});
