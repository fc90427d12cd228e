/** The only file that knows all adapters: puts the world together for one command. */
import { join } from "node:path";
import { type GitHubLocation, isLoopback, parseGitHubUrl } from "../adapters/forge/github/github-url.ts";
import type { Fetch } from "../adapters/forge/github/proxy-fetch.ts";
import { createSignIn, type GitHubAuth, type SignIn } from "../adapters/forge/github/sign-in.ts";
import { type OpenedClone, openClone } from "../adapters/repository/git/clone.ts";
import { mirrorPath, openMirror } from "../adapters/repository/git/mirror.ts";
import { createNoForge } from "../adapters/forge/none/no-forge.ts";
import type { DeliveryWorld } from "../app/delivery.ts";
import { findBase } from "../app/find-base.ts";
import type { ReplayWorld } from "../app/replay-case.ts";
import type { CommitId } from "../core/model/git.ts";
import { LastgoodError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Forge } from "../ports/forge.ts";
import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";
import { readCertificates, readSecretFile } from "../config/read-secret-file.ts";
import type { ChosenAuth, ForgeChoice } from "./choose-auth.ts";
import {
  fetchText,
  hasLedger,
  hasOwnLedger,
  isElsewhere,
  type KeptLedger,
  ledgerOf,
  ledgerOfClone,
  ledgerUrlOf,
} from "./compose-ledger.ts";
import { LEDGER_REF, type LedgerPlace } from "./ledger-place.ts";
import type { Location } from "./locate-repository.ts";
import { cacheFolder, type Surroundings } from "./surroundings.ts";

export interface OpenWorld extends LedgerPlace {
  readonly location: Location;
  /**
   * `here`: nothing leaves this machine. `remote`: writes go to where engines pull from. `ledger`: the clone here, and the ledger
   * that everybody reads.
   */
  readonly reach: "here" | "ledger" | "remote";
  /** The branch that engines deploy from; found when missing. */
  readonly branch?: string;
  /** A revision that a person wants to stand on: enough where no branch can be found (a detached HEAD, as CI has it). */
  readonly standOn?: string;
  readonly forge: ForgeChoice;
  readonly clock: Clock;
  readonly log: Log;
  /** Missing: nobody counts. */
  readonly meter?: Meter | undefined;
  /** Every file of the whole past will be read: lastgood's own clone is made complete. */
  readonly whole?: boolean;
}

export interface OpenedWorld extends DeliveryWorld, KeptLedger {
  /** Without `refs/heads/`. */
  readonly branch: string;
  /** The tip to stand on. */
  readonly base: CommitId;
  /** The revision that gave it: `refs/heads/main`, `refs/remotes/origin/main`. */
  readonly baseRef: string;
  /** Every address by which manifests may name this repository. */
  readonly urls: readonly string[];
  /** The forge, also where nothing is written to it; missing where no address is known. */
  readonly openForge?: () => Promise<Forge>;
  /** A clone of the person's own. */
  readonly root?: string;
  /** What gets the ledger of `origin` into a clone that has none. */
  readonly fetchLedger?: string;
  /** The ledger lies in a repository of its own: what is written to it is everybody's at once. */
  readonly ledgerUrl?: string;
  /** As whom lastgood commits when it acts as a GitHub App. */
  readonly bot?: () => Promise<{ readonly name: string; readonly email: string }>;
  /** Makes lastgood's own clone quick for who goes on asking it, see `OpenedMirror`. Missing: it is a person's own. */
  readonly optimize?: () => Promise<void>;
  close(): Promise<void>;
}

/** What is known from the start: for each address one way to sign in, for the API and git alike. */
interface Opening extends OpenWorld {
  readonly signIn: (url: string) => SignIn;
}

/** Opens a repository and what belongs to it. Throws `Usage*`, `Repository*`, `Config*`, `Forge*`. */
export async function openWorld(request: OpenWorld, surroundings: Surroundings): Promise<OpenedWorld> {
  const { thread } = surroundings;
  const world = await openPlace(request, surroundings);
  if (thread === undefined) return world;
  const planLarge: OpenedWorld["planLarge"] = async (query, own) => {
    const { planInThread } = await import("./plan-thread.ts");
    return planInThread(query, own, { thread });
  };
  return { ...world, planLarge };
}

