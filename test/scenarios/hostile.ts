/** What every hostile row has to hold, whatever its input: shared by the hostile scenarios. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { CommitId } from "../../src/core/model/git.ts";
import { type FileSpec, gitdir, type GitDir } from "../support/gitdir.ts";
import { type CliRun, runCli } from "../support/run-cli.ts";

/** Stands wherever a row hides a secret; no output may hold it. */
export const CANARY = "c4nary-Zx81-Tq";
const CANARY_FORMS = [CANARY, Buffer.from(CANARY).toString("base64"), Buffer.from(CANARY).toString("hex")];

export const DEPLOYMENT = "app/deployment.yaml";
export const ODD = "app/odd.yaml";

/** A Deployment whose image has this tag. */
export function deployment(tag: string, name = "api"): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: 2
  template:
    spec:
      containers:
        - name: api
          image: acme/api:${tag} # keep me
`;
}

export function configMap(data: string, name = "settings"): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n${data}`;
}

/** Two commits: the Deployment goes from 1.0 to 2.0, and `files` from their first to their second state. */
export function twoCommits(
  files: Readonly<Record<string, readonly [good: FileSpec | undefined, bad: FileSpec | undefined]>>,
): GitDir {
  const entries = Object.entries(files);
  const side = (index: 0 | 1): Record<string, FileSpec> =>
    Object.fromEntries(
      entries.flatMap(([path, states]) => (states[index] === undefined ? [] : [[path, states[index]]])),
    );
  return gitdir([
    { files: { [DEPLOYMENT]: deployment("1.0"), ...side(0) }, message: "good" },
    {
      files: { [DEPLOYMENT]: deployment("2.0"), ...side(1) },
      remove: entries.flatMap(([path, states]) => (states[1] === undefined ? [path] : [])),
      message: "bad",
    },
  ]);
}

/** Everything a repository holds: its files with their contents, objects by name. Without git: it is asked before and after. */
export function stateOf({ gitDir }: GitDir): string {
  const files = readdirSync(gitDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).toSorted();
  return paths
    .map((path) => (path.includes("/objects/") ? path : `${path} ${readFileSync(path, "latin1")}`))
    .join("\n");
}

// Line feeds and tabs part lines and cells; nothing else may reach a terminal.
const CONTROL = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** Runs a command that only reads: twice the same answer, nothing written, nothing raw, no secret, no bug. */
export async function reads(repo: GitDir, ...args: readonly string[]): Promise<CliRun> {
  const before = stateOf(repo);
  const [first, second] = await Promise.all([run(repo, args), run(repo, args)]);
  expect(timeless(second)).toEqual(timeless(first));
  expect(stateOf(repo)).toBe(before);
  return first;
}

/** Runs a command that writes, and looks at what came out. */
export async function run(repo: GitDir, args: readonly string[]): Promise<CliRun> {
  const done = await runCli(args, { cwd: repo.path });
  expectHarmless(done);
  return done;
}

export function expectHarmless({ stdout, stderr }: CliRun): void {
  const all = stdout + stderr;
  expect(CONTROL.exec(all)?.[0]).toBeUndefined();
  for (const form of CANARY_FORMS) expect(all).not.toContain(form);
  expect(all).not.toContain("lastgood has a bug");
}

/** Ages grow while a test runs. */
function timeless({ stdout, stderr, exit }: CliRun): CliRun {
  const still = (text: string): string => text.replaceAll(/\b\d+(?:s|m|h|d)\b/g, "<age>");
  return { stdout: still(stdout), stderr: still(stderr), exit };
}

/** `revert ./app --to REV --mode branch -y`: answers the commit; the repository stays sound. */
export async function revertTo(repo: GitDir, to: string, ...args: readonly string[]): Promise<CommitId> {
  const done = await run(repo, ["revert", "./app", "--to", to, "--mode", "branch", "-y", ...args]);
  expectDone(done);
  repo.git(["fsck", "--strict", "--no-dangling"]);
  return repo.id(done.stdout.split(" ")[0] ?? "");
}

/** The tree entry at a path: mode and id; "" when it is not there. */
export function entryAt(repo: GitDir, commit: string, path: string): string {
  return repo.git(["--literal-pathspecs", "ls-tree", commit, "--", path]).split("\t")[0] ?? "";
}

export interface Refusal {
  readonly exit: number;
  readonly code: string;
  /** `file:line:column`, or a word that the message has to hold. */
  readonly says?: string;
}

/** A command that is refused: the exit code, the code word, the place; nothing is written. */
export async function expectRefused(repo: GitDir, args: readonly string[], refusal: Refusal): Promise<void> {
  expectRefusal(await reads(repo, ...args), refusal);
}

export function expectRefusal({ exit, stdout, stderr }: CliRun, refusal: Partial<Refusal>): void {
  expect({ exit, stdout, stderr }).toEqual({ exit: refusal.exit, stdout: "", stderr });
  expect(stderr).toContain(refusal.code ?? "");
  expect(stderr).toContain(refusal.says ?? "");
}

/** Ended well; else what was said on stderr shows in the failure. */
export function expectDone({ exit, stderr }: CliRun): void {
  expect(exit === 0 ? { exit } : { exit, stderr }).toEqual({ exit: 0 });
}
