/** The past of the demo's repository, as fixtures/demo tells it. */
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { parseDuration } from "../../config/duration.ts";
import { type Git, git } from "./git.ts";

const edit = z.strictObject({ file: z.string(), from: z.string(), to: z.string() });

const commit = z.strictObject({
  ago: z.string().transform((text) => parseDuration(text) ?? Number.NaN),
  author: z.string().regex(/^[^<>]+ <[^<>]+>$/),
  message: z.string(),
  /** This commit brings the first files. */
  repository: z.boolean().default(false),
  /** The bad deploy. */
  suspect: z.boolean().default(false),
  /** Index of the commit that this one reverts. */
  reverts: z.number().optional(),
  edits: z.array(edit).default([]),
});

const past = z.strictObject({ commits: z.array(commit), failures: z.record(z.string(), z.string()) });

export type Past = z.infer<typeof past>;
export type PastCommit = Past["commits"][number];

/** Reads `history.yaml`. Throws when it is not as it must be: a bug of ours. */
export async function readPast(fixtures: string): Promise<Past> {
  return past.parse(parse(await readFile(join(fixtures, "history.yaml"), "utf8")));
}

export interface PastPlace {
  /** A work tree. */
  readonly clone: string;
  readonly fixtures: string;
  /** What stands for `https://github.com` in the manifests: Argo CD's Applications name the repository they deploy. */
  readonly forgeUrl: string;
  /** Ids of the commits so far. */
  readonly made: readonly string[];
  readonly nowMs: number;
}

/** Makes one commit in the work tree and answers its id. */
export async function commitPast(commit: PastCommit, place: PastPlace, options: Git): Promise<string> {
  const { clone, fixtures, forgeUrl, made, nowMs } = place;
  if (commit.repository) await bring(join(fixtures, "repository"), clone, forgeUrl);
  for (const change of commit.edits) await replaceOnce(join(clone, change.file), change);
  const reverted = commit.reverts === undefined ? undefined : made[commit.reverts];
  const message = reverted === undefined ? commit.message : `${commit.message}\n\nThis reverts commit ${reverted}.\n`;
  const [, name = "", email = ""] = /^(.*) <(.*)>$/.exec(commit.author) ?? [];
  const date = `@${Math.floor((nowMs - commit.ago) / 1000)} +0000`;
  const env = {
    ...options.env,
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: "GitHub",
    GIT_COMMITTER_EMAIL: "noreply@github.com",
    GIT_COMMITTER_DATE: date,
  };
  await git(clone, ["add", "--all"], options);
  await git(clone, ["commit", "--quiet", `--message=${message}`], { ...options, env });
  return git(clone, ["rev-parse", "HEAD"], options);
}

async function bring(from: string, to: string, forgeUrl: string): Promise<void> {
  await cp(from, to, { recursive: true });
  for (const name of await readdir(join(to, "engine"))) {
    const file = join(to, "engine", name);
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("https://github.com", forgeUrl));
  }
}

async function replaceOnce(file: string, { from, to }: PastCommit["edits"][number]): Promise<void> {
  const text = await readFile(file, "utf8");
  const [before, after, ...more] = text.split(from);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`${file}: ${JSON.stringify(from)} does not stand there exactly once`);
  }
  await writeFile(file, before + to + after);
}
