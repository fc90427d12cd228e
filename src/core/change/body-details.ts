/** What can be unfolded below a pull request's text: why, the diff, the JSON Patch, the original words. */
import { type CommitId, shortId } from "../model/git.ts";
import { toIso } from "../model/time.ts";
import { fileDiff, shownPatches } from "../plan/show.ts";
import type { Plan } from "../plan/types.ts";
import { inlineCode, inlineText, pullRequestText, revisionText } from "./body-quotes.ts";
import { quoteBlock } from "./quote.ts";
import { maskSecrets } from "../model/secret.ts";

const MAX_ROWS = 12;

/** What the choice of the revision rests on, and what goes with it. */
export function why(plan: Plan): string {
  const undone = plan.undone.map(({ revision }) => revision);
  const list = undone
    .slice(0, MAX_ROWS)
    .map(
      (revision) =>
        `- ${revisionText(revision)} · ${inlineText(revision.author, 60)}, ${toIso(revision.committedAtMs)}`,
    );
  const more = undone.length > MAX_ROWS ? [`- … and ${undone.length - MAX_ROWS} more`] : [];
  const evidence = evidenceRows(plan);
  const table = evidence.length === 0 ? [] : ["| | Evidence | Stated (UTC) |", "|---|---|---|", ...evidence, ""];
  if (table.length === 0 && list.length === 0) return "";
  if (plan.goal.kind === "undo") return details("<b>What is undone</b>", [...list, ...more].join("\n"));
  const after = ["Revisions of this target after it, newest first:", "", ...list, ...more];
  return details(`<b>Why ${shortId(plan.goal.checkpoint.revision.revision.id)}</b>`, [...table, ...after].join("\n"));
}

function evidenceRows({ goal, suspect }: Plan): readonly string[] {
  if (goal.kind === "undo") return [];
  return [goal.checkpoint.revision, suspect]
    .flatMap(({ evidence }) => evidence.slice(0, 4))
    .map(
      ({ revision, verdict, kind, detail, atMs }) =>
        `| ${verdict === "good" ? "✔" : "✗"} ${shortId(revision)} | ${kind}: ${inlineText(detail)} | ${toIso(atMs)} |`,
    );
}

/** The unified diff: whole lines, as many as fit into `limit` characters; "" for none. */
export function manifestDiff(lines: readonly string[], limit: number): string {
  const shown: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (length > limit) break;
    shown.push(line);
  }
  if (shown.length === 0) return "";
  const rest = lines.length - shown.length;
  const note = rest === 0 ? "" : `\n\n… and ${rest} more ${rest === 1 ? "line" : "lines"}`;
  return details("Manifest diff", `${quoteBlock(shown.join("\n"), "diff")}${note}`);
}

/** All lines of the diffs of all files, secrets masked. */
export function diffLines(plan: Plan): readonly string[] {
  return plan.files.flatMap((file) => fileDiff(file));
}

export function jsonPatches(plan: Plan): string {
  const blocks = shownPatches(plan).map(
    ({ component, path, json }) =>
      `${inlineCode(component)} in ${inlineCode(path, 300)}\n\n${quoteBlock(json, "json")}`,
  );
  return details("JSON Patch (RFC 6902)", blocks.join("\n\n"));
}

/** What people wrote about a change on its pull request. */
export interface OriginalText {
  readonly number: number;
  /** What the pull request became on its base. */
  readonly commit: CommitId;
  readonly title: string;
  readonly body: string;
}

/** What the pull requests of the suspects said, else their messages, where they say more than a subject; at most `limit` characters of each. */
export function originals(plan: Plan, limit: number, told: readonly OriginalText[] = []): string {
  return plan.suspects
    .slice(0, 3)
    .flatMap((revision) => {
      const text = told.find(({ commit, body }) => commit === revision.id && body.trim() !== "");
      const [name, words] =
        text === undefined
          ? [pullRequestText(revision) ?? shortId(revision.id), revision.message]
          : [`#${text.number}`, `${text.title.trim()}\n\n${text.body.replaceAll("\r\n", "\n").trim()}`];
      if (!words.trim().includes("\n")) return [];
      return details(`Original description of ${name}`, quoteBlock(cut(maskSecrets(words), limit)));
    })
    .join("\n");
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit).toWellFormed()}\n…`;
}

function details(summary: string, content: string): string {
  return content === "" ? "" : `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`;
}
