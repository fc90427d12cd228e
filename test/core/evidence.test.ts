import { describe, expect, it } from "vitest";
import {
  annotationEvidence,
  checkEvidence,
  deploymentEvidence,
  recordEvidence,
  trailerEvidence,
} from "../../src/core/evidence.ts";
import type { EvidencePatterns } from "../../src/core/model/evidence.ts";
import type { Deployment } from "../../src/core/model/forge-fact.ts";
import { checkpointRecord } from "../support/checkpoint-record.ts";
import { hour, id, line } from "../support/revisions.ts";

const NONE: EvidencePatterns = { tags: [], trailers: [] };

describe("annotationEvidence", () => {
  const tag = (name: string, tagger?: string): Parameters<typeof annotationEvidence>[0][number] => ({
    kind: "tag",
    name,
    commit: id(1),
    text: "",
    atMs: hour(1),
    ...(tagger === undefined ? {} : { tagger }),
  });

  it("takes tags whose name matches, slashes and all", () => {
    const patterns = { ...NONE, tags: ["release-*"] };
    const found = annotationEvidence(
      [tag("release-1"), tag("release-2026/08", "Dana"), tag("v1"), tag("x-release-1")],
      patterns,
    );
    expect(found.map(({ detail }) => detail)).toEqual(["tag release-1", "tag release-2026/08 by Dana"]);
    expect(found[0]).toEqual({ revision: id(1), verdict: "good", kind: "tag", detail: "tag release-1", atMs: hour(1) });
  });

  it("takes notes of the configured ref with a line that matches", () => {
    const note = (name: string, text: string): Parameters<typeof annotationEvidence>[0][number] => ({
      ...tag(name),
      kind: "note",
      text,
    });
    const patterns = { ...NONE, notes: { ref: "refs/notes/deploys", match: "verified*" } };
    const notes = [
      note("deploys", "on prod\nverified by CI\n"),
      note("deploys", "not verified"),
      note("other", "verified"),
    ];
    expect(annotationEvidence(notes, patterns)).toHaveLength(1);
    expect(annotationEvidence(notes, NONE)).toEqual([]);
  });
});

describe("trailerEvidence", () => {
  it("takes commits with a trailer that matches, keys in any case", () => {
    const history = line([1, 2, 3], {
      1: "a\n\nVerified: yes by CI",
      2: "b\n\nVerified: no",
      3: "c\n\nverified: yes\nOther: x",
    });
    const found = trailerEvidence(history, { ...NONE, trailers: [{ key: "VERIFIED", value: "yes*" }] });
    expect(found.map(({ revision, detail }) => [revision, detail])).toEqual([
      [id(3), "trailer verified: yes"],
      [id(1), "trailer verified: yes by CI"],
    ]);
    expect(trailerEvidence(history, NONE)).toEqual([]);
  });
});

describe("deploymentEvidence", () => {
  const patterns = { ...NONE, deployments: { environment: "prod", by: ["Argo-Bot"], record: false } };
  const deployed = (commit: number, state: Deployment["state"], more: Partial<Deployment> = {}): Deployment => ({
    id: commit,
    commit: id(commit),
    environment: "prod",
    state,
    by: "argo-bot[bot]",
    atMs: hour(commit),
    ...more,
  });

  it("takes success, also one that was superseded, as good, and failure as bad", () => {
    const found = deploymentEvidence(
      [deployed(3, "failure"), deployed(2, "success"), deployed(1, "superseded")],
      patterns,
    );
    expect(found.map(({ revision, verdict }) => [revision, verdict])).toEqual([
      [id(3), "bad"],
      [id(2), "good"],
      [id(1), "good"],
    ]);
    expect(found[0]).toMatchObject({ kind: "deployment", detail: "deployment to prod failed, by argo-bot[bot]" });
  });

  it("lets the newest of a commit count, whatever the order", () => {
    const failed = deployed(1, "failure", { atMs: hour(1) });
    const again = deployed(1, "success", { atMs: hour(2) });
    for (const order of [
      [failed, again],
      [again, failed],
    ]) {
      expect(deploymentEvidence(order, patterns).map(({ verdict }) => verdict)).toEqual(["good"]);
    }
  });

  it("passes over other environments, other people, and what is not over", () => {
    const others = [
      deployed(1, "success", { environment: "staging" }),
      deployed(2, "success", { by: "mallory" }),
      deployed(3, "pending"),
      deployed(4, "unknown"),
    ];
    expect(deploymentEvidence(others, patterns)).toEqual([]);
    expect(deploymentEvidence([deployed(1, "success")], NONE)).toEqual([]);
  });
});

describe("checkEvidence", () => {
  const patterns = { ...NONE, checks: { names: ["smoke/*"], by: ["github-actions"] } };
  const check = { name: "smoke/prod", state: "passed", by: "github-actions", atMs: hour(1) } as const;

  it("takes what passed under a configured name, and nothing from one that failed or runs", () => {
    const all = [
      check,
      { ...check, name: "smoke/eu", state: "failed" },
      { ...check, name: "smoke/us", state: "running" },
    ] as const;
    expect(checkEvidence(id(1), all, patterns)).toEqual([
      {
        revision: id(1),
        verdict: "good",
        kind: "check",
        detail: "check smoke/prod passed, by github-actions",
        atMs: hour(1),
      },
    ]);
  });

  it("passes over other names and other writers", () => {
    expect(
      checkEvidence(
        id(1),
        [
          { ...check, name: "build" },
          { ...check, by: "mallory" },
        ],
        patterns,
      ),
    ).toEqual([]);
    expect(checkEvidence(id(1), [check], NONE)).toEqual([]);
  });
});

describe("recordEvidence", () => {
  const OBSERVED = { evidence: "observed", reason: "healthy for 46h", revision: id(1) } as const;

  it("takes the newest record of a revision and kind, of this target", () => {
    const records = [
      checkpointRecord(1, OBSERVED),
      checkpointRecord(2, { ...OBSERVED, verdict: "bad", reason: "crashed" }),
      checkpointRecord(3, { ...OBSERVED, target: "other" }),
    ];
    expect(recordEvidence(records, "payments/api")).toEqual([
      { revision: id(1), verdict: "bad", kind: "observed", detail: "crashed", atMs: Date.UTC(2026, 7, 22, 13, 2) },
    ]);
  });

  it("forgets what was cleared, and quotes who marked", () => {
    const marked = checkpointRecord(8, {
      ...OBSERVED,
      evidence: "marked",
      by: "dlee",
      reason: "looks fine",
      healthyForSeconds: 60,
      content: "c",
    });
    expect(
      recordEvidence(
        [marked, checkpointRecord(4, { ...OBSERVED, evidence: "marked", verdict: "cleared" })],
        "payments/api",
      ),
    ).toEqual([]);
    expect(recordEvidence([marked], "payments/api")).toMatchObject([
      { detail: 'marked good by dlee: "looks fine"', healthyForMs: 60_000, recordedContent: "c" },
    ]);
  });
});
