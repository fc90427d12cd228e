/**
 * A replay as one file to look at: no scripts, no fonts, nothing is fetched. All texts are a repository's: they are escaped, and a
 * content security policy forbids everything but the style that stands in the page.
 */
import type { Replay } from "../../../app/replay.ts";
import { escapeText } from "../../../core/model/escape.ts";
import { type CommitId, shortId } from "../../../core/model/git.ts";
import { formatDuration, toIso } from "../../../core/model/time.ts";
import { isEqual, medianOf, summarize, type Tally } from "../../../core/replay/score.ts";
import {
  type ReplayCommit,
  type ReplayResult,
  timeToRevertMs,
  type ToolOutcome,
  VERDICTS,
} from "../../../core/replay/types.ts";
import { commitUrl, type ReplayFrame, tallyText } from "./replay-report.ts";

/** The page. Cases that somebody did not get right stand first and are open to look into. */
export function replayPage(replay: Replay, frame: ReplayFrame): string {
  const summary = summarize(replay.results);
  const ordered = replay.results.toSorted((a, b) => interest(b) - interest(a));
  const median = medianOf(replay.results.map(timeToRevertMs));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>lastgood replay of ${html(frame.repository)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${summary.cases} reverts, done again</h1>
<p class="lead">What people reverted in <b>${html(frame.repository)}</b> since ${html(toIso(frame.sinceMs).slice(0, 10))}${
    frame.target === undefined ? "" : `, in ${html(frame.target)}`
  }: what lastgood and <code>git revert</code> make of the same task, file by file, against what the person did.</p>
</header>
<section aria-label="Totals">
${bar("lastgood", summary.lastgood)}
${bar("git revert", summary.git)}
<dl>
${fact("As the person did, where git revert was not", summary.better)}
${fact("Not as the person did, where git revert was", summary.worse)}
${fact("Half of the reverts came within", median === undefined ? "–" : formatDuration(median))}
${fact("Commits looked at", replay.commits)}
</dl>
</section>
<table>
<caption>Newest first; those that somebody did not get as the person did come before the others.</caption>
<thead><tr><th scope="col">Revert</th><th scope="col">lastgood</th><th scope="col">git revert</th><th scope="col">Class</th><th scope="col">After</th></tr></thead>
<tbody>
${ordered.map((result) => row(result, frame)).join("\n")}
</tbody>
</table>
<footer>
<p><b>equal</b>: every file of the undone change is byte for byte as the person left it. <b>object-equal</b>: it reads the same.
<b>conflict</b>: reported, nothing changed. <b>different</b>: applied, but not as the person did; they often do more, or only a part.
Base ${html(shortId(frame.base))}.</p>
</footer>
</body>
</html>
`;
}

/** A stable sort keeps the newest first among equals. */
function interest({ lastgood, git }: ReplayResult): number {
  return isEqual(lastgood) && isEqual(git) ? 0 : 1;
}

/** For text between tags and in quoted attributes. */
function html(text: string): string {
  return escapeText(text, { newlines: true }).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function bar(name: string, tally: Tally): string {
  const parts = VERDICTS.filter((verdict) => tally[verdict] > 0).map(
    (verdict) => `<span class="part ${verdict}" style="flex-grow:${tally[verdict]}">${tally[verdict]}</span>`,
  );
  return `<div class="tool"><h2>${name}</h2><div class="bar" role="img" aria-label="${html(`${name}: ${tallyText(tally)}`)}">${parts.join("")}</div><p>${html(tallyText(tally))}</p></div>`;
}

function fact(name: string, value: string | number): string {
  return `<div><dt>${html(name)}</dt><dd>${html(String(value))}</dd></div>`;
}

function row(result: ReplayResult, frame: ReplayFrame): string {
  const { human, bad, lastgood, git } = result;
  return `<tr>
<td>${commitLine(human, frame)}<div class="of">undoes ${bad.map((commit) => commitLine(commit, frame)).join("")}</div>${details(result)}</td>
<td data-name="lastgood">${chip(lastgood)}</td>
<td data-name="git revert">${chip(git)}</td>
<td data-name="class">${html(result.class)}</td>
<td data-name="after">${html(formatDuration(timeToRevertMs(result)))}</td>
</tr>`;
}

function commitLine({ id, subject, author, atMs }: ReplayCommit, frame: ReplayFrame): string {
  return `<div class="commit">${commitLink(id, frame)} ${html(subject)} <small>${html(author)}, <time>${html(toIso(atMs).slice(0, 10))}</time></small></div>`;
}

function commitLink(id: CommitId, { repository }: ReplayFrame): string {
  const url = commitUrl(repository, id);
  const name = `<code>${html(shortId(id))}</code>`;
  return url === undefined ? name : `<a href="${html(url)}" rel="noreferrer">${name}</a>`;
}

function chip({ verdict }: ToolOutcome): string {
  return `<span class="chip ${verdict}">${verdict}</span>`;
}

function details({ lastgood, git, diffs, otherFiles }: ReplayResult): string {
  const lists = [
    list("lastgood", lastgood),
    list("git revert", git),
    otherFiles === 0
      ? ""
      : `<p>The person's commit changes ${otherFiles} more ${otherFiles === 1 ? "file" : "files"}.</p>`,
    ...diffs.map(
      ({ path, text }) => `<h3>${html(path)}: <del>person</del> <ins>lastgood</ins></h3><pre>${diffLines(text)}</pre>`,
    ),
  ].filter((part) => part !== "");
  return lists.length === 0 ? "" : `<details><summary>why</summary>${lists.join("\n")}</details>`;
}

