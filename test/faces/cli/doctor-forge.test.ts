import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { wantedPermissions } from "../../../src/adapters/forge/github/app-permissions.ts";
import type { NewApp } from "../../../src/standins/github/control.ts";
import { APP_KEY } from "../../support/app-key.ts";
import { doctorWorld, TOKEN, type ConfigParts, type DoctorWorld } from "../../support/doctor-world.ts";

const NAME = "acme/gitops";
const REPO_SCOPE = { scopes: ["repo", "read:org"] };
const MERGE: ConfigParts = { policy: "mode: merge" };

/** The App 77, signed in by the configuration. */
async function appWorld(app: Partial<NewApp> = {}, parts: ConfigParts = {}): Promise<DoctorWorld> {
  const world = await doctorWorld();
  const { control } = world.github;
  control.addApp({
    id: 77,
    slug: "lastgood-test",
    publicKey: APP_KEY.publicKey,
    permissions: wantedPermissions([]),
    ...app,
  });
  control.installApp({ app: 77, account: "acme" });
  const key = join(world.folder, "app.pem");
  writeFileSync(key, APP_KEY.privateKey);
  chmodSync(key, 0o600);
  world.configure({
    ...parts,
    forge: signedAs(77, world),
  });
  return world;
}

function signedAs(app: number, { github }: DoctorWorld): string {
  return `forge: { host: "${new URL(github.url).host}", auth: { app: { id: ${app}, privateKeyFile: app.pem } } }`;
}

