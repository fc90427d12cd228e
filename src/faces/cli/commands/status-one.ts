/** `status TARGET`: how it is, why, and what people do now. */
import type { ObservedTarget } from "../../../app/observe-targets.ts";
import { summarizeRevisions } from "../../../app/summarize-revisions.ts";
import { shellLine } from "../../../core/model/shell.ts";
import { LastgoodError } from "../../../errors.ts";
import type { Reason } from "../../../ports/engine.ts";
import { policyOf } from "../../watched-targets.ts";
import type { CommandContext } from "../context.ts";
import type { Board } from "../open-board.ts";
import { fullStanding, readDecision, readDrill } from "../read-board.ts";
import { statusDetail } from "../render/status-detail.ts";
import { statusDocument } from "../render/status-documents.ts";
import type { StatusRow } from "../render/status-table.ts";
import { placeWords } from "./asked.ts";
import type { Look, Showing, StatusOptions } from "./status-options.ts";

export async function showOne(
  observed: ObservedTarget,
  { views }: Look,
  { board, options, context }: Showing,
): Promise<void> {
  const { target } = observed.watched;
  const { world, declared } = board.laneOf(target.name);
  context.log.progress("reading what was good, and why it is as it is");
  const [standing, reasons, drill, decision] = await Promise.all([
    fullStanding(observed, views, board),
    explain(observed, board, context),
    readDrill(target.name, world.ledger, context),
    readDecision(target.name, world.ledger, context),
  ]);
  const more = { reasons, ...(drill === undefined ? {} : { drill }), ...(decision === undefined ? {} : { decision }) };
  const row: StatusRow = { observed, standing };
  const { format, style } = context;
  if (format === "json" || format === "yaml") {
    context.document(statusDocument(row, more));
    return;
  }
  if (format === "name") {
    context.print([target.name]);
    return;
  }
  const summaries = await summarizeRevisions(standing.suspects.slice(0, MOST_SUSPECTS), world.repository);
  const policy = policyOf(observed.watched, { config: board.config, declared: declared.get(target.name) });
  const nowMs = world.clock.nowMs();
  context.print(statusDetail({ ...row, ...more, summaries, policy, config: board.config, nowMs, style }));
  const next = nextOf(row, reasons, clusterNamed(options, board));
  if (next !== undefined) context.next(next);
}

const MOST_SUSPECTS = 6;

/**
 * Down to the pods, of what is not well; and of what is, where the configuration judges kinds that the engine may know nothing of. What
 * cannot be explained costs a warning.
 */
async function explain({ states }: ObservedTarget, board: Board, { log }: CommandContext): Promise<readonly Reason[]> {
  const found = await Promise.all(
    states.map(async (state) => {
      const opened = board.engines.find(({ engine }) => engine.name === state.engine);
      if (opened === undefined || (state.status.status === "Current" && opened.judgesKinds === undefined))
        return undefined;
      try {
        return await opened.engine.explain(state);
      } catch (error) {
        if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
        log.warn(`why it is so cannot be read: ${error.message}`);
        return undefined;
      }
    }),
  );
  return found.filter((reason) => reason !== undefined);
}

/** Other commands ask no cluster that nobody has named: the one that was looked at by itself here is named to them. */
function clusterNamed(options: StatusOptions, { engines }: Board): StatusOptions {
  if (options.context !== undefined || options.kubeconfig !== undefined) return options;
  const context = engines.find(({ guessed }) => guessed === true)?.context;
  return context === undefined ? options : { ...options, context };
}

/** What people do now. A target that only a cluster knows is named by its path. */
function nextOf(
  { observed, standing }: StatusRow,
  reasons: readonly Reason[],
  options: StatusOptions,
): string | undefined {
  const { target, from } = observed.watched;
  if (observed.present.status === "Current") return undefined;
  const { pullRequest, lastGood, suspects } = standing;
  if (pullRequest?.state === "open") return `${pullRequest.url}    merging it takes it back`;
  // An engine may call it in progress for long while its pods cannot start.
  if (observed.present.status !== "Failed" && !reasons.some(isFailingBelow)) return undefined;
  const name = from === "cluster" ? `./${target.sources[0]?.path ?? ""}` : (target.name.split("@")[0] ?? target.name);
  const line = (...words: readonly string[]): string => shellLine(["lastgood", ...words, ...placeWords(options)]);
  const [suspect] = suspects;
  if (lastGood === undefined && suspect !== undefined) {
    return `${line("plan", name, "--commit", suspect.revision.id.slice(0, 12))}    undoes what runs; nothing before is proven good`;
  }
  return suspect === undefined ? line("history", name) : line("plan", name);
}

function isFailingBelow({ below }: Reason): boolean {
  return below.some((reason) => reason.status.status === "Failed" || isFailingBelow(reason));
}
