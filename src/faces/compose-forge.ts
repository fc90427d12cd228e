/** A part of compose.ts: forges, and how lastgood signs in to them. */
import { type GitHubLocation, isLoopback, parseGitHubUrl } from "../adapters/forge/github/github-url.ts";
import type { Fetch } from "../adapters/forge/github/proxy-fetch.ts";
import { createSignIn, type GitHubAuth, type SignIn } from "../adapters/forge/github/sign-in.ts";
import { createNoForge } from "../adapters/forge/none/no-forge.ts";
import { readCertificates, readSecretFile } from "../config/read-secret-file.ts";
import { LastgoodError } from "../errors.ts";
import type { Forge } from "../ports/forge.ts";
import type { ChosenAuth } from "./choose-auth.ts";
import type { Opening, OpenWorld } from "./compose-parts.ts";
import type { Surroundings } from "./surroundings.ts";

/** What a forge is opened with. */
export interface ForgeParts {
  readonly request: Opening;
  readonly surroundings: Surroundings;
}

/** The forge of an address, signed in. */
export async function openForge(url: string, branch: string, { request, surroundings }: ForgeParts): Promise<Forge> {
  const place = request.forge.type === "github" ? parseGitHubUrl(url) : undefined;
  if (place === undefined) return createNoForge(url, async () => branch);
  const { createGitHubForge } = await import("../adapters/forge/github/github-forge.ts");
  const asking = await askingOf(place, await request.signIn(url), { request, surroundings });
  return createGitHubForge({ ...asking, baseUrl: place.apiUrl, onRequest: request.meter?.forge });
}

/** What everything that asks a GitHub is made with. */
export async function askingOf(
  place: GitHubLocation,
  { token, gate }: SignIn,
  { request, surroundings }: { readonly request: OpenWorld; readonly surroundings: Surroundings },
) {
  return {
    owner: place.owner,
    repo: place.repo,
    token: async (refused?: string) => (await token(refused)) ?? missingToken(place.host),
    clock: request.clock,
    log: request.log,
    paced: !isLoopback(place.host),
    fetch: await openFetch(place.host, request, surroundings),
    gate,
    signal: surroundings.signal,
  };
}

/** The proxy of the environment, and certificates of the configuration; Node's own fetch where there is neither. */
async function openFetch(host: string, { forge }: OpenWorld, { env }: Surroundings): Promise<Fetch> {
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
export function signIns(request: OpenWorld, surroundings: Surroundings): (url: string) => SignIn {
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

function missingToken(host: string): never {
  const elsewhere =
    host === "github.com" ? "" : ` If ${host} is no GitHub, say forge: { type: none } in lastgood.yaml.`;
  throw new LastgoodError("ForgeAuth", `no token for ${host}`, {
    hint: `Set GH_TOKEN (contents and pull requests: write), or log in with gh auth login.${elsewhere}`,
  });
}
