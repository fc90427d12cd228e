import { createHash, randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";

import { commitId, type CommitId, type FileState } from "../../../core/model/git.ts";
import { LastgoodError } from "../../../errors.ts";
import type { FileWrite } from "../../../core/model/git.ts";
import type { CommitRequest } from "../../../ports/repository.ts";
import { diffTrees } from "./diff-trees.ts";
import { printable } from "./printable.ts";
import { findBlobs, readRevision, type RepositoryCore } from "./repository-core.ts";
import type { Git } from "./run-git.ts";
import { checkNewPath, pathText } from "./tree-path.ts";

/**
 * Makes one commit by one `git fast-import`, then reads it back: exactly the asked paths differ from the parent, and
 * each holds what was asked. No ref is made or moved, not even for a moment. The same request gives the same id.
 * Throws `RepositoryObject` when the parent or a blob is missing, `RepositoryPath`, `RepositoryTree`, `RepositoryGit`.
 */
export async function importCommit(core: ImportCore, request: CommitRequest): Promise<CommitId> {
  const { git, objects } = core;
  for (const write of request.writes) checkNewPath(write.path);
  const twice = firstDouble(request.writes.map((write) => write.path));
  if (twice !== undefined) throw new LastgoodError("RepositoryPath", `written twice: ${printable(twice)}`);

  const parent = await readRevision(objects, request.parent);
  await checkBlobs(core, request.writes);
  const seconds = Math.floor(Math.max(request.atMs, parent.committedAtMs) / 1000);
  const id = await runImport(git, importStream(request, seconds));
  await verify(core, request, id);
  return id;
}

type ImportCore = Pick<RepositoryCore, "git" | "objects" | "missing">;

async function checkBlobs(core: ImportCore, writes: readonly FileWrite[]): Promise<void> {
  const wanted = writes.flatMap((write) => ("blob" in write && write.mode !== "160000" ? [write] : []));
  const infos = await findBlobs(
    core,
    wanted.map((write) => write.blob),
  );
  const index = infos.findIndex((info) => info?.type !== "blob");
  const missing = wanted[index];
  if (missing !== undefined) {
    throw new LastgoodError("RepositoryObject", `the blob ${missing.blob} is not in this repository`, {
      place: { file: missing.path },
    });
  }
}

/** The input of fast-import (git-fast-import(1)). The ref is only ever a name inside: it is reset to nothing before the end. */
function importStream(request: CommitRequest, seconds: number): Buffer {
  // Directly below refs/, so that not even an empty folder stays.
  const ref = `refs/lastgood-${randomBytes(8).toString("hex")}`;
  const who = `${cleanIdent(request.author.name)} <${cleanIdent(request.author.email)}> ${seconds} +0000`;
  const message = Buffer.from(request.message.replaceAll("\0", ""));
  const parts: (string | Uint8Array)[] = [
    "feature done\n",
    `commit ${ref}\nmark :1\nauthor ${who}\ncommitter ${who}\ndata ${message.length}\n`,
    message,
    `\nfrom ${request.parent}\n`,
    // Removals first: a file may make room for a folder.
    ...request.writes.flatMap((write) => ("remove" in write ? [`D ${quotePath(write.path)}\n`] : [])),
    ...request.writes.flatMap(writeLines),
    `\nget-mark :1\nreset ${ref}\nfrom ${"0".repeat(request.parent.length)}\n\ndone\n`,
  ];
  return Buffer.concat(parts.map((part) => Buffer.from(part as string)));
}

function writeLines(write: FileWrite): readonly (string | Uint8Array)[] {
  if ("remove" in write) return [];
  if ("blob" in write) return [`M ${write.mode} ${write.blob} ${quotePath(write.path)}\n`];
  return [`M ${write.mode} inline ${quotePath(write.path)}\ndata ${write.bytes.length}\n`, write.bytes, "\n"];
}

/** What cannot stand in a commit's header is left out; an empty name is what git itself calls no name. */
function cleanIdent(text: string): string {
  return text.replace(/[<>\u0000-\u001f\u007f]/g, "").trim();
}

/** C-style, as fast-import reads paths: inside quotes only these need an escape. */
function quotePath(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

async function runImport(git: Git, input: Buffer): Promise<CommitId> {
  const args = ["fast-import", "--quiet", "--done", "--date-format=raw-permissive"];
  const done = await git.run(args, { input, answers: [128] });
  if (done.code !== 0) {
    await rm(join(git.gitDir, `fast_import_crash_${done.pid}`), { force: true });
    throw await git.failure(args, done.code, done.stderr);
  }
  return commitId(done.stdout.toString("latin1").trim());
}

async function verify({ git, objects }: ImportCore, request: CommitRequest, id: CommitId): Promise<void> {
  const changes = await diffTrees(objects, [request.parent, id]);
  const changed = new Map(changes.map((change) => [pathText(change.path), change]));
  const written = new Map(request.writes.map((write) => [write.path, write]));
  const refuse = (path: string): never => {
    throw new LastgoodError("RepositoryGit", `the commit does not hold what was planned at ${printable(path)}`, {
      place: { file: path },
    });
  };

  for (const [path, change] of changed) {
    const write = path === undefined ? undefined : written.get(path);
    if (write === undefined || !sameState(stateOf(write, id), change.after)) refuse(path ?? "a path that is not UTF-8");
  }
  // What does not differ from the parent must have been there before just so.
  const same = request.writes.filter((write) => !changed.has(write.path));
  if (same.length === 0) return;
  const paths = same.length > 500 ? [] : ["--", ...same.map(({ path }) => path)];
  const recurse = paths.length === 0 ? ["-r"] : [];
  const listed = await git.run(["ls-tree", "-z", ...recurse, "--full-tree", "--end-of-options", id, ...paths]);
  const states = parseTree(listed.stdout);
  for (const write of same) if (!sameState(stateOf(write, id), states.get(write.path))) refuse(write.path);
}

/** What a write leaves at its path; undefined for a removal. The id of new bytes is computed as git does. */
function stateOf(write: FileWrite, like: CommitId): FileState | undefined {
  if ("remove" in write) return undefined;
  if ("blob" in write) return { mode: write.mode, id: write.blob };
  const hash = createHash(like.length === 64 ? "sha256" : "sha1");
  const id = hash.update(`blob ${write.bytes.length}\0`).update(write.bytes).digest("hex");
  return { mode: write.mode, id: id as FileState["id"] };
}

function sameState(a: FileState | undefined, b: FileState | undefined): boolean {
  return a?.mode === b?.mode && a?.id === b?.id;
}

/** `<mode> SP <type> SP <id> TAB <path> NUL` (git-ls-tree(1)). */
function parseTree(output: Buffer): ReadonlyMap<string, FileState> {
  const entries = output.toString("utf8").split("\0").slice(0, -1);
  return new Map(
    entries.map((entry) => {
      const tab = entry.indexOf("\t");
      const [mode = "", , id = ""] = entry.slice(0, tab).split(" ");
      return [entry.slice(tab + 1), { mode, id } as FileState];
    }),
  );
}

function firstDouble(paths: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return paths.find((path) => seen.size === seen.add(path).size);
}
