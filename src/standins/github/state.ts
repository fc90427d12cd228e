/**
 * Everything the stand-in remembers beside git. It is plain mutable data in one process: the routes change it, the shapes render it.
 * Times are epoch milliseconds from `World.now`; ids are small numbers, unique over all kinds.
 */
import type { KeyObject } from "node:crypto";
import type { Faults } from "./faults.ts";
import type { ReadableGitDir } from "./git/object-reader.ts";
import type { GraphQLExecutor } from "./graphql/executor.ts";
import type { Hook } from "./hook.ts";
import type { Ruleset } from "./rules/rule-types.ts";

export type Level = "read" | "write" | "admin";

/** GitHub's names of an App's permissions, as far as a route asks for them. */
export type Area =
  | "metadata"
  | "contents"
  | "pull_requests"
  | "issues"
  | "checks"
  | "statuses"
  | "administration"
  | "deployments"
  | "repository_hooks"
  | "workflows";

/** One level for everything (`write` excludes `administration` and `repository_hooks`), or one per area, as an App's installation has. */
export type Permissions = Level | Readonly<Partial<Record<Area, "read" | "write">>>;

export interface User {
  readonly id: number;
  readonly login: string;
  readonly type: "User" | "Bot" | "Organization";
  /** May be asked for a review, and an approval of theirs counts. */
  readonly collaborator: boolean;
}

export interface App {
  readonly id: number;
  readonly slug: string;
}

/** One level per area, as an App has them. */
export type AppPermissions = Readonly<Partial<Record<Exclude<Area, "workflows">, "read" | "write">>> & {
  readonly workflows?: "write";
};

/** An App that was made on this GitHub: it signs in with its key. */
export interface RegisteredApp extends App {
  readonly clientId: string;
  readonly owner: User;
  readonly publicKey: KeyObject;
  readonly permissions: AppPermissions;
  readonly events: readonly string[];
  readonly hook?: AppHook;
}

/** The webhook of an App, as far as it can be asked for. */
export interface AppHook {
  readonly url: string;
  readonly secret?: string;
  /** Status codes of what was delivered, oldest first. */
  readonly answered: readonly number[];
}

/** An App in an account. */
export interface Installation {
  readonly id: number;
  readonly app: RegisteredApp;
  readonly account: User;
  readonly permissions: AppPermissions;
  /** As `Token.repositories`; undefined: all of the account. */
  readonly repositories: ReadonlySet<string> | undefined;
  suspendedAtMs: number | undefined;
  /** Shared by all its tokens. */
  readonly quota: Token["quota"];
}

export interface Token {
  readonly user: User;
  /** Set for an installation token: check runs are for Apps only. */
  readonly app: App | undefined;
  readonly permissions: Permissions;
  /** `owner/name`s, lower-case; undefined: all. What is not listed is seen only if it is public. */
  readonly repositories: ReadonlySet<string> | undefined;
  readonly quota: { limit: number; remaining: number; resetAtMs: number };
  /** Missing: it does not end. */
  readonly expiresAtMs?: number;
  /** Of a classic or OAuth token, said in every answer. */
  readonly scopes?: readonly string[];
  readonly installation?: Installation;
}

export type MergeMethod = "merge" | "squash" | "rebase";

/** Classic branch protection. */
export interface BranchRules {
  readonly requiredChecks?: {
    /** The head must contain the base's tip. */
    readonly strict: boolean;
    /** `appId` binds a check to one App. */
    readonly checks: readonly { readonly context: string; readonly appId?: number }[];
  };
  /** Set (0 included): changes come by pull request only. */
  readonly requiredApprovals?: number;
  readonly dismissStaleReviews?: boolean;
  readonly requireCodeOwners?: boolean;
  readonly requireLastPushApproval?: boolean;
  /** Every conversation on the diff must be resolved. */
  readonly requireConversations?: boolean;
  readonly requireSignatures?: boolean;
  /** Logins and App slugs that may write the branch; everybody who may write the repository when missing. */
  readonly pushers?: readonly string[];
  readonly requireLinearHistory?: boolean;
  /** False (GitHub's default): a token with administration passes, and is told so. */
  readonly enforceAdmins?: boolean;
  readonly allowForcePushes?: boolean;
  readonly allowDeletions?: boolean;
}

