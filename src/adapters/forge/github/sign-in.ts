/** How lastgood signs in to one repository on GitHub: for the API and for git, the same token. */
import type { Place } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";
import { readAppKey } from "./app-jwt.ts";
import { wantedPermissions, type OptionalWrite } from "./app-permissions.ts";
import { createGitHubApp, type BotIdentity, type GitHubApp, type GrantedApp } from "./github-app.ts";
import { findGitHubToken, type FindToken } from "./github-token.ts";
import type { GitHubLocation } from "./github-url.ts";
import type { Fetch } from "./proxy-fetch.ts";
import { gateFor, type RequestGate } from "./request-gate.ts";

/** `file`: of the secret, for messages; `place`: where it is named. `read` answers what it holds. */
export type GitHubAuth =
  | {
      readonly kind: "app";
      readonly id: string;
      readonly installationId?: number;
      readonly file: string;
      readonly place?: Place;
      readonly read: () => Promise<string>;
    }
  | { readonly kind: "token"; readonly read: () => Promise<string> }
  /** What the machine has: `GH_TOKEN`, `gh auth token`. */
  | { readonly kind: "environment" };

export interface SignInOptions extends Pick<FindToken, "env"> {
  /** undefined: no GitHub, so only a token file counts. */
  readonly location: GitHubLocation | undefined;
  readonly auth: GitHubAuth;
  /** What an App writes beside commits and pull requests. */
  readonly writes: readonly OptionalWrite[];
  readonly fetch: () => Promise<Fetch>;
  readonly clock: Clock;
  readonly log: Log;
  readonly paced: boolean;
  readonly signal: AbortSignal;
}

export interface SignIn {
  /** undefined: there is none. Kept until it is refused, an App's also until it ends. */
  readonly token: (refused?: string) => Promise<string | undefined>;
  /** As whom an App commits; undefined for a person's token. */
  readonly bot?: () => Promise<BotIdentity>;
  /** What the App was given; undefined for a person's token. */
  readonly granted?: () => Promise<GrantedApp>;
  /** For all that is sent with the token. */
  readonly gate: RequestGate;
}

/** Reads and sends nothing yet. */
export function createSignIn(options: SignInOptions): SignIn {
  const gate = gateFor(options);
  const { auth, location } = options;
  if (auth.kind !== "app") {
    const find = auth.kind === "token" ? auth.read : async () => findGitHubToken(ambient(options));
    return { gate, token: keeping(find) };
  }
  if (location === undefined) return { gate, token: async () => undefined };
  let app: Promise<GitHubApp> | undefined;
  const open = async (): Promise<GitHubApp> => {
    app ??= openApp(options, { auth, location, gate });
    app.catch(() => (app = undefined));
    return app;
  };
  return {
    gate,
    token: async (refused) => (await open()).token(refused),
    bot: async () => (await open()).bot(),
    granted: async () => (await open()).granted(),
  };
}

function ambient({ env, location, signal }: SignInOptions): FindToken {
  return { env, signal, ...(location === undefined ? {} : { host: location.host }) };
}

/** Asked for once, and again when it was refused: a file may have been rotated. */
function keeping(find: () => Promise<string | undefined>): SignIn["token"] {
  let held: Promise<string | undefined> | undefined;
  return async (refused) => {
    if (held !== undefined && (refused === undefined || (await held) !== refused)) return held;
    held = find();
    held.catch(() => (held = undefined));
    return held;
  };
}

interface AppParts {
  readonly auth: Extract<GitHubAuth, { kind: "app" }>;
  readonly location: GitHubLocation;
  readonly gate: RequestGate;
}

async function openApp(options: SignInOptions, { auth, location, gate }: AppParts): Promise<GitHubApp> {
  const { clock, log, paced, signal, writes } = options;
  const privateKey = readAppKey(await auth.read(), auth);
  const { installationId } = auth;
  return createGitHubApp({
    ...location,
    app: { id: auth.id, privateKey },
    wanted: wantedPermissions(writes),
    fetch: await options.fetch(),
    ...(installationId === undefined ? {} : { installationId }),
    clock,
    log,
    gate,
    paced,
    signal,
  });
}
