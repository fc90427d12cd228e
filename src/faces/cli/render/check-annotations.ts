/** What `check` found, where GitHub Actions shows it: on the lines of the pull request, and on the page of the job. */
import type { CheckResult } from "../../../app/check-change.ts";
import { quoteCode, quoteInline } from "../../../core/change/quote.ts";
import { escapeText } from "../../../core/model/escape.ts";
import type { Finding } from "../../../core/quarantine/introduced.ts";
import { releaseCommand } from "../../../core/quarantine/release-command.ts";
import { heldText, placeText, textOf } from "./check-report.ts";

/** Workflow commands, one for each place (docs.github.com: workflow commands for GitHub Actions). */
export function annotations({ introduced, present }: CheckResult): readonly string[] {
  return [
    ...introduced.map((finding) => command("error", finding)),
    ...present.map((finding) => command("notice", finding)),
  ];
}

function command(level: "error" | "notice", finding: Finding): string {
  const { place, entry } = finding;
  const title = level === "error" ? "In quarantine" : "In quarantine, and here already";
  const properties = [
    `file=${escapeProperty(place.file)}`,
    ...(place.line === undefined ? [] : [`line=${place.line}`]),
    ...(place.column === undefined ? [] : [`col=${place.column}`]),
    `title=${escapeProperty(title)}`,
  ];
  const message = escapeText(`${textOf(finding)} is ${heldText(entry)}\nFixed? ${releaseCommand(entry)}`, {
    newlines: true,
  });
  return `::${level} ${properties.join(",")}::${escapeData(withoutCommands(message))}`;
}

/** The runner still takes `##[…]` in the middle of a line for a command (github.com/actions/runner, ActionCommand.cs). */
export function withoutCommands(line: string): string {
  return line.replaceAll("##[", "## [");
}

/** As `@actions/core` has it, `command.ts`: what the runner takes back. */
function escapeData(text: string): string {
  return text.replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replace(/:/g, "%3A").replace(/,/g, "%2C");
}

/** Markdown for the page of the job. */
export function stepSummary({ introduced, present, files }: CheckResult): string {
  if (introduced.length === 0) {
    const also = present.length === 0 ? "" : ` ${present.length} of what is in quarantine stood here before.`;
    return `### ✔ Nothing quarantined comes back\n\n${files} changed ${files === 1 ? "file" : "files"} checked.${also}\n`;
  }
  const rows = introduced.map((finding) =>
    [quoteCode(placeText(finding)), quoteCode(textOf(finding)), quoteInline(heldText(finding.entry))].join(" | "),
  );
  const release = introduced.map(({ entry }) => `- ${quoteCode(releaseCommand(entry))}`);
  return [
    `### ✗ ${introduced.length} quarantined ${introduced.length === 1 ? "artifact" : "artifacts"} would come back`,
    "",
    "| Where | What | Why it is held |",
    "|---|---|---|",
    ...rows.map((row) => `| ${row} |`),
    "",
    "Fixed? Release it:",
    ...new Set(release),
    "",
  ].join("\n");
}
