/** A GitHub Enterprise Server with a certificate of its own, behind a proxy, and lastgood as a GitHub App there. */
import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";

import { wantedPermissions } from "../../src/adapters/forge/github/app-permissions.ts";
import { startGitHub, type GitHub } from "../../src/standins/github/start-github.ts";
import { payments, TARGET } from "../faces/cli/world.ts";
import { APP_KEY } from "../support/app-key.ts";
import { buildProgram, runBuilt } from "../support/build-program.ts";
import { makeCertificates } from "../support/certificates.ts";
import { connectProxy, type ConnectProxy } from "../support/connect-proxy.ts";
import { temporaryFolder } from "../support/gitdir.ts";
import { cliTestEnv, runCli, type CliRun } from "../support/run-cli.ts";

const HOST = "ghe.test";
const CERTIFICATES = makeCertificates(HOST);

interface Company {
  readonly github: GitHub;
  readonly dir: string;
  readonly proxy: ConnectProxy;
  readonly cache: string;
  readonly keyFile: string;
  /** `lastgood …` in a folder that holds only the configuration, which names files beside it. */
  readonly run: (args: readonly string[], env?: Readonly<Record<string, string | undefined>>) => Promise<CliRun>;
  /** Every request, without git's own. */
  readonly lines: () => readonly string[];
  /** The same by the program as it is shipped; what it says on stderr. */
  readonly runBuilt: (args: readonly string[]) => Promise<string>;
}

async function company(forge?: string): Promise<Company> {
  const folder = temporaryFolder("company");
  const { key, cert, ca } = CERTIFICATES;
  const github = await startGitHub({ root: temporaryFolder("ghe"), tls: { key, cert }, enterpriseVersion: "3.17.0" });
  onTestFinished(() => github.close());
  const { control } = github;
  const { dir } = await control.createRepository("acme", "gitops", { from: payments().path, private: true });
  const permissions = wantedPermissions([]);
  control.addApp({ id: 77, slug: "lastgood-test", publicKey: APP_KEY.publicKey, permissions });
  control.installApp({ app: 77, account: "acme" });
  control.setTokenFormat("long");
  const proxy = await connectProxy({ [`${HOST}:443`]: Number(new URL(github.url).port) });
  const keyFile = join(folder, "app.pem");
  writeFileSync(join(folder, "ca.pem"), ca);
  writeFileSync(keyFile, APP_KEY.privateKey, { mode: 0o600 });
  const auth = forge ?? `host: ${HOST}\n  auth: { app: { id: 77, privateKeyFile: app.pem } }\n  caFile: ca.pem`;
  writeFileSync(
    join(folder, "lastgood.yaml"),
    `apiVersion: lastgood.dev/v1alpha1
kind: Config
forge:
  ${auth}
repositories:
  - { name: gitops, url: "https://${HOST}/acme/gitops.git", branch: main }
`,
  );
  const cache = temporaryFolder("cache");
  const around = { HTTPS_PROXY: proxy.url, XDG_CACHE_HOME: cache };
  return {
    github,
    dir,
    proxy,
    cache,
    keyFile,
    run: async (args, env) => runCli(args, { cwd: folder, env: { ...around, ...env } }),
    lines: () =>
      control
        .requests()
        .filter(({ path }) => !path.includes(".git/"))
        .map(({ method, path, status }) => `${method} ${path} ${status}`),
    async runBuilt(args) {
      const { stderr } = await runBuilt(buildProgram(), args, { cwd: folder, env: { ...cliTestEnv(), ...around } });
      return stderr;
    },
  };
}

const REVERT = ["revert", TARGET, "--to", "#470", "--reason", "5xx", "-y"];

