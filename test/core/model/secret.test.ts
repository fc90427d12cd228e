import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskSecrets } from "../../../src/core/model/secret.ts";

const LONG = "a1B2c3D4".repeat(5);
const PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIB\nAAAA\n-----END RSA PRIVATE KEY-----";

describe("maskSecrets", () => {
  it.each([
    ["a token of GitHub", `x ghp_${LONG} y`, "x *** y"],
    ["a token of a GitHub App", `ghs_${LONG}`, "***"],
    ["a token of a GitHub App with dots", `(ghs_77.${LONG}-${LONG}.${LONG})`, "(***)"],
    ["a token behind an underscore", `TOKEN_ghu_${LONG}`, "TOKEN_***"],
    ["a fine-grained token", `github_pat_${LONG}_${LONG}`, "***"],
    ["a token of GitLab", `glpat-${LONG}`, "***"],
    ["a token of Slack", "xoxb-123456789012-abcdef", "***"],
    ["a Slack webhook", "https://hooks.slack.com/services/T0/B0/abcdef", "https://hooks.slack.com/***"],
    ["an AWS key id", "id=AKIAIOSFODNN7EXAMPLE;", "id=***;"],
    ["a token that only begins like a word of ours", "token ForgePermissionX", "token ***"],
    ["a bearer", "Authorization: Bearer abcdef.123456-789", "Authorization: Bearer ***"],
    ["basic", `authorization: basic ${LONG}==`, "authorization: basic ***"],
    ["a JWT", "t eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl!", "t ***!"],
    ["credentials in a URL", "https://bob:pw@h/x https://tok@h", "https://***@h/x https://***@h"],
    ["a password with @ in it", "postgres://app:p@ss@db:5432/x", "postgres://***@db:5432/x"],
    ["a token in a query", "https://h/x?a=1&access_token=abc&b=2", "https://h/x?a=1&access_token=***&b=2"],
    ["a signature in a query", "https://h/x?X-Amz-Signature=abc", "https://h/x?X-Amz-Signature=***"],
    ["a private key", `a\n${PEM}\nb`, "a\n***\nb"],
    ["a torn private key", PEM.slice(0, 40), "***"],
    ["an age key", `AGE-SECRET-KEY-1${"Q".repeat(58)}`, "***"],
  ])("masks %s", (_, text, masked) => {
    expect(maskSecrets(text)).toBe(masked);
  });

  it.each([
    "8d41c07be1f0a6f2c9d3e4b5a6978c1d2e3f4051",
    "sha256:0c9e41d27ab3",
    "ghcr.io/acme/api:1.8.0",
    "https://github.com/acme/gitops/pull/491",
    "git@github.com:acme/gitops.git",
    "mail me at bob@example.com, see https://x.example",
    "-----BEGIN CERTIFICATE-----",
    "the token expired",
    "not accessible by personal access token  ForgePermission",
    "the token    UsageRepository",
  ])("leaves %j", (text) => {
    expect(maskSecrets(text)).toBe(text);
  });

  it("stays linear on text made to be slow", () => {
    const n = 20_000;
    const slow = [
      "-----BEGIN PRIVATE KEY-----".repeat(n),
      "a://".repeat(n),
      `https://${"a".repeat(n * 10)}`,
      "?token".repeat(n),
      `?${"key".repeat(n)}`,
      "eyJaaaaaa.".repeat(n),
      "Bearer ".repeat(n),
      "ghp_".repeat(n),
      `ghs_${"a".repeat(40)}\n`.repeat(n),
      "6768705f".repeat(n),
      "Z2hwX3".repeat(n),
      "LS0tLS1CRUdJTiBD".repeat(n),
      "_eyJ".repeat(n),
    ];
    for (const text of slow) expect(maskSecrets(text).length).toBeLessThanOrEqual(text.length);
  });

  it.each([
    ["xoxb-12345678", "***"],
    ["a://b@", "a://***@"],
    ["?key=x", "?key=***"],
    ["&pwd=1", "&pwd=***"],
  ])("finds one of the least length: %s", (text, masked) => {
    expect(maskSecrets(text)).toBe(masked);
  });
});

