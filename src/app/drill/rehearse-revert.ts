/** The line of a revert up to its commit, without anything that anybody could see: no ref is moved. */
import { type Checkpoint, checkpointAt } from "../../core/checkpoint.ts";
import { revertKey, slugOf } from "../../core/change/branch.ts";
import { isWeak } from "../../core/model/evidence.ts";
import { type CommitId, shortId } from "../../core/model/git.ts";
import { escapeText } from "../../core/model/escape.ts";
import { readManifest } from "../../core/manifest/read-manifest.ts";
import type { Plan, PlannedFile } from "../../core/plan/types.ts";
import { changeOf, type DeliveryWorld, type RevertRequest } from "../delivery.ts";
import { findCheckpoint, type Goal } from "../find-checkpoint.ts";
import { sha256 } from "../hash.ts";
import { makePlan } from "../make-plan.ts";
import { readHistory, type TargetHistory } from "../read-history.ts";
import type { Passed, Stations } from "./stations.ts";

export interface RehearseRevert extends Pick<
  RevertRequest,
  "target" | "branch" | "selection" | "patterns" | "author" | "style"
> {
  readonly base: CommitId;
  readonly goal: Goal;
  /** ULID of the drill. */
  readonly id: string;
}

/** A commit that nobody can see: on no branch, never pushed. */
export interface RehearsedRevert {
  readonly to?: CommitId;
  readonly commit?: CommitId;
}

/** Stations *history*, *checkpoint*, *plan*, *commit*, *proof*. */
export async function rehearseRevert(
  request: RehearseRevert,
  world: DeliveryWorld,
  stations: Stations,
): Promise<RehearsedRevert> {
  const { target, base, patterns } = request;
  const history = await stations.run("history", async () => {
    const value = await readHistory({ target, base, patterns }, world);
    const { length } = value.revisions;
    return { result: "ok", detail: `${length} ${length === 1 ? "revision" : "revisions"} of ${target.name}`, value };
  });
  const found =
    history === undefined
      ? undefined
      : await stations.run("checkpoint", async () => chooseCheckpoint(request, history, world));
  // Without a good one a revert would end here; the rest is worth knowing all the same.
  const goal = found ?? (history === undefined ? undefined : before(history));
  if (history === undefined || goal === undefined) {
    for (const name of ["plan", "commit", "proof"]) stations.skip(name, "there is nothing to go back to");
    return {};
  }
  const to = goal.revision.revision.id;
  const plan = await stations.run("plan", async () => rehearsePlan({ ...request, history, checkpoint: goal }, world));
  if (plan === undefined) {
    for (const name of ["commit", "proof"]) stations.skip(name, "there is no plan");
    return { to };
  }
  const key = revertKey(target.name, history.content, sha256);
  const commit = await stations.run("commit", async () => makeCommit({ ...request, plan, key }, world));
  if (commit === undefined) stations.skip("proof", "there is no commit");
  else await stations.run("proof", async () => prove({ plan, commit }, world));
  return { to, ...(commit === undefined ? {} : { commit }) };
}

/** Where a revert would go. What runs is the last good one, mostly: then the good one before it. */
async function chooseCheckpoint(
  { goal, target }: RehearseRevert,
  history: TargetHistory,
  { repository }: DeliveryWorld,
): Promise<Passed<Checkpoint>> {
  const wanted = await findCheckpoint(goal, history, repository);
  if (wanted.kind === "hold") return { result: "failed", detail: `${wanted.reason}: ${wanted.message}` };
  const runs = wanted.revision.content === history.content;
  if (goal.kind !== "last-good" || !runs)
    return { result: isWeakOnly(wanted) ? "warning" : "ok", detail: textOf(wanted), value: wanted };
  const other = await findCheckpoint({ kind: "revision", text: "~1" }, history, repository);
  const value = other.kind === "hold" ? before(history) : other;
  const live = `${shortId(wanted.revision.revision.id)} runs and is good`;
  if (value === undefined)
    return { result: "warning", detail: `${live}, and ${escapeText(target.name)} was never any other` };
  return { result: "ok", detail: `${live}; rehearsed with ${textOf(value)}`, value };
}

function textOf({ revision }: Checkpoint): string {
  const [best] = revision.evidence;
  const proof = best === undefined ? "which nothing proves" : `${best.kind}${isWeak(best.kind) ? ", weak" : ""}`;
  return `${shortId(revision.revision.id)} (${proof})`;
}

