import { readHistory, type TargetHistory } from "../../../app/read-history.ts";
import { summarizeRevisions } from "../../../app/summarize-revisions.ts";
import { isCheckpoint, type JudgedRevision } from "../../../core/checkpoint.ts";
import { escapeText } from "../../../core/model/escape.ts";
import { EXIT, type ExitCode, LastgoodError } from "../../../errors.ts";
import type { Command, CommonOptions } from "../context.ts";
import { openTarget } from "../open-target.ts";
import { historyDocument } from "../render/documents.ts";
import { historyTable, historyTitle, LEGEND } from "../render/history-table.ts";
import { shellLine } from "../../../core/model/shell.ts";
import { placeWords } from "./asked.ts";
import { parseSince } from "./since.ts";

export interface HistoryOptions extends CommonOptions {
  readonly target?: string;
  readonly limit?: string;
  readonly since?: string;
  readonly good?: boolean;
  readonly bad?: boolean;
}

/** `history TARGET`: what `kubectl rollout history` is for a Deployment, for a target in git. */
export const runHistory: Command<HistoryOptions> = async (options, context): Promise<ExitCode> => {
  const limit = parseLimit(options.limit, context.interactive ? 20 : 0);
  const opened = await openTarget({ reach: "here", ...query(options) }, options, context);
  try {
    const { world, target, base, patterns } = opened;
    const history = await readHistory({ target, base, patterns }, world);
    const since = options.since === undefined ? undefined : parseSince(options.since, world.clock.nowMs());
    const matching = history.revisions.filter((revision) => isWanted(revision, options, since));
    const shown = limit === 0 ? matching : matching.slice(0, limit);
    if (context.format === "json" || context.format === "yaml") context.document(historyDocument(history, shown));
    else if (context.format === "name") context.print(shown.map(({ revision }) => revision.id));
    else {
      const summaries = await summarizeRevisions(shown, world.repository);
      const facts = { history, shown, summaries, nowMs: world.clock.nowMs(), style: context.style };
      if (context.interactive) context.print([historyTitle(history, shown.length, world.branch)]);
      context.table(historyTable(facts));
      if (context.interactive) context.print([context.style.dim(LEGEND)]);
      if (options.verbose === true) {
        context.say([...new Set(history.notes)].map((note) => `note: ${escapeText(note)}`));
      }
      const { fetchLedger } = opened.world;
      if (fetchLedger !== undefined && !history.revisions.some(isCheckpoint)) context.next(fetchLedger);
      const next = nextCommand(history, options);
      if (next !== undefined) context.next(next);
    }
    return EXIT.done;
  } finally {
    await opened.world.close();
  }
};

/** Where something is proven good `plan` finds it; else a person has to say. */
function nextCommand({ target, revisions }: TargetHistory, options: HistoryOptions): string | undefined {
  const plan = (...words: readonly string[]): string =>
    shellLine(["lastgood", "plan", target.name, ...placeWords(options), ...words]);
  if (revisions.some(isCheckpoint)) return plan();
  const before = revisions[1]?.revision.id.slice(0, 7);
  return before === undefined ? undefined : `${plan("--to", before)}    nothing here is proven good: choose`;
}

function query({ target }: HistoryOptions): { readonly query?: string } {
  return target === undefined ? {} : { query: target };
}

function isWanted(revision: JudgedRevision, { good, bad }: HistoryOptions, sinceMs: number | undefined): boolean {
  if (sinceMs !== undefined && revision.revision.committedAtMs < sinceMs) return false;
  if (good !== true && bad !== true) return true;
  return (good === true && revision.verdict === "good") || (bad === true && revision.verdict === "bad");
}

/** `--limit N`; 0 means all. Throws `UsageArgument`. */
export function parseLimit(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new LastgoodError("UsageArgument", `--limit ${text} is not a number`, { hint: "0 means all." });
}
