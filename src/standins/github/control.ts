/** The control plane: what a test (or the demo) arranges and asks that no client of GitHub could. In process, no HTTP. */
import { createPublicKey } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { automate } from "./automation.ts";
import type { Fault } from "./faults.ts";
import { createObjectReader } from "./git/object-reader.ts";
import { createBare } from "./git/repository-files.ts";
import { getPull } from "./pull-requests.ts";
import type { Rule, Ruleset } from "./rules/rule-types.ts";
import { addRuleset } from "./rules/rulesets.ts";
import { type Role, setRole } from "./roles.ts";
import { fullName } from "./state.ts";
import type {
  AppHook,
  AppPermissions,
  BranchRules,
  Installation,
  LoggedRequest,
  MergeMethod,
  Permissions,
  Repository,
  Token,
  User,
  World,
} from "./state.ts";
import { observe } from "./timeline.ts";

export interface NewUser {
  readonly type?: User["type"];
  /** True when missing. */
  readonly collaborator?: boolean;
}

export interface NewToken {
  /** A login; added when nobody has it yet. For an App it is `<slug>[bot]`. */
  readonly user: string;
  readonly permissions: Permissions;
  /** Makes it an App's installation token: only these write check runs. */
  readonly app?: { readonly id: number; readonly slug: string };
  /** `owner/name`s; all when missing. */
  readonly repositories?: readonly string[];
  /** Requests per hour; 5,000 when missing. */
  readonly limit?: number;
  /** Epoch ms. */
  readonly expiresAtMs?: number;
  readonly scopes?: readonly string[];
}

export interface NewApp {
  readonly id: number;
  readonly slug: string;
  /** PEM. */
  readonly publicKey: string;
  readonly permissions: AppPermissions;
  readonly events?: readonly string[];
  /** Made of the id when missing. */
  readonly clientId?: string;
  readonly hook?: AppHook;
}

export interface NewInstallation {
  readonly app: number;
  /** A login. */
  readonly account: string;
  /** What the account has granted; all that the App asks for when missing. */
  readonly permissions?: AppPermissions;
  /** `owner/name`s; all of the account when missing. */
  readonly repositories?: readonly string[];
  /** Requests per hour; 5,000 when missing. */
  readonly limit?: number;
}

export interface NewRepository {
  /** A git directory on this machine whose branches and tags it starts with; empty when missing. */
  readonly from?: string;
  readonly private?: boolean;
  /** `main` when missing. */
  readonly defaultBranch?: string;
  /** All true when missing. */
  readonly allow?: Readonly<Partial<Record<MergeMethod, boolean>>>;
  /** False when missing, as on GitHub. */
  readonly allowAutoMerge?: boolean;
  readonly deleteBranchOnMerge?: boolean;
  /** True when missing. */
  readonly hasIssues?: boolean;
  /** Of the first issue or pull request; 1 when missing. */
  readonly firstNumber?: number;
}

export interface NewRuleset extends Partial<Pick<Ruleset, "name" | "enforcement" | "include" | "exclude" | "bypass">> {
  readonly rules: readonly Rule[];
}

