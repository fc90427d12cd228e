import { readHistory } from "../../../app/read-history.ts";
import { summarizeRevisions } from "../../../app/summarize-revisions.ts";
import { isCheckpoint } from "../../../core/checkpoint.ts";
import { escapeText } from "../../../core/model/escape.ts";
import { EVIDENCE_KINDS } from "../../../core/model/evidence.ts";
import { EXIT, type ExitCode, LastgoodError } from "../../../errors.ts";
import type { Command, CommonOptions } from "../context.ts";
import { openTarget } from "../open-target.ts";
import { checkpointsDocument } from "../render/documents.ts";
import { checkpointsTable } from "../render/history-table.ts";
import { parseLimit } from "./history.ts";
import { shellLine } from "../../../core/model/shell.ts";
import { placeWords } from "./asked.ts";

export interface CheckpointsOptions extends CommonOptions {
  readonly target?: string;
  readonly evidence?: string;
  readonly limit?: string;
}

/** `checkpoints TARGET`: what can be gone back to, on what evidence. */
export const runCheckpoints: Command<CheckpointsOptions> = async (options, context): Promise<ExitCode> => {
  const kind = EVIDENCE_KINDS.find((known) => known === options.evidence);
  if (options.evidence !== undefined && kind === undefined) {
    throw new LastgoodError("UsageArgument", `--evidence ${options.evidence} is no kind of evidence`, {
      hint: `Kinds are ${EVIDENCE_KINDS.join(", ")}.`,
    });
  }
  const limit = parseLimit(options.limit, 0);
  const opened = await openTarget(
    { reach: "here", ...(options.target === undefined ? {} : { query: options.target }) },
    options,
    context,
  );
  try {
    const { world, target, base, patterns } = opened;
    const history = await readHistory({ target, base, patterns }, world);
    const good = history.revisions.filter(
      (revision) =>
        isCheckpoint(revision) &&
        (kind === undefined || revision.evidence.some((statement) => statement.kind === kind)),
    );
    const shown = limit === 0 ? good : good.slice(0, limit);
    if (context.format === "json" || context.format === "yaml") context.document(checkpointsDocument(history, shown));
    else if (context.format === "name") context.print(shown.map(({ revision }) => revision.id));
    else if (shown.length === 0) {
      context.say([escapeText(`No revision of ${target.name} is proven good; ${history.revisions.length} looked at.`)]);
      if (world.fetchLedger !== undefined) context.next(world.fetchLedger);
      context.next(shellLine(["lastgood", "history", target.name, ...placeWords(options)]));
      const mark = shellLine(["lastgood", "mark", "good", target.name, "REV", ...placeWords(options)]);
      context.next(`${mark} --reason "..."`);
    } else {
      const summaries = await summarizeRevisions(shown, world.repository);
      const facts = { history, shown, summaries, nowMs: world.clock.nowMs(), style: context.style };
      context.table(checkpointsTable(facts));
      const to = shown[0]?.revision.id.slice(0, 7) ?? "REV";
      context.next(shellLine(["lastgood", "plan", target.name, ...placeWords(options), "--to", to]));
    }
    return EXIT.done;
  } finally {
    await opened.world.close();
  }
};
