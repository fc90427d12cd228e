/**
 * Sync windows of an AppProject: when Argo CD syncs, and when it does not (argo-cd `pkg/apis/application/v1alpha1/types.go`,
 * SyncWindows.Matches and CanSync; docs/user-guide/sync_windows). They stop syncs, not merges.
 */
import { flagAt, objectsAt } from "../kstatus/fields.ts";
import { nextCron, parseCron, type Cron } from "../model/cron.ts";
import { listAt, stringAt, valueAt, type JsonObject, type JsonValue } from "../model/json.ts";
import { zoneOffsetMs } from "../model/time.ts";
import { compileGlob, type Glob } from "../target/glob.ts";
import { parseGoDuration } from "./go-duration.ts";

export interface SyncWindow {
  readonly kind: "allow" | "deny";
  /** For people: `0 22 * * *, 8h, Europe/Berlin`. */
  readonly text: string;
  /** Does it concern this Application? */
  readonly concerns: (application: JsonObject) => boolean;
  readonly cron: Cron;
  readonly durationMs: number;
  /** UTC when it is no time zone: so Argo CD takes it. */
  readonly zone: string;
  /** A person may sync in spite of it. */
  readonly manualSync: boolean;
}

/** The windows of an AppProject. One whose schedule or duration cannot be read is left out: nothing is known of it. */
export function readSyncWindows(project: JsonObject): readonly SyncWindow[] {
  return objectsAt(project, "spec", "syncWindows").flatMap((window) => {
    const kind = stringAt(window, "kind");
    const schedule = stringAt(window, "schedule") ?? "";
    const duration = stringAt(window, "duration");
    const cron = parseCron(schedule.replaceAll("?", "*"));
    const durationMs = parseGoDuration(duration);
    if ((kind !== "allow" && kind !== "deny") || cron === undefined || durationMs === undefined) return [];
    const zone = stringAt(window, "timeZone") ?? "";
    return [
      {
        kind,
        text: [schedule, duration, zone === "" ? "UTC" : zone].join(", "),
        concerns: matcherOf(window),
        cron,
        durationMs,
        zone,
        manualSync: flagAt(window, "manualSync"),
      },
    ];
  });
}

/** Of the three lists one is enough; with `andOperator` all that are given. Without any it concerns nothing. */
function matcherOf(window: JsonObject): SyncWindow["concerns"] {
  const lists: readonly {
    readonly globs: readonly Glob[];
    readonly words: (application: JsonObject) => readonly string[];
  }[] = [
    { globs: globsAt(window, "applications"), words: (application) => wordsOf(application, ["metadata", "name"]) },
    {
      globs: globsAt(window, "namespaces"),
      words: (application) => wordsOf(application, [...DESTINATION, "namespace"]),
    },
    {
      globs: globsAt(window, "clusters"),
      words: (application) =>
        wordsOf(application, [...DESTINATION, "name"]).concat(wordsOf(application, [...DESTINATION, "server"])),
    },
  ];
  const given = lists.filter((_, at) => listAt(window, LISTS[at] ?? "").length > 0);
  const isAnd = flagAt(window, "andOperator");
  return (application) => {
    const hits = given.filter(({ globs, words }) =>
      words(application).some((word) => globs.some((glob) => glob(word))),
    );
    return hits.length > 0 && (!isAnd || hits.length === given.length);
  };
}

const LISTS = ["applications", "namespaces", "clusters"];
const DESTINATION = ["spec", "destination"];

/** Argo CD compiles them without a separator: `*` also stands for slashes (`util/glob`). */
function globsAt(window: JsonObject, key: string): readonly Glob[] {
  return listAt(window, key)
    .filter((item): item is string => typeof item === "string")
    .map((pattern) => compileGlob(pattern.replaceAll(/\*+/g, "**").replaceAll("**/", "**[/]")));
}

function wordsOf(value: JsonValue, path: readonly string[]): readonly string[] {
  const word = valueAt(value, ...path);
  return typeof word === "string" && word !== "" ? [word] : [];
}

/** Nothing is synced now. */
export interface ClosedWindow {
  /** The window that is in the way, or outside of which it is. */
  readonly window: SyncWindow;
  /** A person may sync all the same. */
  readonly manualSync: boolean;
  /** Epoch ms at which syncs go on by themselves; missing when no such time is in sight. */
  readonly untilMs?: number;
}

/** What keeps an automated sync from running now; undefined when nothing does. `windows`: those that concern the Application. */
export function findClosedWindow(windows: readonly SyncWindow[], nowMs: number): ClosedWindow | undefined {
  const inTheWay = blockingAt(windows, nowMs);
  const [window] = inTheWay;
  if (window === undefined) return undefined;
  const untilMs = openingAfter(windows, nowMs);
  const manualSync = inTheWay.every((one) => one.manualSync);
  return { window, manualSync, ...(untilMs === undefined ? {} : { untilMs }) };
}

/** Active denies; else, when there are allows and none is active, these. */
function blockingAt(windows: readonly SyncWindow[], atMs: number): readonly SyncWindow[] {
  const active = windows.filter((window) => endOf(window, atMs) !== undefined);
  const denies = active.filter(({ kind }) => kind === "deny");
  if (denies.length > 0) return denies;
  return active.length > 0 ? [] : windows.filter(({ kind }) => kind === "allow");
}

/** More changes than any sane set of windows has until it opens. */
const MOST_CHANGES = 200;

function openingAfter(windows: readonly SyncWindow[], nowMs: number): number | undefined {
  let atMs = nowMs;
  for (let change = 0; change < MOST_CHANGES; change += 1) {
    const next = windows.flatMap((window) => endOf(window, atMs) ?? startAfter(window, atMs) ?? []);
    if (next.length === 0) return undefined;
    atMs = Math.min(...next);
    if (blockingAt(windows, atMs).length === 0) return atMs;
  }
  return undefined;
}

/** When an active window ends, if it does not begin anew before; undefined when it is not active. Its first moment belongs to it, its last does not. */
function endOf(window: SyncWindow, atMs: number): number | undefined {
  const localMs = toLocal(window, atMs);
  const startMs = nextCron(window.cron, localMs - window.durationMs);
  return startMs !== undefined && startMs <= localMs ? toUtc(window, startMs + window.durationMs) : undefined;
}

function startAfter(window: SyncWindow, atMs: number): number | undefined {
  const startMs = nextCron(window.cron, toLocal(window, atMs));
  return startMs === undefined ? undefined : toUtc(window, startMs);
}

/** The wall clock of the window's zone, as if it were at UTC. */
function toLocal({ zone }: SyncWindow, atMs: number): number {
  return atMs + offsetOf(zone, atMs);
}

function toUtc({ zone }: SyncWindow, localMs: number): number {
  return localMs - offsetOf(zone, localMs - offsetOf(zone, localMs));
}

function offsetOf(zone: string, atMs: number): number {
  return zone === "" ? 0 : (zoneOffsetMs(zone, atMs) ?? 0);
}
