import { planTarget } from "../../../app/plan-target.ts";
import { readHistory, type TargetHistory } from "../../../app/read-history.ts";
import { summarizeRevisions } from "../../../app/summarize-revisions.ts";
import { isCheckpoint, type JudgedRevision } from "../../../core/checkpoint.ts";
import { componentName } from "../../../core/model/component.ts";
import { escapeText } from "../../../core/model/escape.ts";
import type { NothingToDo, Plan } from "../../../core/plan/types.ts";
import type { Hold } from "../../../core/model/hold.ts";
import { LastgoodError } from "../../../errors.ts";
import type { Questions } from "../../surroundings.ts";
import { type CommandContext, requireQuestions } from "../context.ts";
import type { OpenedTarget } from "../open-target.ts";
import { aimText, planText } from "../render/plan-text.ts";
import { choiceLabels, matchesChoice } from "./choice-labels.ts";
import { goalOf } from "./goal.ts";
import { selectionOf, type SelectionOptions } from "./plan.ts";

/** What was chosen: the options as if they had been typed, and the plan that was shown for them. */
export interface Chosen<O extends SelectionOptions> {
  readonly options: O;
  readonly shown?: Plan;
}

/** Newer ones than these are what people look for; the others are named with --to. */
const MAX_CHOICES = 500;
/** So many say what they changed: that means reading them. */
const MAX_SUMMARIES = 60;

/**
 * `-i`: a person picks the revision (typing searches), sees what would change, and leaves out what is to stay.
 * Undefined when the person leaves. Throws `UsageMissing` without a terminal.
 */
export async function chooseRevert<O extends SelectionOptions>(
  options: O,
  opened: OpenedTarget,
  context: CommandContext,
): Promise<Chosen<O> | undefined> {
  const questions = requireQuestions(context, "Name the revision with --to and the parts with --only.");
  const chooser: Chooser = { opened, context, questions };
  // A revision that was named need not be chosen.
  let isNamed = options.to !== undefined || options.toRevision !== undefined;
  for (;;) {
    const wanted = isNamed ? options : await askRevision(options, chooser);
    isNamed = false;
    if (wanted === undefined) return undefined;
    const plan = await preview(wanted, chooser);
    if (plan.kind !== "plan") return { options: wanted };
    const answer = await askParts(plan, chooser);
    if (answer === undefined) return undefined;
    if (answer === "another") continue;
    return answer === "all" ? { options: wanted, shown: plan } : { options: { ...wanted, only: answer } };
  }
}

interface Chooser {
  readonly opened: OpenedTarget;
  readonly context: CommandContext;
  readonly questions: Questions;
}

async function askRevision<O extends SelectionOptions>(
  options: O,
  { opened, context, questions }: Chooser,
): Promise<O | undefined> {
  const { world, target, base, patterns } = opened;
  context.log.progress(`reading the history of ${target.name}`);
  const history = await readHistory({ target, base, patterns }, world);
  const candidates = candidatesOf(history);
  const summaries = await summarizeRevisions(candidates.slice(0, MAX_SUMMARIES), world.repository);
  const labels = choiceLabels({
    revisions: candidates,
    summaries,
    nowMs: world.clock.nowMs(),
    style: context.talk,
    width: questions.output.columns ?? 80,
  });
  const { autocomplete, isCancel } = await import("@clack/prompts");
  context.say([]);
  const best = candidates.find(isCheckpoint);
  const to = await autocomplete({
    ...questions,
    message: `Back to which revision of ${escapeText(target.name)}?`,
    options: candidates.map(({ revision }, index) => ({
      value: revision.id as string,
      label: labels[index]?.label ?? revision.id,
    })),
    filter: (typed, { value }) => {
      const index = candidates.findIndex(({ revision }) => revision.id === value);
      return matchesChoice(labels[index]?.searched ?? "", typed);
    },
    maxItems: 12,
    ...(best === undefined ? {} : { initialValue: best.revision.id }),
  });
  return isCancel(to) || typeof to !== "string" ? undefined : { ...options, to };
}

/** What the target does not hold already. */
function candidatesOf({ target, revisions, content }: TargetHistory): readonly JudgedRevision[] {
  const candidates = revisions.filter((revision) => revision.content !== content).slice(0, MAX_CHOICES);
  if (candidates.length > 0) return candidates;
  throw new LastgoodError(
    "UsageTarget",
    `${target.name} has only ever had one content: there is nothing to go back to`,
  );
}

async function preview(options: SelectionOptions, { opened, context }: Chooser): Promise<Plan | NothingToDo | Hold> {
  const { world, target, base, patterns } = opened;
  const query = { target, branch: world.branch, base, patterns };
  const { plan } = await planTarget(
    { ...query, goal: goalOf(options), selection: selectionOf(options, opened) },
    world,
  );
  if (plan.kind === "plan") context.say(["", ...planText(plan, context.talk), ""]);
  return plan;
}

async function askParts(
  plan: Plan,
  { questions }: Chooser,
): Promise<"all" | "another" | readonly string[] | undefined> {
  const parts = partsOf(plan);
  const { isCancel, multiselect, select } = await import("@clack/prompts");
  const to = aimText(plan);
  const answer = await select({
    ...questions,
    message: `Back to ${to}?`,
    options: [
      { value: "all" as const, label: `All of it (${parts.length} ${parts.length === 1 ? "part" : "parts"})` },
      ...(parts.length > 1 ? [{ value: "some" as const, label: "Only some parts of it" }] : []),
      { value: "another" as const, label: "Another revision" },
    ],
  });
  if (isCancel(answer)) return undefined;
  if (answer !== "some") return answer;
  const picked = await multiselect({
    ...questions,
    message: "Which parts go back? (space takes one out)",
    options: parts.map((value) => ({ value, label: escapeText(value) })),
    initialValues: [...parts],
    maxItems: 15,
  });
  if (isCancel(picked)) return undefined;
  return picked.length === parts.length ? "all" : picked;
}

/** `Deployment/api:image`: the selectable parts of a plan. */
function partsOf(plan: Plan): readonly string[] {
  const parts = plan.components.flatMap(({ component, fields }) => {
    const name = componentName(component);
    return fields.length === 0 ? [name] : fields.map(({ facet }) => `${name}:${facet}`);
  });
  return [...new Set(parts)];
}
