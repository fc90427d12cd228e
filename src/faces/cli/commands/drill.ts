import { forgeChecks } from "../../../app/doctor/check-forge.ts";
import { rehearsePullRequest } from "../../../app/drill/rehearse-pull-request.ts";
import { rehearseRevert } from "../../../app/drill/rehearse-revert.ts";
import { passedByEngine, rehearseCheck } from "../../../app/drill/rehearse-rights.ts";
import { createStations, type Passed, type Stations } from "../../../app/drill/stations.ts";
import type { Config } from "../../../config/config.ts";
import { readSecretFile } from "../../../config/read-secret-file.ts";
import { drillOutcome, type DrillRecord, drillText, lastDrill, secondsText } from "../../../core/drill.ts";
import { escapeText, shorten } from "../../../core/model/escape.ts";
import { type CommitId, shortId } from "../../../core/model/git.ts";
import { shellLine } from "../../../core/model/shell.ts";
import { toIso } from "../../../core/model/time.ts";
import { EXIT, type ExitCode, LastgoodError } from "../../../errors.ts";
import { chooseForge } from "../../choose-auth.ts";
import { openForDoctor } from "../../compose-doctor.ts";
import { ledgerPlaceOf } from "../../ledger-place.ts";
import { createSystemClock } from "../../system-clock.ts";
import type { Command, CommandContext, CommonOptions } from "../context.ts";
import { loadConfigFor } from "../load-config.ts";
import { lookAtEngines } from "../look-at-engines.ts";
import { type OpenedTarget, openTarget } from "../open-target.ts";
import { drillDocument, drillTable } from "../render/drill-table.ts";
import { whoAmI } from "../who-am-i.ts";
import { placeWords } from "./asked.ts";
import { goalOf } from "./goal.ts";
import { selectionOf } from "./plan.ts";

export interface DrillOptions extends CommonOptions {
  readonly target?: string;
  readonly to?: string;
  readonly draftPullRequest?: boolean;
}

/**
 * `drill TARGET`: rehearses a revert without consequences, and says how long each part of it took. Nothing that anybody could see is written
 * but the record of it; with `--draft-pull-request` a draft is opened, closed and taken away. Exits 1 when a revert would not come about.
 */
export const runDrill: Command<DrillOptions> = async (options, context): Promise<ExitCode> => {
  const clock = createSystemClock();
  // While a draft is open Ctrl-C must not end the requests that take it away again.
  const stop = new AbortController();
  const { signal } = context.surroundings;
  const onAbort = (): void => void (isShown || stop.abort(signal.reason));
  let isShown = false;
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const calm: CommandContext = { ...context, surroundings: { ...context.surroundings, signal: stop.signal } };
  const stations = createStations(clock, { tell: (name) => context.log.progress(name), signal });
  const atMs = clock.nowMs();
  let opened: OpenedTarget | undefined;
  try {
    await stations.run("config", async () => passedByConfig(await loadConfigFor(options, calm)));
    const query = options.target === undefined ? {} : { query: options.target };
    // A target that nobody knows is a mistake of who typed it, not of the drill.
    const fetchMs = clock.nowMs();
    opened = await openTarget({ ...query, reach: "remote", baseIsBranch: true }, options, calm);
    stations.add({ name: "fetch", ms: clock.nowMs() - fetchMs, ...passedByFetch(opened) });
    const parts: Parts = { options, opened, context: calm, stations, id: clock.newId(), signal };
    if (!(await agrees(parts))) {
      context.say(["Nothing was written."]);
      return EXIT.interrupted;
    }
    const { to, commit } = await rehearse(parts);
    await lookAround(parts);
    isShown = options.draftPullRequest === true;
    const pullRequest = isShown ? await show(commit, parts) : undefined;
    isShown = false;
    signal.throwIfAborted();
    return await finish({ atMs, to, pullRequest }, parts);
  } finally {
    signal.removeEventListener("abort", onAbort);
    await opened?.world.close();
  }
};

