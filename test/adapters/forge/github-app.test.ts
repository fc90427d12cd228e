import { generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";

import { readAppKey } from "../../../src/adapters/forge/github/app-jwt.ts";
import { askedPermissions, wantedPermissions } from "../../../src/adapters/forge/github/app-permissions.ts";
import {
  createGitHubApp,
  type GitHubApp,
  type GitHubAppOptions,
} from "../../../src/adapters/forge/github/github-app.ts";
import { createGitHubForge } from "../../../src/adapters/forge/github/github-forge.ts";
import { gateFor } from "../../../src/adapters/forge/github/request-gate.ts";
import type { Forge } from "../../../src/ports/forge.ts";
import { startGitHub, type GitHub } from "../../../src/standins/github/start-github.ts";
import { APP_KEY } from "../../support/app-key.ts";
import { fixedClock, type FixedClock } from "../../support/fixed-clock.ts";
import { gitdir, temporaryFolder } from "../../support/gitdir.ts";
import { silentLog, type SilentLog } from "../../support/silent-log.ts";

const HOUR_MS = 3_600_000;
const GRANTED = { ...wantedPermissions(["issues"]), workflows: "write" } as const;

interface AppWorld {
  readonly github: GitHub;
  readonly installation: number;
  readonly app: GitHubApp;
  readonly forge: Forge;
  readonly clock: FixedClock;
  readonly log: SilentLog;
}

/** An App on `acme/gitops`; the server and the client share a clock, unless `skewMs` puts the client's behind. */
async function appWorld({
  granted = GRANTED,
  skewMs = 0,
  ...options
}: Partial<GitHubAppOptions> & { readonly granted?: object; readonly skewMs?: number } = {}): Promise<AppWorld> {
  const clock = fixedClock(skewMs === 0 ? undefined : Date.now() - skewMs);
  const github = await startGitHub({ root: temporaryFolder("github"), clock: () => clock.nowMs() + skewMs });
  onTestFinished(() => github.close());
  const { control } = github;
  await control.createRepository("acme", "gitops", { from: gitdir([{ files: { a: "1" } }]).path, private: true });
  control.addApp({ id: 77, slug: "lastgood-test", publicKey: APP_KEY.publicKey, permissions: granted });
  const installation = control.installApp({ app: 77, account: "acme" });
  const log = silentLog();
  const common = {
    owner: "acme",
    repo: "gitops",
    clock,
    log,
    paced: false,
    gate: gateFor({ clock, log, paced: false }),
  };
  const app = createGitHubApp({
    apiUrl: github.apiUrl,
    host: "ghe.example",
    app: { id: "77", privateKey: readAppKey(APP_KEY.privateKey) },
    wanted: wantedPermissions([]),
    fetch,
    ...common,
    ...options,
  });
  const forge = await createGitHubForge({ ...common, baseUrl: github.apiUrl, token: app.token });
  return { github, installation, app, forge, clock, log };
}

function lines({ github }: AppWorld): readonly string[] {
  return github.control.requests().map(({ method, path, status }) => `${method} ${path} ${status}`);
}

describe("an App's token", () => {
  it("is for one repository, and for what was asked of it only", async () => {
    const world = await appWorld();
    expect(await world.app.token()).toMatch(/^ghs_/);
    const asked = world.github.control.requests().find(({ method }) => method === "POST");
    expect(asked?.body).toEqual({
      repositories: ["gitops"],
      permissions: {
        metadata: "read",
        contents: "write",
        pull_requests: "write",
        checks: "read",
        statuses: "read",
        deployments: "read",
      },
    });
  });

  it("is kept for its hour and renewed five minutes before it ends, by our clock", async () => {
    const world = await appWorld();
    const first = await world.app.token();
    world.clock.advance(HOUR_MS - 5 * 60_000 - 1);
    expect(await world.app.token()).toBe(first);
    world.clock.advance(2);
    expect(await world.app.token()).not.toBe(first);
    expect(await world.forge.defaultBranch()).toBe("main");
    expect(lines(world)).not.toContainEqual(expect.stringMatching(/ 401$/));
  });

  it("is made once, however many ask at the same time", async () => {
    const world = await appWorld();
    const tokens = await Promise.all([world.app.token(), world.app.token(), world.app.token()]);
    expect(new Set(tokens).size).toBe(1);
    expect(lines(world)).toEqual([
      "GET /repos/acme/gitops/installation 200",
      expect.stringMatching(/^POST \/app\/installations\/\d+\/access_tokens 201$/),
    ]);
  });

  it("is replaced once when it was revoked, in the middle of a run", async () => {
    const world = await appWorld();
    await world.forge.defaultBranch();
    world.github.control.revokeToken(await world.app.token());
    expect(await world.forge.findPullRequest("x")).toBeUndefined();
    expect(lines(world).filter((line) => line.endsWith(" 401"))).toHaveLength(1);
  });

  it("that is refused although it is new is reported, and asked for once only", async () => {
    const world = await appWorld();
    world.github.control.addFault({
      path: /^\/repos\/acme\/gitops$/,
      times: 9,
      does: { kind: "answer", status: 401, body: { message: "Bad credentials" } },
    });
    await expect(world.forge.defaultBranch()).rejects.toMatchObject({ code: "ForgeAuth" });
    expect(lines(world).filter((line) => line.startsWith("POST"))).toHaveLength(2);
    expect(lines(world).filter((line) => line.endsWith("gitops 401"))).toHaveLength(2);
  });

  it("of about 520 characters with dots is as good", async () => {
    const world = await appWorld();
    world.github.control.setTokenFormat("long");
    expect((await world.app.token()).length).toBeGreaterThan(500);
    expect(await world.forge.defaultBranch()).toBe("main");
  });

  it.each([7 * HOUR_MS, -7 * HOUR_MS])("is had although our clock is wrong by %i ms", async (skewMs) => {
    const world = await appWorld({ skewMs });
    expect(await world.forge.defaultBranch()).toBe("main");
    expect(await world.forge.defaultBranch()).toBe("main");
    expect(lines(world).filter((line) => line.startsWith("POST") && line.endsWith("201"))).toHaveLength(1);
  });

  it("goes on without what was not granted, and says so once", async () => {
    const world = await appWorld({ granted: { contents: "write", pull_requests: "write", checks: "read" } });
    const first = await world.app.token();
    await world.app.token(first);
    expect(world.log.lines).toEqual([
      "warn: the GitHub App was not granted statuses=read, deployments=read: going on without",
    ]);
  });
});

describe("an App that is not let in", () => {
  it("because contents were not granted is told which permission", async () => {
    const { app } = await appWorld({ granted: { contents: "read", pull_requests: "write" } });
    await expect(app.token()).rejects.toMatchObject({
      code: "ForgePermission",
      message: "the GitHub App was not granted contents=write on ghe.example/acme/gitops",
    });
  });

  it("because it is suspended", async () => {
    const world = await appWorld();
    world.github.control.suspendInstallation(world.installation, true);
    await expect(world.app.token()).rejects.toMatchObject({
      code: "ForgePermission",
      message: "the GitHub App is suspended in ghe.example/acme",
    });
  });

  it("because it is not installed there, or not on this repository", async () => {
    const elsewhere = { owner: "umbrella", message: "not installed on ghe.example/umbrella/gitops" };
    const { app } = await appWorld({ owner: elsewhere.owner });
    await expect(app.token()).rejects.toMatchObject({
      code: "ForgePermission",
      message: expect.stringContaining(elsewhere.message),
    });
    const named = await appWorld({ repo: "nowhere" });
    const wrong = createGitHubAppLike(named, { repo: "nowhere", installationId: named.installation });
    await expect(wrong.token()).rejects.toMatchObject({
      code: "ForgePermission",
      message: expect.stringContaining("does not cover ghe.example/acme/nowhere"),
    });
  });

  it("because nobody knows it, or its key is another's", async () => {
    const unknown = await appWorld({ app: { id: "78", privateKey: readAppKey(APP_KEY.privateKey) } });
    await expect(unknown.app.token()).rejects.toMatchObject({
      code: "ForgeAuth",
      message: "ghe.example knows no GitHub App 78",
    });
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const forged = await appWorld({ app: { id: "77", privateKey: other } });
    await expect(forged.app.token()).rejects.toMatchObject({
      code: "ForgeAuth",
      message: expect.stringContaining("does not accept the GitHub App's signature"),
    });
  });

  it("never shows a key, a signature or a token, however its error is looked at", async () => {
    const world = await appWorld();
    const token = await world.app.token();
    world.github.control.addFault({
      path: /^\/repos\/acme\/gitops$/,
      times: 9,
      does: { kind: "answer", status: 401, body: { message: `Bad credentials ${token}` } },
    });
    const forged = createGitHubAppLike(world, {
      app: { id: "77", privateKey: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey },
    });
    for (const ask of [world.forge.defaultBranch, forged.token]) {
      const error: unknown = await ask().then(String, (reason: unknown) => reason);
      const shown = `${String(error)} ${inspect(error, { depth: 12, showHidden: true })}`;
      expect(shown).toContain("LastgoodError");
      expect(shown.replaceAll(`Bad credentials ${token}`, "")).not.toMatch(
        /ghs_[A-Za-z0-9]{20}|eyJ[\w-]+\.|PRIVATE KEY/,
      );
      expect(String(error)).not.toContain(token);
    }
    const asked = world.github.control.requests().map(({ path, body }) => path + JSON.stringify(body));
    expect(asked.join(" ")).not.toMatch(/ghs_|eyJ/);
  });
});

function createGitHubAppLike(world: AppWorld, options: Partial<GitHubAppOptions>): GitHubApp {
  const { clock, log } = world;
  return createGitHubApp({
    apiUrl: world.github.apiUrl,
    host: "ghe.example",
    owner: "acme",
    repo: "gitops",
    app: { id: "77", privateKey: readAppKey(APP_KEY.privateKey) },
    wanted: wantedPermissions([]),
    fetch,
    clock,
    log,
    gate: gateFor({ clock, log, paced: false }),
    paced: false,
    ...options,
  });
}

describe("what an App does", () => {
  it("is shown as its bot's", async () => {
    const { app } = await appWorld();
    expect(await app.bot()).toEqual({
      name: "lastgood-test[bot]",
      email: expect.stringMatching(/^\d+\+lastgood-test\[bot\]@users\.noreply\.ghe\.example$/),
    });
  });
});

describe("readAppKey", () => {
  it("takes the key as GitHub hands it out, and as PKCS#8", () => {
    const key = readAppKey(APP_KEY.privateKey);
    expect(readAppKey(String(key.export({ type: "pkcs8", format: "pem" }))).equals(key)).toBe(true);
  });

  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
  const locked = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "x",
  });
  it.each([
    ["a public key", APP_KEY.publicKey, "is no private key that can be read"],
    ["a torn key", APP_KEY.privateKey.slice(0, 300), "is no private key that can be read"],
    ["another kind of key", String(ec), "is of type ec, not RSA"],
    ["a key with a passphrase", String(locked), "is protected by a passphrase"],
    ["something else", "hunter2", "is no private key that can be read"],
  ])("refuses %s", (_, pem, why) => {
    const message = `the App's private key ${why}`;
    expect(() => readAppKey(pem)).toThrow(expect.objectContaining({ code: "ConfigSecretFile", message }));
    expect(() => readAppKey(pem)).not.toThrow(expect.objectContaining({ cause: expect.anything() as unknown }));
  });
});

describe("the permissions of an App", () => {
  it("are never administration or workflows, whatever is switched on", () => {
    const all = wantedPermissions(["issues", "checks", "statuses", "deployments"]);
    expect(Object.keys(all).toSorted()).toEqual(
      ["checks", "contents", "deployments", "issues", "metadata", "pull_requests", "statuses"].toSorted(),
    );
  });

  it("are asked for as far as they were granted", () => {
    const granted = { contents: "write", pull_requests: "read", issues: "read", administration: "write" };
    expect(askedPermissions(wantedPermissions(["issues"]), granted)).toEqual({
      permissions: { metadata: "read", contents: "write", pull_requests: "read", issues: "read" },
      missing: ["pull_requests=write", "checks=read", "statuses=read", "deployments=read", "issues=write"],
      required: ["pull_requests=write"],
    });
  });
});
