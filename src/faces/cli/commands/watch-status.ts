import { haveAnswered } from "../../../app/engines-say.ts";
import type { ObservedTarget, Observer } from "../../../app/observe-targets.ts";
import type { Standing } from "../../../app/read-standing.ts";
import { watchTargets } from "../../../app/watch-targets.ts";
import type { Status } from "../../../core/kstatus/status.ts";
import { formatDuration, toIso } from "../../../core/model/time.ts";
import { EXIT, type ExitCode } from "../../../errors.ts";
import { linkAbort } from "../../../linked-abort.ts";
import type { EngineView } from "../../../ports/engine.ts";
import { createSystemClock } from "../../system-clock.ts";
import type { CommandContext } from "../context.ts";
import type { Board } from "../open-board.ts";
import { pickTarget } from "../pick-target.ts";
import { glyph } from "../output/glyphs.ts";
import { standingReader } from "../read-board.ts";
import { statusListDocument } from "../render/status-documents.ts";
import { reasonText, type StatusRow, statusTable, syncText, worstFirst } from "../render/status-table.ts";
import { failureLines, inNamespace } from "./status.ts";
import type { StatusOptions } from "./status-options.ts";

export interface WatchStatus {
  readonly board: Board;
  readonly observer: Observer;
  readonly only: ReadonlySet<Status> | undefined;
  readonly options: StatusOptions;
}

/** `status -w [TARGET]`: drawn anew in place on a terminal, a line for each change elsewhere. Ends with Ctrl-C, or when its reader has gone. */
export async function watchStatus(
  { board, observer, only, options }: WatchStatus,
  context: CommandContext,
): Promise<ExitCode> {
  const clock = createSystemClock();
  const stop = linkAbort(context.surroundings.signal);
  const standings = rememberStandings(board, context);
  let views: ReadonlyMap<string, EngineView> = new Map();
  const tell = failureTeller(context);
  const choose = createChoice(options.target);
  const show = context.redraw === undefined ? showChanges(context) : redrawTable(context);
  const request = {
    engines: board.engines,
    observer,
    signal: stop.signal,
    discover: async (looked: Parameters<Board["discover"]>[0]) => {
      views = new Map(looked.map(({ name, view }) => [name, view]));
      return inNamespace(board.discover(looked), options);
    },
    onRound: async (observed: readonly ObservedTarget[]) => {
      // Until every engine was heard, or has failed, the first table would only tell of what is not known yet.
      if (!haveAnswered(views)) return;
      const wanted = worstFirst(choose(observed)).filter(
        ({ present }) => only === undefined || only.has(present.status),
      );
      const rows: StatusRow[] = [];
      for (const one of wanted) rows.push({ observed: one, standing: await standings(one, views) });
      if (context.redraw === undefined) tell(failureLines(views, board));
      show(rows, { views, board, nowMs: clock.nowMs() });
      if (context.isClosed()) stop.abort();
    },
  };
  await watchTargets(request, clock);
  return context.surroundings.signal.aborted ? EXIT.interrupted : EXIT.done;
}

/** All of them, or the one that is meant: it has to be there at first, and may go later. Throws `UsageTarget`. */
function createChoice(target: string | undefined): (observed: readonly ObservedTarget[]) => readonly ObservedTarget[] {
  let name: string | undefined;
  return (observed) => {
    if (target === undefined) return observed;
    name ??= pickTarget(target, observed).watched.target.name;
    return observed.filter(({ watched }) => watched.target.name === name);
  };
}

/** Read again when what runs, or how it is, has changed: not in every round. */
function rememberStandings(
  board: Board,
  context: CommandContext,
): (one: ObservedTarget, views: ReadonlyMap<string, EngineView>) => Promise<Standing> {
  const known = new Map<string, { readonly key: string; readonly standing: Standing }>();
  const read = standingReader(board, context);
  return async (one, views) => {
    const { name } = one.watched.target;
    const key = [one.present.status, one.revision, one.content].join(" ");
    const before = known.get(name);
    if (before?.key === key) return before.standing;
    const standing = await read(one, views);
    known.set(name, { key, standing });
    return standing;
  };
}

interface Shown {
  readonly views: ReadonlyMap<string, EngineView>;
  readonly board: Board;
  readonly nowMs: number;
}

type Show = (rows: readonly StatusRow[], shown: Shown) => void;

/** What is shown while an engine cannot be asked is what was heard last: it says so below. */
function redrawTable({ redraw, style, format }: CommandContext): Show {
  return (rows, { views, board, nowMs }) => {
    const failures = failureLines(views, board).map((line) => `${glyph("warning", style.unicode)} ${line}`);
    const below = failures.length === 0 ? [] : [...failures, ...heardLines(views, nowMs)];
    redraw?.(statusTable({ rows, nowMs, style, wide: format === "wide" }), below);
  };
}

/** Of the engine that was silent for the longest. One that never answered has told nothing that could be old. */
function heardLines(views: Shown["views"], nowMs: number): readonly string[] {
  const times = [...views.values()].flatMap(({ failure, heardAtMs }) =>
    failure === undefined ? [] : (heardAtMs ?? []),
  );
  if (times.length === 0) return [];
  return [`  what it said last is ${formatDuration(Math.max(0, nowMs - Math.min(...times)))} old`];
}

/** Where lines are written one below the other: when it begins, when it is another, and when it is over. */
function failureTeller({ log }: Pick<CommandContext, "log">): (lines: readonly string[]) => void {
  let told: readonly string[] = [];
  return (lines) => {
    for (const line of lines) if (!told.includes(line)) log.warn(line);
    if (told.length > 0 && lines.length === 0) log.done("every engine answers again");
    told = lines;
  };
}

/** One line, or one document, for each target that has changed; all of them at first. */
function showChanges(context: CommandContext): Show {
  const told = new Map<string, string>();
  return (rows, { views, board, nowMs }) => {
    const changed = rows.filter(({ observed }) => {
      const { name } = observed.watched.target;
      const line = lineOf(observed).join("\t");
      if (told.get(name) === line) return false;
      told.set(name, line);
      return true;
    });
    const present = new Set(rows.map(({ observed }) => observed.watched.target.name));
    for (const name of told.keys()) if (!present.has(name)) told.delete(name);
    if (changed.length === 0) return;
    if (context.format === "json" || context.format === "yaml") {
      context.document(statusListDocument(changed, board.engines, views));
      return;
    }
    const columns = ["TIME", "TARGET", "ENV", "STATUS", "SYNC", "LIVE", "REASON"].map((title) => ({ title }));
    context.table({ columns, rows: changed.map(({ observed }) => [toIso(nowMs), ...lineOf(observed)]) });
  };
}

function lineOf(observed: ObservedTarget): readonly string[] {
  const { watched, present, revision } = observed;
  const { name, environment } = watched.target;
  const reason = present.says === undefined ? "" : reasonText(present.says);
  return [name, environment ?? "-", present.status, syncText(observed), revision ?? "-", reason];
}
