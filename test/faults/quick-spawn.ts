/**
 * `node:child_process` of the player (`build-player.ts` puts it there). Starting a process takes Node the longer the more memory it
 * holds: here a small shell starts them, and what git says about objects that are named by their ids, and are there, it says once.
 */
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { EventEmitter } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";

// The bundler resolves every import of this module to this file.
const real = process.getBuiltinModule("node:child_process");

export const { exec, execFile, execFileSync, execSync, fork, spawnSync } = real;

interface Done {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** As Node's, for commands that read their input before they answer; others are started as ever. */
export function spawn(program: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  if (args.includes("cat-file")) return real.spawn(program, args, options);
  const { cwd, env = process.env, stdio } = options;
  const command: Command = { program, args, cwd: cwd === undefined ? undefined : String(cwd), env };
  const isOpen = (index: number): boolean => !Array.isArray(stdio) || stdio[index] !== "ignore";
  return quickChild(command, [isOpen(0), isOpen(1), isOpen(2)]) as unknown as ChildProcess;
}

function quickChild(command: Command, [hasIn, hasOut, hasErr]: readonly [boolean, boolean, boolean]): EventEmitter {
  const stdout = hasOut ? new PassThrough() : null;
  const stderr = hasErr ? new PassThrough() : null;
  const given: Buffer[] = [];
  const answer = async (): Promise<void> => {
    const done = await answerTo(command, Buffer.concat(given));
    await Promise.all([pour(stdout, done.stdout), pour(stderr, done.stderr)]);
    child.emit("exit", done.code, null);
    child.emit("close", done.code, null);
  };
  const stdin = new Writable({
    write: (chunk: Buffer, _, next) => {
      given.push(chunk);
      next();
    },
    final: (next) => {
      next();
      if (!isTransport(command)) void answer();
    },
  });
  const child = Object.assign(new EventEmitter(), {
    stdin: hasIn ? stdin : null,
    stdout,
    stderr,
    pid: 0,
    kill: () => true,
  });
  // Nobody ends the input of a command that talks to a remote.
  if (!hasIn || isTransport(command)) setImmediate(() => void answer());
  return child;
}

function isTransport({ args }: Command): boolean {
  return ["fetch", "push", "ls-remote", "clone"].some((verb) => args.includes(verb));
}

async function pour(stream: PassThrough | null, bytes: Buffer): Promise<void> {
  if (stream === null || stream.destroyed) return;
  const closed = new Promise((resolve) => stream.once("close", resolve));
  // simple-git waits 50 ms for the output of a command that had none.
  if (bytes.length === 0) stream.emit("data", bytes);
  stream.end(bytes);
  await closed;
}

const remembered = new Map<string, Done>();

async function answerTo(command: Command, input: Buffer): Promise<Done> {
  const key = lastingKey(command, input);
  const known = key === undefined ? undefined : remembered.get(key);
  if (known !== undefined) return known;
  const done = await shell.run(command, input);
  // What has changed while git looked may have been seen, or not.
  if (key !== undefined && lastingKey(command, input) === key) remembered.set(key, done);
  return done;
}

const OF_OBJECTS = ["merge-base", "rev-list", "ls-tree", "log"];
const OF_REFS = ["for-each-ref", "show-ref", "symbolic-ref"];
/** `<id>`, `^<id>`, `<id>..<id>`, `<id>:<path>`. */
const BY_ID = /^\^?[0-9a-f]{40}(?:\.{2,3}[0-9a-f]{40})?(?::.*)?$/;

/** Names a question that gets the same answer whenever it is asked: it holds all that the answer depends on. */
function lastingKey(command: Command, input: Buffer): string | undefined {
  const { args, env } = command;
  if (args[0] === "http-backend") return servedKey(env, input);
  const gitDir = args.find((arg) => arg.startsWith("--git-dir="))?.slice("--git-dir=".length);
  const verb = args.findIndex((arg) => OF_OBJECTS.includes(arg) || OF_REFS.includes(arg));
  if (gitDir === undefined || verb === -1 || input.length > 0) return undefined;
  const asked = args.slice(verb);
  // With two names, symbolic-ref writes.
  if (asked[0] === "symbolic-ref" && asked.filter((arg) => !arg.startsWith("-")).length > 2) return undefined;
  if (OF_REFS.includes(asked[0] ?? "")) return withRefs(asked, gitDir);
  const end = asked.indexOf("--");
  const revisions = asked.slice(1, end === -1 ? undefined : end).filter((arg) => !arg.startsWith("-"));
  if (revisions.length === 0 || !revisions.every((revision) => BY_ID.test(revision))) return undefined;
  const ids = revisions.flatMap((revision) => revision.match(/[0-9a-f]{40}/g) ?? []);
  const isHere = (id: string): boolean => existsSync(join(gitDir, "objects", id.slice(0, 2), id.slice(2)));
  return ids.every(isHere) ? asked.join("\0") : undefined;
}

/** What is read over HTTP depends on the refs alone (gitprotocol-v2(5)): nothing is asked for that they do not lead to. */
function servedKey(env: Command["env"], input: Buffer): string | undefined {
  const { GIT_PROJECT_ROOT: root = "", PATH_INFO: path = "", QUERY_STRING: query = "", GIT_PROTOCOL: protocol } = env;
  const [, name = "", ...service] = path.split("/");
  const isRead = query === "service=git-upload-pack" || path.endsWith("/git-upload-pack");
  if (!isRead || protocol !== "version=2") return undefined;
  const asked = ["http", ...service, query, env["HTTP_CONTENT_ENCODING"] ?? "", input.toString("latin1")];
  return withRefs(asked, join(root, name));
}

function withRefs(asked: readonly string[], gitDir: string): string | undefined {
  const refs = refsOf(gitDir);
  return refs === undefined ? undefined : [...asked, refs].join("\0");
}

/** All that `HEAD` and the refs of a repository hold, packed or not; undefined while somebody writes them. */
function refsOf(gitDir: string): string | undefined {
  const found = readdirSync(join(gitDir, "refs"), { recursive: true, withFileTypes: true });
  if (found.some(({ name }) => name.endsWith(".lock"))) return undefined;
  const files = found.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
  const packed = join(gitDir, "packed-refs");
  try {
    return [join(gitDir, "HEAD"), ...(existsSync(packed) ? [packed] : []), ...files.toSorted()]
      .map((path) => `${path.slice(gitDir.length)} ${readFileSync(path, "latin1")}`)
      .join("");
  } catch {
    return undefined;
  }
}

/** One small shell that starts what it is told, each in the background. */
class Shell {
  readonly #folder = mkdtempSync(join(tmpdir(), "lastgood-shell-"));
  readonly #child = real.spawn("/bin/sh", [], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { PATH: process.env["PATH"] },
  });
  readonly #waiting = new Map<number, (code: number) => void>();
  #last = 0;
  #heard = "";

  constructor() {
    this.#child.unref();
    for (const pipe of [this.#child.stdin, this.#child.stdout])
      if ("unref" in pipe) (pipe as { unref(): void }).unref();
    this.#child.stdout.on("data", (chunk: Buffer) => this.#hear(chunk.toString("latin1")));
    process.once("exit", () => rmSync(this.#folder, { recursive: true, force: true }));
  }

  #hear(text: string): void {
    const lines = (this.#heard + text).split("\n");
    this.#heard = lines.pop() ?? "";
    for (const line of lines) {
      const [id, code] = line.split(" ").map(Number);
      this.#waiting.get(id ?? 0)?.(code ?? 128);
      this.#waiting.delete(id ?? 0);
    }
  }

  async run({ program, args, cwd, env }: Command, input: Buffer): Promise<Done> {
    const id = (this.#last += 1);
    const file = (kind: string): string => join(this.#folder, `${id}.${kind}`);
    if (input.length > 0) writeFileSync(file("in"), input);
    const variables = Object.entries(env).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${quote(value)}`],
    );
    const go = cwd === undefined ? "" : `cd ${quote(cwd)} && `;
    const call = [...variables, "exec", ...[program, ...args].map(quote)].join(" ");
    const source = input.length > 0 ? quote(file("in")) : "/dev/null";
    const ended = new Promise<number>((resolve) => this.#waiting.set(id, resolve));
    // `jobs` forgets those that have ended.
    this.#child.stdin.write(
      `jobs >/dev/null; { ( ${go}${call} ) <${source} >${quote(file("out"))} 2>${quote(file("err"))}; echo ${id} $?; } &\n`,
    );
    const code = await ended;
    const done = { code, stdout: readFileSync(file("out")), stderr: readFileSync(file("err")) };
    for (const kind of ["in", "out", "err"]) rmSync(file(kind), { force: true });
    return done;
  }
}

const shell = new Shell();

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
