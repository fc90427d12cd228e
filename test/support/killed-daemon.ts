/**
 * A real `lastgood daemon`, a process of its own, between a GitHub and a Kubernetes that see every request of it: so it can be killed at an
 * exact moment, and another one started in its place.
 */
import { execFile, spawn } from "node:child_process";
import { appendFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Job } from "../../src/core/job/job.ts";
import { foldJobs } from "../../src/core/job/job.ts";
import { type LedgerRecord, parseLines } from "../../src/core/record.ts";
import { ago } from "./ago.ts";
import { API_CONFIG } from "./api-config.ts";
import { gitTestEnv, temporaryFolder } from "./gitdir.ts";
import { AT, openGitHub, TOKENS, type World } from "./github-world.ts";
import { ENGINE_CRDS } from "./kubernetes/engine-crds.ts";
import { kubeconfigFor } from "./kubernetes/kubeconfig.ts";
import { type LookAlike, startKubernetes } from "./kubernetes/start-kubernetes.ts";
import { liveApplication } from "./live-application.ts";
import { deployment } from "./manifests.ts";
import { cliTestEnv, runCli } from "./run-cli.ts";
import { runGit } from "./run-git.ts";
import { type Moment, type PassedRequest, startWatchedProxy } from "./watched-proxy.ts";

export const MANIFEST = "apps/api/deployment.yaml";
const LEDGER = "refs/lastgood/ledger";

/** Where a process dies. */
export interface KillPoint {
  readonly name: string;
  readonly moment: Moment;
  /** One of the things that a request does, as `doings` tells them. */
  readonly doing: RegExp;
  /** Another replica takes over, that has no clone. */
  readonly elsewhere?: true;
}

export interface KilledWorld {
  readonly github: World;
  readonly kube: LookAlike;
  /** All that was done, in order: `arrived: POST /repos/…`. */
  readonly doings: readonly string[];
  /** Keys of notifications, in order. */
  readonly told: readonly { readonly key: string; readonly event: string }[];
  /** What the processes wrote on stderr. */
  readonly log: () => string;
  /** Starts a process; resolves when it was killed at the point. Rejects when it ends by itself. */
  killAt(point: KillPoint): Promise<void>;
  /** Starts a process; resolves when the job has ended, and then the process, in good order with 0. */
  finish(): Promise<void>;
  jobs(): Promise<readonly Job[]>;
  records(): Promise<readonly LedgerRecord[]>;
  git(...args: readonly string[]): Promise<string>;
  /** Files that locks have left behind. */
  locks(): readonly string[];
  close(): Promise<void>;
}

export interface OpenKilledWorld {
  /** From `buildProgram`. */
  readonly main: string;
  readonly mode: "merge" | "push";
}

