/** How the program is built: few files for what people wait for, everything else loaded when it is needed. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "tsdown";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** What somebody waits for, with all that it needs, and nothing else. What only a daemon, a proxy or a question needs is a dependency, loaded late. */
const BUNDLED = [
  "@kubernetes/client-node",
  "@kwsites/file-exists",
  "@kwsites/promise-deferred",
  "@octokit/auth-token",
  "@octokit/core",
  "@octokit/endpoint",
  "@octokit/graphql",
  "@octokit/plugin-paginate-rest",
  "@octokit/plugin-request-log",
  "@octokit/plugin-rest-endpoint-methods",
  "@octokit/plugin-retry",
  "@octokit/request",
  "@octokit/request-error",
  "@octokit/rest",
  "@simple-git/args-pathspec",
  "@simple-git/argv-parser",
  "agent-base",
  "async-lock",
  "before-after-hook",
  "bottleneck",
  "clean-git-ref",
  "commander",
  "content-type",
  "crc-32",
  "debug",
  "diff",
  "fast-json-patch",
  "hpagent",
  "ip-address",
  "isomorphic-git",
  "js-yaml",
  "json-with-bigint",
  "jsonpath-plus",
  "ms",
  "oauth4webapi",
  "openid-client",
  "pako",
  "parse-duration",
  "picocolors",
  "pify",
  "rfc4648",
  "signal-exit",
  "simple-git",
  "smart-buffer",
  "socks",
  "socks-proxy-agent",
  "ulid",
  "universal-github-app-jwt",
  "universal-user-agent",
  "write-file-atomic",
  "yaml",
  "zod",
];

/** Each of these, with all that it imports statically, becomes one file: reading many costs more than reading much. */
const PARTS: readonly (readonly [name: string | undefined, modules: readonly string[]])[] = [
  // Stay where they are: they run before anything else is loaded.
  [undefined, ["src/main.ts", "src/thread.ts"]],
  ["cli", ["src/faces/cli/run-cli.ts"]],
  ["plan", ["src/faces/cli/commands/plan.ts", "src/faces/cli/commands/history.ts"]],
  ["config", ["src/config/load.ts"]],
  ["kubeconfig", ["node_modules/@kubernetes/client-node/dist/config.js"]],
  ["ledger", ["src/faces/compose-git-ledger.ts"]],
  ["remote", ["src/faces/compose-remote.ts"]],
];

interface ModuleGraph {
  getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null;
}

/** Module → the first part that needs it. */
function partsOf(graph: ModuleGraph): ReadonlyMap<string, string | undefined> {
  const parts = new Map<string, string | undefined>();
  for (const [name, modules] of PARTS) {
    const pending = modules.map((path) => join(ROOT, path));
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      if (parts.has(id)) continue;
      const info = graph.getModuleInfo(id);
      if (info === null) continue;
      parts.set(id, name);
      pending.push(...info.importedIds);
    }
  }
  return parts;
}

function packageOf(id: string): string | undefined {
  const at = id.lastIndexOf(`${sep}node_modules${sep}`);
  if (at === -1) return undefined;
  const [scope = "", name = ""] = id.slice(at + "/node_modules/".length).split(sep);
  return id.slice(0, at + "/node_modules/".length) + (scope.startsWith("@") ? `${scope}${sep}${name}` : scope);
}

/** The licences of what lies in the bundle: they ask to be part of every copy. */
function noticesOf(ids: Iterable<string>): string {
  const folders = [...new Set([...ids].flatMap((id) => packageOf(id) ?? []))].toSorted();
  const texts = folders.map((folder) => {
    const manifest = join(folder, "package.json");
    if (!existsSync(manifest)) throw new Error(`no package in ${folder}`);
    const { name, version, license } = JSON.parse(readFileSync(manifest, "utf8")) as Record<string, string>;
    const file = readdirSync(folder).find((entry) => /^licen[cs]e(?:[.-]|$)/i.test(entry));
    if (file === undefined && license !== "Apache-2.0") throw new Error(`no licence text in ${folder}`);
    // Ours is the same.
    const text = readFileSync(file === undefined ? join(ROOT, "LICENSE") : join(folder, file), "utf8");
    return `${name} ${version}\n\n${text.trim()}\n`;
  });
  return ["The files beside this one contain these packages.\n", ...texts].join(`\n${"-".repeat(80)}\n\n`);
}

