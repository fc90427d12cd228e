import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { schema } from "@octokit/graphql-schema";
import { build } from "tsdown";

import { pruneSchema } from "./prune-schema.ts";

/** A script to be forked, and the schema that it is given as its argument. */
export interface Player {
  readonly script: string;
  readonly schema: string;
  remove(): Promise<void>;
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Who asks GraphQL, and who answers. */
const SPEAKERS = ["src/adapters/forge/github", "src/standins/github/graphql"];

/**
 * `play-cases.ts` in one piece, with the part of GitHub's schema that is used: starting git takes a process the longer the more
 * memory it holds, and most of what a case does is to start git.
 */
export async function buildPlayer(): Promise<Player> {
  const folder = await mkdtemp(join(tmpdir(), "lastgood-player-"));
  await build({
    config: false,
    cwd: ROOT,
    entry: [join(ROOT, "test/faults/play-cases.ts")],
    outDir: folder,
    format: "esm",
    platform: "node",
    target: "node20",
    fixedExtension: false,
    // As in src/tsdown.config.ts: a package asks for __filename.
    shims: true,
    dts: false,
    deps: { alwaysBundle: [/^(?!node:|vitest$)/], neverBundle: ["vitest"] },
    logLevel: "error",
    plugins: [
      {
        name: "quick-spawn",
        resolveId: {
          order: "pre",
          handler: (id: string) =>
            /^(?:node:)?child_process$/.test(id) ? join(ROOT, "test/faults/quick-spawn.ts") : undefined,
        },
      },
    ],
  });
  const words = await wordsOf(SPEAKERS.map((name) => join(ROOT, name)));
  await writeFile(join(folder, "schema.graphql"), pruneSchema(schema.idl, words));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  return {
    script: join(folder, "play-cases.js"),
    schema: join(folder, "schema.graphql"),
    remove: async () => rm(folder, { recursive: true, force: true }),
  };
}

async function wordsOf(folders: readonly string[]): Promise<ReadonlySet<string>> {
  const words = new Set<string>();
  for (const folder of folders) {
    for (const name of await readdir(folder)) {
      const text = await readFile(join(folder, name), "utf8");
      for (const word of text.match(/\w+/g) ?? []) words.add(word);
    }
  }
  return words;
}