describe("a secret of GitHub", () => {
  const chars = (alphabet: string, minLength: number, maxLength: number): fc.Arbitrary<string> =>
    fc.string({ unit: fc.constantFrom(...alphabet.split("")), minLength, maxLength });
  const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const base64url = (text: string): string => Buffer.from(text).toString("base64url");
  const secret = fc.oneof(
    fc
      .tuple(fc.constantFrom("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), chars(LETTERS, 36, 36))
      .map((parts) => parts.join("")),
    fc
      .tuple(chars(LETTERS, 90, 130), chars(`${LETTERS}-_`, 280, 320), chars(LETTERS, 60, 90))
      .map(([a, b, c]) => `ghs_77.${a}.${b}.${c}`),
    fc.tuple(chars(LETTERS, 22, 22), chars(LETTERS, 59, 59)).map(([a, b]) => `github_pat_${a}_${b}`),
    fc
      .tuple(fc.integer({ min: 1 }), chars(`${LETTERS}-_`, 342, 342))
      .map(
        ([iat, signature]) => `${base64url('{"alg":"RS256","typ":"JWT"}')}.${base64url(`{"iat":${iat}}`)}.${signature}`,
      ),
    fc
      .tuple(fc.constantFrom("RSA ", "", "EC ", "OPENSSH ", "ENCRYPTED "), chars(`${LETTERS}+/`, 300, 900))
      .map(([kind, body]) => {
        const lines = (body.match(/.{1,64}/g) ?? []).join("\n");
        return `-----BEGIN ${kind}PRIVATE KEY-----\n${lines}\n-----END ${kind}PRIVATE KEY-----\n`;
      }),
  );
  const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
    raw: (text) => text,
    JSON: (text) => JSON.stringify(text).slice(1, -1),
    URL: encodeURIComponent,
    "a form": (text) => new URLSearchParams({ a: text }).toString().slice(2),
    base64: (text) => Buffer.from(text).toString("base64"),
    base64url,
    hex: (text) => Buffer.from(text).toString("hex"),
    "upper-case hex": (text) => Buffer.from(text).toString("hex").toUpperCase(),
    "git's Basic": (text) => Buffer.from(`x-access-token:${text}`).toString("base64"),
  };
  const around = fc.constantFrom("", " ", '"', "=", ": ", "\n", "(", "https://h/?x=", "remote: ");

  it.each(Object.keys(ENCODINGS))("is masked wherever it stands, in %s", (name) => {
    const encode = ENCODINGS[name] ?? String;
    fc.assert(
      fc.property(secret, around, fc.constantFrom("", " ", '"', "\n", ")", "&b=1"), (text, before, after) => {
        // A JWT in base64 has no shape left that only secrets have.
        fc.pre(!text.startsWith("eyJ") || !/base64|hex|Basic/.test(name));
        const written = encode(text);
        const masked = maskSecrets(before + written + after);
        const middle = Math.floor(written.length / 2);
        const begin = name === "git's Basic" ? 24 : 8; // behind "x-access-token:", which is no secret
        for (const at of [begin, middle - 6, written.length - 40]) {
          expect(masked).not.toContain(written.slice(Math.max(at, 0), at + 12));
        }
        expect(masked).toContain("***");
      }),
      { numRuns: 60 },
    );
  });

  it("is masked where a long one is wrapped", () => {
    fc.assert(
      fc.property(secret, fc.constantFrom(64, 72, 76), (text, columns) => {
        fc.pre(text.startsWith("ghs_77."));
        const lines = text.match(new RegExp(`.{1,${columns}}`, "g")) ?? [];
        expect(maskSecrets(`token:\n${lines.join("\n")}\n\nnext`)).toBe("token:\n***\n\nnext");
      }),
      { numRuns: 100 },
    );
  });

  it("is not seen in certificates and public keys, in base64 either", () => {
    for (const kind of ["CERTIFICATE", "PUBLIC KEY"]) {
      const pem = `-----BEGIN ${kind}-----\nMIIB\n-----END ${kind}-----\n`;
      const encoded = Buffer.from(pem).toString("base64");
      expect(maskSecrets(pem + encoded)).toBe(pem + encoded);
    }
  });
});
