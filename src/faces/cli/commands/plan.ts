import { shellWord } from "../../../app/delivery.ts";
import { planGoal } from "../../../app/plan-goal.ts";
import { HOLD_EXITS } from "../../../core/model/hold.ts";
import type { Plan } from "../../../core/plan/types.ts";
import { parseSelectors, type Selection } from "../../../core/selection.ts";
import { shownPatches } from "../../../core/plan/show.ts";
import { escapeText } from "../../../core/model/escape.ts";
import { EXIT, type ExitCode, LastgoodError } from "../../../errors.ts";
import type { Target } from "../../../core/model/target.ts";
import type { RevertGoal } from "../../../app/plan-goal.ts";
import type { Command, CommandContext } from "../context.ts";
import { type OpenedTarget, openTarget } from "../open-target.ts";
import { holdDocument, nothingDocument, planDocument } from "../render/documents.ts";
import { diffText, nothingText, planText } from "../render/plan-text.ts";
import { changeTarget, goalOf, type GoalOptions, isUndo, readGoal } from "./goal.ts";

/** Where to, and how much: shared by `plan` and `revert`. */
export interface SelectionOptions extends GoalOptions {
  readonly only?: readonly string[];
  readonly except?: readonly string[];
}

export interface PlanOptions extends SelectionOptions {
  readonly show?: string;
  readonly detailedExitcode?: boolean;
}

const SHOWS = ["fields", "diff", "patch", "pr"] as const;

/** `plan TARGET`: what a revert would change. Writes nothing. */
export const runPlan: Command<PlanOptions> = async (options, context): Promise<ExitCode> => {
  const show = SHOWS.find((known) => known === (options.show ?? "fields"));
  if (show === undefined) {
    throw new LastgoodError("UsageArgument", `--show ${options.show ?? ""} is not one of ${SHOWS.join(", ")}`);
  }
  if (!isUndo(options)) goalOf(options);
  const query = options.target === undefined ? {} : { query: options.target };
  const opened = await openTarget({ reach: "here", ...query, anything: isUndo(options) }, options, context);
  try {
    const { world, base, patterns } = opened;
    const goal = await readGoal(options, opened);
    const target = await targetOf(goal, opened);
    const selection = selectionOf(options, opened);
    const asked = { target, branch: world.branch, base, goal, selection, patterns };
    const { plan, notes } = await planGoal(asked, world);
    context.say(notes.map((note) => `note: ${escapeText(note)}`));
    const isDocument = context.format === "json" || context.format === "yaml";
    if (plan.kind === "hold") {
      if (isDocument) context.document(holdDocument(plan, target.name));
      if (show === "diff" && goal.kind === "undo" && plan.reason === "Conflict") {
        const { showProposals } = await import("./resolve.ts");
        await showProposals(plan, { ...asked, goal }, { world, context });
      }
      context.hold(plan);
      return HOLD_EXITS[plan.reason];
    }
    if (plan.kind === "nothing-to-do") {
      if (isDocument) context.document(nothingDocument(plan));
      else context.print(nothingText(plan));
      return EXIT.done;
    }
    if (isDocument) context.document(planDocument(plan));
    else if (context.format === "name") context.print(plan.files.map(({ path }) => path));
    else await showPlan(plan, { show, context, nowMs: world.clock.nowMs() });
    context.next(nextCommand(plan, options));
    return options.detailedExitcode === true ? EXIT.changes : EXIT.done;
  } finally {
    await opened.world.close();
  }
};

/** The target that was named, or for an undo without one all that its commits touched. */
export async function targetOf(goal: RevertGoal, opened: OpenedTarget): Promise<Target> {
  const { target } = opened;
  return goal.kind === "undo" && target.origin.kind === "change" ? changeTarget(goal, opened) : target;
}

async function showPlan(
  plan: Plan,
  {
    show,
    context,
    nowMs,
  }: { readonly show: (typeof SHOWS)[number]; readonly context: CommandContext; readonly nowMs: number },
): Promise<void> {
  switch (show) {
    case "fields":
      context.print(planText(plan, context.style));
      return;
    case "diff":
      context.print(diffText(plan, context.style));
      return;
    case "patch":
      context.print(
        shownPatches(plan).flatMap(({ component, path, json }) => [`# ${component} in ${path}`, ...json.split("\n")]),
      );
      return;
    case "pr": {
      const { previewPullRequest } = await import("../render/pull-request-preview.ts");
      context.print(previewPullRequest(plan, nowMs));
      return;
    }
  }
}

/** `--only`, `--except`; without them the policy's. */
export function selectionOf({ only, except }: SelectionOptions, { policy }: OpenedTarget): Selection {
  return {
    only: parseSelectors(only ?? policy?.components.only ?? []),
    except: parseSelectors(except ?? policy?.components.except ?? []),
  };
}

function nextCommand(plan: Plan, options: PlanOptions): string {
  const { base, to, toRevision, only, except, commit, pr, mainline, resolve, chartVersion } = options;
  const flags = [
    ...(base === undefined ? [] : [`--base ${shellWord(base)}`]),
    ...(to === undefined ? [] : [`--to ${shellWord(to)}`]),
    ...(toRevision === undefined ? [] : [`--to-revision ${toRevision}`]),
    ...(commit ?? []).map((text) => `--commit ${text}`),
    ...(pr === undefined ? [] : [`--pr ${pr}`]),
    ...(mainline === undefined ? [] : [`--mainline ${mainline}`]),
    ...(chartVersion === undefined ? [] : [`--chart-version ${chartVersion}`]),
    ...(resolve ?? []).map((text) => `--resolve ${shellWord(text)}`),
    ...(only ?? []).map((text) => `--only ${shellWord(text)}`),
    ...(except ?? []).map((text) => `--except ${shellWord(text)}`),
  ];
  const named = plan.target.origin.kind === "change" ? [] : [shellWord(plan.target.name)];
  return ["lastgood revert", ...named, ...flags].join(" ");
}
