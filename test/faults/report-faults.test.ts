import { describe, expect, it } from "vitest";

import { type Case, pairs } from "./enumerate-faults.ts";
import { caseOf, commandOf, totalOf, totalsText } from "./report-faults.ts";

const BASE = { mode: "merge", via: "api", warm: true } as const;

const CASE: Case = {
  ...BASE,
  mishaps: new Map([
    [3, "pushes to the branch"],
    [12, "late"],
  ]),
};

describe("reportFaults", () => {
  it("names a case so that it can be played alone", () => {
    expect(commandOf(CASE)).toBe("npm run test:faults -- --only 'merge 3=pushes-to-the-branch 12=late'");
    expect(caseOf("merge 3=pushes-to-the-branch 12=late")).toEqual(CASE);
  });

  it("refuses what is no case", () => {
    expect(() => caseOf("rebase 3=late")).toThrow("no way is called rebase");
    expect(() => caseOf("merge 3=lost")).toThrow("no mishap is called lost");
  });

  it("counts what is broken, and says how the first one is played again", () => {
    const fine = { mishaps: [], ends: ["merge"], violations: [], requests: [] };
    const played = [fine, { ...fine, violations: ["2 pull requests"] }];
    const total = totalOf("merge", { cases: [{ ...CASE, mishaps: new Map() }, CASE], played, seconds: 3 });
    expect(total).toMatchObject({ cases: 2, broken: 1 });
    expect(totalsText([total]).split("\n").at(-1)).toBe(`the first broken case alone: ${commandOf(CASE)}`);
  });

  it("counts a case that was not played as broken", () => {
    expect(totalOf("merge", { cases: [CASE], played: [], seconds: 0 }).broken).toBe(1);
  });
});

describe("pairs", () => {
  const read = (asked: string) => ({ method: "GET", path: `/${asked}`, asked, writes: false, ages: false });
  const write = (asked: string) => ({ ...read(asked), method: "POST", writes: true });
  const plain = [read("a"), read("b"), write("c")];
  const failed: Case = { ...BASE, mishaps: new Map([[0, "fail"]]) };
  const found = (requests: readonly ReturnType<typeof read>[]): readonly string[] =>
    pairs({ plain, traces: new Map([[failed, requests]]) }).map(commandOf);

  it("leave out what comes after a read that failed and was repeated", () => {
    expect(found([read("a"), ...plain])).toEqual(["npm run test:faults -- --only 'merge 0=fail 1=fail'"]);
  });

  it("leave out what comes after an act that the next read does not show, and the write after that", () => {
    const answers = (answered: string) => [read("a"), { ...read("b"), answered }, write("c"), write("d")];
    const acted: Case = { ...BASE, mishaps: new Map([[1, "fixes"]]) };
    const count = (answered: string): number =>
      pairs({ plain: answers("200 x"), traces: new Map([[acted, answers(answered)]]) }).length;
    expect([count("200 x"), count("200 y")]).toEqual([4, 8]);
  });

  it("hold everything after a read whose failure has changed what comes after it", () => {
    expect(found([read("a"), read("a"), write("c")])).toHaveLength(5);
    expect(found([read("a"), write("d")])).toHaveLength(4);
  });
});
