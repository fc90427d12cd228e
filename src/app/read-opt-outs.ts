import type { SuspectFacts } from "../core/decision/facts.ts";
import { escapeText, shorten } from "../core/model/escape.ts";
import type { CommitId, Revision } from "../core/model/git.ts";
import { LastgoodError } from "../errors.ts";
import { type OptOutWorld, saidByCommit, saidByPullRequest } from "./opt-out.ts";

/** Of how many suspects the pull request is read: a policy allows no more commits to be dropped unattended by default. */
const MAX_READ = 20;

export type OptOutFacts = Pick<SuspectFacts, "optedOut" | "optOutUnknown">;

/**
 * Whether people said of these changes that lastgood must not revert them by itself: each that did, or of which it cannot be told.
 * One that is not in the answer has not.
 */
export async function readOptOuts(
  suspects: readonly Revision[],
  world: OptOutWorld,
): Promise<ReadonlyMap<CommitId, OptOutFacts>> {
  const found = new Map<CommitId, OptOutFacts>();
  for (const [index, suspect] of suspects.entries()) {
    const facts = await readOptOut(suspect, index < MAX_READ, world);
    if (facts !== undefined) found.set(suspect.id, facts);
  }
  return found;
}

async function readOptOut(suspect: Revision, isRead: boolean, world: OptOutWorld): Promise<OptOutFacts | undefined> {
  const said = saidByCommit(suspect);
  if (said !== undefined) return { optedOut: { said: clean(said) } };
  if (!isRead) return { optOutUnknown: `only the newest ${MAX_READ} changes were asked about` };
  try {
    const told = await saidByPullRequest(suspect, world);
    return told === undefined ? undefined : { optedOut: { said: clean(told) } };
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    return { optOutUnknown: clean(error.message) };
  }
}

function clean(text: string): string {
  return escapeText(shorten(text, 300));
}
