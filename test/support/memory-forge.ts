import type { CommitId } from "../../src/core/model/git.ts";
import { LastgoodError } from "../../src/errors.ts";
import type {
  Forge,
  MergeRequest,
  MergeResult,
  OpenPullRequest,
  PullRequest,
  PullRequestText,
} from "../../src/ports/forge.ts";
import { OWN_BRANCHES } from "../../src/core/change/branch.ts";
import type { ForgeReverts } from "../../src/ports/forge-reverts.ts";
import { type MemoryIssues, memoryIssues } from "./memory-issues.ts";
import { type MemoryTalk, memoryTalk } from "./memory-talk.ts";

/** What the server behind the forge does. A test over real git gives functions over its repository. */
export interface MemoryForgeOptions {
  /** What a branch holds on the server; undefined when there is none. */
  readonly findBranch: (branch: string) => Promise<CommitId | undefined>;
  /** Merges, moves the base and answers its new tip. */
  readonly merge: (request: MergeRequest & { readonly base: string }) => Promise<CommitId>;
  /** Merges the base into a branch and answers its new tip; undefined on a conflict. */
  readonly update?: (branch: string, base: string) => Promise<CommitId | undefined>;
  /** Who may be asked for a review; default: everybody. */
  readonly reviewers?: readonly string[];
  /** What time it is there, epoch ms. Default: 2026-08-22T13:46:40Z, one second later at each look. */
  readonly nowMs?: () => number;
}

/** A forge without a server. Passes the contract suite of the port. */
export interface MemoryForge extends Forge {
  readonly pullRequests: () => Promise<readonly PullRequest[]>;
  /** A person closes it. */
  close(number: number, by: string): void;
  /** A person turns it into a draft. */
  draft(number: number): void;
  /** A person sets a label. */
  label(number: number, label: string, by?: string): void;
  /** A person edits the text on the page. */
  edit(number: number, by: string, text: Partial<PullRequestText>): void;
  readonly talk: MemoryTalk;
  readonly issues: MemoryIssues;
  reverts(sinceMs: number): Promise<ForgeReverts>;
  /** What GitHub would answer to every merge from now on; undefined: it merges, what is armed as well. */
  answerMerge(result: Exclude<MergeResult, { kind: "merged" }> | undefined): void;
  /** Pull requests may be told to merge by themselves from now on. */
  allowAutoMerge(): void;
}

const TITLE_LIMIT = 256;
const BODY_LIMIT = 65_536;

