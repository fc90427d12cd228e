/** What `lastgood doctor` looks through: as compose.ts puts it together, but in parts that can fail one by one. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { REQUIRED_PERMISSIONS, USEFUL_PERMISSIONS } from "../adapters/forge/github/app-permissions.ts";
import { tokenSource } from "../adapters/forge/github/github-token.ts";
import { parseGitHubUrl } from "../adapters/forge/github/github-url.ts";
import { openClone } from "../adapters/repository/git/clone.ts";
import { listRemoteRefs, readCloneFacts, readGitVersion } from "../adapters/repository/git/inspect-git.ts";
import { mirrorPath } from "../adapters/repository/git/mirror-path.ts";
import { parseRemoteUrl } from "../adapters/repository/git/remote-url.ts";
import type { OpenRepository } from "../app/doctor/opened-repository.ts";
import type { SignInFacts } from "../core/doctor/judge-sign-in.ts";
import type { Clock } from "../ports/clock.ts";
import type { ForgeInspection } from "../ports/forge-inspection.ts";
import type { GitInspection } from "../ports/git-inspection.ts";
import type { Log } from "../ports/log.ts";
import type { ForgeChoice } from "./choose-auth.ts";
import { openWorld } from "./compose.ts";
import type { OpenWorld } from "./compose-parts.ts";
import { askingOf, signIns } from "./compose-forge.ts";
import type { Location } from "./locate-repository.ts";
import { cacheFolder, type Surroundings } from "./surroundings.ts";

export interface OpenForDoctor {
  readonly location: Location;
  readonly offline: boolean;
  readonly branch?: string;
  readonly ledgerRef?: string;
  readonly ledgerUrl?: string;
  readonly forge: ForgeChoice;
  readonly clock: Clock;
  readonly log: Log;
}

export interface DoctorRepository {
  readonly git: GitInspection;
  readonly open: OpenRepository;
  /** Of the remote, without credentials. */
  readonly url: string | undefined;
  /** A clone of a person's own. */
  readonly own: boolean;
  /** Missing: the repository is on no GitHub, or nothing may leave this machine. */
  readonly forge?: { readonly name: string; readonly inspect: () => Promise<ForgeInspection> };
  readonly signIn: Omit<SignInFacts, "actions">;
  close(): Promise<void>;
}

/** Opens nothing that could fail: that is left to the checks. */
export async function openForDoctor(asked: OpenForDoctor, surroundings: Surroundings): Promise<DoctorRepository> {
  const { location, offline, forge, ledgerUrl } = asked;
  const { env, signal } = surroundings;
  const local = { env, signal };
  const url = location.kind === "url" ? location.url : await originOf(location.path, local);
  const place = forge.type === "github" && url !== undefined ? parseGitHubUrl(url) : undefined;
  const signIn = signIns({ ...asked, reach: "remote" }, surroundings);
  const opened: { close(): Promise<void> }[] = [];
  let opening: ReturnType<OpenRepository> | undefined;
  const open: OpenRepository = async () => {
    opening ??= openHere(asked, surroundings, opened);
    return opening;
  };
  return {
    open,
    url,
    own: location.kind === "clone",
    git: {
      version: async () => readGitVersion(local),
      ...(location.kind === "clone" ? { clone: async () => readCloneFacts(location.path, local) } : {}),
      ...(url === undefined || offline
        ? {}
        : {
            remoteRefs: async (refs) => {
              const remote = parseRemoteUrl(url, { allowLocal: true });
              return listRemoteRefs(remote, refs, { ...local, token: signIn(url).token });
            },
            ...(ledgerUrl === undefined || ledgerUrl === url
              ? {}
              : {
                  ledgerRefs: async (refs) => {
                    const remote = parseRemoteUrl(ledgerUrl, { allowLocal: true });
                    return listRemoteRefs(remote, refs, { ...local, token: signIn(ledgerUrl).token });
                  },
                }),
          }),
    },
    signIn: signInFacts(forge, place?.host, env),
    ...(place === undefined || url === undefined || offline
      ? {}
      : {
          forge: {
            name: `${place.host}/${place.owner}/${place.repo}`,
            inspect: async () => inspectForge({ ...asked, reach: "remote" }, surroundings, url),
          },
        }),
    close: async () => void (await Promise.all(opened.map(async (each) => each.close()))),
  };
}

/** Offline it is the clone at hand, or the one that lastgood has kept; else everything that everybody reads. */
async function openHere(
  asked: OpenForDoctor,
  surroundings: Surroundings,
  opened: { close(): Promise<void> }[],
): ReturnType<OpenRepository> {
  const { location, offline } = asked;
  const mirrors = join(cacheFolder(surroundings), "mirrors");
  const kept = offline && location.kind === "url";
  const here: Location = kept ? { kind: "clone", path: mirrorPath(mirrors, location.url) } : location;
  const reach = offline ? "here" : here.kind === "url" ? "remote" : "ledger";
  const world = await openWorld({ ...asked, location: here, reach }, surroundings);
  opened.push(world);
  return world;
}

/** Is there a clone of it that `--offline` can look into? */
export async function isKept(url: string, surroundings: Pick<Surroundings, "env" | "home">): Promise<boolean> {
  const path = mirrorPath(join(cacheFolder(surroundings), "mirrors"), url);
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** That there is no clone at all is said by the check that opens it. */
async function originOf(path: string, options: Parameters<typeof openClone>[1]): Promise<string | undefined> {
  try {
    const clone = await openClone(path, options);
    try {
      return await clone.remoteUrl();
    } finally {
      await clone.close();
    }
  } catch {
    return undefined;
  }
}

async function inspectForge(request: OpenWorld, surroundings: Surroundings, url: string): Promise<ForgeInspection> {
  const place = parseGitHubUrl(url);
  if (place === undefined) throw new Error("only for a GitHub");
  const { createGitHubInspection } = await import("../adapters/forge/github/inspect-github.ts");
  const signIn = signIns(request, surroundings)(url);
  const { granted } = signIn;
  return createGitHubInspection({
    ...(await askingOf(place, signIn, { request, surroundings })),
    apiUrl: place.apiUrl,
    ...(granted === undefined ? {} : { granted }),
  });
}

function signInFacts(
  { auth, writes = [] }: ForgeChoice,
  host: string | undefined,
  env: Surroundings["env"],
): Omit<SignInFacts, "actions"> {
  const more = Object.fromEntries(writes.map((name) => [name, "write"]));
  const source =
    auth === undefined || auth.kind === "environment"
      ? tokenSource(host ?? "", env)
      : auth.kind === "app"
        ? `App ${auth.id}`
        : auth.file;
  return {
    source,
    app: auth?.kind === "app",
    configured: auth !== undefined && auth.kind !== "environment",
    required: REQUIRED_PERMISSIONS,
    useful: { ...USEFUL_PERMISSIONS, ...more },
  };
}
