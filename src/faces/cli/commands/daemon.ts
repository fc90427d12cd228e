import { stat } from "node:fs/promises";
import { MODES, type Mode } from "../../../core/model/mode.ts";
import { EXIT, type ExitCode, LastgoodError } from "../../../errors.ts";
import { linkAbort } from "../../../linked-abort.ts";
import { createDaemonLog, type DaemonLog } from "../../daemon/daemon-log.ts";
import { createLasting } from "../../daemon/lasting.ts";
import { type Generation, startGeneration } from "../../daemon/start-daemon.ts";
import { createSystemClock } from "../../system-clock.ts";
import type { Command, CommandContext, CommonOptions } from "../context.ts";
import { createRedactor, type Redact } from "../output/redact.ts";

export interface DaemonOptions extends CommonOptions {
  readonly once?: boolean;
  readonly mode?: string;
  readonly listen?: string;
  readonly logFormat?: string;
}

/** How long what was begun may take to end. Kubernetes kills after 30 s. */
const GRACE_MS = 25_000;
/** How often it is looked whether the configuration has changed. */
const RELOAD_MS = 10_000;

/**
 * `daemon`: watches, decides and reverts as far as the configuration lets it, until it is told to stop; then it ends with 0. A new
 * configuration takes the place of the old one when it is sound; else the old one stays.
 */
export const runDaemonCommand: Command<DaemonOptions> = async (options, context): Promise<ExitCode> => {
  const atMost = modeOf(options.mode);
  const { surroundings } = context;
  const stop = surroundings.signal;
  const late = lateSignal(stop);
  const secrets = new Set<string>();
  const masks: { redact: Redact } = { redact: createRedactor([]) };
  const log = openLog(options, context, (text) => masks.redact(text));
  const lasting = createLasting(surroundings.version);
  const begin = async (): Promise<Generation> =>
    startGeneration(
      {
        options,
        ...(atMost === undefined ? {} : { atMost }),
        context: { ...context, log, surroundings: { ...surroundings, signal: late } },
        log,
        stop,
        onSecrets: (values) => {
          for (const value of values) secrets.add(value);
          masks.redact = createRedactor([...secrets]);
        },
      },
      lasting,
    );
  let generation = await begin();
  // Who does not listen keeps nobody waiting but the end.
  const told: Promise<void>[] = [];
  log.event("started", { version: surroundings.version, config: generation.config.path });
  try {
    for (;;) {
      const changed = options.once === true ? undefined : await untilChanged(generation, { context, stop });
      if (changed === undefined) break;
      const old = generation;
      generation = (await replace(old, { begin, log })) ?? old;
      if (generation !== old) told.push(old.told());
    }
    await generation.done;
  } finally {
    await generation.close();
    await Promise.all([...told, generation.told()]);
  }
  log.event("ended", {});
  return EXIT.done;
};

function modeOf(text: string | undefined): Mode | undefined {
  if (text === undefined) return undefined;
  const mode = MODES.find((known) => known === text);
  if (mode !== undefined) return mode;
  throw new LastgoodError("UsageArgument", `--mode ${text} is no mode`, { hint: `Give ${MODES.join(", ")}.` });
}

/** What is under way is cut off only when it does not end by itself. */
function lateSignal(stop: AbortSignal): AbortSignal {
  const late = new AbortController();
  stop.addEventListener(
    "abort",
    () => {
      setTimeout(() => late.abort(stop.reason), GRACE_MS).unref();
    },
    { once: true },
  );
  return late.signal;
}

function openLog({ logFormat }: DaemonOptions, { surroundings }: CommandContext, redact: Redact): DaemonLog {
  const { stderr } = surroundings;
  const json = logFormat === undefined ? stderr.isTTY !== true : logFormat === "json";
  return createDaemonLog({ write: (line) => void stderr.write(line), json, redact, clock: createSystemClock() });
}

interface Watching {
  readonly context: CommandContext;
  readonly stop: AbortSignal;
}

/** By its file, or because somebody asks (SIGHUP). Undefined: the daemon has ended. */
async function untilChanged({ config, done }: Generation, { context, stop }: Watching): Promise<"changed" | undefined> {
  const clock = createSystemClock();
  const asked = new AbortController();
  const forget = context.surroundings.onReload?.(() => asked.abort());
  const ended = new AbortController();
  const end = (): void => ended.abort();
  done.then(end, end);
  const either = linkAbort(stop, asked.signal, ended.signal);
  try {
    const before = await stampOf(config.path);
    for (;;) {
      await clock.sleep(RELOAD_MS, either.signal).catch(() => undefined);
      if (stop.aborted || ended.signal.aborted) return undefined;
      if (asked.signal.aborted) return "changed";
      const now = await stampOf(config.path);
      if (now !== undefined && now !== before) return "changed";
    }
  } finally {
    forget?.();
    either.abort();
  }
}

/** Undefined while it is being replaced. A ConfigMap's file is a link: what it leads to counts. */
async function stampOf(path: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return undefined;
  }
}

interface Replacing {
  readonly begin: () => Promise<Generation>;
  readonly log: DaemonLog;
}

/** The old one ends before the new one begins: it may listen on the same address. Undefined: the new one is not sound. */
async function replace(old: Generation, { begin, log }: Replacing): Promise<Generation | undefined> {
  try {
    await old.check();
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    log.warn(`the new configuration is not taken, the old one stays: ${error.message}`);
    return undefined;
  }
  await old.close();
  const next = await begin();
  log.event("reloaded", { config: next.config.path });
  return next;
}
