import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { findLastGood, findReverts, type JudgedRevision, judgeRevisions } from "../../src/core/checkpoint.ts";
import { contentIdOf, contentsOf } from "../../src/core/content.ts";
import type { Evidence } from "../../src/core/model/evidence.ts";
import type { RevisionChange } from "../../src/core/model/git.ts";
import { blob, hour, id, line } from "../support/revisions.ts";

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function evidence(commit: number, fields: Partial<Evidence> = {}): Evidence {
  return { revision: id(commit), verdict: "good", kind: "observed", detail: "seen", atMs: hour(commit), ...fields };
}

function judge(history: readonly RevisionChange[], statements: readonly Evidence[]): readonly JudgedRevision[] {
  const last = history[0]?.changes[0]?.after;
  const tip = last === undefined ? [] : [{ path: "app.yaml", ...last }];
  const contents = contentsOf(tip, history, hash);
  return judgeRevisions({
    history,
    contents,
    evidence: statements.map((statement) => ({ ...statement, content: contents.get(statement.revision) ?? "" })),
    nowMs: hour(100),
  });
}

function verdicts(revisions: readonly JudgedRevision[]): readonly string[] {
  return [...revisions].reverse().map(({ verdict }) => verdict);
}

describe("judgeRevisions", () => {
  it("says unproven where nothing is known", () => {
    expect(verdicts(judge(line([1, 2, 3]), []))).toEqual(["unproven", "unproven", "unproven"]);
  });

  it("numbers revisions from the oldest, as kubectl rollout history does", () => {
    expect(judge(line([1, 2, 3]), []).map(({ number }) => number)).toEqual([3, 2, 1]);
  });

  it("lets revisions with the same content share their verdict", () => {
    expect(verdicts(judge(line([1, 2, 1, 3]), [evidence(1)]))).toEqual(["good", "unproven", "good", "unproven"]);
  });

  it("lets one proof of bad outweigh every proof of good", () => {
    const statements = [evidence(1), evidence(1, { verdict: "bad", kind: "engine-health" })];
    expect(verdicts(judge(line([1]), statements))).toEqual(["bad"]);
  });

  it("lets a person's newest word count before everything", () => {
    const statements = [
      evidence(1, { verdict: "bad" }),
      evidence(1, { kind: "marked", verdict: "bad", atMs: hour(5) }),
      evidence(1, { kind: "marked", verdict: "good", atMs: hour(6) }),
    ];
    const [only] = judge(line([1]), statements);
    expect(only?.verdict).toBe("good");
    expect(only?.evidence.map(({ kind }) => kind)).toEqual(["marked"]);
  });

  it("lists evidence strongest first", () => {
    const statements = [
      evidence(1, { kind: "tag" }),
      evidence(1, { kind: "observed" }),
      evidence(1, { kind: "deployment" }),
    ];
    const [only] = judge(line([1]), statements);
    expect(only?.evidence.map(({ kind }) => kind)).toEqual(["observed", "deployment", "tag"]);
  });

  it("takes a commit that was reverted as bad, and says by whom", () => {
    const history = line([1, 2, 1], { 3: `Revert "change 2"\n\nThis reverts commit ${id(2)}.` });
    const revisions = judge(history, [evidence(1)]);
    expect(verdicts(revisions)).toEqual(["good", "bad", "good"]);
    expect(revisions[1]?.revertedBy?.id).toBe(id(3));
  });

  it("forgets a revert that was itself reverted", () => {
    const history = line([1, 2, 1, 2], {
      3: `Revert "change 2"\n\nThis reverts commit ${id(2)}.`,
      4: `Reapply "change 2"\n\nThis reverts commit ${id(3)}.`,
    });
    expect(findReverts(history).has(id(2))).toBe(false);
    expect(verdicts(judge(history, [evidence(1)]))).toEqual(["good", "unproven", "good", "unproven"]);
  });

  it("says how long each revision was the newest", () => {
    expect(judge(line([1, 2]), []).map(({ liveForMs }) => liveForMs)).toEqual([98 * 3_600_000, 3_600_000]);
  });
});

describe("findLastGood", () => {
  it("takes the nearest good revision and tells weak evidence from strong", () => {
    const found = findLastGood("api", judge(line([1, 2, 3]), [evidence(1), evidence(2, { kind: "tag" })]));
    expect(found).toMatchObject({ kind: "checkpoint", by: "last-good", weak: true, revision: { number: 2 } });
  });

  it("passes over what is bad", () => {
    const found = findLastGood(
      "api",
      judge(line([1, 2, 3]), [evidence(1), evidence(2), evidence(2, { verdict: "bad" })]),
    );
    expect(found).toMatchObject({ kind: "checkpoint", weak: false, revision: { number: 1 } });
  });

  it("holds NoCheckpoint and says what a person can do", () => {
    const found = findLastGood("api", judge(line([1, 2]), []));
    expect(found).toMatchObject({ kind: "hold", reason: "NoCheckpoint" });
    expect(found.kind === "hold" && found.hints.join("\n")).toContain(`lastgood mark good api ${id(1).slice(0, 7)}`);
  });
});

describe("contentsOf", () => {
  it("walks back from the tip to the content of every revision", () => {
    const history = line([1, 2, 1]);
    const contents = contentsOf([{ path: "app.yaml", mode: "100644", id: blob(1) }], history, hash);
    expect(contents.get(id(3))).toBe(contents.get(id(1)));
    expect(contents.get(id(2))).toBe(contentIdOf([{ path: "app.yaml", mode: "100644", id: blob(2) }], hash));
  });

  it("tells an executable from a plain file", () => {
    const plain = contentIdOf([{ path: "a", mode: "100644", id: blob(1) }], hash);
    expect(contentIdOf([{ path: "a", mode: "100755", id: blob(1) }], hash)).not.toBe(plain);
  });
});
