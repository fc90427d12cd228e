import type { Mode, RevertRequest } from "../../../app/delivery.ts";
import type { GuardCommand } from "../../../app/guard-command.ts";
import { planHash } from "../../../app/plan-target.ts";
import { followChoices } from "../../../app/follow-choices.ts";
import { runRevert } from "../../../app/run-revert.ts";
import type { Policy } from "../../../config/config.ts";
import { branchFault } from "../../../config/scalars.ts";
import { escapeText } from "../../../core/model/escape.ts";
import { shortId } from "../../../core/model/git.ts";
import { type Hold, hold } from "../../../core/model/hold.ts";
import { titleOf } from "../../../core/model/target.ts";
import type { Plan } from "../../../core/plan/types.ts";
import { EXIT, type ExitCode, formatPlace, LastgoodError } from "../../../errors.ts";
import type { Command, CommandContext } from "../context.ts";
import { type OpenedTarget, openTarget } from "../open-target.ts";
import { recordReverts } from "../record-revert.ts";
import { aimText, planText } from "../render/plan-text.ts";
import { whoAmI } from "../who-am-i.ts";
import { askedOf } from "./asked.ts";
import type { Chosen } from "./choose.ts";
import { readFollowed } from "./follow.ts";
import { isUndo, readGoal } from "./goal.ts";
import { isChosen, runPlan, selectionOf, targetOf } from "./plan.ts";
import { readPlanFile } from "./plan-file.ts";
import { showHold, showOutcome } from "./revert-outcome.ts";
import type { RevertOptions } from "./revert-options.ts";
import { timeoutMs, waitOf } from "./wait-flags.ts";
import { orderSelection } from "./traffic-first.ts";
import { shellWord } from "../../../core/model/shell.ts";

const MODES = ["branch", "propose", "merge", "push"] as const satisfies readonly Mode[];

/** `revert TARGET`: commit, pull request, and as far as `--mode` allows. */
export const runRevertCommand: Command<RevertOptions> = async (options, context): Promise<ExitCode> => {
  if (options.dryRun === true) return runPlan(options, context);
  const mode = modeOf(options);
  requireBranchName(options, mode);
  const until = waitOf(options);
  const saved = options.plan === undefined ? undefined : await readPlanFile(options.plan, context.surroundings.cwd);
  const followed = options.follow === undefined ? undefined : await readFollowed(options, context);
  if (followed !== undefined && "kind" in followed)
    return showHold(followed, { target: { name: `#${options.follow ?? ""}` } }, context);
  const wanted: RevertOptions = { ...options, ...saved?.options, ...decided(followed) };
  const query = wanted.target === undefined ? {} : { query: wanted.target };
  const reach = mode === "branch" ? "here" : "remote";
  const ask = {
    ...query,
    reach,
    baseIsBranch: mode !== "branch",
    anything: isUndo(wanted),
    notes: true,
    dependents: true,
  } as const;
  const opened = await openTarget(ask, wanted, context);
  try {
    if (mode === "branch") requireClone(opened);
    const refused = aboveConfig(mode, opened);
    if (refused !== undefined) return showHold(refused, opened, context);
    context.say([...new Set(opened.target.notes)].map((note) => `note: ${escapeText(note)}`));
    const chosen = wanted.interactive === true ? await choose(wanted, opened, context) : { options: wanted };
    if (chosen === undefined) {
      context.say(["Nothing was written."]);
      return EXIT.interrupted;
    }
    const stay =
      until === undefined || until === "merged"
        ? undefined
        : await (await import("./wait.ts")).openWait(until, { opened, options: wanted, context });
    const request = await requestOf(chosen, { mode, opened, context });
    if ("kind" in request) return showHold(request, opened, context);
    const recorder = recordReverts(request, opened, context);
    const asked: RevertRequest = {
      ...request,
      onDelivery: recorder.record,
      ...(saved === undefined ? {} : { expectedHash: saved.hash }),
    };
    try {
      const outcome =
        followed === undefined
          ? await runRevert(asked, opened.world)
          : await followChoices(asked, followed.offered, opened.world);
      const stayed = outcome.kind === "delivered" ? await stay?.(outcome, recorder) : undefined;
      return await showOutcome(outcome, { options, opened, context, stayed });
    } finally {
      await recorder.settle();
    }
  } finally {
    await opened.world.close();
  }
};

