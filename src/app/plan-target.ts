import type { EvidencePatterns } from "../core/model/evidence.ts";
import type { CommitId } from "../core/model/git.ts";
import type { Hold } from "../core/model/hold.ts";
import type { Target } from "../core/model/target.ts";
import type { NothingToDo, Plan } from "../core/plan/types.ts";
import type { Selection } from "../core/selection.ts";
import { chosenRevision, findCheckpoint, type Goal } from "./find-checkpoint.ts";
import { sha256 } from "./hash.ts";
import { countAhead, makePlan } from "./make-plan.ts";
import { type HistoryWorld, readHistory, type TargetHistory } from "./read-history.ts";

/** Which target goes back where, and how much of it. */
export interface PlanQuery {
  readonly target: Target;
  /** The branch that engines deploy from, without `refs/heads/`: for people. */
  readonly branch: string;
  readonly base: CommitId;
  readonly goal: Goal;
  readonly selection: Selection;
  /** A person has named what goes back: what manifests say of components does not narrow that. */
  readonly isChosen?: boolean;
  readonly patterns: EvidencePatterns;
}

export interface Planned {
  readonly history: TargetHistory;
  readonly plan: Plan | NothingToDo | Hold;
}

/** Health to plan, without writing anything: history → checkpoint → plan. */
export async function planTarget(query: PlanQuery, world: HistoryWorld): Promise<Planned> {
  world.log.progress(`reading the history of ${query.target.name}`);
  const chosen = await chosenRevision(query.goal, world.repository);
  const ahead = chosen === undefined ? undefined : countAhead(chosen, query.base, world.repository);
  const history = await readHistory(chosen === undefined ? query : { ...query, chosen }, world);
  const checkpoint = await findCheckpoint(query.goal, history, world.repository);
  if (checkpoint.kind === "hold") return { history, plan: checkpoint };
  world.log.progress(`comparing ${query.target.name} with ${checkpoint.revision.revision.id.slice(0, 7)}`);
  const { branch, selection, isChosen = false } = query;
  const counted = checkpoint.revision.revision.id === chosen ? { ahead } : {};
  const plan = await makePlan({ history, branch, checkpoint, selection, isChosen, ...counted }, world.repository);
  return { history, plan };
}

/** Identity of what a plan writes, whatever commit it stands on: equal hashes write the same bytes over the same bytes. */
export function planHash(plan: Plan): string {
  const files = plan.files.map((file) => ({
    path: file.path,
    before: file.before ?? null,
    after:
      file.action === "remove"
        ? null
        : file.action === "restore"
          ? file.after
          : { mode: file.after.mode, text: sha256(file.after.text) },
  }));
  const { goal } = plan;
  const to = goal.kind === "undo" ? goal.commits.map(({ id }) => id) : goal.checkpoint.revision.revision.id;
  return `sha256:${sha256(JSON.stringify({ target: plan.target.name, to, files }))}`;
}
