import { buildChange, type Change } from "../core/change/change.ts";
import type { MessageStyle } from "../core/change/message.ts";
import type { CommitId } from "../core/model/git.ts";
import type { Hold } from "../core/model/hold.ts";
import { shellWord } from "../core/model/shell.ts";
import type { Scope } from "../core/model/target.ts";
import type { Plan } from "../core/plan/types.ts";
import type { Forge, PullRequest } from "../ports/forge.ts";
import type { PullRequestPeople } from "../ports/forge-talk.ts";
import type { Remote } from "../ports/repository.ts";
import type { CommitVia } from "./deliver-commit.ts";
import { sha256 } from "./hash.ts";
import type { GoalQuery, PlanWorld } from "./plan-goal.ts";

/** How far a revert goes. `branch`: a local branch only. */
export type Mode = "branch" | "propose" | "merge" | "push";

/** What a person, or later the daemon, wants to be reverted. */
export interface RevertRequest extends Omit<GoalQuery, "base"> {
  /** A full ref or revision to stand on instead of the branch's tip. */
  readonly onto?: string;
  readonly mode: Mode;
  /** Mode `branch`: its name instead of the derived one. */
  readonly branchName?: string;
  readonly reason?: string;
  /** Where it is written what people do: an address. */
  readonly runbook?: string;
  readonly by?: string;
  readonly signOff?: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly style: MessageStyle;
  /** `auto` when missing. */
  readonly commitVia?: CommitVia;
  readonly draft: boolean;
  readonly labels: readonly string[];
  readonly reviewers: readonly string[];
  readonly assignees?: readonly string[];
  /** False: author and merger of what is reverted are not asked for a review. */
  readonly askSuspects?: boolean;
  /** The only pull request that may be changed: another one, or none, and nothing is written. */
  readonly pullRequest?: number;
  /** Stays until the pull request is merged, by whomever, but no longer than this. */
  readonly waitMergedMs?: number;
  /** Hash of a saved plan: what is written must be exactly that. */
  readonly expectedHash?: string;
  /** What holds this command, asked before each plan is shown; missing: nothing but the plan's own guards. */
  readonly guard?: (plan: Plan, key: string) => Promise<Hold | undefined>;
  /** Shows the plan; false: the person said no. Asked again only when the plan changed meanwhile. */
  readonly confirm: (plan: Plan) => Promise<boolean>;
  /** Is told of what was brought about, as soon as it was, and again when it is merged. Never waited for. */
  readonly onDelivery?: (delivery: Delivery, key: string) => void;
  /** A person closed the pull request of this suspect before: go on all the same? Asked once for each pull request. */
  readonly confirmAgain: (who: string, url: string) => Promise<boolean>;
}

/** Where a revert came to. */
export interface Delivery {
  readonly kind: "delivered";
  readonly mode: Mode;
  readonly plan: Plan;
  readonly job: string;
  readonly commit: CommitId;
  /** The branch that holds the commit. */
  readonly branch: string;
  readonly pullRequest?: PullRequest;
  /** The commit on the target's branch, once it is there. */
  readonly landed?: CommitId;
  /** Nothing had to be written: an earlier run, or another person's, had brought it here. */
  readonly found: boolean;
  /** Asked for, and not reached yet: why. */
  readonly pending?: string;
}

export interface DeliveryWorld extends PlanWorld {
  readonly remote?: Remote;
  readonly forge?: Forge;
}

/** The pull request that a suspect came from, and its people. */
export interface SuspectOrigin {
  readonly number: number;
  readonly people: PullRequestPeople;
}

export interface DeliveryJob {
  readonly request: RevertRequest;
  readonly plan: Plan;
  readonly key: string;
  /** The target's files at the plan's base. */
  readonly scope: Scope;
  /** Where the newest suspects came from, as far as the forge tells. */
  readonly origins?: readonly SuspectOrigin[];
  /** Of a job that is on record; a new one when missing. */
  readonly id?: string;
  /** What started it; `manual` when missing. */
  readonly trigger?: string;
  /** Nobody asked for it: it is proposed once, and never again under another name. */
  readonly unattended?: true;
}

/** The change of a job, under the name of one attempt. */
export function changeOf(delivery: DeliveryJob, job: string, attempt = 1): Change {
  const { request, plan, key, origins = [], trigger = "manual" } = delivery;
  const { reason, by, runbook, signOff, style } = request;
  return buildChange({
    plan,
    key,
    attempt,
    job,
    style,
    trigger,
    command: commandFor(plan),
    originals: origins.flatMap(({ number, people: { title, body, mergeCommit } }) =>
      mergeCommit === undefined ? [] : [{ number, title, body, commit: mergeCommit }],
    ),
    hash: sha256,
    ...(reason === undefined ? {} : { reason }),
    ...(by === undefined ? {} : { by }),
    ...(runbook === undefined ? {} : { runbook }),
    ...(signOff === undefined ? {} : { signOff }),
  });
}

/** Makes the revert commit on `parent`. Moves no ref. */
export function commitChange(job: DeliveryJob, world: DeliveryWorld, change: Change): Promise<CommitId> {
  return world.repository.commit({
    parent: job.plan.base,
    writes: change.writes,
    message: change.message,
    author: job.request.author,
    atMs: world.clock.nowMs(),
  });
}

/** The command that shows the same plan, fit to be pasted into a shell. */
export function commandFor(plan: Plan): string {
  const { only, except } = plan.selection;
  const { goal } = plan;
  const flags = [
    ...(goal.kind === "undo" ? undoFlags(goal) : [`--to ${goal.checkpoint.revision.revision.id.slice(0, 12)}`]),
    ...(only.length === 0 ? [] : [`--only ${shellWord(only.map(({ text }) => text).join(","))}`]),
    ...(except.length === 0 ? [] : [`--except ${shellWord(except.map(({ text }) => text).join(","))}`]),
  ];
  const named = plan.target.origin.kind === "change" ? [] : [shellWord(plan.target.name)];
  return ["lastgood plan", ...named, ...flags].join(" ");
}

function undoFlags({ commits, flags = {} }: Extract<Plan["goal"], { readonly kind: "undo" }>): readonly string[] {
  const { mainline, resolve = [], chartVersion } = flags;
  return [
    ...commits.map(({ id }) => `--commit ${id.slice(0, 12)}`),
    ...(mainline === undefined ? [] : [`--mainline ${mainline}`]),
    ...(chartVersion === undefined ? [] : [`--chart-version ${chartVersion}`]),
    ...resolve.map((text) => `--resolve ${shellWord(text)}`),
  ];
}
