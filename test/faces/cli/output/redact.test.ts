import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "../../../../src/faces/cli/output/redact.ts";

const SECRET = 'p@ss/w+rd "é" \\ 1';

describe("createRedactor", () => {
  it.each([
    ["raw", SECRET],
    ["JSON", JSON.stringify(SECRET)],
    ["URL", encodeURIComponent(SECRET)],
    ["base64", Buffer.from(SECRET).toString("base64")],
    ["base64url", Buffer.from(SECRET).toString("base64url")],
    ["hex", Buffer.from(SECRET).toString("hex")],
    ["upper-case hex", Buffer.from(SECRET).toString("hex").toUpperCase()],
    ["a basic header", Buffer.from(`x-access-token:${SECRET}`).toString("base64")],
  ])("masks a known secret written as %s", (_, written) => {
    expect(createRedactor([SECRET])(`before ${written} after`)).toMatch(
      /^before "?[\w+/=]{0,22}\*\*\*[\w+/=]{0,4}"? after$/,
    );
  });

  it("masks each line of a key", () => {
    const redact = createRedactor(["first-line\nsecond-line"]);
    expect(redact("second-line")).toBe("***");
  });

  it("masks the longer of two first", () => {
    expect(createRedactor(["secret", "secret-and-more"])("secret-and-more")).toBe("***");
  });

  it("ignores what is too short to be told from other text", () => {
    expect(createRedactor(["", "a", "main"])("a main thing")).toBe("a main thing");
  });

  it("masks what looks like a secret, known or not", () => {
    expect(createRedactor([])("https://u:p@h")).toBe("https://***@h");
    expect(createRedactor([SECRET])(`ghp_${"a".repeat(36)}`)).toBe("***");
  });

  it("leaves no trace of any secret in any spelling, wherever it stands", () => {
    const secret = fc
      .string({ minLength: 8, maxLength: 40, unit: "grapheme-ascii" })
      .filter((text) => text.trim() === text);
    const around = fc.string({ maxLength: 7, unit: fc.constantFrom("x", "Y", "0", ":") });
    fc.assert(
      fc.property(secret, around, around, (value, before, after) => {
        const redact = createRedactor([value]);
        const whole = Buffer.from(before + value + after);
        const written = [
          before + value + after,
          encodeURIComponent(before + value + after),
          whole.toString("base64"),
          whole.toString("base64url"),
          whole.toString("hex"),
        ];
        for (const text of written) expect(redact(text)).toContain("***");
        expect(redact(before + value + after)).not.toContain(value);
      }),
      { numRuns: 300 },
    );
  });
});