/** What a pull request asks for is as it was decided then. */
function decided(followed: { readonly options: RevertOptions } | undefined): RevertOptions {
  return followed === undefined ? {} : { ...followed.options, trafficFirst: false };
}

function modeOf({ mode, merge }: RevertOptions): Mode {
  if (merge === true && mode !== undefined && mode !== "merge") {
    throw new LastgoodError("UsageArgument", `--merge and --mode ${mode} exclude each other`);
  }
  const wanted = merge === true ? "merge" : (mode ?? "propose");
  const known = MODES.find((candidate) => candidate === wanted);
  if (known !== undefined) return known;
  throw new LastgoodError("UsageArgument", `--mode ${wanted} is not one of ${MODES.join(", ")}`);
}

function requireBranchName({ branch, wait }: RevertOptions, mode: Mode): void {
  if (wait !== undefined && mode === "branch") {
    throw new LastgoodError("UsageArgument", "--wait has nothing to wait for with --mode branch", {
      hint: "A local branch is never merged by lastgood: leave --wait out, or choose another mode.",
    });
  }
  if (branch === undefined) return;
  if (mode !== "branch") {
    throw new LastgoodError("UsageArgument", `--branch is for --mode branch, not ${mode}`, {
      hint: "The branch of a pull request gets its name from what it reverts: so the same revert is never opened twice.",
    });
  }
  const fault = branchFault(branch);
  if (fault === undefined) return;
  throw new LastgoodError("UsageArgument", `--branch ${escapeText(branch) || '""'} ${fault}`, {
    hint: "Give a short name, such as revert-api.",
  });
}

/** A branch in a cache of lastgood's would be seen by nobody. */
function requireClone({ world: { remote } }: OpenedTarget): void {
  if (remote === undefined) return;
  throw new LastgoodError(
    "UsageArgument",
    `--mode branch makes a branch in a clone of yours, and ${remote.url} is none`,
    {
      hint: "Go to a clone of it, or name one with --repo PATH.",
    },
  );
}

const RANK = { observe: 0, propose: 1, merge: 2, push: 3 } as const;

/** A command never goes further than the config lets lastgood go. A local branch is always allowed. */
function aboveConfig(mode: Mode, { policy, config, target }: OpenedTarget): Hold | undefined {
  if (mode === "branch" || policy === undefined || RANK[mode] <= RANK[policy.mode]) return undefined;
  const place = config?.places.get(`policies.${policy.name}.mode`);
  const where =
    place === undefined ? `policies.${policy.name}.mode` : `${formatPlace(place)} (policies.${policy.name}.mode)`;
  return hold("ObserveOnly", `${target.name} may go as far as "${policy.mode}", not "${mode}"`, [
    `raise it at ${where}`,
    `lastgood revert ${shellWord(target.name)} --mode branch    prepares a local branch`,
  ]);
}

interface RequestParts {
  readonly mode: Mode;
  readonly opened: OpenedTarget;
  readonly context: CommandContext;
}

