import { planTarget } from "../../../app/plan-target.ts";
import { readHistory } from "../../../app/read-history.ts";
import { summarizeRevisions } from "../../../app/summarize-revisions.ts";
import type { JudgedRevision } from "../../../core/checkpoint.ts";
import { componentName } from "../../../core/model/component.ts";
import { escapeText, shorten } from "../../../core/model/escape.ts";
import { shortId, subjectOf } from "../../../core/model/git.ts";
import type { Plan } from "../../../core/plan/types.ts";
import { EVERYTHING } from "../../../core/selection.ts";
import { type ChangeSummary, summaryText } from "../../../core/summary.ts";
import { LastgoodError } from "../../../errors.ts";
import type { CommandContext } from "../context.ts";
import type { OpenedTarget } from "../open-target.ts";
import { formatAge } from "../output/age.ts";
import { planText } from "../render/plan-text.ts";
import type { SelectionOptions } from "./plan.ts";

/** `-i`: a person picks the revision (typing searches), sees what would change, and unticks what is to stay. */
export async function chooseCheckpoint<O extends SelectionOptions>(
  options: O,
  { world, target, base, patterns }: OpenedTarget,
  context: CommandContext,
): Promise<O | undefined> {
  if (!context.interactive || context.surroundings.stdin.isTTY !== true) {
    throw new LastgoodError("UsageMissing", "-i needs a terminal", {
      hint: "Name the revision with --to and the parts with --only.",
    });
  }
  const prompts = await import("@clack/prompts");
  const history = await readHistory({ target, base, patterns }, world);
  const candidates = history.revisions.filter(({ content }) => content !== history.content);
  if (candidates.length === 0) {
    throw new LastgoodError(
      "UsageTarget",
      `${target.name} has only ever had one content: there is nothing to go back to`,
    );
  }
  const shown = candidates.slice(0, 200);
  const summaries = await summarizeRevisions(shown.slice(0, 40), world.repository);
  const nowMs = world.clock.nowMs();
  for (;;) {
    const to = await prompts.autocomplete({
      message: `Back to which revision of ${escapeText(target.name)}? (type to search)`,
      options: shown.map((revision) => ({
        value: revision.revision.id as string,
        label: labelOf(revision, nowMs),
        hint: hintOf(summaries.get(revision.revision.id)),
      })),
      maxItems: 12,
    });
    if (prompts.isCancel(to) || typeof to !== "string") return undefined;
    const goal = { kind: "revision", text: to } as const;
    const { plan } = await planTarget(
      { target, branch: world.branch, base, goal, selection: EVERYTHING, patterns },
      world,
    );
    if (plan.kind !== "plan") return { ...options, to };
    prompts.note(planText(plan, context.style).join("\n"), "This would change");
    const picked = await prompts.multiselect({
      message: "What goes back? (space unticks)",
      options: [
        ...partsOf(plan).map((value) => ({ value, label: value })),
        { value: BACK, label: "choose another revision" },
      ],
      initialValues: [...partsOf(plan)],
    });
    if (prompts.isCancel(picked)) return undefined;
    if (picked.includes(BACK)) continue;
    const all = picked.length === partsOf(plan).length;
    return { ...options, to, ...(all ? {} : { only: picked }) };
  }
}

const BACK = "(back)";

function labelOf({ number, revision, verdict }: JudgedRevision, nowMs: number): string {
  const marks = { good: "✔ good", bad: "✗ bad", unproven: "? unproven" } as const;
  return `#${number} ${shortId(revision.id)}  ${marks[verdict].padEnd(10)}  ${formatAge(revision.committedAtMs, nowMs, true).padEnd(8)}  ${escapeText(shorten(subjectOf(revision), 60))}`;
}

function hintOf(summary: ChangeSummary | undefined): string {
  return summary === undefined ? "" : summaryText(summary);
}

/** `Deployment/api:image`: the selectable parts of a plan. */
function partsOf(plan: Plan): readonly string[] {
  const parts = plan.components.flatMap(({ component, fields }) => {
    const name = componentName(component);
    return fields.length === 0 ? [name] : fields.map(({ facet }) => `${name}:${facet}`);
  });
  return [...new Set(parts)];
}
