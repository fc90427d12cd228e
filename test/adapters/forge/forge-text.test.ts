import { describe, expect, it } from "vitest";

import { safeText } from "../../../src/adapters/forge/github/forge-text.ts";

describe("safeText", () => {
  it.each([
    `ghp_${"a1".repeat(18)}`,
    `gho_${"a1".repeat(18)}`,
    `ghu_${"a1".repeat(18)}`,
    `ghr_${"a1".repeat(18)}`,
    `ghs_${"a1".repeat(18)}`,
    `ghs_123_${"aB-1_".repeat(60)}.${"c".repeat(120)}.${"d".repeat(80)}`,
    `github_pat_11AAAA_${"x".repeat(59)}`,
    `eyJhbGciOiJSUzI1NiJ9.${"e".repeat(40)}.${"f".repeat(40)}`,
  ])("hides %s", (token) => {
    expect(safeText(`with ${token}, and (${token})`)).toBe("with ***, and (***)");
  });

  it("hides a given secret, also URL-encoded", () => {
    expect(safeText("a s/cret+ b s%2Fcret%2B", ["s/cret+"])).toBe("a *** b ***");
  });

  it("leaves words that only look a little like a token", () => {
    expect(safeText("ghp_x, ghs_, logs_abc")).toBe("ghp_x, ghs_, logs_abc");
  });

  it("cuts long text by characters, not inside one", () => {
    const text = safeText("🚀".repeat(400));
    expect(Array.from(text)).toHaveLength(300);
    expect(text.endsWith("🚀…")).toBe(true);
  });

  it("is one line", () => {
    expect(safeText("a\r\n\tb\u0000c\u2028d\u202ee")).toBe("a b c d e");
  });
});
