/** May lastgood do on the forge what it has to? Judged by what the forge says of the sign-in. */
import { formatDuration, toIso } from "../model/time.ts";
import { failed, ok, skipped, warning, type Finding } from "./finding.ts";

/** What a token is, by what it looks like (github.blog, "Behind GitHub's new authentication token formats"). */
export type TokenKind = "classic" | "fine-grained" | "oauth" | "app-user" | "installation" | "unknown";

/** Who asks the forge, and how much they may still ask. */
export interface AccountFacts {
  readonly kind: TokenKind;
  /** `mkim`, `lastgood[bot]`; undefined when that cannot be asked. */
  readonly login?: string;
  /** Of a classic or OAuth token; undefined: the forge does not say. */
  readonly scopes?: readonly string[];
  /** Of an App: what its installation was granted, `contents` → `write`. */
  readonly granted?: { readonly [permission: string]: string };
  /** When the token ends, epoch ms; undefined: it is not told, or never. */
  readonly endsAtMs?: number;
  /** Requests per hour; undefined: there is no limit. */
  readonly limit?: { readonly limit: number; readonly remaining: number; readonly resetAtMs: number };
  /** How far the forge's clock is before ours, in ms. */
  readonly aheadMs?: number;
}

/** How lastgood was told to sign in. */
export interface SignInFacts {
  /** `the GitHub App 1234`, `GH_TOKEN`: for people. */
  readonly source: string;
  /** lastgood runs as a GitHub App of its own. */
  readonly app: boolean;
  /** The token that GitHub Actions gives to a job. */
  readonly actions: boolean;
  /** Named in the configuration or by lastgood's own variables: meant to work unattended. */
  readonly configured: boolean;
  /** What it has to have: `contents` → `write`. */
  readonly required: { readonly [permission: string]: string };
  /** What makes it better. */
  readonly useful: { readonly [permission: string]: string };
}

const KIND_WORDS: Readonly<Record<TokenKind, string>> = {
  classic: "a classic personal access token",
  "fine-grained": "a fine-grained personal access token",
  oauth: "a token of an OAuth app (gh auth login)",
  "app-user": "a person's token of a GitHub App",
  installation: "an installation token",
  unknown: "a token of a kind that is not known",
};

/** Who, how, until when, and how much is left. */
export function judgeAccount(account: AccountFacts, signIn: SignInFacts, nowMs: number): readonly Finding[] {
  return [
    ok("SignIn", `signed in as ${account.login ?? "somebody"} with ${wordsOf(account, signIn)} (${signIn.source})`),
    ...actionsOf(signIn),
    ...endOf(account, nowMs),
    ...limitOf(account, nowMs),
  ];
}

function wordsOf({ kind }: AccountFacts, { app, actions }: SignInFacts): string {
  if (app) return "the GitHub App's own token";
  return actions ? "the token of this GitHub Actions job" : KIND_WORDS[kind];
}

// docs.github.com, "Triggering a workflow from a workflow".
function actionsOf({ actions }: SignInFacts): readonly Finding[] {
  if (!actions) return [];
  return [
    warning("ActionsToken", "pull requests opened with GITHUB_TOKEN start no workflows", {
      meaning:
        "Required checks never report on a revert: it cannot be merged until somebody pushes or closes and reopens it.",
      remedy: [
        "Use a GitHub App (forge.auth.app), or another token in GH_TOKEN",
        "Settings, Actions, General: allow GitHub Actions to create pull requests    else it may not even open one",
      ],
    }),
  ];
}

const DAY_MS = 86_400_000;
const SOON_MS = 14 * DAY_MS;

