import { resolve } from "node:path";
import { findScope } from "../../../app/find-scope.ts";
import { type Replay, replay } from "../../../app/replay.ts";
import type { CommitId } from "../../../core/model/git.ts";
import type { Scope } from "../../../core/model/target.ts";
import { EXIT, type ExitCode, LastgoodError } from "../../../errors.ts";
import { openWorld } from "../../compose.ts";
import type { OpenedWorld } from "../../compose-parts.ts";
import { locateRepository, type Location } from "../../locate-repository.ts";
import { openReplayCache } from "../../replay-cache.ts";
import { openReplayLanes } from "../../replay-lanes.ts";
import { cacheFolder } from "../../surroundings.ts";
import { createSystemClock } from "../../system-clock.ts";
import type { Command, CommandContext, CommonOptions } from "../context.ts";
import { openTarget } from "../open-target.ts";
import { type ReplayFrame, replayDocument, replayLines, replayTable, unequalResults } from "../render/replay-report.ts";
import { parseLimit } from "./history.ts";

export interface ReplayOptions extends CommonOptions {
  readonly since?: string;
  readonly limit?: string;
  readonly target?: string;
  readonly html?: string;
  readonly jobs?: string;
  readonly all?: boolean;
  readonly fresh?: boolean;
}

/** `replay`: what would lastgood have done in this repository's own past? Writes nothing but its cache, and the page. */
export const runReplay: Command<ReplayOptions> = async (options, context): Promise<ExitCode> => {
  const sinceMs = parseSince(options.since ?? "2y", createSystemClock().nowMs());
  const jobs = parseJobs(options.jobs);
  const limit = parseLimit(options.limit, 0);
  const opened = await openPast(options, context);
  const { world, location, base, scope } = opened;
  const { surroundings, log } = context;
  const { env, home, signal, thread } = surroundings;
  const repository = world.urls[0] ?? (location.kind === "clone" ? location.path : location.url);
  const lanes = await openReplayLanes({ place: { location, env: { ...env }, home }, jobs, thread });
  try {
    const done = await replay({
      repository: world.repository,
      base,
      sinceMs,
      lanes: lanes.lanes,
      cache: openReplayCache({
        folder: cacheFolder(surroundings),
        repository,
        version: surroundings.version,
        fresh: options.fresh === true,
      }),
      log,
      signal,
      ...(limit === 0 ? {} : { limit }),
      ...(scope === undefined ? {} : { scope }),
    });
    const frame: ReplayFrame = {
      repository,
      base,
      sinceMs,
      ...(options.target === undefined ? {} : { target: options.target }),
      ...(limit === 0 ? {} : { limit }),
    };
    show(done, frame, { all: options.all === true, context });
    if (options.html !== undefined) await writePage(done, frame, { file: options.html, context });
    return EXIT.done;
  } finally {
    await lanes.close();
    await world.close();
  }
};

interface Past {
  readonly world: OpenedWorld;
  readonly location: Location;
  readonly base: CommitId;
  readonly scope?: Scope;
}

/** Any repository, without a config; with a target what the config or the engine objects say of it. */
async function openPast(options: ReplayOptions, context: CommandContext): Promise<Past> {
  const { surroundings, log } = context;
  const location = locateRepository({ repo: options.repo }, surroundings);
  if (options.target !== undefined) {
    const { world, target, base } = await openTarget(
      { reach: "here", query: options.target, whole: true },
      options,
      context,
    );
    const { scope } = await findScope({ repository: world.repository, commit: base, target });
    return { world, location, base, scope };
  }
  const clock = createSystemClock();
  const forge = { type: "none" } as const;
  const world = await openWorld({ location, reach: "here", whole: true, clock, log, forge }, surroundings);
  if (options.base === undefined) return { world, location, base: world.base };
  const base = await world.repository.resolve(options.base);
  if (base !== undefined) return { world, location, base };
  await world.close();
  throw new LastgoodError("UsageRevision", `--base ${options.base} does not exist in this repository`, {
    hint: "Give a branch, a tag or a commit id of at least 7 digits.",
  });
}

interface Showing {
  readonly all: boolean;
  readonly context: CommandContext;
}

function show(done: Replay, frame: ReplayFrame, { all, context }: Showing): void {
  const { format, interactive, style } = context;
  if (format === "json" || format === "yaml") return context.document(replayDocument(done, frame));
  if (format === "name") return context.print(done.results.map(({ human }) => human.id));
  const wanted = all || format === "wide" || !interactive ? done.results : unequalResults(done);
  context.table(replayTable(wanted, style, format === "wide" ? frame.repository : undefined));
  if (interactive) context.print(["", ...replayLines(done, style)]);
  else context.say(replayLines(done, context.talk));
  if (interactive && wanted.length < done.results.length) {
    context.say([
      `Only those that somebody did not get as the person did are listed: --all shows ${done.results.length}.`,
    ]);
  }
}

async function writePage(
  done: Replay,
  frame: ReplayFrame,
  { file, context }: { readonly file: string; readonly context: CommandContext },
): Promise<void> {
  const { replayPage } = await import("../render/replay-page.ts");
  const { default: writeFileAtomic } = await import("write-file-atomic");
  const path = resolve(context.surroundings.cwd, file);
  try {
    await writeFileAtomic(path, replayPage(done, frame));
  } catch (cause) {
    throw new LastgoodError("UsageArgument", `--html ${file} cannot be written`, {
      cause,
      hint: "Is its folder there?",
    });
  }
  context.log.done(`page written: ${file}`);
}

const DAY_MS = 86_400_000;
const UNITS: Readonly<Record<string, number>> = { y: 365 * DAY_MS, mo: 30 * DAY_MS, w: 7 * DAY_MS, d: DAY_MS };

/** `2y`, `6mo`, `3w`, `90d`, or a date. Throws `UsageArgument`. */
function parseSince(text: string, nowMs: number): number {
  const match = /^(\d{1,4})(y|mo|w|d)$/.exec(text);
  const unit = match === null ? undefined : UNITS[match[2] ?? ""];
  const at = unit === undefined ? Date.parse(text) : nowMs - Number(match?.[1]) * unit;
  if (!Number.isNaN(at)) return Math.max(0, at);
  throw new LastgoodError("UsageArgument", `--since ${text} is neither a span nor a date`, {
    hint: "For example 2y, 6mo, 90d or 2026-08-01.",
  });
}

function parseJobs(text: string | undefined): number {
  if (text === undefined) return 2;
  if (/^[1-8]$/.test(text)) return Number(text);
  throw new LastgoodError("UsageArgument", `--jobs ${text} is not a number from 1 to 8`);
}