export interface Label {
  readonly id: number;
  readonly name: string;
  readonly color: string;
  readonly description: string | null;
}

export interface Comment {
  readonly id: number;
  readonly user: User;
  readonly createdAtMs: number;
  body: string;
  updatedAtMs: number;
}

/** A comment on a line of the diff. */
export interface LineComment extends Comment {
  readonly path: string;
  readonly line: number | undefined;
  readonly commit: string;
  /** The comment whose conversation it continues; undefined: it begins one. */
  readonly replyTo?: number;
  resolved?: boolean;
}

export type ReviewState = "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED" | "PENDING";

export interface Review {
  readonly id: number;
  readonly user: User;
  readonly body: string;
  readonly commit: string;
  readonly submittedAtMs: number;
  state: ReviewState;
}

/** An issue; with `pull` it is a pull request. They share numbers, labels and comments, as on GitHub. */
export interface Issue {
  readonly id: number;
  readonly number: number;
  readonly user: User;
  readonly createdAtMs: number;
  title: string;
  body: string | null;
  state: "open" | "closed";
  updatedAtMs: number;
  closedAtMs: number | undefined;
  closedBy: User | undefined;
  /** Lower-case names into `Repository.labels`. */
  readonly labels: Set<string>;
  readonly comments: Comment[];
  pull: Pull | undefined;
}

/** Armed: GitHub merges as soon as every rule is met. */
export interface AutoMerge {
  readonly method: MergeMethod;
  readonly title: string | undefined;
  readonly message: string | undefined;
  readonly by: User;
  readonly token: Token;
  readonly atMs: number;
}

/** A pull request in the merge queue of its base. */
export interface QueueEntry {
  readonly id: number;
  /** Number of the pull request. */
  readonly number: number;
  /** The head that was queued. */
  readonly head: string;
  readonly by: Token;
  readonly atMs: number;
  /** What is tested: `head` merged onto `onto`. undefined until it was built, and after the base moved. */
  group: { readonly onto: string; readonly commit: string } | undefined;
}

/** For the timeline. */
export interface QueueEvent {
  readonly id: number;
  readonly kind: "added_to_merge_queue" | "removed_from_merge_queue";
  readonly by: User;
  readonly atMs: number;
  /** Of a removal: GitHub's words. */
  readonly reason?: string;
}

/** A merge that was asked for with `merge-async`. */
export interface AsyncMerge {
  readonly uuid: string;
  readonly order: { readonly method: MergeMethod; readonly sha: string | undefined };
  status: "pending" | "merged" | "enqueued" | "failed";
  sha: string | undefined;
  message: string | undefined;
}

export type PullIssue = Issue & { pull: Pull };

/** What a merge of `head` into `base` would be. Computed late, once per pair. */
export interface Mergeability {
  readonly base: string;
  readonly head: string;
  /** undefined: the job has not ended. `tree` is undefined on a conflict. */
  result: { readonly tree: string | undefined; readonly testMerge: string | undefined } | undefined;
}

export interface Pull {
  readonly id: number;
  readonly branch: string;
  base: string;
  /** The head as last seen; frozen by closing. `refs/pull/N/head` holds it. */
  head: string;
  /** The base's tip when the head was last seen: GitHub's `base.sha` lags in the same way. */
  baseSha: string;
  /** The base's tip that was last searched for our head: pushing a head to its base merges the pull request. */
  seenBase: string | undefined;
  draft: boolean;
  merging: boolean;
  mergeability: Mergeability | undefined;
  merged: { readonly commit: string; readonly by: User; readonly atMs: number } | undefined;
  readonly reviewers: User[];
  /** Slugs of teams that are asked for a review. */
  readonly teams: Set<string>;
  /** Who pushed the head last, where that is known. */
  pushedBy: User | undefined;
  /** Waits to be merged by GitHub itself. */
  autoMerge: AutoMerge | undefined;
  readonly queueEvents: QueueEvent[];
  readonly asyncMerges: Map<string, AsyncMerge>;
  readonly reviews: Review[];
  readonly lineComments: LineComment[];
}

export interface Status {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: "error" | "failure" | "pending" | "success";
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: User;
  readonly atMs: number;
}

