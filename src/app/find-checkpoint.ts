import { type Checkpoint, checkpointAt, findLastGood, isCheckpoint, type JudgedRevision } from "../core/checkpoint.ts";
import { contentIdOf } from "../core/content.ts";
import { type CommitId, pullRequestOf, shortId } from "../core/model/git.ts";
import { type Hold, hold } from "../core/model/hold.ts";
import type { Repository } from "../ports/repository.ts";
import { LastgoodError } from "../errors.ts";
import { sha256 } from "./hash.ts";
import type { TargetHistory } from "./read-history.ts";
import { shellWord } from "../core/model/shell.ts";

/** Where to go back to, as a person says it. */
export type Goal =
  | { readonly kind: "last-good" }
  /** `--to`: commit id, tag, `~N` (the Nth good one before the present), `#470` (the pull request's commit). */
  | { readonly kind: "revision"; readonly text: string }
  /** `--to-revision`: the number that `history` shows. */
  | { readonly kind: "number"; readonly number: number };

/** Finds the checkpoint. Throws `UsageRevision` for a revision that does not exist; holds when it cannot be gone back to. */
export async function findCheckpoint(
  goal: Goal,
  history: TargetHistory,
  repository: Repository,
): Promise<Checkpoint | Hold> {
  const { target, revisions } = history;
  switch (goal.kind) {
    case "last-good":
      return findLastGood(target.name, revisions);
    case "number":
      return goal.number === 0 ? findLastGood(target.name, revisions) : byNumber(goal.number, history);
    case "revision": {
      const back = GOOD_BEFORE.exec(goal.text)?.[1];
      if (back !== undefined) return byGoodBefore(Number(back), history);
      const request = PULL_REQUEST.exec(goal.text)?.[1];
      if (request !== undefined) return byPullRequest(Number(request), history);
      return byCommit(goal.text, history, repository);
    }
  }
}

/** The commit that a person names by its id, a branch or a tag. Throws `UsageRevision` for an ambiguous one. */
export async function chosenRevision(
  goal: Goal,
  repository: Pick<Repository, "resolve">,
): Promise<CommitId | undefined> {
  if (goal.kind !== "revision" || GOOD_BEFORE.test(goal.text) || PULL_REQUEST.test(goal.text)) return undefined;
  return repository.resolve(goal.text);
}

const GOOD_BEFORE = /^~([1-9]\d{0,3})$/;
const PULL_REQUEST = /^#(\d{1,9})$/;

function byNumber(number: number, { target, revisions }: TargetHistory): Checkpoint {
  const revision = revisions.find((candidate) => candidate.number === number);
  if (revision !== undefined) return checkpointAt(revision, "chosen");
  throw new LastgoodError(
    "UsageRevision",
    `unable to find specified revision ${number} in the history of ${target.name}`,
    {
      hint:
        revisions.length === 0
          ? `It has none: no commit on this branch touches ${target.name}.`
          : `It has revisions 1 to ${revisions.length}: lastgood history ${shellWord(target.name)}`,
    },
  );
}

function byGoodBefore(count: number, { target, revisions, content }: TargetHistory): Checkpoint | Hold {
  const good = revisions.filter((revision) => isCheckpoint(revision) && revision.content !== content);
  const found = good[count - 1];
  if (found !== undefined) return checkpointAt(found, "chosen");
  return hold(
    "NoCheckpoint",
    `${target.name} has ${good.length === 0 ? "no" : `only ${good.length}`} known-good ${good.length > 1 ? "revisions" : "revision"} before the present one`,
    [`lastgood history ${shellWord(target.name)}    shows all of them`],
  );
}

function byPullRequest(number: number, { target, revisions }: TargetHistory): Checkpoint {
  const revision = revisions.find((candidate) => pullRequestOf(candidate.revision) === number);
  if (revision !== undefined) return checkpointAt(revision, "chosen");
  throw new LastgoodError(
    "UsageRevision",
    `no revision of ${target.name} says that it came from pull request #${number}`,
    {
      hint: `lastgood history ${shellWord(target.name)}    shows the pull requests`,
    },
  );
}

async function byCommit(text: string, history: TargetHistory, repository: Repository): Promise<Checkpoint | Hold> {
  const id = await repository.resolve(text);
  if (id === undefined) {
    throw new LastgoodError("UsageRevision", `revision "${text}" does not exist in this repository`, {
      hint: `Give a commit id of at least 7 digits, a tag, ~1 or #PULL-REQUEST. lastgood history ${shellWord(history.target.name)} shows them.`,
    });
  }
  const own = history.revisions.find(({ revision }) => revision.id === id);
  if (own !== undefined) return checkpointAt(own, "chosen");
  if ((await repository.refs.distance(id, history.base)) === undefined) {
    return hold("NotAncestor", `${shortId(id)} is no ancestor of the branch: it was never live from here`, [
      `lastgood history ${shellWord(history.target.name)}    shows the revisions that were`,
    ]);
  }
  return checkpointAt(await judgeCommit(id, history, repository), "chosen");
}

/** A commit that does not change the target itself: it shares the verdict of the revision with the same content. */
async function judgeCommit(id: CommitId, history: TargetHistory, repository: Repository): Promise<JudgedRevision> {
  const [revision, files] = await Promise.all([repository.refs.revision(id), repository.files(id, history.scope)]);
  const content = contentIdOf(files, sha256);
  const same = history.revisions.find((candidate) => candidate.content === content);
  return {
    revision,
    changes: [],
    number: same?.number ?? 0,
    content,
    verdict: same?.verdict ?? "unproven",
    evidence: same?.evidence ?? [],
    liveForMs: 0,
    ...(same?.quarantined === undefined ? {} : { quarantined: same.quarantined }),
  };
}
