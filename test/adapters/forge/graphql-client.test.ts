import { describe, expect, it } from "vitest";

import { createGitHubClient, type GitHubClient } from "../../../src/adapters/forge/github/github-client.ts";
import { fixedClock, type FixedClock } from "../../support/fixed-clock.ts";
import { httpStub, type HttpStub, type Stub } from "../../support/http-stub.ts";
import { silentLog } from "../../support/silent-log.ts";

const TOKEN = "ghs_0123456789abcdefghijklmnopqrstuvwxyz";
const POST = "POST /graphql";
const QUERY = "query ($n: Int!) { node { n } }";
const MUTATION = "mutation ($n: Int!) { make(n: $n) { oid } }";
const failed = (...errors: readonly object[]) => ({ data: { make: null }, errors });
const stale = { type: "STALE_DATA", path: ["make"], message: 'Expected branch to point to "a" but it did not.' };

async function setup(...stubs: readonly Stub[]): Promise<{ stub: HttpStub; client: GitHubClient; clock: FixedClock }> {
  const stub = await httpStub();
  stub.expect(...stubs);
  const clock = fixedClock();
  const token = async (): Promise<string> => TOKEN;
  const options = { apiUrl: stub.url, token, fetch: globalThis.fetch, clock, log: silentLog(), paced: false };
  return { stub, client: await createGitHubClient(options), clock };
}

describe("a GraphQL document", () => {
  it("is posted with its variables, and answers data", async () => {
    const { stub, client } = await setup({ request: POST, body: { data: { node: { n: 1 } } } });
    expect(await client.graphql("look", QUERY, { n: 1 })).toEqual({ kind: "ok", data: { node: { n: 1 } } });
    expect(stub.seen[0]?.body).toEqual({ query: QUERY, variables: { n: 1 } });
    expect(stub.seen[0]?.headers.authorization).toBe(`token ${TOKEN}`);
  });

  it("goes to /api/graphql of an Enterprise Server", async () => {
    const stub = await httpStub();
    stub.expect({ request: "POST /api/graphql", body: { data: { node: {} } } });
    const token = async (): Promise<string> => TOKEN;
    const apiUrl = `${stub.url}/api/v3`;
    const options = { apiUrl, token, fetch: globalThis.fetch, clock: fixedClock(), log: silentLog(), paced: false };
    const client = await createGitHubClient(options);
    expect(await client.graphql("look", QUERY, {})).toMatchObject({ kind: "ok" });
  });

  it.each([
    ["STALE_DATA", "ForgeConflict"],
    ["NOT_FOUND", "ForgeNotFound"],
    ["FORBIDDEN", "ForgePermission"],
    ["INSUFFICIENT_SCOPES", "ForgePermission"],
    ["UNPROCESSABLE", "ForgeValidation"],
    ["SOMETHING_NEW", "ForgeValidation"],
  ])("that is refused with %s is %s", async (type, code) => {
    const { client } = await setup({ request: POST, body: failed({ ...stale, type }) });
    const answer = await client.graphql("make it", MUTATION, {});
    expect(answer).toMatchObject({ kind: "refused", status: 200, type, reasons: [stale.message], error: { code } });
  });

  it("that the schema refuses is refused", async () => {
    const error = { message: "Field 'x' doesn't exist on type 'Y'", extensions: { code: "undefinedField" } };
    const { client } = await setup({ request: POST, body: { errors: [error] } });
    const answer = await client.graphql("look", QUERY, {});
    expect(answer).toMatchObject({ kind: "refused", error: { code: "ForgeValidation" } });
    expect(answer).not.toHaveProperty("type");
  });

  it("names single sign-on when that is what it needs", async () => {
    const error = { type: "FORBIDDEN", message: "Resource protected", extensions: { saml_failure: true } };
    const { client } = await setup({ request: POST, body: failed(error) });
    const answer = await client.graphql("make it", MUTATION, {});
    expect(answer).toMatchObject({ error: { hint: expect.stringContaining("single sign-on") } });
  });

  it.each<[string, Partial<Stub>]>([
    ["an error beside data", { body: { data: { make: { oid: "1" } }, errors: [stale] } }],
    ["an error of GitHub's own", { body: failed({ type: "INTERNAL", message: "oh" }) }],
    ["'something went wrong'", { body: { errors: [{ message: "Something went wrong while executing your query." }] } }],
    ["no data", { body: {} }],
    ["data that is none", { body: { data: null } }],
    ["errors that are no list", { body: { data: { make: { oid: "1" } }, errors: "x" } }],
    ["a sign-in page", { headers: { "content-type": "text/html" }, body: "<html>sign in</html>" }],
    ["a 502", { status: 502, body: "bad gateway" }],
    ["a closed connection", { fault: "reset" }],
    ["an answer that is cut", { fault: "cut", body: { data: { make: { oid: "1" } } } }],
  ])("that changes something and is answered by %s is unclear, and is not repeated", async (_, answer) => {
    const { stub, client } = await setup({ request: POST, ...answer });
    expect(await client.graphql("make it", MUTATION, {})).toMatchObject({ kind: "unclear" });
    expect(stub.seen).toHaveLength(1);
  });

  it("that only reads is repeated", async () => {
    const { stub, client } = await setup(
      { request: POST, status: 502, body: "bad gateway" },
      { request: POST, fault: "reset" },
      { request: POST, body: { data: { node: {} } } },
    );
    expect(await client.graphql("look", QUERY, {})).toMatchObject({ kind: "ok" });
    expect(stub.seen).toHaveLength(3);
  });

  it("waits for a limit, by which nothing was done, and is sent again", async () => {
    const limited = { errors: [{ type: "RATE_LIMITED", message: "API rate limit exceeded" }] };
    const { stub, client, clock } = await setup(
      { request: POST, headers: { "retry-after": "7" }, body: limited },
      { request: POST, body: { data: { make: { oid: "1" } } } },
    );
    expect(await client.graphql("make it", MUTATION, {})).toMatchObject({ kind: "ok" });
    expect(stub.seen).toHaveLength(2);
    expect(clock.sleeps).toEqual([7000]);
  });

  it("waits twice at most, twice as long, and for a secondary limit too", async () => {
    const secondary = { message: "You have exceeded a secondary rate limit" };
    const { client, clock } = await setup({ request: POST, status: 403, body: secondary, times: 3 });
    expect(await client.graphql("make it", MUTATION, {})).toMatchObject({ error: { code: "ForgeRateLimit" } });
    expect(clock.sleeps).toEqual([60_000, 120_000]);
  });

  it("tells a server without GraphQL by its 404", async () => {
    const { client } = await setup({ request: POST, status: 404, body: { message: "Not Found" } });
    expect(await client.graphql("look", QUERY, {})).toMatchObject({ kind: "refused", status: 404 });
  });

  it("never shows a token", async () => {
    const message = `bad ${TOKEN} \u001b[31m and ${"x".repeat(900)}`;
    const { client } = await setup({ request: POST, body: failed({ type: "UNPROCESSABLE", message }) });
    const answer = await client.graphql("make it", MUTATION, {});
    const text = answer.kind === "ok" ? "" : answer.error.message;
    expect(text).toMatch(/^GitHub: cannot make it: bad \*\*\*/);
    expect(text).not.toMatch(/ghs_|\u001b/);
    expect(text.length).toBeLessThan(400);
  });
});
