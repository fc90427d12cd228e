import { type Asked, askAgain } from "../../../app/asked.ts";
import { planGoal } from "../../../app/plan-goal.ts";
import { type Hold, HOLD_EXITS } from "../../../core/model/hold.ts";
import type { Plan } from "../../../core/plan/types.ts";
import { parseSelectors, type Selection } from "../../../core/selection.ts";
import { shownPatches } from "../../../core/plan/show.ts";
import { escapeText } from "../../../core/model/escape.ts";
import { flagWords } from "../../../core/model/shell.ts";
import { EXIT, type ExitCode, LastgoodError } from "../../../errors.ts";
import type { Target } from "../../../core/model/target.ts";
import type { RevertGoal } from "../../../app/plan-goal.ts";
import type { Command, CommandContext } from "../context.ts";
import { type OpenedTarget, openTarget } from "../open-target.ts";
import { holdDocument, nothingDocument, planDocument } from "../render/documents.ts";
import { diffText, nothingText, planText } from "../render/plan-text.ts";
import { askedOf } from "./asked.ts";
import { orderSelection } from "./traffic-first.ts";
import { changeTarget, goalOf, type GoalOptions, isUndo, readGoal } from "./goal.ts";

/** Where to, and how much: shared by `plan` and `revert`. */
export interface SelectionOptions extends GoalOptions {
  readonly only?: readonly string[];
  readonly except?: readonly string[];
  /** Only what carries traffic, while what gets it runs. False: all, whatever the policy says. */
  readonly trafficFirst?: boolean;
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
  const named = options.target === undefined ? {} : { query: options.target };
  const opened = await openTarget(
    { reach: "here", notes: true, dependents: true, ...named, anything: isUndo(options) },
    options,
    context,
  );
  try {
    const { world, base, patterns } = opened;
    const goal = await readGoal(options, opened);
    const target = await targetOf(goal, opened);
    const asked = await askedOf(options, opened);
    const wanted = {
      isChosen: isChosen(options),
      target,
      branch: world.branch,
      base,
      goal,
      selection: selectionOf(options, opened),
      patterns,
      asked,
    };
    const selection = await orderSelection(wanted, { options, opened, context, isUnattended: false });
    if ("kind" in selection) {
      if (context.format === "json" || context.format === "yaml")
        context.document(holdDocument(selection, target.name));
      context.hold(selection);
      return HOLD_EXITS[selection.reason];
    }
    const query = { ...wanted, selection };
    const { plan, notes } = await planGoal(query, world);
    context.say([...new Set(notes)].map((note) => `note: ${escapeText(note)}`));
    const isDocument = context.format === "json" || context.format === "yaml";
    if (plan.kind === "hold") {
      if (isDocument) context.document(holdDocument(plan, target.name));
      if (show === "diff" && goal.kind === "undo" && plan.reason === "Conflict") {
        const { showProposals } = await import("./resolve.ts");
        await showProposals(plan, { ...query, goal }, { world, context });
      }
      context.hold(withLedger(plan, world));
      return HOLD_EXITS[plan.reason];
    }
    if (plan.kind === "nothing-to-do") {
      if (isDocument) context.document(nothingDocument(plan));
      else context.print(nothingText(plan));
      return EXIT.done;
    }
    if (isDocument) context.document(planDocument(plan));
    else if (context.format === "name") context.print(plan.files.map(({ path }) => path));
    else await showPlan(plan, { show, context });
    context.next(nextCommand(plan, options, asked));
    return options.detailedExitcode === true ? EXIT.changes : EXIT.done;
  } finally {
    await opened.world.close();
  }
};

/** In a clone that never fetched the ledger, what is missing may only be missing there. */
export function withLedger(held: Hold, { fetchLedger }: Pick<OpenedTarget["world"], "fetchLedger">): Hold {
  if (held.reason !== "NoCheckpoint" || fetchLedger === undefined) return held;
  return { ...held, hints: [fetchLedger, ...held.hints] };
}

/** The target that was named, or for an undo without one all that its commits touched. */
export async function targetOf(goal: RevertGoal, opened: OpenedTarget): Promise<Target> {
  const { target } = opened;
  return goal.kind === "undo" && target.origin.kind === "change" ? changeTarget(goal, opened) : target;
}

async function showPlan(
  plan: Plan,
  { show, context }: { readonly show: (typeof SHOWS)[number]; readonly context: CommandContext },
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
      context.print(previewPullRequest(plan));
      return;
    }
  }
}

/** Has a person named what goes back? */
export function isChosen({ only, except }: SelectionOptions): boolean {
  return (only ?? []).length > 0 || (except ?? []).length > 0;
}

/** `--only`, `--except`; without them the policy's. */
export function selectionOf({ only, except }: SelectionOptions, { policy }: OpenedTarget): Selection {
  return {
    only: parseSelectors(only ?? policy?.components.only ?? []),
    except: parseSelectors(except ?? policy?.components.except ?? []),
  };
}

/** The revert that does what was planned. */
function nextCommand(plan: Plan, options: PlanOptions, asked: Asked): string {
  const { to, toRevision, commit, pr, mainline, resolve, chartVersion } = options;
  const text = (flag: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : flagWords(flag, value);
  return askAgain("revert", { target: plan.target, asked }, [
    ...text("--to", to),
    ...text("--to-revision", toRevision),
    ...(commit ?? []).flatMap((one) => text("--commit", one)),
    ...text("--pr", pr),
    ...text("--mainline", mainline),
    ...text("--chart-version", chartVersion),
    ...(resolve ?? []).flatMap((one) => text("--resolve", one)),
  ]);
}
