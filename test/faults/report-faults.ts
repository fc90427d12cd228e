import type { SeenRequest } from "../support/faulty-proxy.ts";
import { type Case, isMishap, type Mishap, type Played } from "./enumerate-faults.ts";
import { WAYS } from "./ways.ts";

/** `late at POST /pulls (ForgeUnavailable, propose): 2 pull requests` */
export function sentenceOf({ mishaps, ends, violations }: Played): string {
  const what = mishaps.map(({ at, mishap }) => `${mishap} at ${nameOf(at)}`).join(" + ");
  return `${what} (${ends.join(", ")}): ${violations.join("; ")}`;
}

interface Row {
  cases: number;
  violations: number;
  readonly ends: Map<string, number>;
}

/** Prints a line for each request: the cases that something happened at it first, how those ended, and what did not hold. */
export function reportFaults(title: string, played: readonly Played[]): void {
  const rows = new Map<string, Row>();
  for (const { mishaps, ends, violations } of played) {
    const name = nameOf(mishaps[0]?.at);
    const row = rows.get(name) ?? { cases: 0, violations: 0, ends: new Map<string, number>() };
    row.cases += 1;
    row.violations += violations.length === 0 ? 0 : 1;
    const end = ends[0] ?? "";
    row.ends.set(end, (row.ends.get(end) ?? 0) + 1);
    rows.set(name, row);
  }
  const lines = [...rows].map(([name, { cases, violations, ends }]) => {
    const endings = [...ends].map(([end, count]) => `${end} ${count}`).join(", ");
    return `${String(cases).padStart(6)} ${String(violations).padStart(7)}  ${name.padEnd(48)}  ${endings}`;
  });
  const bad = played.filter(({ violations }) => violations.length > 0).length;
  const head = ` cases  broken  ${"the first mishap was at".padEnd(48)}  the first attempt ended with`;
  process.stdout.write(`\n${title}: ${played.length} cases, ${bad} broken\n${head}\n${lines.join("\n")}\n`);
}

/** All cases of one table. */
export interface Total {
  readonly title: string;
  readonly cases: number;
  readonly broken: number;
  readonly seconds: number;
  /** Plays the first broken one alone. */
  readonly replay: string | undefined;
}

interface Batch {
  readonly cases: readonly Case[];
  readonly played: readonly Played[];
  readonly seconds: number;
}

export function totalOf(title: string, { cases, played, seconds }: Batch): Total {
  const broken = cases.filter((_, index) => (played[index]?.violations.length ?? 1) > 0);
  const [first] = broken;
  const replay = first === undefined ? undefined : commandOf(first);
  return { title, cases: cases.length, broken: broken.length, seconds, replay };
}

export function totalsText(totals: readonly Total[]): string {
  const line = (title: string, cases: string, broken: string, time: string): string =>
    `${title.padEnd(48)} ${cases.padStart(6)} ${broken.padStart(6)} ${time.padStart(8)}`;
  const lines = totals.map(({ title, cases, broken, seconds }) =>
    line(title, String(cases), String(broken), `${Math.round(seconds)} s`),
  );
  const sum = (of: (total: Total) => number): number => totals.reduce((before, total) => before + of(total), 0);
  const last = line(
    "in all",
    String(sum(({ cases }) => cases)),
    String(sum(({ broken }) => broken)),
    `${Math.round(sum(({ seconds }) => seconds))} s`,
  );
  const replay = totals.find((total) => total.replay !== undefined)?.replay;
  return [
    line("scenario", "cases", "broken", "time"),
    ...lines,
    last,
    ...NOTES,
    ...(replay === undefined ? [] : [`the first broken case alone: ${replay}`]),
  ].join("\n");
}

const NOTES = [
  "Broken: more than one branch, pull request, merge, or comment of a kind; a change of a person's lost or overruled; no end.",
  "Not played, as it is the same run as one above: a read whose old answer has the same bytes as its new one; a read that is",
  "applied and lost (it failed), late (it failed) or doubled (it was asked once); in pairs, what comes after a read that failed",
  "and was repeated, with every request after it the same (it is the second mishap alone), and what comes after somebody's act",
  "that the next read does not show, and the request after that (it is that act one request later).",
];

/** `npm run test:faults -- --only 'merge 14=late 19=fail'` */
export function commandOf({ mode, mishaps }: Case): string {
  const text = [...mishaps].map(([at, mishap]) => `${at}=${mishap.replaceAll(" ", "-")}`);
  return `npm run test:faults -- --only '${[mode, ...text].join(" ")}'`;
}

/** Reads what `commandOf` names. */
export function caseOf(text: string): Case {
  const [mode, ...parts] = text.trim().split(/\s+/);
  const way = WAYS.find((each) => each.mode === mode);
  if (way === undefined) throw new Error(`no way is called ${String(mode)}`);
  const mishaps = parts.map((part): readonly [number, Mishap] => {
    const [at, name = ""] = part.split("=");
    const mishap = name.replaceAll("-", " ");
    if (!isMishap(mishap)) throw new Error(`no mishap is called ${mishap}`);
    return [Number(at), mishap];
  });
  return { ...way, warm: true, mishaps: new Map(mishaps) };
}

/** The requests of the first attempt, with their ordinals. */
export function showRequests({ requests }: Played): string {
  return requests.map((request, at) => `${String(at).padStart(4)}  ${nameOf(request)}`).join("\n");
}

function nameOf(request: SeenRequest | undefined): string {
  if (request === undefined) return "(it was not reached)";
  const path = request.path
    .replace(/^\/(?:api\/v3\/repos\/)?acme\/gitops(?:\.git)?/, "")
    .replace(/head=[^&]*/, "head=…")
    .replaceAll(/[0-9a-f]{40}/g, "SHA");
  return `${request.method} ${path === "" ? "/" : path}`;
}
