import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { EVIDENCE_KINDS } from "../../src/core/model/evidence.ts";
import { commitId } from "../../src/core/model/git.ts";
import { orderRecords, parseLines, renderLines, unite, type LedgerRecord } from "../../src/core/record.ts";
import { checkpointRecord } from "../support/checkpoint-record.ts";

const text = fc.string({ unit: "binary" });
const records: fc.Arbitrary<LedgerRecord> = fc
  .record(
    {
      id: fc.stringMatching(/^[A-Za-z0-9._-]{1,26}$/),
      target: fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((name) => !/\p{Cc}/u.test(name)),
      revision: fc.stringMatching(/^[0-9a-f]{40}$/).map(commitId),
      verdict: fc.constantFrom("good", "bad", "cleared"),
      evidence: fc.constantFrom(...EVIDENCE_KINDS),
      at: fc.integer({ min: 0, max: 4e12 }).map((ms) => new Date(ms).toISOString()),
      by: text,
      reason: text,
      healthyForSeconds: fc.nat(),
      content: text,
      images: fc.array(text),
    },
    { requiredKeys: ["id", "target", "revision", "verdict", "evidence", "at", "by", "reason"] },
  )
  .map((fields) => ({ v: 1, type: "checkpoint", ...fields }));
const lines = fc
  .array(
    fc.oneof(
      records.map((r) => renderLines([r])),
      text.map((t) => `${t}\n`),
    ),
  )
  .map((all) => all.join(""));

function linesOf(file: string): ReadonlySet<string> {
  return new Set(file.split("\n").filter((line) => line.trim() !== ""));
}

describe("parseLines", () => {
  it("reads back what renderLines wrote", () => {
    fc.assert(
      fc.property(fc.array(records), (all) => {
        expect(parseLines(renderLines(all))).toEqual({ records: all, unknown: 0, newer: 0, damaged: 0 });
      }),
    );
  });

  it("accounts for every line of any text", () => {
    fc.assert(
      fc.property(lines, (file) => {
        const parsed = parseLines(file);
        const count = file.split("\n").filter((line) => line.trim() !== "").length;
        expect(parsed.records.length + parsed.unknown + parsed.damaged).toBe(count);
      }),
    );
  });

  it("passes over fields it does not know", () => {
    const line = JSON.stringify({ ...checkpointRecord(1), mood: "sunny", __proto__: null });
    expect(parseLines(line).records).toEqual([checkpointRecord(1)]);
  });

  it.each([
    ["a wrong version", { v: "1" }],
    ["version 0", { v: 0 }],
    ["no type", { type: undefined }],
    ["a short revision", { revision: "3f9c2ab" }],
    ["a revision that is an option", { revision: "--upload-pack=x".padEnd(40, "0") }],
    ["an unknown verdict", { verdict: "fine" }],
    ["an unknown evidence", { evidence: "hearsay" }],
    ["evidence named like a property", { evidence: "constructor" }],
    ["a time without zone", { at: "2026-08-22T13:00:00" }],
    ["a reason that is no text", { reason: ["x"] }],
    ["negative seconds", { healthyForSeconds: -1 }],
    ["images that are no list", { images: { length: 1, 0: "x" } }],
    ["a target with an escape sequence", { target: "a\u001b[2J" }],
  ])("takes %s for damage", (_, changes) => {
    expect(parseLines(JSON.stringify({ ...checkpointRecord(1), ...changes }))).toEqual({
      records: [],
      unknown: 0,
      newer: 0,
      damaged: 1,
    });
  });

  it.each([
    ["deeper than the stack", "[".repeat(60_000)],
    ["longer than any record", JSON.stringify(checkpointRecord(1, { reason: "x".repeat(70_000) }))],
    ["a list", "[]"],
    ["null", "null"],
  ])("takes a line that is %s for damage", (_, line) => {
    expect(parseLines(`${line}\n${renderLines([checkpointRecord(1)])}`)).toMatchObject({
      records: [{ id: checkpointRecord(1).id }],
      damaged: 1,
    });
  });
});

describe("unite", () => {
  it("keeps every line of both, and no other", () => {
    fc.assert(
      fc.property(lines, lines, (a, b) => {
        expect(linesOf(unite(a, b))).toEqual(new Set([...linesOf(a), ...linesOf(b)]));
      }),
    );
  });

  it("leaves the base as it stands, byte for byte", () => {
    fc.assert(fc.property(lines, lines, (a, b) => unite(a, b).startsWith(a)));
  });

  it("changes nothing the second time", () => {
    fc.assert(fc.property(lines, lines, (a, b) => unite(unite(a, b), b) === unite(a, b)));
  });
});

describe("orderRecords", () => {
  it("orders by time whatever the zone, then by id", () => {
    const late = checkpointRecord(1, { at: "2026-08-22T14:00:00+00:00" });
    const early = checkpointRecord(2, { at: "2026-08-22T15:00:00+02:00" });
    const same = checkpointRecord(0, { at: "2026-08-22T14:00:00Z" });
    expect(orderRecords([late, early, same])).toEqual([early, same, late]);
  });

  it("answers the same for every order of the lines", () => {
    fc.assert(
      fc.property(fc.array(records), fc.array(records), (a, b) => {
        expect(orderRecords([...a, ...b])).toEqual(orderRecords([...b, ...a, ...b]));
      }),
    );
  });
});