describe("lastgood as an App of an Enterprise Server behind a proxy", () => {
  it("does so as it is shipped: what signs in is built into the program", async () => {
    const world = await company();
    expect(await world.runBuilt(REVERT)).toContain("opened #1");
  });

  it("opens the pull request as its bot, and its secrets are nowhere", async () => {
    const world = await company();
    const done = await world.run(REVERT);
    expect(done.stderr).toContain("opened #1");
    expect(done).toMatchObject({ exit: 0, stdout: `https://${HOST}/acme/gitops/pull/1\n` });
    const [pull] = world.github.control
      .requests()
      .filter(({ method, path }) => method === "POST" && path.endsWith("/pulls"));
    const { head: branch } = (pull?.body ?? {}) as { readonly head: string };
    const git = (...args: readonly string[]) => spawnSync("git", [`--git-dir=${world.dir}`, ...args]).stdout.toString();
    expect(git("log", "-1", "--format=%an <%ae>", branch)).toMatch(
      /^lastgood-test\[bot\] <\d+\+lastgood-test\[bot\]@users\.noreply\.ghe\.test>\n$/,
    );
    expect(new Set(world.proxy.asked)).toEqual(new Set([`${HOST}:443`]));
    expect(world.lines().filter((line) => /access_tokens/.test(line))).toHaveLength(1);
    const tokens = world.github.control.issuedTokens();
    expect(tokens).toHaveLength(1);
    for (const secret of [...tokens, APP_KEY.privateKey.split("\n")[3] ?? "", "eyJhbGciOiJSUzI1NiI"]) {
      expect(done.stdout + done.stderr + world.lines().join("\n")).not.toContain(secret);
      expect(spawnSync("grep", ["-rF", "--", secret, world.cache]).status).toBe(1);
    }
  }, 60_000);

  it("goes on with a new token when the first is revoked between clone and push", async () => {
    const world = await company();
    let revoked = 0;
    world.github.control.addFault({
      path: /service=git-receive-pack/,
      does: {
        kind: "run",
        run: async () => {
          for (const token of world.github.control.issuedTokens()) {
            world.github.control.revokeToken(token);
            revoked += 1;
          }
        },
      },
    });
    expect(await world.run(REVERT)).toMatchObject({ exit: 0 });
    expect(revoked).toBe(1);
    expect(world.lines().filter((line) => /access_tokens/.test(line))).toHaveLength(2);
  }, 60_000);

  it("takes the App from the environment before the configuration", async () => {
    const world = await company(`host: ${HOST}\n  auth: { tokenFile: nowhere }\n  caFile: ca.pem`);
    const app = { LASTGOOD_APP_ID: "77", LASTGOOD_APP_PRIVATE_KEY_FILE: world.keyFile, GH_TOKEN: "ghp_other" };
    expect(await world.run(["revert", TARGET, "--to", "#470", "--dry-run"], app)).toMatchObject({ exit: 0 });
  }, 60_000);

  it("trusts nobody whom the configuration does not name", async () => {
    const world = await company(`host: ${HOST}\n  auth: { app: { id: 77, privateKeyFile: app.pem } }`);
    const refused = await world.run(REVERT);
    expect(refused.exit).not.toBe(0);
    expect(refused.stderr).toMatch(/certificate/i);
    expect(world.lines()).toEqual([]);
  }, 60_000);
});

describe("a sign-in that cannot work is refused with its place", () => {
  it.each([
    ["a key that everybody can read", "app: { id: 77, privateKeyFile: app.pem }", "app.pem can be read by everybody"],
    ["a key that is not there", "app: { id: 77, privateKeyFile: no.pem }", "no.pem does not exist"],
    ["a certificate for a key", "app: { id: 77, privateKeyFile: ca.pem }", "is no private key that can be read"],
    ["a token that everybody can read", "tokenFile: app.pem", "app.pem can be read by everybody"],
  ])("%s", async (_, auth, message) => {
    const world = await company(`host: ${HOST}\n  auth: { ${auth} }\n  caFile: ca.pem`);
    chmodSync(world.keyFile, 0o644);
    chmodSync(join(world.keyFile, "..", "ca.pem"), 0o600);
    const refused = await world.run(REVERT);
    expect(refused.exit).toBe(2);
    expect(refused.stderr).toContain(message);
    expect(refused.stderr).toMatch(/lastgood\.yaml:5/);
    expect(refused.stderr).not.toContain(APP_KEY.privateKey.split("\n")[3]);
  });

  it("an App of another host is not asked to sign for this one", async () => {
    const world = await company(
      `host: github.com\n  auth: { app: { id: 77, privateKeyFile: app.pem } }\n  caFile: ca.pem`,
    );
    const refused = await world.run(REVERT);
    expect(refused.exit).toBe(2);
    expect(refused.stderr).toContain("forge.auth.app is for github.com, the repository is on ghe.test");
    expect(world.lines()).toEqual([]);
  });

  it("certificates that are none", async () => {
    const world = await company(
      `host: ${HOST}\n  auth: { app: { id: 77, privateKeyFile: app.pem } }\n  caFile: app.pem`,
    );
    const refused = await world.run(REVERT);
    expect(refused.exit).toBe(2);
    expect(refused.stderr).toContain("app.pem holds no certificate");
  });

  it("half an App, or two ways at once, in the environment", async () => {
    const world = await company();
    const half = await world.run(REVERT, { LASTGOOD_APP_PRIVATE_KEY_FILE: world.keyFile });
    expect([half.exit, half.stderr]).toEqual([2, expect.stringContaining("LASTGOOD_APP_ID is not")]);
    const both = { LASTGOOD_APP_PRIVATE_KEY_FILE: world.keyFile, LASTGOOD_APP_ID: "77", LASTGOOD_TOKEN_FILE: "x" };
    expect(await world.run(REVERT, both)).toMatchObject({ exit: 2 });
  });
});
