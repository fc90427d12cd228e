/** A draft on a scratch branch, closed and deleted again, whatever happens in between; what an earlier drill has left goes, too. */
import { slugOf } from "../../core/change/branch.ts";
import { DRILL_BRANCHES, drillBegan, drillBranch } from "../../core/drill.ts";
import { escapeText } from "../../core/model/escape.ts";
import { type CommitId, shortId } from "../../core/model/git.ts";
import { LastgoodError } from "../../errors.ts";
import type { Forge } from "../../ports/forge.ts";
import type { ForgeScratch } from "../../ports/forge-scratch.ts";
import type { Remote } from "../../ports/repository.ts";
import { deliverCommit, type CommitVia } from "../deliver-commit.ts";
import type { DeliveryWorld } from "../delivery.ts";
import type { Passed, Stations } from "./stations.ts";

export interface RehearsePullRequest {
  readonly id: string;
  readonly target: string;
  readonly base: string;
  readonly commit: CommitId;
  readonly commitVia: CommitVia | undefined;
  /** Ctrl-C: nothing more is begun, and everything is taken away. The world's own signal must not be this one. */
  readonly signal: AbortSignal;
}

/** A drill that began longer ago has ended, one way or another. */
const LEFT_MS = 3_600_000;

/** Stations *left over*, *push*, *draft pull request*, *clean up*. Answers the number of the draft. */
export async function rehearsePullRequest(
  request: RehearsePullRequest,
  world: DeliveryWorld,
  stations: Stations,
): Promise<number | undefined> {
  const { forge, remote } = world;
  if (forge?.scratch === undefined || remote === undefined) {
    stations.skip("draft pull request", "this repository has no forge with pull requests");
    return undefined;
  }
  const hosting: Hosting = { forge, remote, scratch: forge.scratch };
  await stations.run("left over", async () => sweep(hosting, world));
  const branch = drillBranch(slugOf(request.target), request.id);
  let number: number | undefined;
  try {
    request.signal.throwIfAborted();
    const pushed = await stations.run("push", async () => push({ ...request, branch }, { ...world, ...hosting }));
    request.signal.throwIfAborted();
    if (pushed === undefined) stations.skip("draft pull request", "nothing was pushed");
    else number = await stations.run("draft pull request", async () => open({ ...request, branch }, hosting));
    return number;
  } finally {
    await stations.run("clean up", async () => cleanUp({ branch, number }, hosting));
  }
}

interface Hosting {
  readonly forge: Forge;
  readonly remote: Remote;
  readonly scratch: ForgeScratch;
}

/** What a drill that was killed has left. One that is under way keeps its own. */
async function sweep({ forge, scratch }: Hosting, { clock }: DeliveryWorld): Promise<Passed> {
  const left = (await scratch.branches(DRILL_BRANCHES)).filter(({ branch }) => {
    const beganMs = drillBegan(branch);
    return beganMs !== undefined && clock.nowMs() - beganMs > LEFT_MS;
  });
  for (const { branch } of left) {
    const found = await forge.findPullRequest(branch);
    if (found?.state === "open") await scratch.close(found.number);
    await scratch.deleteBranch(branch);
  }
  const many = left.length === 1 ? "1 branch" : `${left.length} branches`;
  return {
    result: "ok",
    detail: left.length === 0 ? "no earlier drill has left anything" : `took away ${many} of earlier drills`,
  };
}

type OnBranch = RehearsePullRequest & { readonly branch: string };

async function push(
  { branch, commit, base, commitVia }: OnBranch,
  world: DeliveryWorld & Pick<Hosting, "forge" | "remote">,
): Promise<Passed<CommitId>> {
  const head = await deliverCommit({ branch, commit, expected: undefined, base, via: commitVia }, world);
  return { result: "ok", detail: `${shortId(head)} to ${branch}`, value: head };
}

async function open({ branch, base, target }: OnBranch, { forge }: Hosting): Promise<Passed<number>> {
  const name = escapeText(target).replaceAll("`", "'");
  const { pullRequest, warnings } = await forge.openPullRequest({
    branch,
    base,
    draft: true,
    title: `Drill: lastgood rehearses a revert of ${name.slice(0, 150)}`,
    body: DRAFT_TEXT,
    labels: [],
    reviewers: [],
  });
  const [warning] = warnings;
  const { number } = pullRequest;
  return { result: warning === undefined ? "ok" : "warning", detail: warning ?? `opened #${number}`, value: number };
}

const DRAFT_TEXT = `This is a drill: \`lastgood drill --draft-pull-request\` shows that a revert could be proposed here. Nothing is broken, nobody has to do anything.

The draft closes by itself within seconds, and its branch is deleted. If you still see it open, the drill was killed: close it, or run the drill again, which takes it away.
`;

/** The branch and its draft go, each whether or not the other could. */
async function cleanUp(
  { branch, number: opened }: { readonly branch: string; readonly number: number | undefined },
  { forge, scratch }: Hosting,
): Promise<Passed> {
  const failures: string[] = [];
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof LastgoodError)) throw error;
      failures.push(error.message);
    }
  };
  let number = opened;
  await attempt(async () => {
    // An answer that was lost may have opened it.
    const found = number === undefined ? await forge.findPullRequest(branch) : undefined;
    number ??= found?.state === "open" ? found.number : undefined;
    if (number !== undefined) await scratch.close(number);
  });
  await attempt(async () => scratch.deleteBranch(branch));
  if (failures.length > 0) {
    return { result: "failed", detail: `${branch} is left: ${failures.join("; ")}. The next drill takes it away.` };
  }
  return {
    result: "ok",
    detail: number === undefined ? `no trace of ${branch} is left` : `closed #${number}, deleted ${branch}`,
  };
}