function list(name: string, { verdict, paths, notes }: ToolOutcome): string {
  const lines = notes.length > 0 ? notes : paths;
  if (lines.length === 0) return "";
  const items = lines.slice(0, 20).map((line) => `<li><code>${html(line)}</code></li>`);
  return `<p>${name}, ${verdict}:</p><ul>${items.join("")}${lines.length > 20 ? `<li>and ${lines.length - 20} more</li>` : ""}</ul>`;
}

function diffLines(text: string): string {
  return text
    .split("\n")
    .map((line) => {
      const tag = line.startsWith("+") ? "ins" : line.startsWith("-") ? "del" : line.startsWith("@@") ? "i" : "span";
      return `<${tag}>${html(line)}</${tag}>`;
    })
    .join("\n");
}

const STYLE = `
:root{--bg:#fff;--fg:#1a1d21;--dim:#59626d;--line:#dde1e6;--soft:#f5f6f8;--equal:#1a7f37;--object-equal:#2f6f9f;--conflict:#8a5a00;--different:#b42318;--refused:#6b2fa0;--link:#0b57d0}
@media (prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e6e9ec;--dim:#9aa4af;--line:#2c3238;--soft:#1c2024;--equal:#4cc26b;--object-equal:#6fb3e0;--conflict:#e0a83a;--different:#ff8a7a;--refused:#c79bff;--link:#8ab4f8}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem;max-width:72rem;font:16px/1.5 system-ui,sans-serif;background:var(--bg);color:var(--fg)}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .5rem}h2{font-size:1rem;margin:0}h3{font-size:.875rem;margin:1rem 0 .25rem;overflow-wrap:anywhere}
a{color:var(--link)}code,pre{font:.8125rem/1.5 ui-monospace,monospace}code{overflow-wrap:anywhere}
.lead,footer p,caption,small,.of,dt{color:var(--dim)}
.tool{margin:1rem 0}.tool p{margin:.25rem 0 0;font-size:.875rem}
.bar{display:flex;height:1.75rem;border-radius:.375rem;overflow:hidden;gap:2px}
.part{flex-basis:1.75rem;min-width:0;display:flex;align-items:center;justify-content:center;font-size:.8125rem;font-weight:600;color:var(--bg);background:var(--part)}
.equal{--part:var(--equal)}.object-equal{--part:var(--object-equal)}.conflict{--part:var(--conflict)}.different{--part:var(--different)}.refused{--part:var(--refused)}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:1rem;align-items:end;margin:1.5rem 0}dd{margin:0;font-size:1.5rem;font-weight:600}
table{width:100%;table-layout:fixed;border-collapse:collapse}caption{text-align:left;padding:.5rem 0}
th{text-align:left;font-size:.8125rem;color:var(--dim)}th,td{padding:.625rem .75rem .625rem 0;border-top:1px solid var(--line);vertical-align:top}
th:nth-child(2),th:nth-child(3){width:7.5rem}th:nth-child(4){width:9.5rem}th:nth-child(5){width:4rem}td:not(:first-child){white-space:nowrap;font-size:.875rem}
.commit,td li{overflow-wrap:anywhere}time{white-space:nowrap}.of{font-size:.875rem}.of .commit{display:inline}
.chip{display:inline-block;padding:0 .5rem;border:1px solid var(--part);border-radius:1rem;color:var(--part);font-size:.8125rem;font-weight:600}
details{margin-top:.5rem;font-size:.875rem}summary{cursor:pointer;color:var(--link)}details ul{margin:.25rem 0;padding-left:1.25rem}details p{margin:.5rem 0 0}
pre{margin:0;padding:.75rem;overflow-x:auto;background:var(--soft);border-radius:.375rem}
ins,del{text-decoration:none}ins{color:var(--equal)}del{color:var(--different)}pre i{color:var(--dim);font-style:normal}
@media (max-width:56rem){body{padding:1rem}thead{position:absolute;clip-path:inset(50%)}table,caption,tbody,tr,td{display:block}tr{border-top:1px solid var(--line);padding:.75rem 0}td{border:0;padding:.125rem 0}td[data-name]::before{content:attr(data-name) ": ";color:var(--dim)}td[data-name]{display:inline-block;margin-right:1rem}}
`;
