import { sign } from "node:crypto";
import { describe, expect, it } from "vitest";

import { APP_KEY } from "../../support/app-key.ts";
import { octokitFor, refusalOf } from "../../support/github-tools.ts";
import { AT, githubForTest } from "../../support/github-world.ts";

const NOW = Date.parse("2026-02-03T04:05:06Z");
const COMMITS = [{ files: { "a.yaml": "a: 1\n" } }];

// docs.github.com, "Scopes for OAuth apps"; github.blog, "Expiration options for personal access tokens".
describe("an answer to a token", () => {
  it("says the scopes of a classic one and when it ends, also where nothing is counted", async () => {
    const { control, apiUrl } = await githubForTest(COMMITS);
    control.addToken("ghp_scoped", {
      user: "mina",
      permissions: "write",
      scopes: ["repo", "read:org"],
      expiresAtMs: NOW + 60_000,
    });
    const octokit = octokitFor(apiUrl, "ghp_scoped");
    const said = {
      "x-oauth-scopes": "repo, read:org",
      "github-authentication-token-expiration": "2026-02-03 04:06:06 UTC",
      date: "Tue, 03 Feb 2026 04:05:06 GMT",
    };
    expect((await octokit.repos.get(AT)).headers).toMatchObject(said);
    expect((await octokit.rateLimit.get()).headers).toMatchObject(said);
  });

  it("says neither of an App's", async () => {
    const { octokit } = await githubForTest(COMMITS);
    const { headers } = await octokit("app").repos.get(AT);
    expect(headers).not.toHaveProperty("x-oauth-scopes");
    expect(headers).not.toHaveProperty("github-authentication-token-expiration");
  });

  it("is 401 once it has ended", async () => {
    const { control, apiUrl } = await githubForTest(COMMITS);
    control.addToken("ghp_ended", { user: "mina", permissions: "write", expiresAtMs: NOW - 1 });
    expect((await refusalOf(octokitFor(apiUrl, "ghp_ended").repos.get(AT))).status).toBe(401);
  });
});

// docs.github.com/rest/apps/webhooks
describe("the webhook of an App", () => {
  function jwt(): string {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = { iat: NOW / 1000 - 60, exp: NOW / 1000 + 540, iss: "77" };
    const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
    return `${signed}.${sign("sha256", Buffer.from(signed), APP_KEY.privateKey).toString("base64url")}`;
  }

  it("is shown to the App itself, without its secret, and with its deliveries, the newest first", async () => {
    const { control, apiUrl } = await githubForTest(COMMITS);
    const hook = { url: "https://lastgood.example/webhooks/github", secret: "s3cret", answered: [200, 503] };
    control.addApp({ id: 77, slug: "lastgood-test", publicKey: APP_KEY.publicKey, permissions: {}, hook });
    const app = octokitFor(apiUrl, jwt());
    expect((await app.apps.getWebhookConfigForApp()).data).toEqual({
      url: hook.url,
      secret: "********",
      content_type: "json",
      insecure_ssl: "0",
    });
    expect((await app.apps.listWebhookDeliveries()).data.map(({ status_code }) => status_code)).toEqual([503, 200]);
    const newest = await app.apps.listWebhookDeliveries({ per_page: 1 });
    expect(newest.data).toMatchObject([{ status_code: 503, status: "Invalid HTTP Response: 503" }]);
  });
});
