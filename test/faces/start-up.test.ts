/** What starting up loads: shells and scripts run lastgood often, so nothing is loaded that a command does not use. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { API_CONFIG } from "../support/api-config.ts";
import { buildProgram } from "../support/build-program.ts";
import { gitdir, gitTestEnv, temporaryFolder } from "../support/gitdir.ts";
import { kubeconfigFor } from "../support/kubernetes/kubeconfig.ts";
import { deployment, DEPLOYMENT } from "../scenarios/hostile.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

let main: string;

beforeAll(() => {
  main = buildProgram();
});

interface Started {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number | null;
  /** Packages of which at least one file was loaded, sorted. */
  readonly packages: readonly string[];
  /** The files of the program itself that were loaded, without what their content adds to their names. */
  readonly files: readonly string[];
}

/** Node writes the address of every script that ran, ESM and CommonJS alike, where NODE_V8_COVERAGE says. */
function start(args: readonly string[], cwd: string, cache = temporaryFolder("cache")): Started {
  const folder = temporaryFolder("loaded");
  const env = { ...gitTestEnv(), XDG_CACHE_HOME: cache, NODE_V8_COVERAGE: folder };
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...args], { cwd, env, encoding: "utf8" });
  const urls = readdirSync(folder)
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as { result: readonly { url: string }[] })
    .flatMap(({ result }) => result.map(({ url }) => url));
  const packages = urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []);
  const own = urls.flatMap((url) => /\/dist\/([^/]+?)(?:-[\w-]{8})?\.js$/.exec(url)?.[1] ?? []);
  return { stdout, stderr, exit: status, packages: [...new Set(packages)].sort(), files: [...new Set(own)].sort() };
}

