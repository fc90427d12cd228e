/** How a commit comes to the server: pushed as it was made here, or made there again by the forge, which signs it. */
import { type CommitId, type FileChange, shortId } from "../core/model/git.ts";
import { escapeText } from "../core/model/escape.ts";
import { LastgoodError } from "../errors.ts";
import { bringCommit } from "./bring-commit.ts";
import type { Clock } from "../ports/clock.ts";
import type { Forge } from "../ports/forge.ts";
import type { ForgeCommits, ForgeWrite } from "../ports/forge-commits.ts";
import type { Log } from "../ports/log.ts";
import type { Remote, Repository } from "../ports/repository.ts";

/** `auto`: made by the forge where something asks for that and it can be, pushed otherwise. `api`: by the forge, or not at all. */
export type CommitVia = "auto" | "push" | "api";

export interface CommitDelivery {
  /** Without `refs/heads/`. */
  readonly branch: string;
  /** Made here; with one parent, which the server has. */
  readonly commit: CommitId;
  /** The branch's tip, then the commit's parent; undefined: there is no such branch yet. */
  readonly expected: CommitId | undefined;
  /** The branch that it is for in the end: its rules count too. */
  readonly base: string;
  readonly via: CommitVia | undefined;
}

export interface CommitWorld {
  readonly repository: Repository;
  readonly remote: Remote;
  readonly forge?: Forge;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Brings the commit to its branch by compare-and-swap and answers what stands there now: the same tree on the same parent, under
 * another id when the forge made it. Throws `RepositoryMoved` when the branch is elsewhere, `RepositoryRejected`, `Forge*`.
 */
export async function deliverCommit(delivery: CommitDelivery, world: CommitWorld): Promise<CommitId> {
  const { via = "auto" } = delivery;
  const commits = via === "push" ? undefined : world.forge?.commits;
  if (via === "api" && commits === undefined) throw unsupported(world, "it has no API that does");
  const why = via === "api" ? "asked for" : await commits?.wanted([delivery.branch, delivery.base]);
  if (commits === undefined || why === undefined) return pushCommit(delivery, world);
  const content = await readContent(delivery.commit, commits, world.repository);
  if ("obstacle" in content) {
    if (via === "api") throw unsupported(world, content.obstacle);
    world.log.warn(`${nameOf(world)} cannot make this commit, so it is pushed: ${content.obstacle}`);
    return pushCommit(delivery, world);
  }
  world.log.doing(`letting ${nameOf(world)} make the commit: ${why}`);
  return makeThere({ ...delivery, ...content, via, commits }, world);
}

async function pushCommit({ branch, commit, expected }: CommitDelivery, { remote }: CommitWorld): Promise<CommitId> {
  await remote.push({ branch, commit, expected });
  return commit;
}

interface Content {
  readonly parent: CommitId;
  readonly message: string;
  readonly writes: readonly ForgeWrite[];
}

const NOTHING = new Uint8Array();
/** Of one file; what all may have together is the forge's to say. */
const MAX_BYTES = 10 * 1024 * 1024;

/** What the commit changes, whole; or why the forge cannot make it. */
async function readContent(
  commit: CommitId,
  commits: ForgeCommits,
  repository: Repository,
): Promise<Content | { readonly obstacle: string }> {
  const { message, parents } = await repository.refs.revision(commit);
  const [parent] = parents;
  if (parent === undefined || parents.length > 1) return { obstacle: "it has not one parent" };
  const changes = await repository.refs.diff(parent, commit);
  const outlines = changes.map((change) => writeOf(change, NOTHING));
  const obstacle = commits.cannot(outlines) ?? modeChange(changes);
  if (obstacle !== undefined) return { obstacle };
  try {
    const bytes = await repository.blobs(
      changes.flatMap(({ after }) => after?.id ?? []),
      MAX_BYTES,
    );
    const left = [...bytes];
    const writes = changes.map((change) => writeOf(change, change.after === undefined ? NOTHING : left.shift()));
    const tooMuch = commits.cannot(writes);
    return tooMuch === undefined ? { parent, message, writes } : { obstacle: tooMuch };
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "LimitBlob") return { obstacle: error.message };
    throw error;
  }
}

function writeOf({ path, after }: FileChange, bytes: Uint8Array = NOTHING): ForgeWrite {
  return after === undefined ? { path, remove: true } : { path, mode: after.mode, bytes };
}

/** A forge that takes files without a mode may keep the one that is there. */
function modeChange(changes: readonly FileChange[]): string | undefined {
  const changed = changes.find(({ before, after }) => before && after && before.mode !== after.mode);
  return changed === undefined ? undefined : `${escapeText(changed.path)} changes its mode`;
}

type Making = CommitDelivery & Content & { readonly via: CommitVia; readonly commits: ForgeCommits };

async function makeThere(making: Making, world: CommitWorld): Promise<CommitId> {
  const { branch, commit, expected, parent, message, writes, via, commits } = making;
  let made: CommitId;
  try {
    made = await commits.commit({ branch, expected, parent, message, writes });
  } catch (error) {
    if (via === "api" || !(error instanceof LastgoodError) || error.code !== "ForgeUnsupported") throw error;
    world.log.warn(`${nameOf(world)} makes no commits, so it is pushed: ${error.message}`);
    return pushAfter(making, world);
  }
  await bringCommit(made, "made", world);
  const { parents } = await world.repository.refs.revision(made);
  const [change] = await world.repository.refs.diff(commit, made);
  if (change === undefined && parents.length === 1 && parents[0] === parent) return made;
  const what = change === undefined ? "it stands on another commit" : `${escapeText(change.path)} is not as planned`;
  throw new LastgoodError("ForgeConflict", `${nameOf(world)} made ${shortId(made)} on ${branch}, but ${what}`, {
    ...(change === undefined ? {} : { place: { file: change.path } }),
    hint: `Look at ${branch} before anything is merged from it; --commit-via push brings the commit as it was made here.`,
  });
}

/** The forge's try may have left the branch behind where it was to begin. */
async function pushAfter(making: Making, world: CommitWorld): Promise<CommitId> {
  await world.remote.fetch([]);
  const tip = await world.repository.resolve(`refs/heads/${making.branch}`);
  return pushCommit({ ...making, expected: tip === making.parent ? tip : making.expected }, world);
}

function unsupported(world: CommitWorld, why: string): LastgoodError {
  return new LastgoodError("ForgeUnsupported", `${nameOf(world)} cannot make this commit: ${why}`, {
    hint: "Let lastgood push it: --commit-via push.",
  });
}

function nameOf({ forge, remote }: CommitWorld): string {
  return forge?.name ?? remote.url;
}