/** `api` runs a release that breaks it, and was good before. */
export async function openKilledWorld({ main, mode }: OpenKilledWorld): Promise<KilledWorld> {
  const github = await openGitHub([
    { files: { [MANIFEST]: deployment("api:1.7.4") }, message: "fix(api): bump image to 1.7.4", date: ago(3_600_000) },
    { files: { [MANIFEST]: deployment("api:1.8.0") }, message: "feat(api): bump image to 1.8.0", date: ago(600_000) },
  ]);
  github.control.setClock(() => Date.now());
  const kube = await startKubernetes();
  for (const crd of ENGINE_CRDS) kube.install(crd);
  const doings: string[] = [];
  const told: { readonly key: string; readonly event: string }[] = [];
  let onDoing: (doing: string, moment: Moment) => Promise<boolean> = async () => false;
  let text = "";

  const git: KilledWorld["git"] = async (...args) => {
    const { code, stdout, stderr } = await runGit(github.dir, ...args);
    if (code !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const scratch = await openScratch(github.dir);

  async function see(what: readonly string[], moment: Moment): Promise<boolean> {
    for (const doing of what) {
      doings.push(`${moment}: ${doing}`);
      if (await onDoing(doing, moment)) return true;
    }
    return false;
  }
  const forgeProxy = await startWatchedProxy(github.url, async (request, moment) =>
    see(await doingsOf(request, scratch), moment),
  );
  const kubeProxy = await startWatchedProxy(kube.url, async (request, moment) => {
    const isDead = await see(kubeDoings(request), moment);
    const asks = request.method === "PATCH" && request.path.includes("/applications/");
    // Argo CD looks when it is asked to, and takes the mark away.
    if (asks && moment === "applied") await deploys(await git("rev-parse", "refs/heads/main"), "Healthy");
    return isDead;
  });
  // A server tells the time of day by bookmarks.
  const bookmarks = setInterval(() => {
    for (const watch of kube.watches) watch.bookmark();
  }, 250);
  const people = await startReceiver((event) => void told.push(event));
  const url = `${forgeProxy.url}/${AT.owner}/${AT.repo}.git`;

  async function deploys(revision: string, health: "Healthy" | "Degraded"): Promise<void> {
    const manifest = liveApplication({ url, revision, health });
    const path = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/api?fieldManager=argocd";
    const headers = { "content-type": "application/apply-patch+yaml" };
    const answer = await fetch(kube.url + path, { method: "PATCH", headers, body: JSON.stringify(manifest) });
    if (!answer.ok) throw new Error(await answer.text());
  }

  const folder = temporaryFolder("daemon");
  const config = join(folder, "lastgood.yaml");
  writeFileSync(config, configText({ mode, people: people.url }));
  writeFileSync(join(folder, "kubeconfig"), kubeconfigFor(kubeProxy.url, {}));
  let cache = temporaryFolder("cache");
  const envOf = (): Readonly<Record<string, string | undefined>> => ({
    ...cliTestEnv(),
    LASTGOOD_REPO: url,
    GH_TOKEN: TOKENS.app,
    KUBECONFIG: join(folder, "kubeconfig"),
    XDG_CACHE_HOME: cache,
  });
  const [good = ""] = (await git("rev-list", "--reverse", "refs/heads/main")).split("\n");
  await deploys(await git("rev-parse", "refs/heads/main"), "Degraded");
  const mark = ["mark", "good", "api", good, "--reason", "it was", "--config", config];
  const marked = await runCli(mark, { cwd: folder, env: { ...envOf(), XDG_CACHE_HOME: temporaryFolder("cache") } });
  if (marked.exit !== 0) throw new Error(marked.stderr);

  /** `ended`: with its exit code; null when it was killed. */
  function start(): { readonly kill: () => void; readonly stop: () => void; readonly ended: Promise<number | null> } {
    const args = [main, "daemon", "--config", config];
    const child = spawn(process.execPath, args, { cwd: folder, env: envOf(), stdio: ["ignore", "ignore", "pipe"] });
    child.stderr.setEncoding("utf8").on("data", (part: string) => (text += part));
    const ended = new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code) => resolve(code));
    });
    return { kill: () => void child.kill("SIGKILL"), stop: () => void child.kill("SIGTERM"), ended };
  }

  return {
    github,
    kube,
    doings,
    told,
    log: () => text,
    async killAt({ name, moment, doing, elsewhere }) {
      const daemon = start();
      let isHit = false;
      onDoing = async (what, when) => {
        if (isHit || when !== moment || !doing.test(what)) return isHit;
        isHit = true;
        daemon.kill();
        await daemon.ended;
        return true;
      };
      const late = setTimeout(daemon.kill, PATIENCE_MS);
      await daemon.ended;
      clearTimeout(late);
      onDoing = async () => false;
      if (!isHit) throw new Error(`it never came to this: ${name}\n${shortened(doings)}\n${text}`);
      if (elsewhere === true) cache = temporaryFolder("cache");
    },
    async finish() {
      const before = text.length;
      const daemon = start();
      const endMs = Date.now() + PATIENCE_MS;
      const running = new Set([daemon]);
      void daemon.ended.then(() => running.clear());
      const isOver = (): boolean => doings.some((doing) => /^applied: ledger .*"outcome":/.test(doing));
      while (running.size > 0 && !(isOver() && (await isReady(text.slice(before))))) {
        if (Date.now() > endMs) daemon.kill();
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      daemon.stop();
      const code = await daemon.ended;
      if (code !== 0) throw new Error(`the process ended with ${String(code)}\n${shortened(doings)}\n${text}`);
    },
    jobs: async () => foldJobs(await readLedger()),
    records: readLedger,
    git,
    locks: () =>
      readdirSync(cache, { recursive: true, encoding: "utf8" }).filter((path) => /\.lock$|\/tmp_|\.tmp/.test(path)),
    async close() {
      clearInterval(bookmarks);
      await Promise.all([forgeProxy.close(), kubeProxy.close(), people.close(), github.close(), kube.close()]);
    },
  };

  async function readLedger(): Promise<readonly LedgerRecord[]> {
    const { code, stdout } = await runGit(github.dir, "ls-tree", "-r", "--format=%(objectname)", LEDGER);
    if (code !== 0) return [];
    const blobs = await Promise.all(stdout.split("\n").map(async (id) => git("cat-file", "blob", id)));
    return parseLines(blobs.join("\n")).records;
  }
}

