import { describe, expect, it } from "vitest";
import { commitId } from "../../../../src/core/model/git.ts";
import type { Conflict, Hold } from "../../../../src/core/model/hold.ts";
import { renderHold } from "../../../../src/faces/cli/output/problem.ts";
import { outputOf } from "./plain-output.ts";

const setBy = { commit: commitId("a".repeat(40)), subject: "Bump", author: "Mina Kim", atMs: 0 };

function conflict(at: number, file = "cm.yaml"): Conflict {
  const display = `data.k${at}`;
  return { file, component: "ConfigMap/big", field: display, display, kind: "same-field", now: "c", good: "a", setBy };
}

function shown(conflicts: readonly Conflict[]): readonly string[] {
  const held: Hold = {
    kind: "hold",
    reason: "Conflict",
    message: "later work changed them",
    hints: ["lastgood revert --commit 1234567 --resolve '*=good'    # take the values from before"],
    conflicts,
    again: "lastgood plan --commit 1234567",
  };
  return renderHold(held, outputOf({ tty: false }))
    .split("\n")
    .slice(0, -1);
}

describe("the places of a conflict", () => {
  it("stand below the ways out, each with what is there, who set it, and what was there before", () => {
    expect(shown([conflict(1)])).toEqual([
      "held: later work changed them  Conflict",
      "  You can:",
      "    lastgood revert --commit 1234567 --resolve '*=good'    # take the values from before",
      "  cm.yaml",
      "    ConfigMap/big  data.k1   (same-field)",
      '        now     c   set by aaaaaaa "Bump", Mina Kim',
      "        before  a",
    ]);
  });

  it("are twenty at most, with the command that lists all of them", () => {
    const lines = shown(Array.from({ length: 20_000 }, (_, at) => conflict(at)));
    expect(lines).toHaveLength(3 + 1 + 20 * 3 + 1);
    expect(lines.at(-1)).toBe("  … and 19,980 more; lastgood plan --commit 1234567 -o json    # lists them all");
  });

  it("are counted file by file, those with most of them first, when they are not all shown", () => {
    const lines = shown([
      ...Array.from({ length: 5 }, (_, at) => conflict(at, "a.yaml")),
      ...Array.from({ length: 1500 }, (_, at) => conflict(at, "b.yaml")),
      ...Array.from({ length: 12 }, (_, at) => conflict(at, `many/${at}.yaml`)),
    ]);
    expect(lines.slice(3, 6)).toEqual(["  1,517 places in 14 files:", "      1,500  b.yaml", "          5  a.yaml"]);
    expect(lines).toContain("          4  in 4 other files");
  });

  it("show as much of a long value as is needed to know it", () => {
    const line = shown([{ ...conflict(1), now: "x".repeat(5000) }]).find((one) => one.includes("now ")) ?? "";
    expect(line).toContain(`${"x".repeat(79)}…`);
    expect(line.length).toBeLessThan(200);
  });
});
