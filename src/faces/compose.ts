/** Puts the world together for one command; only this file and its parts, `compose-*.ts`, know the adapters. */
import { join } from "node:path";
import type { SignIn } from "../adapters/forge/github/sign-in.ts";
import { type OpenedClone, openClone } from "../adapters/repository/git/clone.ts";
import { mirrorPath } from "../adapters/repository/git/mirror-path.ts";
import { findBase } from "../app/find-base.ts";
import type { ReplayWorld } from "../app/replay-case.ts";
import type { Forge } from "../ports/forge.ts";
import { fetchText, hasLedger, hasOwnLedger, isElsewhere, ledgerOfClone, ledgerUrlOf } from "./compose-ledger.ts";
import { gitOptions, type OpenedWorld, type Opening, type OpenWorld, type RemotePlace } from "./compose-parts.ts";
import type { Location } from "./locate-repository.ts";
import { cacheFolder, type Surroundings } from "./surroundings.ts";

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
  const request = { ...asked, signIn: signingIn(asked, surroundings) };
  if (location.kind === "url") return openRemote(request, surroundings, location);
  const clone = await openClone(location.path, gitOptions(surroundings, request));
  const origin = await clone.remoteUrl();
  if (request.reach !== "remote" || origin === undefined)
    return openCloneWorld(request, surroundings, { clone, origin });
  const kept = !isElsewhere(request, origin) && (await hasOwnLedger(clone.repository, request));
  const own = kept ? { own: clone.gitDir } : {};
  await clone.close();
  const root = clone.root === undefined ? {} : { root: clone.root };
  return openRemote(request, surroundings, { url: origin, seed: location.path, ...root, ...own });
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
  const forgeOf = async (url: string): Promise<Forge> => {
    const { openForge } = await import("./compose-forge.ts");
    return openForge(url, branch, { request, surroundings });
  };
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

/** What is reached over a network is loaded when it is: most commands look at a clone, and nowhere else. */
async function openRemote(request: Opening, surroundings: Surroundings, place: RemotePlace): Promise<OpenedWorld> {
  const { openRemoteWorld } = await import("./compose-remote.ts");
  return openRemoteWorld(request, surroundings, place);
}

function signingIn(request: OpenWorld, surroundings: Surroundings): Opening["signIn"] {
  let opened: Promise<(url: string) => SignIn> | undefined;
  return async (url) => {
    opened ??= import("./compose-forge.ts").then(({ signIns }) => signIns(request, surroundings));
    return (await opened)(url);
  };
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