export function memoryForge(options: MemoryForgeOptions): MemoryForge {
  const pulls: PullRequest[] = [];
  const nowMs = options.nowMs ?? tickingClock();
  let numbers = 0;
  const orders = new Map<number, MergeRequest>();
  let mergeAnswer: Exclude<MergeResult, { kind: "merged" }> | undefined;
  let mayArm = false;

  function change(number: number, changes: Partial<PullRequest>): PullRequest {
    const index = pulls.findIndex((pull) => pull.number === number);
    const pull = pulls[index];
    if (pull === undefined) throw new LastgoodError("ForgeNotFound", `there is no pull request #${number}`);
    const changed = { ...pull, ...changes };
    pulls[index] = changed;
    return changed;
  }

  /** An open pull request follows its branch; when the branch goes, it is closed. */
  async function follow(): Promise<void> {
    for (const { number, branch } of pulls.filter(({ state }) => state === "open")) {
      const head = await options.findBranch(branch);
      change(number, head === undefined ? { state: "closed", endedAtMs: nowMs() } : { head });
      const order = orders.get(number);
      // Arming pins the head only once, as on GitHub: what is pushed later is merged as well.
      if (order !== undefined && head !== undefined && mergeAnswer === undefined) {
        await mergeNow({ ...order, expectedHead: head });
      }
    }
  }

  async function mergeNow(request: MergeRequest): Promise<CommitId> {
    const { base } = change(request.number, {});
    const commit = await options.merge({ ...request, base });
    orders.delete(request.number);
    change(request.number, { state: "merged", endedBy: "lastgood[bot]", endedAtMs: nowMs(), mergeCommit: commit });
    return commit;
  }

  function disarm(number: number): void {
    orders.delete(number);
    const { armedBy: _, ...pull } = change(number, {});
    pulls[pulls.findIndex((each) => each.number === number)] = pull;
  }

  /** What a merge comes to that is not ready. */
  function later(request: MergeRequest, answer: Exclude<MergeResult, { kind: "merged" }>): MergeResult {
    if (request.watched !== true) disarm(request.number);
    if (answer.kind !== "waiting" || !mayArm || request.watched !== true) return answer;
    orders.set(request.number, request);
    change(request.number, { armedBy: "lastgood[bot]" });
    return { kind: "armed", reason: answer.reason };
  }

  async function find(branch: string): Promise<PullRequest | undefined> {
    await follow();
    return pulls.findLast((pull) => pull.branch === branch);
  }

  const talk = memoryTalk({
    self: "lastgood[bot]",
    find: (number) => pulls.find((pull) => pull.number === number),
    setLabels: (number, labels) => void change(number, { labels }),
  });
  talk.permit("mkim", "write");
  const isUser = (login: string): boolean => login === "mkim";
  const issues = memoryIssues({ self: "lastgood[bot]", nowMs, nextNumber: () => (numbers += 1), isUser });

  return {
    name: "memory/acme/gitops",
    defaultBranch: async () => "main",
    findPullRequest: find,
    async openPullRequest(request) {
      demandLimits(request);
      const { branch, base, title, body, draft, reviewers } = request;
      const head = await options.findBranch(branch);
      if (head === undefined) throw new LastgoodError("ForgeNotFound", `there is no branch ${branch}`);
      const known = await find(branch);
      if (known?.state === "open") return { pullRequest: known, warnings: [] };
      if (head === (await options.findBranch(base))) {
        throw new LastgoodError("ForgeConflict", `${branch} has no commit that ${base} lacks`);
      }
      const number = (numbers += 1);
      const url = `https://memory/acme/gitops/pull/${number}`;
      const labels = [...request.labels];
      const texts = { title, body, branch, head, base, draft, labels, createdAtMs: nowMs() };
      const pullRequest: PullRequest = { number, url, state: "open", author: "lastgood[bot]", ...texts };
      pulls.push(pullRequest);
      return { pullRequest, warnings: unknownReviewers(options, reviewers) };
    },
    async updatePullRequest(number, text) {
      demandLimits(text);
      return change(number, { title: text.title, body: text.body });
    },
    async mergeCommitOf(number) {
      await follow();
      return change(number, {}).mergeCommit;
    },
    async mergePullRequest(request) {
      await follow();
      const pull = change(request.number, {});
      const settled = judge(pull, request);
      if (settled !== undefined) return settled;
      if (mergeAnswer !== undefined) return later(request, mergeAnswer);
      return { kind: "merged", commit: await mergeNow(request) };
    },
    async mergeStanding(number, head) {
      await follow();
      const pull = change(number, {});
      const order = { number, expectedHead: head, title: "", message: "" };
      const judged = judge(pull, order) ?? mergeAnswer;
      const ordered = pull.armedBy === pull.author;
      if (judged === undefined || judged.kind === "merged") return { ordered };
      return judged.kind === "refused" ? { ordered, refused: judged.reason } : { ordered, waitingFor: judged.reason };
    },
    async updateBranch(number, expectedHead) {
      await follow();
      const { branch, base, head } = change(number, {});
      if (head !== expectedHead) return { kind: "refused", reason: "expected head sha didn't match" };
      const updated = await options.update?.(branch, base);
      return updated === undefined
        ? { kind: "refused", reason: "merge conflict between base and head" }
        : { kind: "updated", head: updated };
    },
    async cancelMerge(number) {
      disarm(number);
    },
    async pullRequests() {
      await follow();
      return [...pulls];
    },
    close: (number, by) => void change(number, { state: "closed", endedBy: by, endedAtMs: nowMs() }),
    draft: (number) => void change(number, { draft: true }),
    label: (number, label, by = "mkim") => {
      change(number, { labels: [...change(number, {}).labels, label] });
      talk.note(number, { kind: "labelled", by, label });
    },
    edit: (number, by, text) => {
      change(number, text);
      talk.edited(number, by);
    },
    talk,
    issues,
    async reverts(sinceMs) {
      await follow();
      const reverts = pulls.toReversed().flatMap((pull) => {
        const { createdAtMs = 0, endedAtMs, endedBy, number, url, state, branch, base, body, author, labels } = pull;
        const isRecent = createdAtMs >= sinceMs || (endedAtMs ?? 0) >= sinceMs;
        if (!isRecent || !branch.startsWith(OWN_BRANCHES)) return [];
        const shown = { number, url, state, branch, base, body, author, labels, createdAtMs };
        const ended = endedAtMs === undefined ? {} : { endedAtMs };
        const merged = pull.mergeCommit === undefined ? {} : { mergeCommit: pull.mergeCommit };
        const by = pull.mergeCommit === undefined || endedBy === undefined ? {} : { mergedBy: endedBy };
        return [{ ...shown, ...ended, ...merged, ...by }];
      });
      return { clockMs: nowMs(), reverts };
    },
    answerMerge(result) {
      mergeAnswer = result;
    },
    allowAutoMerge() {
      mayArm = true;
    },
  };
}

function tickingClock(): () => number {
  let ms = Date.parse("2026-08-22T13:46:40Z");
  return () => (ms += 1000);
}

function judge(pull: PullRequest, { expectedHead }: MergeRequest): MergeResult | undefined {
  if (pull.mergeCommit !== undefined) return { kind: "merged", commit: pull.mergeCommit };
  if (pull.state === "closed") return { kind: "refused", reason: `pull request #${pull.number} was closed` };
  if (pull.draft) return { kind: "refused", reason: `pull request #${pull.number} is a draft` };
  if (pull.head !== expectedHead) return { kind: "refused", reason: "somebody pushed to its branch" };
  return undefined;
}

function unknownReviewers({ reviewers }: MemoryForgeOptions, asked: readonly string[]): readonly string[] {
  if (reviewers === undefined) return [];
  return asked.filter((name) => !reviewers.includes(name)).map((name) => `${name} cannot be asked for a review`);
}

function demandLimits({ title, body }: Pick<OpenPullRequest, "title" | "body">): void {
  if (Array.from(title).length <= TITLE_LIMIT && Array.from(body).length <= BODY_LIMIT) return;
  throw new LastgoodError("ForgeValidation", "the pull request's title or body is too long");
}