async function openPlace(asked: OpenWorld, outside: Surroundings): Promise<OpenedWorld> {
  const { location } = asked;
  const { caFile } = asked.forge;
  // git takes these certificates from its environment (git-config(1), http.sslCAInfo).
  const surroundings = caFile === undefined ? outside : { ...outside, env: { ...outside.env, GIT_SSL_CAINFO: caFile } };
  const request = { ...asked, signIn: signIns(asked, surroundings) };
  if (location.kind === "url") return openRemoteWorld(request, surroundings, location);
  const clone = await openClone(location.path, gitOptions(surroundings, request));
  const origin = await clone.remoteUrl();
  if (request.reach !== "remote" || origin === undefined)
    return openCloneWorld(request, surroundings, { clone, origin });
  const kept = !isElsewhere(request, origin) && (await hasOwnLedger(clone.repository, request));
  const own = kept ? { own: clone.gitDir } : {};
  await clone.close();
  const root = clone.root === undefined ? {} : { root: clone.root };
  return openRemoteWorld(request, surroundings, { url: origin, seed: location.path, ...root, ...own });
}

async function openCloneWorld(
  request: Opening,
  surroundings: Surroundings,
  { clone, origin }: { readonly clone: OpenedClone; readonly origin: string | undefined },
): Promise<OpenedWorld> {
  const { repository } = clone;
  if (await clone.isShallow())
    request.log.warn("this clone is shallow: older revisions are missing (git fetch --unshallow)");
  const { branch, ref, base } = await findBase(repository, request);
  const { clock, log } = request;
  const elsewhere = isElsewhere(request, origin);
  const kept = await ledgerOfClone({ clone, origin }, request, surroundings);
  const forgeOf = async (url: string): Promise<Forge> => openForge(url, branch, { request, surroundings });
  const world = { repository, clock, log, branch, base, baseRef: ref, close: async () => clone.close() };
  return {
    ...world,
    ...kept,
    ...ledgerUrlOf(request, origin),
    ...(origin === undefined
      ? {}
      : { records: async () => (await forgeOf(origin)).records, openForge: () => forgeOf(origin) }),
    ...(origin === undefined || elsewhere || (await hasLedger(repository, request))
      ? {}
      : { fetchLedger: fetchText(request) }),
    urls: origin === undefined ? [] : [origin],
    ...(clone.root === undefined ? {} : { root: clone.root }),
  };
}

interface RemotePlace {
  readonly url: string;
  /** The person's own clone, when the address was taken from one. */
  readonly seed?: string;
  /** Top of its work tree. */
  readonly root?: string;
  /** Its git directory, when it holds a ledger: what a person marked there counts for them before it is pushed. */
  readonly own?: string;
}

async function openRemoteWorld(
  request: Opening,
  surroundings: Surroundings,
  { url, seed, root, own }: RemotePlace,
): Promise<OpenedWorld> {
  const { clock, log } = request;
  const { token, bot } = request.signIn(url);
  const mirror = await openMirror({
    ...gitOptions(surroundings, request),
    cacheDir: join(cacheFolder(surroundings), "mirrors"),
    url,
    token,
    allowLocal: true,
    progress: ({ stage, percent }) => log.progress(stage, percent),
    warn: (message) => log.warn(message),
    ...(seed === undefined ? {} : { seed }),
    ...(request.whole === undefined ? {} : { whole: request.whole }),
  });
  const ledgerRef = request.ledgerRef ?? LEDGER_REF;
  log.progress("fetching");
  await mirror.remote.fetch([ledgerRef], ({ stage, percent }) => log.progress(stage, percent));
  const { repository, remote } = mirror;
  const { branch, ref, base } = await findBase(repository, request);
  const elsewhere = ledgerUrlOf(request, url);
  const { ledgerUrl } = elsewhere;
  const kept = ledgerOf(
    ledgerUrl === undefined
      ? { url, own, repository, request, surroundings }
      : { url: ledgerUrl, unfetched: true, repository, request, surroundings },
  );
  const forge = await openForge(url, branch, { request, surroundings });
  return {
    ...(bot === undefined ? {} : { bot }),
    repository,
    remote,
    forge,
    records: async () => forge.records,
    openForge: async () => forge,
    ...kept,
    ...elsewhere,
    clock,
    log,
    branch,
    base,
    baseRef: ref,
    urls: [url],
    optimize: async () => mirror.optimize(),
    close: async () => mirror.close(),
    ...(root === undefined ? {} : { root }),
  };
}

function gitOptions(surroundings: Surroundings, { log, meter }: OpenWorld): Parameters<typeof openClone>[1] {
  return {
    ...(meter === undefined ? {} : { onRun: meter.git }),
    env: surroundings.env,
    signal: surroundings.signal,
    onUnreadablePath: (path) => log.warn(`${path} is not UTF-8: left as it is`),
  };
}

interface ForgeParts {
  readonly request: Opening;
  readonly surroundings: Surroundings;
}