describe("starting up", () => {
  it("loads no package to tell its version", () => {
    const { stdout, exit, packages } = start(["--version"], ROOT);
    expect({ exit, packages }).toEqual({ exit: 0, packages: [] });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
  });

  it("loads nothing heavy for the help of a command", () => {
    const { exit, packages, files } = start(["revert", "--help"], ROOT);
    expect({ exit, packages }).toEqual({ exit: 0, packages: [] });
    expect(files).toEqual(["cli", "main", "rolldown-runtime", "surroundings"]);
  });

  it.each([
    ["history", ["history", "./app"]],
    ["checkpoints", ["checkpoints", "./app"]],
    ["plan", ["plan", "./app", "--to", "main~1"]],
  ])("loads no package and few files for %s in a clone", (_name, args) => {
    const repo = gitdir([
      { files: { [DEPLOYMENT]: deployment("1.0") } },
      { files: { [DEPLOYMENT]: deployment("2.0") } },
    ]);
    const { exit, packages, files, stderr } = start(args, repo.path);
    expect(exit === 0 ? "" : stderr).toBe("");
    expect(packages).toEqual([]);
    expect(files.length).toBeLessThan(8);
    // What asks a forge, fetches and pushes, and what reads a ledger.
    expect(files).not.toContain("remote");
    expect(files).not.toContain("ledger");
  });

  it("loads what reads a ledger where there is one", () => {
    const repo = gitdir([
      { files: { [DEPLOYMENT]: deployment("1.0") } },
      { files: { [DEPLOYMENT]: deployment("2.0") } },
    ]);
    const marked = start(["mark", "good", "./app", "main~1", "--reason", "seen", "--yes"], repo.path);
    expect(marked.exit === 0 ? "" : marked.stderr).toBe("");
    expect(start(["plan", "./app"], repo.path)).toMatchObject({ exit: 0, files: expect.arrayContaining(["ledger"]) });
  });

  // From Node 22.1 on, Node keeps it, in files of its own.
  describe.skipIf("enableCompileCache" in module)("what V8 made of the program", () => {
    const repo = gitdir([{ files: { [DEPLOYMENT]: deployment("1.0") } }]);
    const history = (cache: string): Started => start(["history", "./app", "-o", "name"], repo.path, cache);
    const keptIn = (cache: string): string => join(cache, "lastgood/compiled/history");

    it("is kept for each command, and not written again", () => {
      const cache = temporaryFolder("cache");
      const first = history(cache);
      const { mtimeMs, ino } = statSync(keptIn(cache));
      const second = history(cache);
      expect([first.exit, second.exit, second.stdout]).toEqual([0, 0, first.stdout]);
      expect(statSync(keptIn(cache))).toMatchObject({ mtimeMs, ino });
      expect(readdirSync(join(cache, "lastgood/compiled"))).toEqual(["history"]);
    });

    it.each([
      ["cut short", (kept: Buffer) => kept.subarray(0, kept.length >> 1)],
      ["empty", () => Buffer.of()],
      ["of other sizes", (kept: Buffer) => Buffer.concat([Buffer.from('[["cli.js",5]]\n12345'), kept])],
      ["no list of files", () => Buffer.from('{"a":1}\n')],
      ["of another version of V8", (kept: Buffer) => Buffer.from(kept).fill(1, kept.indexOf("\n") + 1)],
    ])("is made anew when it is %s", (_, damage) => {
      const cache = temporaryFolder("cache");
      const first = history(cache);
      const kept = readFileSync(keptIn(cache));
      writeFileSync(keptIn(cache), damage(kept));
      const second = history(cache);
      expect([second.exit, second.stdout, second.stderr]).toEqual([0, first.stdout, first.stderr]);
      expect(readFileSync(keptIn(cache)).length).toBeGreaterThan(kept.length / 2);
    });

    it("is done without where it cannot be kept", () => {
      const cache = temporaryFolder("cache");
      writeFileSync(join(cache, "lastgood"), "a file");
      expect(history(cache)).toMatchObject({ exit: 0 });
    });
  });

  it("carries the licences of what is built into it", () => {
    const notices = readFileSync(join(dirname(main), "THIRD-PARTY.txt"), "utf8");
    expect(notices).toMatch(/^commander \d+\.\d+\.\d+\n\n.*MIT License/m);
    expect(notices).toMatch(/^yaml \d+\.\d+\.\d+\n\nCopyright Eemeli/m);
  });

  it("loads the reader of configurations where there is one", () => {
    const config = "apiVersion: lastgood.dev/v1alpha1\nkind: Config\ntargets: [{ name: app, paths: [app] }]\n";
    const repo = gitdir([{ files: { "lastgood.yaml": config, [DEPLOYMENT]: deployment("1.0") } }], { worktree: true });
    const { exit, packages, files } = start(["history", "app"], repo.path);
    expect({ exit, packages }).toEqual({ exit: 0, packages: [] });
    expect(files).toContain("config");
    expect(files.length).toBeLessThan(10);
  });

  it("loads no package to ask a cluster", () => {
    const kubeconfig = join(temporaryFolder("kube"), "config");
    writeFileSync(kubeconfig, kubeconfigFor("https://127.0.0.1:1", { token: "x" }));
    const repo = gitdir([{ files: { "lastgood.yaml": API_CONFIG, [DEPLOYMENT]: deployment("1.0") } }], {
      worktree: true,
    });
    const { packages, files, stderr } = start(["status", "--kubeconfig", kubeconfig], repo.path);
    expect(stderr).toContain("ECONNREFUSED");
    expect({ packages, files }).toEqual({ packages: [], files: expect.arrayContaining(["kubeconfig"]) });
  });

  it("needs no package that does not come along with it", () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly dependencies: object };
    const needed = readdirSync(dirname(main))
      .filter((name) => name.endsWith(".js"))
      .flatMap((name) => [
        ...readFileSync(join(dirname(main), name), "utf8").matchAll(
          /\b(?:require|import)\([`"']((?:@[\w-]+\/)?[\w-][\w.:/-]*)[`"']\)/g,
        ),
      ])
      .map(([, name = ""]) => name)
      .filter((name) => !module.isBuiltin(name));
    expect(needed).toContain("undici");
    expect(needed.filter((name) => !(name in manifest.dependencies))).toEqual([]);
  });
});
