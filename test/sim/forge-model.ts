/** GitHub in memory, as far as a forge port shows it: pull requests that follow their branches, people, labels, comments, issues. */
import { DISABLE_LABEL, OWN_LABEL } from "../../src/core/change/labels.ts";
import { OWN_BRANCHES } from "../../src/core/change/branch.ts";
import type { CommitId } from "../../src/core/model/git.ts";
import { LastgoodError } from "../../src/errors.ts";
import type {
  BranchUpdate,
  Forge,
  MergeRequest,
  MergeResult,
  OpenPullRequest,
  PullRequest,
  PullRequestText,
} from "../../src/ports/forge.ts";
import type { Issue, OpenIssue } from "../../src/ports/forge-issues.ts";
import type { ForgeReverts } from "../../src/ports/forge-reverts.ts";
import type { Permission, PullRequestEvent, PullRequestPeople } from "../../src/ports/forge-talk.ts";
import { type GitServer, mergeFiles, type RefEvent } from "./git-model.ts";
import type { Io, Issued } from "./io.ts";

/** How lastgood is called there. */
export const SELF = "lastgood[bot]";

export interface ForgeRules {
  /** A pull request has to be up to date with its base. */
  readonly strict: boolean;
  /** How long the required check takes after each push; 0: there is none. */
  readonly checkMs: number;
  readonly autoMerge: boolean;
  /** Nothing but a person's approval lets it be merged. */
  readonly review: boolean;
  /** F25: what is merged is not what was reviewed. */
  readonly alters: boolean;
}

/** Who did what, for those who look whether it was right. */
export interface ForgeDeed {
  readonly atMs: number;
  readonly by: string;
  readonly what:
    | "open"
    | "merge"
    | "update"
    | "comment"
    | "label"
    | "close"
    | "reopen"
    | "issue"
    | "edit"
    | "arm"
    | "disarm";
  readonly number: number;
  readonly text?: string;
  readonly commit?: CommitId;
  /** Of a replica's: the call. Missing: a person, or what was ordered before. */
  readonly issued?: Issued;
  /** Of a merge: what the base was. */
  readonly base?: CommitId | undefined;
}

export interface Comment {
  readonly number: number;
  readonly by: string;
  readonly key: string;
  readonly text: string;
}

export interface ForgeModel {
  readonly rules: ForgeRules;
  readonly deeds: readonly ForgeDeed[];
  pulls(): readonly PullRequest[];
  issues(): readonly Issue[];
  comments(): readonly Comment[];
  /** Told of every change of a ref. */
  onRef(event: RefEvent): void;
  /** What one process sees. */
  connect(io: Io): Forge;
  /** What people do there. */
  readonly people: {
    close(number: number, by: string): void;
    merge(number: number, by: string): boolean;
    label(number: number, label: string, by: string): void;
    draft(number: number, by: string): void;
    edit(number: number, by: string, text: Partial<PullRequestText>): void;
    /** Throws the kill switch; answers how to take it back. */
    disable(by: string): () => void;
    permit(login: string, permission: Permission): void;
    approve(number: number): void;
  };
}

interface Version {
  readonly atMs: number;
  readonly pull: PullRequest;
}

interface Kept {
  readonly versions: Version[];
  readonly events: PullRequestEvent[];
  editor: { readonly by: string; readonly atMs: number } | undefined;
  armed: MergeRequest | undefined;
  pushedAtMs: number;
  approved: boolean;
}

export interface ForgeModelOptions {
  readonly git: GitServer;
  readonly rules: ForgeRules;
  readonly nowMs: () => number;
  readonly at: (atMs: number, run: () => void) => void;
  readonly issuing: () => Issued | undefined;
  readonly onDeed: (deed: ForgeDeed) => void;
}

