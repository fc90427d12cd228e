import type { SeenRequest } from "../support/faulty-proxy.ts";
import type { Played } from "./enumerate-faults.ts";

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

function nameOf(request: SeenRequest | undefined): string {
  if (request === undefined) return "nothing";
  const path = request.path
    .replace(/^\/(?:api\/v3\/repos\/)?acme\/gitops-\d+(?:\.git)?/, "")
    .replace(/head=[^&]*/, "head=…")
    .replaceAll(/[0-9a-f]{40}/g, "SHA");
  return `${request.method} ${path === "" ? "/" : path}`;
}
