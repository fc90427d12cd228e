import { describe, expect, it } from "vitest";
import { maskSecrets } from "../../../src/core/model/secret.ts";

const LONG = "a1B2c3D4".repeat(5);
const PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIB\nAAAA\n-----END RSA PRIVATE KEY-----";

describe("maskSecrets", () => {
  it.each([
    ["a token of GitHub", `x ghp_${LONG} y`, "x *** y"],
    ["a token of a GitHub App", `ghs_${LONG}`, "***"],
    ["a fine-grained token", `github_pat_${LONG}_${LONG}`, "***"],
    ["a token of GitLab", `glpat-${LONG}`, "***"],
    ["a token of Slack", "xoxb-123456789012-abcdef", "***"],
    ["a Slack webhook", "https://hooks.slack.com/services/T0/B0/abcdef", "https://hooks.slack.com/***"],
    ["an AWS key id", "id=AKIAIOSFODNN7EXAMPLE;", "id=***;"],
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
    ];
    for (const text of slow) expect(maskSecrets(text).length).toBeLessThanOrEqual(text.length);
  });
});
