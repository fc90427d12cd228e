/** Schedules of crontab(5): five fields, as freezes of the configuration and Argo CD's sync windows are written in. */
import { calendarDay } from "./time.ts";

/** Their ranges, and the names two of them know. */
const FIELDS = [
  { name: "minute", from: 0, to: 59, words: [] },
  { name: "hour", from: 0, to: 23, words: [] },
  { name: "day of the month", from: 1, to: 31, words: [] },
  {
    name: "month",
    from: 1,
    to: 12,
    words: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
  },
  { name: "day of the week", from: 0, to: 7, words: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] },
] as const;

/** What is wrong with a schedule such as `0 16 * * FRI`, as the end of a sentence; undefined when nothing is. */
export function cronFault(text: string): string | undefined {
  const parts = partsOf(text);
  if (parts.length !== FIELDS.length) return "is not a schedule of five fields such as 0 16 * * FRI";
  const wrong = FIELDS.find((field, i) => readField(parts[i] ?? "", field) === undefined);
  return wrong === undefined
    ? undefined
    : `has no such ${wrong.name}: ${wrong.from} to ${wrong.to}, *, lists, ranges, /step`;
}

/** A schedule that can be asked for its times. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly weekdays: ReadonlySet<number>;
  /** Both kinds of days are written: either will do. With a `*` in one of them both must hold. */
  readonly eitherDay: boolean;
}

/** Undefined for what has a `cronFault`. */
export function parseCron(text: string): Cron | undefined {
  const parts = partsOf(text);
  const read = FIELDS.flatMap((field, i) => {
    const values = readField(parts[i] ?? "", field);
    return values === undefined ? [] : [values];
  });
  const [minutes, hours, days, months, weekdays] = read;
  if (parts.length !== FIELDS.length || minutes === undefined || hours === undefined || days === undefined)
    return undefined;
  if (months === undefined || weekdays === undefined) return undefined;
  return {
    minutes,
    hours,
    days: new Set(days),
    months: new Set(months),
    weekdays: new Set(weekdays.map((day) => day % 7)),
    eitherDay: !isAny(parts[2]) && !isAny(parts[4]),
  };
}

const DAY_MS = 86_400_000;
/** From one 29 February to the next there are eight years at most. */
const MOST_DAYS = 8 * 366 + 1;

/**
 * The first time of a schedule after `afterMs`, on a wall clock: both are epoch ms as if the place were at UTC. Undefined when there is
 * none (30 February).
 */
export function nextCron(cron: Cron, afterMs: number): number | undefined {
  const today = Math.floor(afterMs / DAY_MS);
  for (let day = today; day <= today + MOST_DAYS; day += 1) {
    if (!isOnDay(cron, day)) continue;
    const atMs = firstOfDay(cron, day === today ? afterMs - today * DAY_MS : -1);
    if (atMs !== undefined) return day * DAY_MS + atMs;
  }
  return undefined;
}

function isOnDay({ days, months, weekdays, eitherDay }: Cron, epochDay: number): boolean {
  const { month, day, weekday } = calendarDay(epochDay * DAY_MS);
  if (!months.has(month)) return false;
  return eitherDay ? days.has(day) || weekdays.has(weekday) : days.has(day) && weekdays.has(weekday);
}

/** Within a day, in ms from its beginning: the first time after `afterMs`. */
function firstOfDay({ minutes, hours }: Cron, afterMs: number): number | undefined {
  for (const hour of hours) {
    for (const minute of minutes) {
      const atMs = (hour * 60 + minute) * 60_000;
      if (atMs > afterMs) return atMs;
    }
  }
  return undefined;
}

type Field = (typeof FIELDS)[number];

function partsOf(text: string): readonly string[] {
  return text.trim().split(/[ \t]+/);
}

function isAny(part: string | undefined): boolean {
  return (part ?? "").split(",").includes("*");
}

/** The values of a field, sorted; undefined when it cannot be read. */
function readField(part: string, field: Field): readonly number[] | undefined {
  const items = part.split(",").map((item) => readItem(item, field));
  if (items.includes(undefined)) return undefined;
  return [...new Set(items.flatMap((values) => values ?? []))].sort((a, b) => a - b);
}

/** `*`, `5`, `1-5`, `MON-FRI`, each with `/step` if need be; `5/10` is from 5 to the end. */
function readItem(item: string, field: Field): readonly number[] | undefined {
  const match = /^(?:(\*)|(\w{1,3})(?:-(\w{1,3}))?)(?:\/([1-9]\d?))?$/.exec(item);
  if (match === null) return undefined;
  const [, any, from, to, step] = match;
  // A day of the week is 7 only where someone writes it.
  const last = field.to === 7 ? 6 : field.to;
  if (any !== undefined) return range(field.from, last, Number(step ?? 1));
  const first = numberOf(from, field);
  const end = to === undefined ? (step === undefined ? first : last) : numberOf(to, field);
  if (first === undefined || end === undefined || (first > end && to !== undefined)) return undefined;
  return range(first, Math.max(first, end), Number(step ?? 1));
}

function range(from: number, to: number, step: number): readonly number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, at) => from + at * step);
}

function numberOf(text: string | undefined, field: Field): number | undefined {
  const words: readonly string[] = field.words;
  const word = words.indexOf((text ?? "").toUpperCase());
  if (word !== -1) return word + field.from;
  const value = /^\d{1,2}$/.test(text ?? "") ? Number(text) : Number.NaN;
  return value >= field.from && value <= field.to ? value : undefined;
}
