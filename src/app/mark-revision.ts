import { contentIdOf } from "../core/content.ts";
import { type CommitId, shortId } from "../core/model/git.ts";
import { toIso } from "../core/model/time.ts";
import type { Target } from "../core/model/target.ts";
import type { CheckpointRecord } from "../core/record.ts";
import { LastgoodError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ledger } from "../ports/ledger.ts";
import type { Repository } from "../ports/repository.ts";
import { findScope } from "./find-scope.ts";
import { sha256 } from "./hash.ts";
import { shellWord } from "../core/model/shell.ts";

export interface MarkRequest {
  readonly target: Target;
  readonly revision: string;
  readonly verdict: "good" | "bad" | "cleared";
  readonly reason: string;
  readonly by: string;
}

interface MarkWorld {
  readonly repository: Repository;
  readonly ledger: Ledger;
  readonly clock: Clock;
}

/** Records a person's verdict. Throws `UsageRevision` for a revision that does not exist or where the target is not. */
export async function markRevision(
  request: MarkRequest,
  { repository, ledger, clock }: MarkWorld,
): Promise<CheckpointRecord> {
  const { target, verdict, reason, by } = request;
  const revision = await find(request.revision, repository);
  const { files } = await findScope({ repository, commit: revision, target });
  if (files.length === 0) {
    throw new LastgoodError("UsageRevision", `${target.name} has no files at ${shortId(revision)}`, {
      hint: `lastgood history ${shellWord(target.name)}    shows its revisions`,
    });
  }
  const record: CheckpointRecord = {
    v: 1,
    type: "checkpoint",
    id: clock.newId(),
    target: target.name,
    revision,
    verdict,
    evidence: "marked",
    at: toIso(clock.nowMs()),
    by,
    reason,
    content: contentIdOf(files, sha256),
  };
  await ledger.append([record]);
  return record;
}

async function find(text: string, repository: Repository): Promise<CommitId> {
  const revision = await repository.resolve(text);
  if (revision !== undefined) return revision;
  throw new LastgoodError("UsageRevision", `revision "${text}" does not exist in this repository`, {
    hint: "Give a commit id of at least 7 digits, a branch or a tag.",
  });
}
