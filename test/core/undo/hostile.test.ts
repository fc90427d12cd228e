import { describe, expect, it } from "vitest";
import { alignLines } from "../../../src/core/edit/align-lines.ts";
import { conflictsOf, undo } from "./support.ts";

function configMap(value: (at: number) => string): string {
  const data = Array.from({ length: 20_000 }, (_, at) => `  key${at}: "${value(at)}"\n`).join("");
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: big\ndata:\n${data}`;
}

function listOf(length: number, item: (at: number) => string): string {
  return `items:\n${Array.from({ length }, (_, at) => `- ${item(at)}\n`).join("")}`;
}

// What these take is bounded by the number of steps; without the bounds they would not end within the time limit of a test.
describe("undoing in huge files", () => {
  it("finds the one field among 20,000", () => {
    const good = configMap((at) => (at === 9 ? "good" : "x"));
    const bad = configMap((at) => (at === 9 ? "bad" : "x"));
    const now = configMap((at) => (at === 9 ? "bad" : at === 10 ? "later" : "x"));
    expect(undo({ good, bad, now }).text).toBe(configMap((at) => (at === 9 ? "good" : at === 10 ? "later" : "x")));
  });

  it("takes 10,000 fields back between 10,000 that changed since", () => {
    const odd = (yes: string, no: string) => (at: number) => (at % 2 === 1 ? `${yes}${at}` : `${no}${at}`);
    const sides = { good: configMap(odd("g", "x")), bad: configMap(odd("x", "x")), now: configMap(odd("x", "n")) };
    expect(undo(sides).text).toBe(configMap(odd("g", "n")));
  });

  it("reports 20,000 conflicts", () => {
    const sides = {
      good: configMap((at) => `g${at}`),
      bad: configMap((at) => `b${at}`),
      now: configMap((at) => `n${at}`),
    };
    expect(undo(sides).conflicts).toHaveLength(20_000);
  });

  it("compares lists of 2,000 items, with and without names", () => {
    const list = (item: (at: number) => string): string => listOf(2000, item);
    const scalars = { good: list((at) => `g${at}`), bad: list((at) => `b${at}`), now: list((at) => `n${at}`) };
    expect(conflictsOf(undo(scalars))).toEqual(["same-field ./app.yaml items"]);
    const record = (prefix: string) => (at: number) => `{a: ${prefix}${at}, b: [1, 2]}`;
    const records = { good: list(record("g")), bad: list(record("b")), now: list(record("n")) };
    expect(undo(records).conflicts).toHaveLength(2000);
  });

  it("gives up on lines that stand everywhere, and still says only what is true", () => {
    const [one, other] = ["x\n".repeat(30_000), "x\ny\n".repeat(15_000)].map((text) => text.match(/.*\n/g) ?? []);
    const hunks = alignLines(one ?? [], other ?? []);
    expect(hunks.length).toBeGreaterThan(0);
    expect(hunks.reduce((sum, hunk) => sum + hunk.sourceTo - hunk.sourceFrom - (hunk.to - hunk.from), 0)).toBe(0);
  });

  it("does not expand aliases that it need not look into", () => {
    const levels = Array.from(
      { length: 6 },
      (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at}, `.repeat(7)}*l${at}]\n`,
    ).join("");
    const bomb = (z: number): string => `l0: &l0 [x, x, x, x]\n${levels}z: ${z}\n`;
    expect(conflictsOf(undo({ good: bomb(1), bad: bomb(2), now: bomb(3) }))).toEqual(["text line 8"]);
  });

  it("takes deep nesting field by field", () => {
    const deep = (value: number): string =>
      `${Array.from({ length: 150 }, (_, at) => `${" ".repeat(at)}k${at}:\n`).join("")}${" ".repeat(150)}z: ${value}\n`;
    expect(undo({ good: deep(1), bad: deep(2), now: deep(3) }).conflicts).toHaveLength(1);
  });
});