async function openForge(url: string, branch: string, { request, surroundings }: ForgeParts): Promise<Forge> {
  const place = request.forge.type === "github" ? parseGitHubUrl(url) : undefined;
  if (place === undefined) return createNoForge(url, async () => branch);
  const { createGitHubForge } = await import("../adapters/forge/github/github-forge.ts");
  const { token, gate } = request.signIn(url);
  return createGitHubForge({
    baseUrl: place.apiUrl,
    owner: place.owner,
    repo: place.repo,
    token: async (refused) => (await token(refused)) ?? missingToken(place.host),
    clock: request.clock,
    log: request.log,
    paced: !isLoopback(place.host),
    fetch: await openFetch(place.host, request, surroundings),
    gate,
    signal: surroundings.signal,
    onRequest: request.meter?.forge,
  });
}

/** The proxy of the environment, and certificates of the configuration; Node's own fetch where there is neither. */
export async function openFetch(host: string, { forge }: OpenWorld, { env }: Surroundings): Promise<Fetch> {
  const proxy = isLoopback(host) ? undefined : (env["HTTPS_PROXY"] ?? env["https_proxy"]);
  const noProxy = env["NO_PROXY"] ?? env["no_proxy"];
  const { caFile, caPlace } = forge;
  if (proxy === undefined && caFile === undefined) return globalThis.fetch;
  const { createProxyFetch } = await import("../adapters/forge/github/proxy-fetch.ts");
  return createProxyFetch({
    ...(proxy === undefined ? {} : { httpsProxy: proxy }),
    ...(noProxy === undefined ? {} : { noProxy }),
    ...(caFile === undefined ? {} : { ca: await readCertificates(caFile, caPlace) }),
  });
}

/** One sign-in for each address: a token is asked for once, and its limits hold for all that is sent with it. */
export function signIns(request: OpenWorld, surroundings: Surroundings): Opening["signIn"] {
  const known = new Map<string, SignIn>();
  return (url) => {
    const location = request.forge.type === "github" ? parseGitHubUrl(url) : undefined;
    const key = location === undefined ? url : `${location.host}/${location.owner}/${location.repo}`.toLowerCase();
    const signIn = known.get(key) ?? openSignIn(location, request, surroundings);
    known.set(key, signIn);
    return signIn;
  };
}

function openSignIn(location: GitHubLocation | undefined, request: OpenWorld, surroundings: Surroundings): SignIn {
  const { clock, log, forge } = request;
  const { env, signal } = surroundings;
  return createSignIn({
    env,
    signal,
    clock,
    log,
    location,
    auth: authFor(location, forge.auth ?? { kind: "environment" }),
    writes: forge.writes ?? [],
    fetch: async () => openFetch(location?.host ?? "", request, surroundings),
    paced: location === undefined || !isLoopback(location.host),
  });
}

function authFor(location: GitHubLocation | undefined, auth: ChosenAuth): GitHubAuth {
  if (auth.kind === "environment") return auth;
  const read = async (): Promise<string> => readSecretFile(auth.file, auth.place);
  if (auth.kind === "token") return { kind: "token", read };
  const { host, ...app } = auth;
  if (host === undefined || location === undefined || host === location.host) return { ...app, read };
  const refuse = async (): Promise<never> => {
    throw new LastgoodError("ConfigInvalid", `forge.auth.app is for ${host}, the repository is on ${location.host}`, {
      ...(auth.place === undefined ? {} : { place: auth.place }),
      hint: `Set forge.host to ${location.host} when the App is there.`,
    });
  };
  return { ...app, read: refuse };
}

export function missingToken(host: string): never {
  const elsewhere =
    host === "github.com" ? "" : ` If ${host} is no GitHub, say forge: { type: none } in lastgood.yaml.`;
  throw new LastgoodError("ForgeAuth", `no token for ${host}`, {
    hint: `Set GH_TOKEN (contents and pull requests: write), or log in with gh auth login.${elsewhere}`,
  });
}

/** Where a repository is, in a form that can be handed to a thread. */
export interface ReplayPlace {
  readonly location: Location;
  readonly env: Surroundings["env"];
  readonly home: string;
}

/** What replays work with: processes of their own, and a scratch repository that `close` removes. Nothing is fetched. */
export async function openReplayWorld({
  location,
  env,
  home,
}: ReplayPlace): Promise<ReplayWorld & { close(): Promise<void> }> {
  const mirrors = join(cacheFolder({ env, home }), "mirrors");
  const clone = await openClone(location.kind === "clone" ? location.path : mirrorPath(mirrors, location.url), { env });
  const { openGitRevert } = await import("../adapters/repository/git/git-revert.ts");
  const gitRevert = openGitRevert({ env, commonDir: clone.commonDir });
  return {
    repository: clone.repository,
    gitRevert,
    close: async () => void (await Promise.all([gitRevert.close(), clone.close()])),
  };
}