interface Parts {
  readonly options: DrillOptions;
  readonly opened: OpenedTarget;
  /** Its signal is not Ctrl-C's while a draft is open. */
  readonly context: CommandContext;
  readonly stations: Stations;
  /** ULID of the drill. */
  readonly id: string;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

function passedByConfig(config: Config | undefined): Passed {
  if (config === undefined) return { result: "ok", detail: "there is none: defaults hold" };
  return { result: "ok", detail: `${config.path}: ${config.targets.length} targets` };
}

function passedByFetch({ world, base }: OpenedTarget): Passed {
  const at = `${world.branch} is at ${shortId(base)}`;
  if (world.remote === undefined) return { result: "warning", detail: `${at}; this clone has no remote` };
  return { result: "ok", detail: `${at} on ${world.remote.url}` };
}

async function agrees({ options, opened: { world }, context }: Parts): Promise<boolean> {
  if (options.draftPullRequest !== true || options.yes === true) return true;
  context.say([
    `Opens a draft pull request on ${world.remote?.url ?? "the forge"}, closes it, and deletes its branch.`,
    "Nothing is merged, and nobody is asked for a review.",
  ]);
  return context.confirm("Do that?", "--yes");
}

async function rehearse({ options, opened, context, stations, id }: Parts): ReturnType<typeof rehearseRevert> {
  const { world, target, base, patterns, config } = opened;
  const person = await whoAmI(context.surroundings);
  const request = {
    id,
    target,
    branch: world.branch,
    base,
    patterns,
    goal: goalOf(options),
    selection: selectionOf({}, opened),
    author: (await world.bot?.().catch(() => undefined)) ?? person,
    style: config?.forge.commit.style ?? "git",
  } as const;
  return rehearseRevert(request, world, stations);
}

/** Rights, rules, engine, and who is told. */
async function lookAround(parts: Parts): Promise<void> {
  const { options, opened, context, stations } = parts;
  await lookAtForge(parts);
  await stations.run("engine", async (): Promise<Passed> => {
    const seen = await lookAtEngines(opened, options, context);
    if (seen === undefined) return { result: "skipped", detail: "no engine is configured" };
    const [failed] = seen.failures;
    if (failed === undefined || seen.states.length > 0) return passedByEngine(seen.states);
    return { result: "failed", detail: `${failed.engine}: ${failed.failure.message}` };
  });
  await stations.run("notifications", async () => passedByNotifications(opened.config));
}

const NAMES: Readonly<Record<string, string>> = {
  SignIn: "sign-in",
  Permissions: "permissions",
  BranchRules: "branch rules",
};

async function lookAtForge({ opened, context, stations, signal }: Parts): Promise<void> {
  const { world, config, policy } = opened;
  const { surroundings, log } = context;
  const [url] = world.urls;
  if (url === undefined) {
    stations.skip("permissions", "there is no remote, so no forge");
    return;
  }
  const clock = createSystemClock();
  const forge = chooseForge(surroundings, config);
  const location = { kind: "url", url } as const;
  const doctor = await openForDoctor(
    { location, offline: false, forge, clock, log, ...ledgerPlaceOf(config) },
    surroundings,
  );
  if (doctor.forge === undefined) {
    stations.skip("permissions", "the remote is on no forge that lastgood knows");
    return;
  }
  const inspection = await doctor.forge.inspect();
  const account = once(async () => inspection.account());
  const checks = forgeChecks(
    {
      inspection,
      open: async () => ({
        repository: world.repository,
        ledger: world.ledger,
        branch: world.branch,
        base: world.base,
      }),
      signIn: doctor.signIn,
      intent: {
        mode: policy?.mode ?? "propose",
        via: config?.forge.commit.via ?? "auto",
        reviewers: (config?.forge.pullRequest.reviewers.teams.length ?? 0) > 0,
      },
      branch: world.branch,
      clock,
    },
    account,
  );
  for (const check of checks) {
    const name = NAMES[check.name];
    if (name !== undefined) await rehearseCheck(name, check, { stations, signal });
  }
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return async () => {
    asked ??= ask();
    return asked;
  };
}

/** By the configuration alone: nobody is rung. */
async function passedByNotifications(config: Config | undefined): Promise<Passed> {
  const notifications = config?.notifications ?? [];
  if (notifications.length === 0) return { result: "skipped", detail: "nobody is told: notifications is empty" };
  for (const one of notifications) {
    const file = one.type === "slack" ? one.urlFile : one.type === "webhook" ? one.hmacSecretFile : one.routingKeyFile;
    if (file === undefined) continue;
    try {
      await readSecretFile(file);
    } catch (error) {
      if (!(error instanceof LastgoodError)) throw error;
      return { result: "warning", detail: `${one.type}: ${error.message}` };
    }
  }
  return {
    result: "ok",
    detail: `${notifications.map(({ type }) => type).join(", ")}, as configured; nothing was sent`,
  };
}

async function show(
  commit: CommitId | undefined,
  { opened, stations, id, signal }: Parts,
): Promise<number | undefined> {
  if (commit === undefined) {
    stations.skip("draft pull request", "there is no commit to show");
    return undefined;
  }
  const { world, target, config } = opened;
  const via = config?.forge.commit.via;
  return rehearsePullRequest(
    { id, target: target.name, base: world.branch, commit, commitVia: via, signal },
    world,
    stations,
  );
}

interface Ended {
  readonly atMs: number;
  readonly to: CommitId | undefined;
  readonly pullRequest: number | undefined;
}

async function finish({ atMs, to, pullRequest }: Ended, parts: Parts): Promise<ExitCode> {
  const { options, opened, context, stations, id } = parts;
  const { target, base } = opened;
  const { name: by } = await whoAmI(context.surroundings);
  const done = stations.done.map((station) => ({ ...station, detail: shorten(station.detail, 500) }));
  const drill: DrillRecord = {
    v: 1,
    type: "drill",
    id,
    target: target.name,
    ...(target.environment === undefined ? {} : { environment: target.environment }),
    at: toIso(atMs),
    by,
    outcome: drillOutcome(done),
    ms: done.reduce((sum, { ms }) => sum + ms, 0),
    stations: done,
    base,
    ...(to === undefined ? {} : { to }),
    ...(pullRequest === undefined ? {} : { pullRequest }),
  };
  const before = await record(drill, parts);
  const { format, style, log } = context;
  if (format === "json" || format === "yaml") context.document(drillDocument(drill));
  else if (format === "name") context.print(done.flatMap(({ name, result }) => (result === "failed" ? [name] : [])));
  else context.table(drillTable(drill, style));
  if (drill.outcome === "passed") {
    const last = before === undefined ? "" : ` (before: ${before})`;
    log.done(
      `a revert of ${escapeText(target.name)} would come about: ${secondsText(drill.ms)} without people and engine${last}`,
    );
    return EXIT.done;
  }
  log.warn(`a revert of ${escapeText(target.name)} would not come about: mend what failed, and drill again`);
  context.next(shellLine(["lastgood", "doctor", ...placeWords(options)]));
  return EXIT.failed;
}

/** Where a ledger is kept, or configured. Answers how the last drill went; a ledger that cannot be written costs a warning. */
async function record(drill: DrillRecord, { opened, context }: Parts): Promise<string | undefined> {
  const { world, policy } = opened;
  try {
    if (policy === undefined && !(await world.isKept())) return undefined;
    const { records } = await world.ledger.read();
    await world.ledger.append([drill]);
    const last = lastDrill(records, drill.target);
    return last === undefined ? undefined : drillText(last, world.clock.nowMs());
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    context.log.warn(`this drill is not in the ledger: ${error.message}`);
    return undefined;
  }
}