export interface Control {
  addUser(login: string, user?: NewUser): User;
  addToken(token: string, facts: NewToken): void;
  revokeToken(token: string): void;
  addApp(app: NewApp): void;
  /** Answers the installation's id. */
  installApp(installation: NewInstallation): number;
  suspendInstallation(id: number, suspended: boolean): void;
  setTokenFormat(format: World["tokenFormat"]): void;
  /** Installation tokens that were made and not revoked, oldest first. */
  readonly issuedTokens: () => readonly string[];
  /** How much of its hour a token has left. */
  setRemaining(token: string, remaining: number): void;
  /** Answers where the bare repository lies: it may be read and written with git directly too. */
  createRepository(owner: string, name: string, facts?: NewRepository): Promise<{ readonly dir: string }>;
  /** Somebody deletes it, with everything that belongs to it; its files stay where they are. */
  deleteRepository(name: string): void;
  /** The old name redirects from now on. */
  renameRepository(from: string, to: string): void;
  /** Sets a branch's classic protection; undefined removes it. */
  protect(repository: string, branch: string, rules: BranchRules | undefined): Promise<void>;
  /** Adds an active ruleset for the default branch, or for what `include` names; answers its id. */
  addRuleset(repository: string, ruleset: NewRuleset): number;
  /** Pull requests may merge by themselves from now on. */
  allowAutoMerge(repository: string): void;
  /** A team that CODEOWNERS may name. */
  addTeam(repository: string, slug: string, logins: readonly string[]): void;
  /** Somebody resolves every conversation of a pull request. */
  resolveConversations(repository: string, number: number): void;
  /** `by`: the login of who does it. */
  setDraft(repository: string, number: number, draft: boolean, by?: string): void;
  /** What somebody may do in a repository; default: what their strongest token may. */
  setRole(repository: string, login: string, role: Role): void;
  addFault(fault: Fault): void;
  clearFaults(): void;
  /** Faults that were ordered and did not happen. */
  readonly unusedFaults: () => readonly Fault[];
  /** Every request so far, git's included, oldest first. `status` 0: the socket was dropped. */
  readonly requests: () => readonly LoggedRequest[];
  setClock(now: () => number): void;
  /** Waits for what goes on in the background (mergeability), and for pull requests to follow their branches. */
  settle(): Promise<void>;
}

export function createControl(world: World): Control {
  const get = (name: string): Repository => {
    const repository = world.repositories.get(name.toLowerCase());
    if (repository === undefined) throw new Error(`no repository ${name}`);
    return repository;
  };
  const token = (text: string): Token => {
    const found = world.tokens.get(text);
    if (found === undefined) throw new Error("no such token");
    return found;
  };
  return {
    addUser: (login, user) => addUser(world, login, user),
    addToken: (text, facts) => void world.tokens.set(text, newToken(world, facts)),
    revokeToken: (text) => void world.tokens.delete(text),
    addApp: (app) => addApp(world, app),
    installApp: (installation) => installApp(world, installation),
    suspendInstallation: (id, suspended) => {
      const installation = world.installations.get(id);
      if (installation === undefined) throw new Error(`no installation ${id}`);
      installation.suspendedAtMs = suspended ? world.now() : undefined;
    },
    setTokenFormat: (format) => {
      world.tokenFormat = format;
    },
    issuedTokens: () => [...world.tokens].flatMap(([text, { installation }]) => (installation ? [text] : [])),
    setRemaining: (text, remaining) => {
      token(text).quota.remaining = remaining;
    },
    createRepository: async (owner, name, facts) => await createRepository(world, { owner, name }, facts),
    deleteRepository: (name) => {
      get(name).objects.close();
      world.repositories.delete(name.toLowerCase());
    },
    renameRepository: (from, to) => renameRepository(world, get(from), to),
    protect: async (name, branch, rules) => {
      if (rules === undefined) get(name).rules.delete(branch);
      else get(name).rules.set(branch, rules);
    },
    addRuleset: (name, ruleset) => addRuleset(world, get(name), ruleset),
    allowAutoMerge: (name) => {
      get(name).allowAutoMerge = true;
    },
    addTeam: (name, slug, logins) => {
      for (const login of logins) addUser(world, login);
      get(name).teams.set(slug.toLowerCase(), logins);
    },
    resolveConversations: (name, number) => {
      for (const comment of getPull(get(name), String(number)).pull.lineComments) comment.resolved = true;
    },
    setDraft: (name, number, draft, by) => {
      getPull(get(name), String(number)).pull.draft = draft;
      observe(world, by === undefined ? undefined : addUser(world, by));
    },
    setRole: (name, login, role) => {
      addUser(world, login);
      setRole(get(name), login, role);
    },
    addFault: (fault) => world.faults.add(fault),
    clearFaults: () => world.faults.clear(),
    unusedFaults: () => world.faults.unused(),
    requests: () => [...world.log],
    setClock: (now) => {
      world.now = now;
    },
    settle: async () => {
      for (const repository of world.repositories.values()) await automate(world, repository);
      while (world.jobs.size > 0) await Promise.all(world.jobs);
    },
  };
}