function isWeakOnly({ revision }: Checkpoint): boolean {
  return revision.evidence.every(({ kind }) => isWeak(kind));
}

/** The newest revision that held something else: good enough to rehearse with. */
function before({ revisions, content }: TargetHistory): Checkpoint | undefined {
  const other = revisions.find((revision) => revision.content !== content);
  return other === undefined ? undefined : checkpointAt(other, "chosen");
}

async function rehearsePlan(
  { history, branch, checkpoint, selection }: Parameters<typeof makePlan>[0],
  { repository }: DeliveryWorld,
): Promise<Passed<Plan>> {
  const plan = await makePlan({ history, branch, checkpoint, selection }, repository);
  if (plan.kind === "hold") return { result: "failed", detail: `${plan.reason}: ${plan.message}` };
  if (plan.kind === "nothing-to-do")
    return { result: "warning", detail: "nothing would change: there is nothing to rehearse with" };
  const fields = plan.components.reduce((sum, component) => sum + component.fields.length, 0);
  const files = plan.files.length === 1 ? "1 file" : `${plan.files.length} files`;
  const risks = plan.risks.length === 0 ? "" : `, ${plan.risks.length} ${plan.risks.length === 1 ? "risk" : "risks"}`;
  return { result: "ok", detail: `${fields} ${fields === 1 ? "field" : "fields"} in ${files}${risks}`, value: plan };
}

type Making = RehearseRevert & { readonly plan: Plan; readonly key: string };

/** A commit of its own: nothing in it says that it is a revert. CI is asked to leave it alone. */
async function makeCommit(making: Making, { repository, clock }: DeliveryWorld): Promise<Passed<CommitId>> {
  const { plan, key, id, author, target } = making;
  const request: RevertRequest = {
    ...making,
    mode: "branch",
    draft: false,
    labels: [],
    reviewers: [],
    confirm: no,
    confirmAgain: no,
  };
  const { writes } = changeOf({ request, plan, key, scope: [] }, id);
  const message = `Drill: take ${slugOf(target.name)} back\n\nMade by lastgood drill, to be thrown away.\n\n[skip ci]\n`;
  const commit = await repository.commit({ parent: plan.base, writes, message, author, atMs: clock.nowMs() });
  return { result: "ok", detail: `${shortId(commit)} on ${shortId(plan.base)}, on no branch`, value: commit };
}

async function no(): Promise<boolean> {
  return false;
}

/** Reads the commit again: it changes the planned files and no other, and each is what was planned, as Kubernetes reads it. */
async function prove(
  { plan, commit }: { readonly plan: Plan; readonly commit: CommitId },
  { repository }: DeliveryWorld,
): Promise<Passed> {
  const changes = await repository.refs.diff(plan.base, commit);
  const planned = new Map(plan.files.map((file) => [file.path, file]));
  const stray = changes.find(({ path }) => !planned.has(path));
  if (stray !== undefined) return failed(`it changes ${stray.path}, which is not in the plan`);
  if (changes.length !== planned.size) return failed(`it changes ${changes.length} of ${planned.size} planned files`);
  for (const { path, after } of changes) {
    const file = planned.get(path);
    const [bytes] = after === undefined ? [] : await repository.blobs([after.id]);
    const wrong = file === undefined ? undefined : differs(file, { id: after?.id, bytes });
    if (wrong !== undefined) return failed(`${path} ${wrong}`);
  }
  const files = changes.length === 1 ? "1 file" : `${changes.length} files`;
  return { result: "ok", detail: `${files} read again: as planned, and nothing else` };
}

function failed(detail: string): Passed {
  return { result: "failed", detail: escapeText(detail) };
}

function differs(
  file: PlannedFile,
  { id, bytes }: { readonly id: string | undefined; readonly bytes: Uint8Array | undefined },
): string | undefined {
  switch (file.action) {
    case "remove":
      return id === undefined ? undefined : "is still there";
    case "restore":
      return id === file.after.id ? undefined : "is not the one that is restored";
    case "edit": {
      const text = bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
      if (text !== file.after.text) return "does not hold the planned text";
      const { stream } = readManifest(file.path, bytes ?? new Uint8Array());
      return stream === undefined ? "cannot be read again" : undefined;
    }
  }
}