export function createForgeModel({ git, rules, nowMs, at, issuing, onDeed }: ForgeModelOptions): ForgeModel {
  const kept = new Map<number, Kept>();
  const issues: (Issue & { readonly sinceMs: number; readonly untilMs?: number; readonly labelledBy?: string })[] = [];
  const comments = new Map<string, Comment>();
  const permissions = new Map<string, Permission>();
  const deeds: ForgeDeed[] = [];
  let numbers = 0;

  const did = (said: Omit<ForgeDeed, "atMs">): void => {
    const issued = issuing();
    const deed = { atMs: nowMs(), ...said, ...(issued === undefined ? {} : { issued }) };
    deeds.push(deed);
    onDeed(deed);
  };
  const get = (number: number): Kept => {
    const one = kept.get(number);
    if (one === undefined) throw new LastgoodError("ForgeNotFound", `there is no pull request #${number}`);
    return one;
  };
  const now = (number: number): PullRequest => latest(get(number));
  const change = (number: number, changes: Partial<PullRequest>): PullRequest => {
    const pull = { ...now(number), ...changes };
    get(number).versions.push({ atMs: nowMs(), pull });
    return pull;
  };
  const note = (number: number, event: Omit<PullRequestEvent, "atMs">): void =>
    void get(number).events.push({ ...event, atMs: nowMs() });
  const branchTip = (branch: string): CommitId | undefined => git.ref(`refs/heads/${branch}`);

  function onRef({ ref, after, by }: RefEvent): void {
    const branch = ref.replace(/^refs\/heads\//, "");
    for (const [number, one] of kept) {
      const pull = latest(one);
      if (pull.state !== "open" || pull.branch !== branch) continue;
      if (after === undefined) {
        change(number, { state: "closed", endedAtMs: nowMs() });
        note(number, { kind: "branch-deleted", by });
        note(number, { kind: "closed", by });
        continue;
      }
      one.pushedAtMs = nowMs();
      change(number, { head: after });
      note(number, { kind: "pushed", by: undefined });
      whenChecked(number);
    }
  }

  /** What was ordered happens as soon as nothing is missing. Arming pins the head only once, as on GitHub. */
  function whenChecked(number: number): void {
    const one = get(number);
    at(one.pushedAtMs + rules.checkMs, () => {
      const { armed } = one;
      const pull = latest(one);
      if (armed === undefined || pull.state !== "open" || missing(number) !== undefined) return;
      if (behind(pull)) return;
      mergeNow({ ...armed, expectedHead: pull.head }, SELF);
    });
  }

  function missing(number: number): { readonly kind: "waiting" | "refused"; readonly reason: string } | undefined {
    const one = get(number);
    if (rules.review && !one.approved) return { kind: "refused", reason: "a review is missing" };
    return nowMs() < one.pushedAtMs + rules.checkMs ? { kind: "waiting", reason: "a check is running" } : undefined;
  }

  function behind({ base, head }: PullRequest): boolean {
    const tip = branchTip(base);
    return rules.strict && tip !== undefined && !git.objects.ancestors(head).has(tip);
  }

  function merged(pull: PullRequest, request: MergeRequest, by: string): CommitId | undefined {
    const { objects } = git;
    const tip = branchTip(pull.base);
    const ours = tip === undefined ? undefined : objects.commit(tip);
    const theirs = objects.commit(pull.head);
    const from = tip === undefined ? undefined : objects.mergeBase(tip, pull.head);
    const base = from === undefined ? undefined : objects.commit(from);
    if (tip === undefined || ours === undefined || theirs === undefined || base === undefined) return undefined;
    const sides = { base: base.files, ours: ours.files, theirs: theirs.files };
    const whole = mergeFiles(sides, objects);
    const files = whole !== undefined && rules.alters ? new Map([...whole, ...leftOut(sides, whole)]) : whole;
    if (files === undefined) return undefined;
    const author = { name: by, email: `${by}@example.com` };
    const message = `${request.title}\n\n${request.message}`;
    const commit = objects.make({ parents: [tip], files, message, author, atMs: nowMs() });
    git.update({ ref: `refs/heads/${pull.base}`, next: commit, expected: tip, by });
    return commit;
  }

  function mergeNow(request: MergeRequest, by: string): CommitId | undefined {
    const { number } = request;
    const pull = now(number);
    const base = branchTip(pull.base);
    const commit = merged(pull, request, by);
    if (commit === undefined) return undefined;
    get(number).armed = undefined;
    change(number, { state: "merged", endedBy: by, endedAtMs: nowMs(), mergeCommit: commit });
    note(number, { kind: "merged", by });
    did({ what: "merge", by, number, commit, base });
    return commit;
  }

  function find(branch: string, asOfMs: number): PullRequest | undefined {
    const found = [...kept.values()].flatMap((one) => versionAt(one, asOfMs) ?? []);
    return found.findLast((pull) => pull.branch === branch);
  }

  function open(request: OpenPullRequest): PullRequest {
    const { branch, base, title, body, draft, labels } = request;
    const known = find(branch, nowMs());
    if (known?.state === "open") return known;
    const head = branchTip(branch);
    if (head === undefined) throw new LastgoodError("ForgeNotFound", `there is no branch ${branch}`);
    const baseTip = branchTip(base);
    if (baseTip !== undefined && git.objects.ancestors(baseTip).has(head)) {
      throw new LastgoodError("ForgeConflict", `${branch} has no commit that ${base} lacks`);
    }
    const number = (numbers += 1);
    const url = `https://forge.example/acme/gitops/pull/${number}`;
    const texts = { title, body, branch, head, base, draft, labels: [...labels], createdAtMs: nowMs() };
    const pull: PullRequest = { number, url, state: "open", author: SELF, ...texts };
    kept.set(number, {
      versions: [{ atMs: nowMs(), pull }],
      events: [],
      editor: undefined,
      armed: undefined,
      pushedAtMs: nowMs(),
      approved: false,
    });
    did({ what: "open", by: SELF, number, text: branch });
    return pull;
  }

  function merge(request: MergeRequest): MergeResult {
    const { number, expectedHead, watched } = request;
    const pull = now(number);
    if (pull.mergeCommit !== undefined) return { kind: "merged", commit: pull.mergeCommit };
    if (pull.state === "closed") return { kind: "refused", reason: `#${number} was closed` };
    if (pull.draft) return { kind: "refused", reason: `#${number} is a draft` };
    if (pull.head !== expectedHead) return { kind: "refused", reason: "somebody pushed to its branch" };
    const lacks = missing(number);
    if (watched !== true) disarm(number);
    if (lacks !== undefined) {
      if (lacks.kind !== "waiting" || !rules.autoMerge || watched !== true) return lacks;
      get(number).armed = request;
      change(number, { armedBy: SELF });
      did({ what: "arm", by: SELF, number });
      return { kind: "armed", reason: lacks.reason };
    }
    if (behind(pull)) return { kind: "base-moved", how: "behind", reason: "its branch is behind its base" };
    const commit = mergeNow(request, SELF);
    return commit === undefined
      ? { kind: "base-moved", how: "conflict", reason: "it conflicts with its base" }
      : { kind: "merged", commit };
  }

  function disarm(number: number): void {
    const one = get(number);
    if (one.armed === undefined) return;
    one.armed = undefined;
    const { armedBy: _, ...pull } = now(number);
    one.versions.push({ atMs: nowMs(), pull });
    did({ what: "disarm", by: SELF, number });
  }

  function updateBranch(number: number, expectedHead: CommitId): BranchUpdate {
    const pull = now(number);
    const { objects } = git;
    const tip = branchTip(pull.base);
    if (pull.state !== "open" || pull.head !== expectedHead || tip === undefined)
      return { kind: "refused", reason: "its head is another one" };
    const from = objects.mergeBase(tip, pull.head);
    const [base, ours, theirs] = [from, pull.head, tip].map((id) =>
      id === undefined ? undefined : objects.commit(id)?.files,
    );
    const files =
      base === undefined || ours === undefined || theirs === undefined
        ? undefined
        : mergeFiles({ base, ours, theirs }, objects);
    if (files === undefined) return { kind: "refused", reason: "merge conflict between base and head" };
    const author = { name: SELF, email: "lastgood@example.com" };
    const message = `Merge branch '${pull.base}' into ${pull.branch}`;
    const head = objects.make({ parents: [pull.head, tip], files, message, author, atMs: nowMs() });
    git.update({ ref: `refs/heads/${pull.branch}`, next: head, expected: pull.head, by: SELF });
    return { kind: "updated", head };
  }

  function close(number: number, by: string): void {
    if (now(number).state !== "open") return;
    get(number).armed = undefined;
    change(number, { state: "closed", endedBy: by, endedAtMs: nowMs() });
    note(number, { kind: "closed", by });
    did({ what: "close", by, number });
  }

  function reopen(number: number): boolean {
    const pull = now(number);
    if (pull.state !== "closed" || branchTip(pull.branch) !== pull.head) return pull.state === "open";
    const { endedBy: _, endedAtMs: __, ...before } = pull;
    get(number).versions.push({ atMs: nowMs(), pull: { ...before, state: "open" } });
    note(number, { kind: "reopened", by: SELF });
    did({ what: "reopen", by: SELF, number });
    return true;
  }

  function comment(number: number, key: string, text: string): void {
    const id = `${number} ${key}`;
    if (comments.get(id)?.text === text) return;
    comments.set(id, { number, by: SELF, key, text });
    did({ what: "comment", by: SELF, number, text: key });
  }

  function label(
    number: number,
    { add, remove }: { readonly add: readonly string[]; readonly remove: readonly string[] },
    by: string,
  ): void {
    const { labels } = now(number);
    const fresh = add.filter((one) => !labels.includes(one));
    const gone = labels.filter((one) => remove.includes(one));
    if (fresh.length + gone.length === 0) return;
    change(number, { labels: [...labels.filter((one) => !gone.includes(one)), ...fresh] });
    for (const one of fresh) note(number, { kind: "labelled", by, label: one });
    for (const one of gone) note(number, { kind: "unlabelled", by, label: one });
    did({ what: "label", by, number, text: [...fresh, ...gone].join(", ") });
  }

  function reverts(sinceMs: number, asOfMs: number): ForgeReverts {
    const found = [...kept.values()].flatMap((one) => versionAt(one, asOfMs) ?? []).toReversed();
    return {
      clockMs: nowMs(),
      reverts: found.flatMap((pull) => {
        const {
          createdAtMs = 0,
          endedAtMs,
          endedBy,
          mergeCommit,
          number,
          url,
          state,
          branch,
          base,
          body,
          author,
          labels,
        } = pull;
        if ((createdAtMs < sinceMs && (endedAtMs ?? 0) < sinceMs) || !branch.startsWith(OWN_BRANCHES)) return [];
        const shown = { number, url, state, branch, base, body, author, labels, createdAtMs };
        return [
          {
            ...shown,
            ...(endedAtMs === undefined ? {} : { endedAtMs }),
            ...(mergeCommit === undefined ? {} : { mergeCommit }),
            ...(mergeCommit === undefined || endedBy === undefined ? {} : { mergedBy: endedBy }),
          },
        ];
      }),
    };
  }

  function peopleOf(number: number, asOfMs: number): PullRequestPeople | undefined {
    const one = kept.get(number);
    const pull = one === undefined ? undefined : versionAt(one, asOfMs);
    if (pull === undefined) return undefined;
    const { branch, author, title, body, labels, mergeCommit, endedBy } = pull;
    const by = mergeCommit === undefined || endedBy === undefined ? {} : { mergedBy: endedBy };
    return { branch, author, title, body, labels, ...(mergeCommit === undefined ? {} : { mergeCommit }), ...by };
  }

  function eventsOf(number: number): readonly PullRequestEvent[] {
    const issue = issues.find((one) => one.number === number);
    if (issue?.labelledBy === undefined) return kept.get(number)?.events ?? [];
    return [{ kind: "labelled", by: issue.labelledBy, label: DISABLE_LABEL, atMs: issue.sinceMs }];
  }

  function openIssue({ key, title, body, labels }: OpenIssue): Issue {
    const known = findIssue(key);
    if (known !== undefined) return known;
    const number = (numbers += 1);
    const text = `${body.trim()}\n\n<!--lastgood:issue ${key}-->`;
    const url = `https://forge.example/acme/gitops/issues/${number}`;
    const all = [...new Set([OWN_LABEL, ...labels])];
    const issue = {
      number,
      url,
      state: "open",
      title,
      body: text,
      author: SELF,
      labels: all,
      createdAtMs: nowMs(),
      sinceMs: nowMs(),
    } as const;
    issues.push(issue);
    did({ what: "issue", by: SELF, number, text: key });
    return shown(issue);
  }

  function findIssue(key: string, asOfMs = nowMs()): Issue | undefined {
    const mark = `<!--lastgood:issue ${key}-->`;
    const found = issues.find(
      ({ author, body, sinceMs }) => author === SELF && sinceMs <= asOfMs && body.includes(mark),
    );
    return found === undefined ? undefined : shown(found);
  }

  return {
    rules,
    deeds,
    onRef,
    pulls: () => [...kept.values()].map(latest),
    issues: () => issues.map(shown),
    comments: () => [...comments.values()],
    people: {
      close,
      merge(number, by) {
        const pull = now(number);
        if (pull.state !== "open") return false;
        return (
          mergeNow({ number, expectedHead: pull.head, title: pull.title, message: `Merged by ${by}` }, by) !== undefined
        );
      },
      label: (number, name, by) => label(number, { add: [name], remove: [] }, by),
      draft(number, by) {
        if (now(number).state !== "open") return;
        change(number, { draft: true });
        note(number, { kind: "drafted", by });
      },
      edit(number, by, text) {
        change(number, text);
        get(number).editor = { by, atMs: nowMs() };
        did({ what: "edit", by, number });
      },
      disable(by) {
        const number = (numbers += 1);
        const url = `https://forge.example/acme/gitops/issues/${number}`;
        const texts = { title: "Stop", body: "Stop it", author: by, labels: [DISABLE_LABEL] };
        issues.push({ number, url, state: "open", ...texts, createdAtMs: nowMs(), sinceMs: nowMs(), labelledBy: by });
        return () => {
          const index = issues.findIndex((issue) => issue.number === number);
          const issue = issues[index];
          if (issue !== undefined) issues[index] = { ...issue, state: "closed", untilMs: nowMs() };
        };
      },
      permit: (login, permission) => void permissions.set(login, permission),
      approve: (number) => {
        get(number).approved = true;
      },
    },
    connect: (io) => ({
      name: "forge.example/acme/gitops",
      defaultBranch: async () => "main",
      mergeCommitOf: async (number) =>
        io.read("forge.mergeCommitOf", "ForgeUnavailable", (asOf) => versionAt(get(number), asOf)?.mergeCommit),
      findPullRequest: async (branch) =>
        io.read("forge.findPullRequest", "ForgeUnavailable", (asOf) => find(branch, asOf)),
      openPullRequest: async (request) =>
        io.write("forge.openPullRequest", "ForgeUnavailable", () => ({ pullRequest: open(request), warnings: [] })),
      updatePullRequest: async (number, { title, body }) =>
        io.write("forge.updatePullRequest", "ForgeUnavailable", () => {
          did({ what: "update", by: SELF, number });
          return change(number, { title, body });
        }),
      mergePullRequest: async (request) => io.write("forge.mergePullRequest", "ForgeUnavailable", () => merge(request)),
      updateBranch: async (number, head) =>
        io.write("forge.updateBranch", "ForgeUnavailable", () => updateBranch(number, head)),
      cancelMerge: async (number) => io.write("forge.cancelMerge", "ForgeUnavailable", () => disarm(number)),
      closePullRequest: async (number) =>
        io.write("forge.closePullRequest", "ForgeUnavailable", () => close(number, SELF)),
      reopenPullRequest: async (number) =>
        io.write("forge.reopenPullRequest", "ForgeUnavailable", () => reopen(number)),
      reverts: async (sinceMs) => io.read("forge.reverts", "ForgeUnavailable", (asOf) => reverts(sinceMs, asOf)),
      talk: {
        people: async (number) => io.read("forge.people", "ForgeUnavailable", (asOf) => peopleOf(number, asOf)),
        comment: async (number, key, text) =>
          io.write("forge.comment", "ForgeUnavailable", () => comment(number, key, text)),
        label: async (number, labels) => io.write("forge.label", "ForgeUnavailable", () => label(number, labels, SELF)),
        events: async (number) =>
          io.read("forge.events", "ForgeUnavailable", (asOf) => eventsOf(number).filter(({ atMs }) => atMs <= asOf)),
        bodyEditor: async (number) => io.read("forge.bodyEditor", "ForgeUnavailable", () => kept.get(number)?.editor),
        permissionOf: async (login) =>
          io.read("forge.permissionOf", "ForgeUnavailable", () => permissions.get(login) ?? "none"),
      },
      issues: {
        labelled: async (label) =>
          io.read("forge.labelled", "ForgeUnavailable", (asOf) =>
            issues
              .filter(
                ({ labels, sinceMs, untilMs }) =>
                  labels.includes(label) && sinceMs <= asOf && (untilMs === undefined || untilMs > asOf),
              )
              .toReversed()
              .map(shown),
          ),
        open: async (request) => io.write("forge.openIssue", "ForgeUnavailable", () => openIssue(request)),
        find: async (key) => io.read("forge.findIssue", "ForgeUnavailable", (asOf) => findIssue(key, asOf)),
      },
    }),
  };
}

function shown({ number, url, state, title, body, author, labels, createdAtMs }: Issue): Issue {
  return { number, url, state, title, body, author, labels, createdAtMs };
}

function latest({ versions }: Kept): PullRequest {
  const last = versions.at(-1);
  if (last === undefined) throw new Error("a pull request has a first version");
  return last.pull;
}

function versionAt({ versions }: Kept, asOfMs: number): PullRequest | undefined {
  return versions.findLast(({ atMs }) => atMs <= asOfMs)?.pull;
}

/** One path of the change is forgotten. */
function leftOut(
  { base, theirs, ours }: Parameters<typeof mergeFiles>[0],
  whole: ReadonlyMap<string, { readonly id: string }>,
): Parameters<typeof mergeFiles>[0]["ours"] {
  const changed = [...theirs].find(([path, { id }]) => base.get(path)?.id !== id && whole.get(path)?.id === id);
  const before = changed === undefined ? undefined : ours.get(changed[0]);
  return changed === undefined || before === undefined ? new Map() : new Map([[changed[0], before]]);
}