async function requestOf(
  { options, shown }: Chosen<RevertOptions>,
  { mode, opened, context }: RequestParts,
): Promise<RevertRequest | Hold> {
  const { world, patterns, config, policy, base } = opened;
  const asking = whoAmI(context.surroundings);
  const goal = await readGoal(options, opened);
  const target = await targetOf(goal, opened);
  const isUnattended = mode === "merge" || mode === "push";
  const wanted = {
    target,
    branch: world.branch,
    goal,
    selection: selectionOf(options, opened),
    isChosen: isChosen(options),
    patterns,
  };
  const selection = await orderSelection({ ...wanted, base }, { options, opened, context, isUnattended });
  if ("kind" in selection) return selection;
  const reason = await reasonOf(options, context, policy?.requireReason === true);
  const person = await asking;
  const author = mode === "branch" ? person : ((await world.bot?.()) ?? person);
  const request = config?.forge.pullRequest;
  return {
    ...wanted,
    selection,
    asked: await askedOf(options),
    mode,
    onto: mode === "branch" ? (options.base ?? world.baseRef) : `refs/heads/${world.branch}`,
    by: person.name,
    author,
    style: config?.forge.commit.style ?? "git",
    commitVia: options.commitVia ?? config?.forge.commit.via ?? "auto",
    draft: request?.draft ?? false,
    labels: request?.labels ?? [],
    reviewers: request?.reviewers.teams.map((team) => `team:${team}`) ?? [],
    assignees: request?.assignees ?? [],
    askSuspects: request?.reviewers.suspectAuthor ?? true,
    ...(options.branch === undefined ? {} : { branchName: options.branch }),
    ...(options.wait !== undefined ? { waitMergedMs: timeoutMs(options) } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(policy?.runbook === undefined ? {} : { runbook: policy.runbook }),
    ...(config?.forge.commit.signoff === true ? { signOff: `${person.name} <${person.email}>` } : {}),
    ...(mode === "branch" ? {} : { guard: async (plan, key) => guardRevert({ plan, key, mode }, opened) }),
    confirm: async (plan) => confirmPlan(plan, { options, shown, mode, context, url: world.remote?.url }),
    confirmAgain: async (who, url) => {
      context.log.warn(`${who} closed the revert of this suspect before: ${url}`);
      return options.yes === true || context.confirm("Open another one?", "--yes");
    },
  };
}

/** Asks the engine only where one is configured, or named: and then once. */
async function guardRevert(
  asked: Pick<GuardCommand, "plan" | "key" | "mode">,
  { world, target, policy, config, engineRestrictions }: OpenedTarget,
): Promise<Hold | undefined> {
  const [{ guardCommand }, { restrictPolicy }] = await Promise.all([
    import("../../../app/guard-command.ts"),
    import("../../../config/restrict-policy.ts"),
  ]);
  const engine = target.origin.kind === "change" ? undefined : await engineRestrictions?.(target);
  const restrict = (own: Policy): Policy =>
    engine === undefined ? own : restrictPolicy(own, engine.restrictions, config?.policies ?? new Map());
  return guardCommand(
    {
      ...asked,
      ...(policy === undefined ? {} : { policy: restrict(policy) }),
      ...(engine === undefined ? {} : { engine }),
    },
    world,
  );
}

async function reasonOf(
  { reason }: RevertOptions,
  context: CommandContext,
  required: boolean,
): Promise<string | undefined> {
  if (reason !== undefined && reason.trim() !== "") return reason;
  if (!required) return undefined;
  const answer = await context.ask("Reason for the revert?");
  if (answer !== undefined && answer.trim() !== "") return answer;
  throw new LastgoodError("UsageMissing", "the policy of this target asks for a reason", {
    hint: 'Add --reason "...".',
  });
}

interface ConfirmParts {
  readonly options: RevertOptions;
  /** The plan that the person has seen. */
  readonly shown: Plan | undefined;
  readonly mode: Mode;
  readonly context: CommandContext;
  readonly url: string | undefined;
}

const EFFECTS = {
  branch: "Makes a local branch. Nothing leaves this machine.",
  propose: "Opens a pull request. Nothing changes in the cluster until it is merged.",
  merge: "Opens a pull request and merges it: Argo CD or Flux syncs it at once.",
  push: "Pushes to the branch that is deployed: Argo CD or Flux syncs it at once.",
} as const satisfies Record<Mode, string>;

async function confirmPlan(plan: Plan, { options, shown, mode, context, url }: ConfirmParts): Promise<boolean> {
  const isShown = shown !== undefined && planHash(shown) === planHash(plan);
  if (!isShown && (context.format !== "name" || context.interactive)) context.say(planText(plan, context.talk));
  if (options.yes === true) return true;
  const where = url === undefined ? "" : ` (${url}, ${plan.branch})`;
  context.say([`${EFFECTS[mode]}${where}`]);
  return context.confirm(questionOf(plan), "--yes");
}

function questionOf(plan: Plan): string {
  if (plan.goal.kind === "checkpoint") return `Revert ${titleOf(plan.target)} to ${aimText(plan)}?`;
  const commits = plan.goal.commits.map(({ id }) => shortId(id)).join(", ");
  return plan.target.origin.kind === "change" ? `Undo ${commits}?` : `Undo ${commits} in ${titleOf(plan.target)}?`;
}

async function choose(
  options: RevertOptions,
  opened: OpenedTarget,
  context: CommandContext,
): Promise<Chosen<RevertOptions> | undefined> {
  if (isUndo(options)) return (await import("./resolve.ts")).resolveConflicts(options, opened, context);
  return (await import("./choose.ts")).chooseRevert(options, opened, context);
}
