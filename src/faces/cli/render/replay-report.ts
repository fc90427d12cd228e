/** A replay for a terminal and for programs. */
import type { Replay } from "../../../app/replay.ts";
import { type CommitId, shortId } from "../../../core/model/git.ts";
import { formatDuration, toIso } from "../../../core/model/time.ts";
import { isEqual, isWorse, medianOf, type ReplaySummary, summarize, type Tally } from "../../../core/replay/score.ts";
import {
  type ReplayCase,
  type ReplayResult,
  timeToRevertMs,
  type ToolOutcome,
  VERDICTS,
} from "../../../core/replay/types.ts";
import { formatSpan } from "../output/age.ts";
import type { Cell, Table } from "../output/table.ts";
import type { Envelope } from "../output/yaml-json.ts";
import type { Style } from "./style.ts";

/** What was asked for, for the title and the document. */
export interface ReplayFrame {
  readonly repository: string;
  readonly base: CommitId;
  readonly sinceMs: number;
  readonly target?: string;
  readonly limit?: number;
}

/** The interesting ones: somebody did not get what the person did. */
export function unequalResults({ results }: Replay): readonly ReplayResult[] {
  return results.filter(({ lastgood, git }) => !isEqual(lastgood) || !isEqual(git));
}

/** One row per revert; with `repository` (`-o wide`) also where it can be looked at. */
export function replayTable(results: readonly ReplayResult[], style: Style, repository?: string): Table {
  const link = (id: CommitId): readonly Cell[] => (repository === undefined ? [] : [commitUrl(repository, id) ?? ""]);
  return {
    columns: [
      { title: "REVERT" },
      { title: "OF" },
      { title: "FOUND" },
      { title: "LASTGOOD" },
      { title: "GIT REVERT" },
      { title: "CLASS" },
      { title: "AFTER" },
      { title: "COMMIT" },
      ...(repository === undefined ? [] : [{ title: "LINK" }]),
    ],
    rows: results.map((result) => [
      idCell(result.human.id, style),
      idCell(result.bad[0]?.id, style),
      result.kind,
      verdictCell(result.lastgood, style),
      verdictCell(result.git, style),
      result.class,
      formatSpan(timeToRevertMs(result), style.tty),
      { text: result.human.subject },
      ...link(result.human.id),
    ]),
  };
}

function idCell(id: CommitId | undefined, style: Style): Cell {
  return id === undefined ? "" : { text: shortId(id), plain: id, paint: style.cyan };
}

const PAINTS = {
  equal: "green",
  "object-equal": "green",
  conflict: "yellow",
  different: "red",
  refused: "red",
} as const;

function verdictCell({ verdict }: ToolOutcome, style: Style): Cell {
  return { text: verdict, paint: style[PAINTS[verdict]] };
}

/** What the whole says, as lines. */
export function replayLines(replay: Replay, style: Style): readonly string[] {
  const summary = summarize(replay.results);
  const { cases } = summary;
  const median = medianOf(replay.results.map(timeToRevertMs));
  return [
    style.bold(`${cases} ${cases === 1 ? "revert" : "reverts"} done again`) +
      `, found in ${replay.commits} commits${median === undefined ? "" : `; half of them came within ${formatDuration(median)}`}`,
    `  lastgood    ${tallyText(summary.lastgood)}`,
    `  git revert  ${tallyText(summary.git)}`,
    ...contrast(summary, style),
    ...(replay.skipped.length === 0 ? [] : [style.dim(`  ${replay.skipped.length} left out: they say nothing`)]),
  ];
}

/** `164 equal, 6 conflict, 20 different`. */
export function tallyText(tally: Tally): string {
  const parts = VERDICTS.flatMap((verdict) => (tally[verdict] === 0 ? [] : [`${tally[verdict]} ${verdict}`]));
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

function contrast({ better, worse, bolder }: ReplaySummary, style: Style): readonly string[] {
  return [
    ...(better === 0 ? [] : [style.green(`  ${better} as the person did where git revert was not`)]),
    ...(worse === 0 ? [] : [style.red(`  ${worse} not as the person did where git revert was: please report them`)]),
    ...(bolder === 0
      ? []
      : [`  ${bolder} applied where git revert stops, otherwise than the person did: look at them`]),
  ];
}

/** `kind: Replay`. */
export function replayDocument(replay: Replay, frame: ReplayFrame): Envelope {
  const median = medianOf(replay.results.map(timeToRevertMs));
  return {
    kind: "Replay",
    metadata: { repository: frame.repository, base: frame.base },
    spec: { since: toIso(frame.sinceMs), limit: frame.limit, target: frame.target },
    status: {
      commits: replay.commits,
      summary: summarize(replay.results),
      medianSecondsToRevert: median === undefined ? undefined : Math.floor(median / 1000),
      results: replay.results.map((result) => resultFields(result, frame.repository)),
      skipped: replay.skipped.map((one) => ({ ...caseFields(one), reason: one.skipped })),
    },
  };
}

function resultFields(result: ReplayResult, repository: string): object {
  const { lastgood, git, otherFiles, diffs } = result;
  const url = commitUrl(repository, result.human.id);
  return {
    ...caseFields(result),
    url,
    class: result.class,
    secondsToRevert: Math.floor(timeToRevertMs(result) / 1000),
    lastgood,
    git,
    worse: isWorse(result),
    otherFiles,
    diffs,
  };
}

function caseFields({ kind, human, base, bad }: ReplayCase): object {
  return { found: kind, human: commitFields(human), base, bad: bad.map(commitFields) };
}

function commitFields({ id, subject, author, atMs }: ReplayCase["human"]): object {
  return { revision: id, subject, author, committedAt: toIso(atMs) };
}

/** The page of a commit on github.com; undefined for a repository that is elsewhere. The address comes from a git configuration. */
export function commitUrl(repository: string, id: CommitId): string | undefined {
  const match = /^(?:https:\/\/|ssh:\/\/git@|git@)github\.com[/:]([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(repository);
  return match === null ? undefined : `https://github.com/${match[1]}/${match[2]}/commit/${id}`;
}
