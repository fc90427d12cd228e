import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isBasic, isBearer, isSignedBy } from "../../../src/adapters/webhook/signature.ts";

const SECRET = "It's a Secret to Everybody";
const BODY = Buffer.from("Hello, World!");
// The example of docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries.
const SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

function sign(algorithm: string, body: Uint8Array, secret = SECRET): string {
  return `${algorithm}=${createHmac(algorithm, secret).update(body).digest("hex")}`;
}

describe("isSignedBy", () => {
  it("takes GitHub's own example, and one of two secrets", () => {
    expect(isSignedBy([SECRET], BODY, SIGNATURE)).toBe(true);
    expect(isSignedBy(["another secret", SECRET], BODY, SIGNATURE)).toBe(true);
  });

  it.each([
    ["absent", undefined],
    ["empty", ""],
    ["of SHA-1", sign("sha1", BODY)],
    ["of SHA-512", sign("sha512", BODY)],
    ["in upper case", SIGNATURE.toUpperCase()],
    ["with upper-case digits", `sha256=${SIGNATURE.slice(7).toUpperCase()}`],
    ["too short", SIGNATURE.slice(0, -2)],
    ["too long", `${SIGNATURE}00`],
    ["without its name", SIGNATURE.slice(7)],
    ["there twice", [SIGNATURE, SIGNATURE]],
    ["doubled in one", `${SIGNATURE}, ${SIGNATURE}`],
    ["followed by a line", `${SIGNATURE}\n`],
    ["with a space before", ` ${SIGNATURE}`],
    ["all zeros", `sha256=${"0".repeat(64)}`],
    ["of another secret", sign("sha256", BODY, "another secret")],
    ["of another body", sign("sha256", Buffer.from("Hello, World"))],
  ])("refuses a signature that is %s (H97)", (_, header) => {
    expect(isSignedBy([SECRET], BODY, header)).toBe(false);
  });

  it("signs the bytes as they came: JSON that was written again is another body", () => {
    const raw = Buffer.from('{"a": 1,  "b":"\\u00e9"}');
    expect(isSignedBy([SECRET], raw, sign("sha256", raw))).toBe(true);
    expect(isSignedBy([SECRET], Buffer.from(JSON.stringify(JSON.parse(raw.toString()))), sign("sha256", raw))).toBe(
      false,
    );
  });

  it.each([[[]], [[""]], [["short"]]])("accepts nothing with the secrets %j (H98)", (secrets) => {
    expect(isSignedBy(secrets, BODY, sign("sha256", BODY, secrets[0] ?? ""))).toBe(false);
    expect(isBearer(secrets, `Bearer ${secrets[0] ?? ""}`)).toBe(false);
    expect(isBearer(secrets, undefined)).toBe(false);
  });
});

describe("isBearer", () => {
  it.each([
    ["Bearer correct-horse", true],
    ["bearer correct-horse", true],
    ["Bearer  correct-horse", true],
    ["Bearer correct-horse ", false],
    ["Bearer correct-hors", false],
    ["Bearer correct-horse2", false],
    ["Basic correct-horse", false],
    ["correct-horse", false],
    ["Bearer ", false],
    ["", false],
    [undefined, false],
    [["Bearer correct-horse"], false],
    [`Bearer ${"a".repeat(10_000)}`, false],
  ])("answers %j with %s", (header, expected) => {
    expect(isBearer(["another-token", "correct-horse"], header)).toBe(expected);
  });
});

describe("isBasic", () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

  it.each([
    [basic("alertmanager:correct-horse"), true],
    [basic("alertmanager:wrong-horse"), false],
    [basic("somebody:correct-horse"), false],
    [basic("alertmanager"), false],
    ["Basic !!!", false],
    [undefined, false],
  ])("answers %j with %s", (header, expected) => {
    expect(isBasic("alertmanager", ["correct-horse"], header)).toBe(expected);
  });

  it("accepts nothing without a password", () => {
    expect(isBasic("alertmanager", [""], basic("alertmanager:"))).toBe(false);
    expect(isBasic("alertmanager", [], basic("alertmanager:"))).toBe(false);
  });
});