describe("doctor on GitHub", () => {
  it("is content with a token that has what it needs, and writes nothing", async () => {
    const world = await doctorWorld({}, REPO_SCOPE);
    const { exit, faults, find } = await world.diagnose();
    expect(faults).toEqual(["warning NoLedger", "warning CodeOwners"]);
    expect(exit).toBe(0);
    expect(find("SignIn").message).toBe("signed in as mina with a classic personal access token (GH_TOKEN)");
    expect(find("RateLimit").status).toBe("ok");
    expect(find("Permissions").message).toBe("the account may write to the repository");
    const writes = world.github.control
      .requests()
      .filter(
        ({ method, path }) => method !== "GET" && !path.includes("git-upload-pack") && !path.endsWith("/graphql"),
      );
    expect(writes).toEqual([]);
  });

  it("says that nobody is signed in once, and goes on with everything else", async () => {
    const world = await doctorWorld();
    const { exit, find, findings } = await world.diagnose([], { GH_TOKEN: "ghp_revoked" });
    expect(exit).toBe(1);
    expect(find("SignIn")).toMatchObject({
      status: "failed",
      code: "ForgeAuth",
      meaning: "Nothing can be pushed, opened or merged.",
    });
    expect(find("Permissions")).toMatchObject({ status: "skipped", message: "not signed in" });
    expect(find("TimeZones").status).toBe("ok");
    expect(JSON.stringify(findings)).not.toContain("ghp_revoked");
  });

  it("finds a token without the scope repo", async () => {
    const { diagnose } = await doctorWorld({}, { scopes: ["read:org"] });
    const { exit, find } = await diagnose();
    expect(find("Permissions")).toMatchObject({
      status: "failed",
      message: "the token has not the scope repo",
      remedy: ["gh auth refresh -s repo", expect.any(String)],
    });
    expect(exit).toBe(1);
  });

  it("finds an account that may only read", async () => {
    const { diagnose } = await doctorWorld({}, { permissions: "read" });
    expect((await diagnose()).find("Permissions")).toMatchObject({
      status: "failed",
      message: "this account may not write to the repository",
    });
  });

  it("finds what a token may not read", async () => {
    const permissions = { contents: "write", pull_requests: "write", statuses: "read", deployments: "read" } as const;
    const { diagnose } = await doctorWorld({}, { permissions });
    expect((await diagnose()).find("PermissionsMissing")).toMatchObject({
      status: "warning",
      message: "the token may not read checks",
    });
  });

  it("does not say what a fine-grained token may write: it cannot be asked", async () => {
    const world = await doctorWorld();
    world.github.control.addToken("github_pat_fine", { user: "mina", permissions: "write" });
    const { find } = await world.diagnose([], { GH_TOKEN: "github_pat_fine" });
    expect(find("SignIn").message).toContain("a fine-grained personal access token");
    expect(find("Permissions")).toMatchObject({
      status: "skipped",
      remedy: ["It needs contents and pull requests: write."],
    });
  });

  it("warns of a token that ends soon", async () => {
    const now = Date.now();
    const soon = await doctorWorld({}, { expiresAtMs: now + 3 * 86_400_000 + 60_000 });
    expect((await soon.diagnose()).find("TokenExpiry")).toMatchObject({
      status: "warning",
      message: expect.stringMatching(/^the token ends in 3d/),
    });
    const later = await doctorWorld({}, { expiresAtMs: now + 90 * 86_400_000 });
    expect((await later.diagnose()).find("TokenExpiry").status).toBe("ok");
  });

  it("finds a rate limit that is used up, without using more", async () => {
    const { diagnose, github } = await doctorWorld();
    github.control.setRemaining(TOKEN, 0);
    const { find } = await diagnose();
    expect(find("RateLimit")).toMatchObject({
      status: "failed",
      message: expect.stringMatching(/^0 of 5000 requests are left/),
    });
    expect(find("Permissions")).toMatchObject({ status: "skipped", message: "no requests are left this hour" });
  });

  it("finds a clock that is far off, and one that is a little off", async () => {
    const far = await doctorWorld({}, {}, () => Date.now() + 5 * 60_000);
    expect((await far.diagnose()).find("Clock")).toMatchObject({
      status: "failed",
      message: expect.stringMatching(/^this machine's clock is [45]m behind 127\.0\.0\.1/),
    });
    const near = await doctorWorld({}, {}, () => Date.now() - 20_000);
    expect((await near.diagnose()).find("Clock")).toMatchObject({
      status: "warning",
      message: expect.stringMatching(/^this machine's clock is (19|20)s before/),
    });
  });

  it("knows the token of a GitHub Actions job, and that required checks never run", async () => {
    const world = await doctorWorld();
    const { control } = world.github;
    control.addToken("ghs_job", {
      user: "github-actions[bot]",
      permissions: "write",
      app: { id: 15368, slug: "github-actions" },
    });
    control.addRuleset(NAME, {
      rules: [{ type: "required_status_checks", strict: false, checks: [{ context: "test" }] }],
    });
    const { find, exit } = await world.diagnose([], { GH_TOKEN: "ghs_job" });
    expect(find("ActionsToken")).toMatchObject({
      status: "warning",
      message: "pull requests opened with GITHUB_TOKEN start no workflows",
    });
    expect(find("ChecksNeverRun")).toMatchObject({ status: "failed", message: expect.stringContaining("test") });
    expect(exit).toBe(1);
  });

  it("finds a repository that was renamed", async () => {
    const { diagnose, github } = await doctorWorld();
    github.control.renameRepository(NAME, "acme/deploy");
    expect((await diagnose()).find("Renamed").message).toBe("acme/gitops is called acme/deploy now");
  });
});

describe("doctor as a GitHub App", () => {
  it("is content with what lastgood asks for", async () => {
    const { diagnose } = await appWorld();
    const { find, faults } = await diagnose();
    expect(faults).toEqual(["warning NoLedger", "warning CodeOwners"]);
    expect(find("SignIn").message).toBe("signed in as lastgood-test[bot] with the GitHub App's own token (App 77)");
    expect(find("Permissions").message).toBe("the GitHub App has what it needs, and no more");
  });

  it("finds permissions that are missing, and those that are too many", async () => {
    const missing = await appWorld({
      permissions: { contents: "write", pull_requests: "write", checks: "read", workflows: "write" },
    });
    const { find } = await missing.diagnose();
    expect(find("PermissionsMissing")).toMatchObject({
      status: "warning",
      message: "the GitHub App was not granted statuses: read, deployments: read",
    });
    expect(find("PermissionsExcess")).toMatchObject({
      status: "warning",
      message: "the GitHub App may also write workflows",
    });
    const lame = await appWorld({ permissions: { contents: "read", pull_requests: "write" } });
    const diagnosis = await lame.diagnose();
    expect(diagnosis.find("SignIn")).toMatchObject({
      status: "failed",
      message: expect.stringContaining("contents=write"),
    });
    expect(diagnosis.exit).toBe(1);
  });

  it("finds that there is no such App", async () => {
    const world = await appWorld();
    world.configure({ forge: signedAs(78, world) });
    expect((await world.diagnose()).find("SignIn")).toMatchObject({
      status: "failed",
      message: expect.stringContaining("knows no GitHub App 78"),
    });
  });

  it("reads the App's own webhook where it may not read those of the repository", async () => {
    const hook = { url: "https://lastgood.example/webhooks/github", secret: "s", answered: [200, 503] };
    const events = [
      "push",
      "pull_request",
      "pull_request_review",
      "check_suite",
      "issue_comment",
      "issues",
      "deployment_status",
    ];
    const server = { more: `server: { publicUrl: "https://lastgood.example" }` };
    const { diagnose, github } = await appWorld({ hook, events }, server);
    expect((await diagnose()).find("WebhookDelivery")).toMatchObject({
      status: "warning",
      message: expect.stringContaining("HTTP 503"),
    });
    expect(github.control.requests().some(({ path }) => path.startsWith("/app/hook/deliveries"))).toBe(true);
  });
});

describe("doctor on the rules of a branch", () => {
  const review = {
    type: "pull_request",
    approvals: 2,
    dismissStale: false,
    codeOwners: false,
    conversations: false,
    lastPush: false,
    methods: ["merge", "squash", "rebase"],
  } as const;

  it("says that pull requests wait for people when the mode is merge", async () => {
    const { diagnose, github } = await doctorWorld(MERGE);
    github.control.addRuleset(NAME, { rules: [review] });
    const { find, exit } = await diagnose();
    expect(find("ReviewsRequired")).toMatchObject({
      status: "warning",
      message: "the mode is merge, but main asks for 2 approving reviews",
      meaning: "Its pull requests wait for people: at night nothing is restored before somebody approves.",
    });
    expect(find("BranchRules").message).toBe("main asks for 2 approvals");
    expect(exit).toBe(0);
  });

  it("says nothing of it when people merge anyway", async () => {
    const { diagnose, github } = await doctorWorld();
    github.control.addRuleset(NAME, { rules: [review] });
    expect((await diagnose()).faults).not.toContain("warning ReviewsRequired");
  });

  it("finds that the mode push cannot work", async () => {
    const { diagnose, github } = await doctorWorld({ policy: "mode: push" });
    github.control.addRuleset(NAME, { rules: [review] });
    expect((await diagnose()).find("PushRefused")).toMatchObject({
      status: "failed",
      remedy: [expect.stringContaining("mode: merge")],
    });
  });

  it("finds that auto-merge is off, that no way to merge is left, and who may write", async () => {
    const world = await doctorWorld(MERGE);
    const { control } = world.github;
    await control.createRepository("acme", "other", { allow: { squash: false, rebase: false } });
    control.addRuleset(NAME, { rules: [{ ...review, approvals: 0, methods: ["squash"] }, { type: "update" }] });
    const { find } = await world.diagnose();
    expect(find("MergeRefused")).toMatchObject({
      status: "failed",
      message: "only those whom the rules name may write main",
    });
    const off = await doctorWorld(MERGE);
    off.github.control.addRuleset(NAME, { rules: [{ type: "required_linear_history" }] });
    await off.github.control.protect(NAME, "main", undefined);
    expect((await off.diagnose()).find("BranchRules").message).toBe("main asks for linear history");
  });

  it("finds signatures that pushed commits do not have", async () => {
    const { diagnose, github } = await doctorWorld({ ...MERGE, forge: "forge: { commit: { via: push } }" });
    github.control.addRuleset(NAME, { rules: [{ type: "required_signatures" }] });
    expect((await diagnose()).find("Signatures")).toMatchObject({
      status: "failed",
      remedy: [expect.stringContaining("forge.commit.via: api")],
    });
  });

  it("finds that branches of lastgood's may not be made", async () => {
    const { diagnose, github } = await doctorWorld();
    github.control.addRuleset(NAME, { include: ["refs/heads/lastgood/**"], rules: [{ type: "creation" }] });
    expect((await diagnose()).find("BranchCreation").status).toBe("failed");
  });

  it("says what classic protection does not show", async () => {
    const { diagnose, github } = await doctorWorld(MERGE);
    await github.control.protect(NAME, "main", {
      requiredApprovals: 1,
      requiredChecks: { strict: true, checks: [{ context: "test" }] },
    });
    const { find } = await diagnose();
    expect(find("BranchProtection")).toMatchObject({
      status: "skipped",
      message: expect.stringContaining("only administrators"),
    });
    expect(find("BranchRules").message).toContain("checks test");
    github.control.addToken("ghp_admin", { user: "ada", permissions: "admin" });
    const seen = await diagnose([], { GH_TOKEN: "ghp_admin" });
    expect(seen.find("ReviewsRequired").message).toBe("the mode is merge, but main asks for an approving review");
  });
});

describe("doctor on webhooks", () => {
  const SERVER = `server: { publicUrl: "https://lastgood.example" }`;

  it("cannot look without the right to, and says so", async () => {
    const { diagnose } = await doctorWorld({ more: SERVER });
    expect((await diagnose()).find("Webhooks")).toMatchObject({
      status: "skipped",
      message: "this token may not read webhooks",
    });
    const without = await doctorWorld();
    expect((await without.diagnose()).find("Webhooks").message).toMatch(/^server\.publicUrl is not set/);
  });

  it("finds that none points at the daemon, and what is wrong with one that does", async () => {
    const { diagnose, github } = await doctorWorld({ more: SERVER }, { permissions: "admin" });
    expect((await diagnose()).find("Webhooks")).toMatchObject({
      status: "warning",
      message: "no webhook points at https://lastgood.example/webhooks/github",
    });
    const body = JSON.stringify({
      config: { url: "https://lastgood.example/webhooks/github", content_type: "form" },
      events: ["push"],
    });
    const made = await fetch(`${github.apiUrl}/repos/${NAME}/hooks`, {
      method: "POST",
      headers: { authorization: `token ${TOKEN}` },
      body,
    });
    expect(made.status).toBe(201);
    const { find } = await diagnose();
    expect(find("WebhookUnsigned").status).toBe("failed");
    expect(find("WebhookEvents").message).toContain("pull_request_review");
  });
});
