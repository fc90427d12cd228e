import type { Goal } from "../../../app/find-checkpoint.ts";
import { planTarget } from "../../../app/plan-target.ts";
import { HOLD_EXITS } from "../../../core/model/hold.ts";
import type { Plan } from "../../../core/plan/types.ts";
import { parseSelectors, type Selection } from "../../../core/selection.ts";
import { shownPatches } from "../../../core/plan/show.ts";
import { escapeText } from "../../../core/model/escape.ts";
import { EXIT, type ExitCode, LastgoodError } from "../../../errors.ts";
import type { Command, CommandContext, CommonOptions } from "../context.ts";
import { type OpenedTarget, openTarget } from "../open-target.ts";
import { holdDocument, nothingDocument, planDocument } from "../render/documents.ts";
import { diffText, nothingText, planText } from "../render/plan-text.ts";

/** Where to, and how much: shared by `plan` and `revert`. */
export interface SelectionOptions extends CommonOptions {
  readonly to?: string;
  readonly toRevision?: string;
  readonly only?: readonly string[];
  readonly except?: readonly string[];
}

export interface PlanOptions extends SelectionOptions {
  readonly target?: string;
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
  const goal = goalOf(options);
  const opened = await openTarget(
    { reach: "here", ...(options.target === undefined ? {} : { query: options.target }) },
    options,
    context,
  );
  try {
    const { world, target, base, patterns } = opened;
    const selection = selectionOf(options, opened);
    const { plan, history } = await planTarget(
      { target, branch: world.branch, base, goal, selection, patterns },
      world,
    );
    context.say(history.notes.map((note) => `note: ${escapeText(note)}`));
    const isDocument = context.format === "json" || context.format === "yaml";
    if (plan.kind === "hold") {
      if (isDocument) context.document(holdDocument(plan, target.name));
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
    context.say([`Next: ${nextCommand(plan, options)}`]);
    return options.detailedExitcode === true ? EXIT.changes : EXIT.done;
  } finally {
    await opened.world.close();
  }
};

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

/** `--to`, `--to-revision`. Throws `UsageArgument` for both, or for what is no number. */
export function goalOf({ to, toRevision }: SelectionOptions): Goal {
  if (to !== undefined && toRevision !== undefined) {
    throw new LastgoodError("UsageArgument", "--to and --to-revision exclude each other", {
      hint: "Give one of them.",
    });
  }
  if (to !== undefined) return { kind: "revision", text: to };
  if (toRevision === undefined) return { kind: "last-good" };
  if (/^\d{1,6}$/.test(toRevision)) return { kind: "number", number: Number(toRevision) };
  throw new LastgoodError("UsageArgument", `--to-revision ${toRevision} is not a number`, {
    hint: "It is the # of lastgood history; for a commit use --to.",
  });
}

/** `--only`, `--except`; without them the policy's. */
export function selectionOf({ only, except }: SelectionOptions, { policy }: OpenedTarget): Selection {
  return {
    only: parseSelectors(only ?? policy?.components.only ?? []),
    except: parseSelectors(except ?? policy?.components.except ?? []),
  };
}

function nextCommand(plan: Plan, { to, toRevision, only, except }: PlanOptions): string {
  const flags = [
    ...(to === undefined ? [] : [`--to ${to}`]),
    ...(toRevision === undefined ? [] : [`--to-revision ${toRevision}`]),
    ...(only ?? []).map((text) => `--only ${text}`),
    ...(except ?? []).map((text) => `--except ${text}`),
  ];
  return ["lastgood revert", plan.target.name, ...flags].join(" ");
}
