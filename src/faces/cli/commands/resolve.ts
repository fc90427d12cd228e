/** Conflicts with later work, decided by a person: one question for each place, or each proposal with its resulting diff. */
import { type GoalQuery, planGoal } from "../../../app/plan-goal.ts";
import type { UndoGoal } from "../../../app/undo-goal.ts";
import type { HistoryWorld } from "../../../app/read-history.ts";
import { escapeText, shorten } from "../../../core/model/escape.ts";
import type { CommitId } from "../../../core/model/git.ts";
import type { Conflict, Hold } from "../../../core/model/hold.ts";
import { type CommandContext, requireQuestions } from "../context.ts";
import type { OpenedTarget } from "../open-target.ts";
import { diffText, planText } from "../render/plan-text.ts";
import type { Chosen } from "./choose.ts";
import { readGoal } from "./goal.ts";
import { selectionOf, type SelectionOptions, targetOf } from "./plan.ts";

/** `-i` with `--commit`: asks about every place in conflict. Undefined when the person leaves. */
export async function resolveConflicts<O extends SelectionOptions>(
  options: O,
  opened: OpenedTarget,
  context: CommandContext,
): Promise<Chosen<O> | undefined> {
  const questions = requireQuestions(context, "Answer with --resolve FIELD=good or keep.");
  const { isCancel, select } = await import("@clack/prompts");
  let wanted = options;
  for (;;) {
    const goal = await readGoal(wanted, opened);
    const target = await targetOf(goal, opened);
    const { world, base, patterns } = opened;
    const query = { target, branch: world.branch, base, goal, selection: selectionOf(wanted, opened), patterns };
    const { plan } = await planGoal(query, world);
    const conflicts = plan.kind === "hold" ? (plan.conflicts ?? []) : [];
    if (conflicts.length === 0) {
      if (plan.kind !== "plan") return { options: wanted };
      context.say(["", ...planText(plan, context.talk), ""]);
      return { options: wanted, shown: plan };
    }
    context.say([]);
    const resolve = [...(wanted.resolve ?? [])];
    for (const conflict of conflicts) {
      const answer = await select({ ...questions, message: questionOf(conflict), options: answersOf(conflict) });
      if (isCancel(answer)) return undefined;
      resolve.push(`${conflict.field}=${answer}`);
    }
    // A place that cannot be named apart from another would be asked about for ever.
    if (new Set(resolve).size === new Set(wanted.resolve ?? []).size) return { options: wanted };
    wanted = { ...wanted, resolve };
  }
}

function questionOf({ file, field, setBy }: Conflict): string {
  const by =
    setBy === undefined ? "" : `, set by ${setBy.commit.slice(0, 7)} "${setBy.subject.slice(0, 50)}" (${setBy.author})`;
  return escapeText(`${field} in ${file} was changed since${by}`);
}

function answersOf({ good, now }: Conflict): { value: "good" | "keep"; label: string }[] {
  return [
    { value: "good", label: escapeText(`take the value from before: ${cut(good)}`) },
    { value: "keep", label: escapeText(`keep the present one: ${cut(now)}`) },
  ];
}

/** Enough of a value to know it. */
function cut(value = "nothing"): string {
  return shorten(value, 80);
}

interface Proposal {
  readonly title: string;
  readonly goal: UndoGoal;
}

/** `plan --commit … --show diff` in a conflict: what each proposal would give. */
export async function showProposals(
  found: Hold,
  query: GoalQuery & { readonly goal: UndoGoal },
  { world, context }: { readonly world: HistoryWorld; readonly context: CommandContext },
): Promise<void> {
  for (const { title, goal } of proposalsOf(found, query.goal)) {
    const { plan } = await planGoal({ ...query, goal }, world);
    const diff = plan.kind === "plan" ? diffText(plan, context.style) : ["(nothing would change)"];
    context.print([context.style.bold(`# ${title}`), ...(plan.kind === "hold" ? [`# ${plan.message}`] : diff), ""]);
  }
}

function proposalsOf({ conflicts = [] }: Hold, goal: UndoGoal): readonly Proposal[] {
  const setters = new Set(
    conflicts.flatMap(({ setBy }): readonly CommitId[] => (setBy === undefined ? [] : [setBy.commit])),
  );
  const later = (goal.mainline ?? 1) > 1 ? [] : [...setters].filter((id) => !goal.commits.includes(id));
  const everywhere = (resolution: "good" | "keep"): UndoGoal => ({
    ...goal,
    resolutions: [...goal.resolutions, { field: "*", resolution }],
  });
  return [
    ...(later.length === 0
      ? []
      : [
          {
            title: `undo ${later.map((id) => id.slice(0, 7)).join(", ")} too`,
            goal: { ...goal, commits: [...later, ...goal.commits] },
          },
        ]),
    { title: "--resolve '*=good': the values from before", goal: everywhere("good") },
    { title: "--resolve '*=keep': the present values", goal: everywhere("keep") },
  ];
}