/** An App's token is renewed by itself. */
function endOf({ endsAtMs }: AccountFacts, nowMs: number): readonly Finding[] {
  if (endsAtMs === undefined) return [];
  const left = endsAtMs - nowMs;
  if (left > SOON_MS) return [ok("TokenExpiry", `the token is good until ${toIso(endsAtMs).slice(0, 10)}`)];
  return [
    warning("TokenExpiry", `the token ends in ${formatDuration(Math.max(0, left))} (${toIso(endsAtMs)})`, {
      meaning: "From then on nothing is read, opened or merged.",
      remedy: ["Make a new one and put it where this one is", "A GitHub App's tokens renew themselves: forge.auth.app"],
    }),
  ];
}

/** A revert with its waiting takes some dozens of requests. */
const FEW = 200;

function limitOf({ limit }: AccountFacts, nowMs: number): readonly Finding[] {
  if (limit === undefined) return [ok("RateLimit", "this server does not limit requests")];
  const { remaining, resetAtMs } = limit;
  const again = `again ${limit.limit} in ${formatDuration(Math.max(0, resetAtMs - nowMs))}`;
  const text = `${remaining} of ${limit.limit} requests are left this hour, ${again}`;
  const advice = {
    meaning: "A revert that begins now may have to wait for the hour to end.",
    remedy: ["Find out who else uses this account: an App of lastgood's own has a limit of its own."],
  };
  if (remaining === 0) return [failed("RateLimit", text, advice)];
  return [remaining < Math.min(FEW, limit.limit / 5) ? warning("RateLimit", text, advice) : ok("RateLimit", text)];
}

/** The repository, as the sign-in sees it. */
export interface ForgeRepositoryFacts {
  /** `acme/gitops`, as the forge spells it now. */
  readonly fullName: string;
  /** As it was asked for. */
  readonly asked: string;
  readonly private: boolean;
  readonly archived: boolean;
  /** What the account may do, where that is told. */
  readonly push?: boolean;
  readonly admin?: boolean;
  readonly autoMerge?: boolean;
  /** `merge`, `squash`, `rebase`. */
  readonly methods: readonly string[];
  /** What was tried to be read: permission → whether it was let. */
  readonly readable: { readonly [permission: string]: boolean };
}

/** What the sign-in may do in the repository, against what it must. */
export function judgeAccess(
  repository: ForgeRepositoryFacts,
  account: AccountFacts,
  signIn: SignInFacts,
): readonly Finding[] {
  return [
    ...seen(repository),
    ...(account.granted === undefined ? tokenRights(repository, account, signIn) : appRights(account.granted, signIn)),
  ];
}

function seen({ fullName, asked, archived }: ForgeRepositoryFacts): readonly Finding[] {
  const findings: Finding[] = [];
  if (archived) {
    findings.push(
      failed("Archived", `${fullName} is archived: nobody can write to it`, {
        meaning: "No revert can be pushed.",
        remedy: ["Settings, General, Unarchive this repository; or name the one that is used now."],
      }),
    );
  }
  if (fullName.toLowerCase() !== asked.toLowerCase()) {
    findings.push(
      warning("Renamed", `${asked} is called ${fullName} now`, {
        meaning: "It works while GitHub redirects: until somebody makes a new repository of the old name.",
        remedy: [`Use ${fullName} in lastgood.yaml, in clones (git remote set-url) and in the engine's sources.`],
      }),
    );
  }
  return findings.length > 0 ? findings : [ok("RepositoryAccess", `${fullName} can be seen`)];
}

const LEVELS = ["read", "write", "admin"];

function lacking(
  wanted: { readonly [permission: string]: string },
  granted: { readonly [permission: string]: string },
): readonly string[] {
  return Object.entries(wanted).flatMap(([name, level]) => {
    const has = name === "metadata" ? "read" : Object.hasOwn(granted, name) ? (granted[name] ?? "") : "";
    return LEVELS.indexOf(has) >= LEVELS.indexOf(level) ? [] : [`${name}: ${level}`];
  });
}

/** Permissions by which an App could do harm that lastgood never needs. */
const DANGEROUS = ["administration", "workflows", "secrets", "actions", "members", "organization_administration"];

