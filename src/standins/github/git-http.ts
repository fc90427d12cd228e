/** Clone, fetch and push: the system's `git http-backend` as CGI on the same bare repositories, behind GitHub's access rules. */
import { spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { findRepository, may, mayWriteWorkflows } from "./access.ts";
import { automate } from "./automation.ts";
import { withReason } from "./git/report-status.ts";
import { HOOK_RULES_VARIABLE } from "./git/repository-files.ts";
import { gitEnvironment } from "./git/run-git.ts";
import { WORKFLOW_VARIABLE } from "./git/workflow-hook.ts";
import { Refusal } from "./reply.ts";
import type { Reply } from "./reply.ts";
import { listPulls, syncPulls } from "./pull-requests.ts";
import { hookLines } from "./rules/writes.ts";
import { fullName } from "./state.ts";
import type { Repository, Token, World } from "./state.ts";

export interface GitRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

const PATH = /^\/([^/]+\/[^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;

/** Is this path git's? REST never asks for these names. */
export function isGitPath(pathname: string): boolean {
  return PATH.test(pathname) && !pathname.startsWith("/repos/");
}

function plainText(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Refusal {
  return new Refusal({ status, headers: { "content-type": "text/plain", ...headers }, body: Buffer.from(text) }, text);
}

/** Answers git's request and lets the pull requests follow a push. Throws refusals in plain text, which git shows. */
export async function serveGit(world: World, request: GitRequest, token: Token | undefined): Promise<Reply> {
  const [, name = "", service = ""] = PATH.exec(request.url.pathname) ?? [];
  const writes = service === "git-receive-pack" || request.url.searchParams.get("service") === "git-receive-pack";
  const repository = authorise(world, { name, writes, token });
  if (repository.moved) {
    const location = `${request.url.origin}/${fullName(repository.repository)}.git/${service}${request.url.search}`;
    return { status: 301, headers: { location } };
  }
  const reply = await runBackend(world, repository.repository, { request, service, token });
  if (service === "git-receive-pack") {
    repository.repository.pushedAtMs = world.now();
    await syncPulls(world, repository.repository); // before git hears that it is done
    const pushed = new Set(pushedBranches(request.body, service));
    for (const { pull } of listPulls(repository.repository)) if (pushed.has(pull.branch)) pull.pushedBy = token?.user;
    void automate(world, repository.repository, token?.user);
  }
  return reply;
}

/** GitHub asks strangers for a password before it tells them whether something exists. */
function authorise(
  world: World,
  { name, writes, token }: { readonly name: string; readonly writes: boolean; readonly token: Token | undefined },
): { readonly repository: Repository; readonly moved: boolean } {
  const ask = plainText(401, "Repository not found.\n", { "www-authenticate": 'Basic realm="GitHub"' });
  if (token === undefined && writes) throw ask;
  let found;
  try {
    found = findRepository(world, name, token);
  } catch {
    throw token === undefined ? ask : plainText(404, "Repository not found.\n");
  }
  const login = token?.user.login ?? "anonymous";
  const denied = plainText(403, `Permission to ${fullName(found.repository)}.git denied to ${login}.\n`);
  if (!may(token, found.repository, ["contents", writes ? "write" : "read"])) throw denied;
  return found;
}

interface Backend {
  readonly request: GitRequest;
  readonly service: string;
  readonly token: Token | undefined;
}

async function runBackend(world: World, repository: Repository, { request, service, token }: Backend): Promise<Reply> {
  const header = (name: string): string => {
    const value = request.headers[name];
    return typeof value === "string" ? value : "";
  };
  const refusalFile = join(world.root, `refusal-${world.nextId()}`);
  const env = {
    ...gitEnvironment(world.searchPath),
    GIT_PROJECT_ROOT: dirname(repository.dir),
    GIT_HTTP_EXPORT_ALL: "1",
    PATH_INFO: `/${basename(repository.dir)}/${service}`,
    QUERY_STRING: request.url.search.slice(1),
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: header("content-type"),
    CONTENT_LENGTH: String(request.body.length),
    HTTP_CONTENT_ENCODING: header("content-encoding"),
    GIT_PROTOCOL: header("git-protocol"),
    REMOTE_USER: token?.user.login ?? "",
    REMOTE_ADDR: "127.0.0.1",
    [HOOK_RULES_VARIABLE]: hookLines(repository, pushedBranches(request.body, service), token).join("\n"),
    ...(mayWriteWorkflows(token) ? {} : { [WORKFLOW_VARIABLE]: refusalFile }),
  };
  const output = await new Promise<Buffer>((resolve, reject) => {
    const child = spawn("git", ["http-backend"], { env, stdio: ["pipe", "pipe", "ignore"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stdin.on("error", () => undefined); // it may answer before it has read everything
    child.on("error", reject);
    child.on("close", () => resolve(Buffer.concat(chunks)));
    child.stdin.end(request.body);
  });
  const reply = parseCgi(output);
  const reason = service === "git-receive-pack" ? await readOnce(refusalFile) : undefined;
  return reason === undefined || !Buffer.isBuffer(reply.body)
    ? reply
    : { ...reply, body: withReason(reply.body, reason) };
}

async function readOnce(file: string): Promise<string | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  await rm(file, { force: true });
  return text;
}

/** The branches that a push names: `old new ref`, in packets with their length in hex before them (git's protocol-common). */
function pushedBranches(body: Buffer, service: string): readonly string[] {
  if (service !== "git-receive-pack") return [];
  const branches: string[] = [];
  for (let at = 0; ;) {
    const length = Number.parseInt(body.subarray(at, at + 4).toString("latin1"), 16);
    if (!(length > 4)) return branches; // the end of the commands, or none at all
    const [line = ""] = body
      .subarray(at + 4, at + length)
      .toString("utf8")
      .split("\0");
    const ref = line.trimEnd().split(" ")[2] ?? "";
    if (ref.startsWith("refs/heads/")) branches.push(ref.slice("refs/heads/".length));
    at += length;
  }
}

/** CGI: header lines, an empty line, the body; `Status` gives the code (RFC 3875). */
function parseCgi(output: Buffer): Reply {
  const end = output.indexOf("\r\n\r\n");
  if (end === -1) return { status: 500 };
  const headers: Record<string, string> = {};
  for (const line of output.subarray(0, end).toString("latin1").split("\r\n")) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const { status, ...rest } = headers;
  return { status: Number.parseInt(status ?? "200", 10), headers: rest, body: output.subarray(end + 4) };
}