export interface CheckRun {
  readonly id: number;
  readonly sha: string;
  readonly app: App;
  readonly startedAtMs: number;
  name: string;
  status: "queued" | "in_progress" | "completed";
  conclusion: CheckConclusion | null;
  completedAtMs: number | undefined;
  detailsUrl: string | null;
  externalId: string | null;
  output: { title: string | null; summary: string | null; text: string | null };
}

export const CHECK_CONCLUSIONS = [
  "success",
  "failure",
  "neutral",
  "cancelled",
  "skipped",
  "timed_out",
  "action_required",
] as const;
export type CheckConclusion = (typeof CHECK_CONCLUSIONS)[number];

export const DEPLOYMENT_STATES = [
  "error",
  "failure",
  "inactive",
  "in_progress",
  "queued",
  "pending",
  "success",
] as const;

/** What somebody said of a deployment; the newest counts. */
export interface DeploymentStatus {
  readonly id: number;
  readonly state: (typeof DEPLOYMENT_STATES)[number];
  readonly creator: User;
  readonly description: string;
  readonly targetUrl: string;
  readonly atMs: number;
}

export interface Deployment {
  readonly id: number;
  readonly sha: string;
  /** As asked for: a branch, a tag, or the id. */
  readonly ref: string;
  readonly task: string;
  readonly payload: Readonly<Record<string, unknown>> | string;
  readonly environment: string;
  readonly description: string | null;
  readonly transient: boolean;
  readonly production: boolean;
  readonly creator: User;
  readonly createdAtMs: number;
  /** Oldest first. */
  readonly statuses: DeploymentStatus[];
}

export interface Repository extends ReadableGitDir {
  readonly id: number;
  readonly owner: User;
  name: string;
  readonly private: boolean;
  readonly defaultBranch: string;
  readonly allow: Readonly<Record<MergeMethod, boolean>>;
  allowAutoMerge: boolean;
  readonly deleteBranchOnMerge: boolean;
  readonly hasIssues: boolean;
  readonly createdAtMs: number;
  pushedAtMs: number;
  nextNumber: number;
  readonly rules: Map<string, BranchRules>;
  readonly rulesets: Map<number, Ruleset>;
  /** Lower-case slug → logins. */
  readonly teams: Map<string, readonly string[]>;
  /** By base: what waits in its merge queue, first first. */
  readonly queues: Map<string, QueueEntry[]>;
  readonly labels: Map<string, Label>;
  readonly issues: Map<number, Issue>;
  readonly statuses: Status[];
  readonly checkRuns: CheckRun[];
  readonly deployments: Deployment[];
  readonly hooks: Hook[];
  /** Commits that GitHub itself signed. */
  readonly verified: Set<string>;
  /** The end of the queue of `syncPulls`: one at a time, or an older view of the branches could win. */
  syncing: Promise<void>;
}

/** One request, as a client made it. The body is decoded JSON, undefined for git and for empty bodies. */
export interface LoggedRequest {
  readonly method: string;
  /** Without the `/api/v3` prefix, with the query. */
  readonly path: string;
  readonly body: unknown;
  readonly status: number;
  /** Epoch ms by the stand-in's clock, when it was answered. */
  readonly atMs: number;
}

export interface World {
  readonly root: string;
  /** The PATH on which git and sh are found. */
  readonly searchPath: string;
  now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly nextId: () => number;
  /** By lower-case login. */
  readonly users: Map<string, User>;
  readonly tokens: Map<string, Token>;
  readonly apps: Map<number, RegisteredApp>;
  readonly installations: Map<number, Installation>;
  /** How long new installation tokens are: `ghs_` and 36 characters, or about 520 with dots (since April 2026). */
  tokenFormat: "short" | "long";
  /** Set: this is an Enterprise Server, which says so in every answer and has no rate limits. */
  readonly enterpriseVersion: string | undefined;
  /** By lower-case `owner/name`. */
  readonly repositories: Map<string, Repository>;
  /** Former lower-case `owner/name` → where it is now. */
  readonly moved: Map<string, Repository>;
  readonly faults: Faults;
  /** undefined: there is no GraphQL, as on an old Enterprise Server. */
  readonly graphql: GraphQLExecutor | undefined;
  readonly log: LoggedRequest[];
  /** Work that goes on after its request was answered. */
  readonly jobs: Set<Promise<void>>;
}

export function fullName(repository: Repository): string {
  return `${repository.owner.login}/${repository.name}`;
}

export function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}
