import { describe, expect, it } from "vitest";

import { canaryField, findCanaries } from "./canaries.ts";

describe("findCanaries", () => {
  const { canaries } = canaryField(20, "x");
  const [canary] = canaries;
  const text = canary?.text ?? "";
  const reversed = Array.from(text).toReversed().join("");

  it.each([
    ["raw", `a ${text} b`],
    ["base64", Buffer.from(text).toString("base64")],
    ["base64", Buffer.from(`{"a":"${text}"}`).toString("base64")],
    ["base64", Buffer.from(`12${text}`).toString("base64")],
    ["base64url", Buffer.from(`1${text}`).toString("base64url")],
    ["hex", Buffer.from(text).toString("hex")],
    ["url", encodeURIComponent(text)],
    ["json", JSON.stringify({ text })],
    ["wrapped", `${text.slice(0, 7)}\n  ${text.slice(7)}`],
    ["reversed", reversed],
  ])("finds one as %s", (_encoding, shown) => {
    expect(findCanaries(shown, canaries).map((sighting) => sighting.canary)).toEqual([canary]);
  });

  it("finds nothing in a text without any", () => {
    expect(findCanaries("the image went back to acme/api:1.7.4, •••• (changed)", canaries)).toEqual([]);
  });
});