/** V8 takes two bytes for each character of a text that holds a single one beyond Latin-1. Only strings and patterns hold any. */
function asciiOf(code: string): string {
  if (/String\.raw`[^`]*[^\0-\x7f`]/.test(code)) throw new Error("String.raw does not read escapes");
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Packages for which Node is enough, or nothing. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  // What isomorphic-git hashes with: forty small packages.
  [
    "sha.js/sha1.js",
    'import { createHash } from "node:crypto";\nexport default function Sha1() { return createHash("sha1"); }',
  ],
  // What the client of Kubernetes makes headers with. Node loads its own when they are touched.
  [
    "node-fetch",
    "export default (...args) => fetch(...args);\nexport function Headers(init) { return new globalThis.Headers(init); }",
  ],
  // What debug looks for, and colours its lines by.
  ["supports-color", "export default {};"],
]);

let parts: ReadonlyMap<string, string | undefined> | undefined;

export default defineConfig({
  cwd: ROOT,
  dts: false,
  entry: ["src/main.ts", "src/thread.ts"],
  outExtensions: () => ({ js: ".js" }),
  // Node starts it faster than ES modules, and lets what V8 made of it be kept (faces/keep-compiled.ts).
  format: "cjs",
  logLevel: "error",
  minify: true,
  outDir: "dist",
  platform: "node",
  // write-file-atomic names its temporary files by `__filename`, which a module has not.
  shims: true,
  target: "node20",
  alias: {
    // For Node it names its CommonJS file, of which nothing can be left out.
    "isomorphic-git": join(ROOT, "node_modules/isomorphic-git/index.js"),
    // What reads kubeconfigs and signs in. All that it makes of the API besides takes half a second to load, and 70 MB.
    "@kubernetes/client-node": join(ROOT, "node_modules/@kubernetes/client-node/dist/config.js"),
  },
  deps: { onlyBundle: BUNDLED },
  treeshake: {
    moduleSideEffects: [{ test: /node_modules.(?:@kubernetes.client-node|diff3|ignore)./, sideEffects: false }],
  },
  outputOptions: {
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [{ name: (id, graph) => (parts ??= partsOf(graph)).get(id) ?? null }],
    },
  },
  plugins: [
    {
      name: "instead",
      resolveId: (id) => (INSTEAD.has(id) ? `\0${id}` : undefined),
      load: (id) => (id.startsWith("\0") ? INSTEAD.get(id.slice(1)) : undefined),
    },
    {
      // Code that V8 has kept cannot use `import()` (faces/keep-compiled.ts), and what Node brings along needs none.
      name: "require-node",
      generateBundle(_options, bundle) {
        for (const chunk of Object.values(bundle)) {
          if (chunk.type !== "chunk") continue;
          chunk.code = chunk.code.replace(/\bimport\((`node:[\w/]+`)\)/g, "Promise.resolve(require($1))");
        }
      },
    },
    {
      name: "ascii",
      generateBundle(_options, bundle) {
        for (const chunk of Object.values(bundle)) if (chunk.type === "chunk") chunk.code = asciiOf(chunk.code);
      },
    },
    {
      name: "is-commonjs",
      generateBundle() {
        this.emitFile({ type: "asset", fileName: "package.json", source: '{ "type": "commonjs" }\n' });
      },
    },
    {
      name: "notices",
      generateBundle(_options, bundle) {
        const ids = Object.values(bundle).flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : []));
        this.emitFile({ type: "asset", fileName: "THIRD-PARTY.txt", source: noticesOf(ids) });
      },
    },
  ],
});