function addUser(world: World, login: string, { type, collaborator }: NewUser = {}): User {
  const known = world.users.get(login.toLowerCase());
  if (known !== undefined) return known;
  const bot = login.endsWith("[bot]") ? "Bot" : "User";
  const user: User = { id: world.nextId(), login, type: type ?? bot, collaborator: collaborator ?? true };
  world.users.set(login.toLowerCase(), user);
  return user;
}

function addApp(world: World, { publicKey, events = [], clientId, ...app }: NewApp): void {
  const owner = addUser(world, `${app.slug}-owner`);
  const key = createPublicKey(publicKey);
  world.apps.set(app.id, { ...app, owner, events, publicKey: key, clientId: clientId ?? `Iv23li${app.id}` });
}

function installApp(
  world: World,
  { app: id, account, permissions, repositories, limit = 5000 }: NewInstallation,
): number {
  const app = world.apps.get(id);
  if (app === undefined) throw new Error(`no App ${id}`);
  const installation: Installation = {
    id: world.nextId(),
    app,
    account: addUser(world, account),
    permissions: permissions ?? app.permissions,
    repositories: repositories && new Set(repositories.map((name) => name.toLowerCase())),
    suspendedAtMs: undefined,
    quota: { limit, remaining: limit, resetAtMs: world.now() + 3_600_000 },
  };
  world.installations.set(installation.id, installation);
  addUser(world, `${app.slug}[bot]`);
  return installation.id;
}

function newToken(world: World, facts: NewToken): Token {
  const limit = facts.limit ?? 5000;
  return {
    user: addUser(world, facts.user),
    app: facts.app,
    permissions: facts.permissions,
    repositories: facts.repositories && new Set(facts.repositories.map((name) => name.toLowerCase())),
    quota: { limit, remaining: limit, resetAtMs: world.now() + 3_600_000 },
    ...(facts.expiresAtMs === undefined ? {} : { expiresAtMs: facts.expiresAtMs }),
    ...(facts.scopes === undefined ? {} : { scopes: facts.scopes }),
  };
}

async function createRepository(
  world: World,
  { owner, name }: { readonly owner: string; readonly name: string },
  facts: NewRepository = {},
): Promise<{ readonly dir: string }> {
  const key = `${owner}/${name}`.toLowerCase();
  if (world.repositories.has(key)) throw new Error(`there is a repository ${owner}/${name}`);
  const id = world.nextId();
  const at = { dir: join(world.root, `${id}.git`), searchPath: world.searchPath };
  const branch = facts.defaultBranch ?? "main";
  await mkdir(world.root, { recursive: true });
  await createBare(at, { branch, ...(facts.from === undefined ? {} : { from: facts.from }) });
  const { merge = true, squash = true, rebase = true } = facts.allow ?? {};
  world.repositories.set(key, {
    ...at,
    objects: createObjectReader(at.dir, at.searchPath),
    id,
    name,
    owner: addUser(world, owner),
    private: facts.private ?? false,
    defaultBranch: branch,
    allow: { merge, squash, rebase },
    allowAutoMerge: facts.allowAutoMerge ?? false,
    deleteBranchOnMerge: facts.deleteBranchOnMerge ?? false,
    hasIssues: facts.hasIssues ?? true,
    createdAtMs: world.now(),
    pushedAtMs: world.now(),
    nextNumber: facts.firstNumber ?? 1,
    rules: new Map(),
    rulesets: new Map(),
    teams: new Map(),
    queues: new Map(),
    labels: new Map(),
    issues: new Map(),
    statuses: [],
    checkRuns: [],
    deployments: [],
    hooks: [],
    verified: new Set(),
    syncing: Promise.resolve(),
  });
  world.moved.delete(key); // a new repository ends the redirect from its name
  return { dir: at.dir };
}

function renameRepository(world: World, repository: Repository, to: string): void {
  const from = fullName(repository).toLowerCase();
  const [owner = "", name = ""] = to.split("/");
  if (owner.toLowerCase() !== repository.owner.login.toLowerCase()) throw new Error("the owner stays");
  world.repositories.delete(from);
  repository.name = name;
  world.repositories.set(to.toLowerCase(), repository);
  world.moved.set(from, repository);
}
