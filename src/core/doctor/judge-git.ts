/** What a clone, its remote and the ledger look like: is a revert possible from here? */
import { shellLine } from "../model/shell.ts";
import { failed, ok, warning, type Finding } from "./finding.ts";

export interface CloneFacts {
  readonly shallow: boolean;
  /** Only some objects were fetched; git would get the others when it needs them, lastgood does not. */
  readonly partial: boolean;
}

/** Of a person's own clone: lastgood's are whole. */
export function judgeClone({ shallow, partial }: CloneFacts): readonly Finding[] {
  const findings: Finding[] = [];
  if (shallow) {
    findings.push(
      warning("ShallowClone", "this clone is shallow: its history ends before its beginning", {
        meaning: "The last good revision may lie before that: then lastgood says NoCheckpoint.",
        remedy: ["git fetch --unshallow", "in GitHub Actions: actions/checkout with fetch-depth: 0"],
      }),
    );
  }
  if (partial) {
    findings.push(
      warning("PartialClone", "this clone is partial: some of its files were never fetched", {
        meaning: "history and plan stop at the first file that is missing; revert uses a clone of lastgood's own.",
        remedy: ["git fetch --refetch --no-filter", "git clone without --filter"],
      }),
    );
  }
  return findings.length > 0 ? findings : [ok("Clone", "this clone is whole")];
}

export interface RemoteFacts {
  /** For people. */
  readonly url: string;
  readonly branch: string;
  /** The tip of the branch there; undefined: it has none of that name. */
  readonly tip: string | undefined;
  /** The tip as it is known here; undefined: nothing is. */
  readonly known: string | undefined;
  /** A clone of a person's own: it has to be fetched by them. */
  readonly own: boolean;
}

export function judgeRemote({ url, branch, tip, known, own }: RemoteFacts): readonly Finding[] {
  if (tip === undefined) {
    return [
      failed("BranchMissing", `${url} has no branch ${branch}`, {
        meaning: "There is nothing to stand on: no history, no plan, no revert.",
        remedy: ["repositories[].branch in lastgood.yaml, or --base, names the branch that the engine deploys from."],
      }),
    ];
  }
  const reached = ok("Remote", `${url} answers; ${branch} is at ${tip.slice(0, 7)}`);
  if (!own || known === tip) return [reached];
  const behind = warning("CloneBehind", `this clone does not know ${tip.slice(0, 7)} as the tip of ${branch} yet`, {
    meaning: "history and plan show what was fetched last; revert fetches by itself.",
    remedy: ["git fetch"],
  });
  return [reached, behind];
}

export interface LedgerFacts {
  readonly ref: string;
  /** Is there one where everybody reads it? undefined: was not asked. */
  readonly there: boolean | undefined;
  /** Is its ref in the clone at hand? */
  readonly here: boolean;
  readonly own: boolean;
  readonly records: number;
  readonly checkpoints: number;
  readonly quarantined: number;
  readonly damaged: number;
}

export function judgeLedger(facts: LedgerFacts): readonly Finding[] {
  const { ref, records, checkpoints, quarantined, damaged } = facts;
  const there = facts.there ?? facts.here;
  if (!there) {
    const where = facts.there === undefined ? "in this clone" : "yet";
    return [
      warning("NoLedger", `there is no ledger ${where} (${ref})`, {
        meaning: "Nothing is on record as good: only tags, notes and deployments can say where to go back to.",
        remedy: ['lastgood mark good TARGET REV --reason "..."    begins one; the daemon fills it'],
      }),
    ];
  }
  const findings: Finding[] = [
    ok("Ledger", `${records} records in ${ref}: ${checkpoints} of checkpoints, ${quarantined} of quarantine`),
  ];
  if (damaged > 0) {
    findings.push(
      warning("LedgerDamaged", `${damaged} ${damaged === 1 ? "line" : "lines"} of the ledger cannot be read`, {
        meaning: "What they said does not count: a verdict, a quarantine or a veto of a person may be among them.",
        remedy: [
          shellLine(["git", "log", "-p", ref]),
          "They were written by hand, or by a newer lastgood: update this one.",
        ],
      }),
    );
  }
  if (facts.own && !facts.here && facts.there === true) {
    // All branches of origin must never land on those of a person.
    const pattern = ref.startsWith("refs/heads/") ? ref : ref.replace(/[^/]+$/, "*");
    findings.push(
      warning("LedgerNotFetched", `the ledger was never fetched into this clone`, {
        meaning: "history and plan here do not know what the team has recorded as good or bad.",
        remedy: [shellLine(["git", "fetch", "origin", `${pattern}:${pattern}`])],
      }),
    );
  }
  return findings;
}

/** The oldest git is the adapter's to know. `found`, `needed`: `2.39.5`, `2.38`. */
export function judgeGitVersion(found: string, needed: string): Finding {
  if (compareVersions(found, needed) >= 0) return ok("GitVersion", `git ${found} (needs ${needed})`);
  return failed("GitVersion", `git ${found} is too old`, {
    meaning: "lastgood can read no repository with it.",
    remedy: [`Install git ${needed} or newer and put it first in PATH.`],
  });
}

/** By the numbers of the parts; a part that is missing is 0, what comes after numbers does not count. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [numbersOf(one), numbersOf(other)];
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function numbersOf(version: string): readonly number[] {
  const text = /^v?(\d{1,9}(?:\.\d{1,9}){0,3})/.exec(version)?.[1] ?? "0";
  return text.split(".").map(Number);
}