/** No process takes so long, however busy the machine is. */
const PATIENCE_MS = 900_000;

/** It has heard of its engine, and looked at its targets. */
async function isReady(log: string): Promise<boolean> {
  const [, address] = /"address":"([^"]+)","path":"\/healthz"/.exec(log) ?? [];
  return address !== undefined && (await fetch(`http://${address}/readyz`).catch(() => undefined))?.ok === true;
}

/** Each by its beginning. */
function shortened(doings: readonly string[]): string {
  return doings.map((doing) => doing.slice(0, 100)).join("\n");
}

function configText({ mode, people }: { readonly mode: string; readonly people: string }): string {
  return `${API_CONFIG}policies:
  default:
    mode: ${mode}
    bad: { for: 1s, samples: 1 }
    good: { bakeTime: 2s }
    verify: { for: 1s, timeout: 10m }
notifications: [{ type: webhook, url: "${people}" }]
server: { listen: "127.0.0.1:0", metrics: "127.0.0.1:0", probes: "127.0.0.1:0" }
`;
}

/** What a request to the forge does: pushes by their refs, those to the ledger by the lines that they bring. */
async function doingsOf({ method, path, body }: PassedRequest, scratch: Scratch): Promise<readonly string[]> {
  if (!path.endsWith("/git-receive-pack")) return [`${method} ${path.replace("/api/v3", "")} ${body.toString("utf8")}`];
  const pushed = readPush(body);
  if (pushed === undefined) return [];
  if (pushed.ref !== LEDGER) return [`push ${pushed.ref}`];
  return (await scratch.added(pushed)).map((line) => `ledger ${line}`);
}

function kubeDoings({ method, path, body }: PassedRequest): readonly string[] {
  return [`${method} ${path} ${body.toString("utf8")}`];
}

interface Pushed {
  readonly ref: string;
  readonly old: string;
  readonly new: string;
  readonly pack: Buffer;
}

/** The first command of a push (gitprotocol-pack: `PKT-LINE(old SP new SP ref NUL capabilities)`, a flush, then the pack). */
function readPush(body: Buffer): Pushed | undefined {
  const length = Number.parseInt(body.toString("latin1", 0, 4), 16);
  const found = /^([0-9a-f]{40}) ([0-9a-f]{40}) ([^\0]+)/.exec(body.toString("utf8", 4, length));
  const [, old = "", now = "", ref = ""] = found ?? [];
  return found === null ? undefined : { ref, old, new: now, pack: body.subarray(body.indexOf("0000", length) + 4) };
}

interface Scratch {
  /** Lines that a push to the ledger brings. */
  added(pushed: Pushed): Promise<readonly string[]>;
}

const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/** A repository beside the served one, where a pack is opened before the served one has it. */
async function openScratch(served: string): Promise<Scratch> {
  const dir = temporaryFolder("scratch");
  await runGit(dir, "init", "--quiet", "--bare");
  appendFileSync(join(dir, "objects/info/alternates"), `${join(served, "objects")}\n`);
  return {
    async added({ old, new: now, pack }) {
      await new Promise<void>((resolve, reject) => {
        const child = execFile("git", ["unpack-objects", "-q"], { cwd: dir, env: gitTestEnv() }, (error) =>
          error === null ? resolve() : reject(error),
        );
        child.stdin?.end(pack);
      });
      const from = /^0+$/.test(old) ? EMPTY_TREE : old;
      const { stdout } = await runGit(dir, "diff", "--unified=0", from, now);
      return stdout.split("\n").flatMap((line) => (line.startsWith("+{") ? [line.slice(1)] : []));
    },
  };
}

/** Who is told: a webhook of Flux's Event shape. */
async function startReceiver(
  onEvent: (event: { readonly key: string; readonly event: string }) => void,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { reason, metadata } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as {
        readonly reason: string;
        readonly metadata: { readonly key: string };
      };
      onEvent({ key: metadata.key, event: reason });
      response.writeHead(200).end();
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
