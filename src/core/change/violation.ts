/** What people are told when something comes back that is in quarantine. */
import { escapeText, shorten } from "../model/escape.ts";
import { type Revision, shortId } from "../model/git.ts";
import { releaseCommand } from "../quarantine/release-command.ts";
import { type QuarantineEntry, quarantineText } from "../quarantine/state.ts";
import { inlineText } from "./body-quotes.ts";
import { quoteCode } from "./quote.ts";

/** One line, for those who listen elsewhere: who did it, and why it was not to come back. */
export function violationText({ id, author }: Pick<Revision, "id" | "author">, entry: QuarantineEntry): string {
  return escapeText(
    shorten(`${shortId(id)} by ${author} brings back what was taken away: ${quarantineText(entry)}`, 500),
  );
}

/** Markdown, for the pull request that did it. It states what is known, and says what lastgood will do. */
export function violationComment(target: string, entry: QuarantineEntry): string {
  const { pullRequest } = entry.record;
  const revert = pullRequest === undefined ? "a revert" : `#${pullRequest}`;
  return [
    `This brings something back to **${inlineText(target)}** that ${revert} took away: ${inlineText(quarantineText(entry))}.`,
    "",
    "Should the target fail with it again, lastgood treats it as a suspect like any other, within its budgets; the very same content is never reverted twice by itself. `lastgood check` in CI stops such a change before it is merged.",
    "",
    `Is it mended? ${quoteCode(releaseCommand(entry))} takes it out of quarantine.`,
  ].join("\n");
}
