/** The pull request's body (interface.md §3): what a person needs to say yes or no, in the order in which they need it. */
import type { Hash } from "../content.ts";
import { componentName } from "../model/component.ts";
import type { Plan } from "../plan/types.ts";
import { diffLines, jsonPatches, manifestDiff, type OriginalText, originals, why } from "./body-details.ts";
import { inlineCode } from "./body-quotes.ts";
import { changes, checks, headline, reverts, states, verdicts } from "./body-sections.ts";
import { choicesOf, renderChoices } from "./choices.ts";
import { titleFor } from "./message.ts";
import { markOf, withMark } from "./text-mark.ts";

export interface BodyFacts {
  readonly plan: Plan;
  readonly key: string;
  readonly job: string;
  readonly reason?: string;
  /** Who asked for it: a login, a name; missing when lastgood acts by itself. */
  readonly by?: string;
  /** `lastgood plan payments/api --to 3f9c2ab`: shows the same. */
  readonly command: string;
  /** For the mark: it tells a person's edit from our own words. */
  readonly hash: Hash;
  /** Somebody reads the boxes by themselves (a daemon, a workflow); else a person has to say when. */
  readonly followed?: boolean;
  /** Where it is written what people do: an address of the configuration's. */
  readonly runbook?: string;
  /** What the pull requests of the suspects said; of the others their message is shown. */
  readonly originals?: readonly OriginalText[];
}

/** GitHub takes 65,536 characters; what we write stays well below, so that a person can still add to it. */
export const MAX_BODY = 58_000;

/** The mark and the line end that come last. */
const MARK_ROOM = 8100;

/** How much of each part is shown. */
interface Size {
  readonly patch: boolean;
  /** Characters of the diff. */
  readonly diff: number;
  readonly why: boolean;
  /** Characters of each original description. */
  readonly originals: number;
  /** Rows of the table, and of other lists. */
  readonly rows: number;
  readonly choices: boolean;
}

/** What goes first when it is too long: JSON Patch, the end of the diff, all of it, the evidence. The rest only when nothing else helps. */
const SIZES: readonly Size[] = [
  { patch: true, diff: MAX_BODY, why: true, originals: 2000, rows: 100, choices: true },
  { patch: false, diff: MAX_BODY, why: true, originals: 2000, rows: 100, choices: true },
  { patch: false, diff: 20_000, why: true, originals: 2000, rows: 100, choices: true },
  { patch: false, diff: 0, why: true, originals: 2000, rows: 100, choices: true },
  { patch: false, diff: 0, why: false, originals: 500, rows: 50, choices: true },
  { patch: false, diff: 0, why: false, originals: 0, rows: 8, choices: false },
];

/** Renders the body; the same facts give the same text. At most `MAX_BODY` characters, whatever the plan. */
export function pullRequestBody(facts: BodyFacts): string {
  const { plan, hash } = facts;
  const parts = { patch: once(() => jsonPatches(plan)), diff: once(() => diffLines(plan)) };
  let body = "";
  for (const size of SIZES) {
    body = render(facts, size, parts);
    if (body.length <= MAX_BODY - MARK_ROOM) break;
  }
  return withMark({ title: titleFor(plan, "pull-request"), body }, markOf(facts), hash);
}

interface Parts {
  readonly patch: () => string;
  readonly diff: () => readonly string[];
}

function render(facts: BodyFacts, size: Size, parts: Parts): string {
  const { plan } = facts;
  return [
    headline(facts),
    states(plan),
    reverts(plan),
    changes(plan, size.rows),
    checks(plan, size.rows, facts.runbook),
    size.choices ? renderChoices(choicesOf(plan), { hint: hintOf(facts), branch: plan.branch }) : "",
    verdicts(plan),
    size.why ? why(plan) : "",
    size.diff > 0 ? manifestDiff(parts.diff(), size.diff) : "",
    size.patch ? parts.patch() : "",
    size.patch ? "" : "_The whole plan is too long for this page: run the command below to see it._",
    size.originals > 0 ? originals(plan, size.originals, facts.originals) : "",
    footer(facts),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function hintOf({ followed }: BodyFacts): string {
  return followed === true
    ? "Tick or untick; the branch is rebuilt within a minute.\n"
    : "Tick or untick, then run `lastgood revert --follow NUMBER` with the number of this page: the branch is rebuilt.\n";
}

function footer({ plan, job, command }: BodyFacts): string {
  const names = new Set(plan.components.map(({ component }) => componentName(component))).size;
  const count = `${names} ${names === 1 ? "component" : "components"}`;
  return `<sub>Opened by lastgood · job ${inlineCode(job, 40)} · ${count} · ${inlineCode(command, 1500)} shows the same</sub>`;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