function appRights(granted: { readonly [permission: string]: string }, signIn: SignInFacts): readonly Finding[] {
  const missing = lacking(signIn.required, granted);
  const less = lacking(signIn.useful, granted);
  const more = DANGEROUS.filter((name) => Object.hasOwn(granted, name) && granted[name] !== "read");
  const accept = "Settings of the App, Permissions; then accept them in the installation's settings";
  const findings: Finding[] = [];
  if (missing.length > 0) {
    findings.push(
      failed("Permissions", `the GitHub App was not granted ${missing.join(", ")}`, {
        meaning: "No revert can be pushed, or no pull request opened.",
        remedy: [accept],
      }),
    );
  }
  if (less.length > 0) {
    findings.push(
      warning("PermissionsMissing", `the GitHub App was not granted ${less.join(", ")}`, {
        meaning: "What these would tell (checks that fail, deployments that are good) is not seen.",
        remedy: [accept],
      }),
    );
  }
  if (more.length > 0) {
    findings.push(
      warning("PermissionsExcess", `the GitHub App may also write ${more.join(", ")}`, {
        meaning: "Whoever gets hold of its key may, too. lastgood needs none of it.",
        remedy: ["Take them away in the App's settings, Permissions."],
      }),
    );
  }
  return findings.length > 0 ? findings : [ok("Permissions", "the GitHub App has what it needs, and no more")];
}

function tokenRights(
  { push, admin, private: isPrivate, readable }: ForgeRepositoryFacts,
  { kind, scopes }: AccountFacts,
  signIn: SignInFacts,
): readonly Finding[] {
  const findings: Finding[] = [];
  const wide = scopes?.includes("repo") === true;
  const scoped = scopes === undefined || wide || (scopes.includes("public_repo") && !isPrivate);
  if (push === false || !scoped) {
    const why = scoped ? "this account may not write to the repository" : "the token has not the scope repo";
    findings.push(
      failed("Permissions", why, {
        meaning: "No revert can be pushed, and no pull request opened.",
        remedy: scoped
          ? ["Settings, Collaborators and teams: give it the role Write"]
          : [
              "gh auth refresh -s repo",
              "or make a token with the scope repo (classic), or contents and pull requests: write",
            ],
      }),
    );
  }
  const refused = Object.entries(readable).flatMap(([name, may]) => (may ? [] : [name]));
  if (refused.length > 0) {
    const needed = refused.some((name) => Object.hasOwn(signIn.required, name));
    findings.push(
      (needed ? failed : warning)("PermissionsMissing", `the token may not read ${refused.join(", ")}`, {
        meaning: needed
          ? "No pull request can be found or opened."
          : "What these would tell (checks that fail, deployments that are good) is not seen.",
        remedy: [`Give the token ${refused.map((name) => `${name}: ${signIn.required[name] ?? "read"}`).join(", ")}`],
      }),
    );
  }
  const excess = (scopes ?? []).filter((scope) => /^(?:admin:|delete_|site_admin|manage_)/.test(scope));
  if (signIn.configured && (excess.length > 0 || admin === true)) {
    const what =
      excess.length > 0 ? `the token also has ${excess.join(", ")}` : "the account administers the repository";
    findings.push(
      warning("PermissionsExcess", what, {
        meaning: "It may pass by the rules of branches, and so may whoever gets hold of the token.",
        remedy: ["A GitHub App with contents and pull requests: write is enough: forge.auth.app"],
      }),
    );
  }
  if (findings.length > 0) return findings;
  const asked = "reading was tried";
  if (kind === "fine-grained" || (kind === "installation" && push === undefined)) {
    return [
      skipped("Permissions", `${asked}; what this kind of token may write cannot be asked without writing`, {
        remedy: ["It needs contents and pull requests: write."],
      }),
    ];
  }
  return [ok("Permissions", "the account may write to the repository")];
}
