/** The plan of a revert that nobody asked for: back to the last known good content, as station *decision* looks at it. */
import type { CheckpointFacts, PlanFacts, PlanSummary, SuspectFacts } from "../../core/decision/facts.ts";
import { recordObserved } from "../../core/checkpoint-observed.ts";
import { type CommitId, type Revision, shortId, trailersOf } from "../../core/model/git.ts";
import type { Plan, PlanGoal } from "../../core/plan/types.ts";
import { type CheckpointRecord, orderRecords } from "../../core/record.ts";
import { parseSelectors, type Selection } from "../../core/selection.ts";
import { saidReverts } from "../../core/model/said-reverts.ts";
import { LastgoodError } from "../../errors.ts";
import type { Ledger } from "../../ports/ledger.ts";
import { chooseStrategy, type ChosenStrategy, readLiveStatuses } from "../choose-strategy.ts";
import { type GoalPlan, type GoalQuery, planGoal, type RevertGoal } from "../plan-goal.ts";
import { readOptOuts } from "../read-opt-outs.ts";
import { engineEvidenceOf } from "../read-standing.ts";
import type { DaemonLane, DaemonWorld, LaneReading, TargetLook, VerifiedLook } from "./daemon-lane.ts";
import { keepPlan } from "./kept-plan.ts";

export interface FoundPlan {
  readonly facts: PlanFacts;
  /** Missing: it could not be planned. */
  readonly goal?: GoalPlan;
}

export interface FindPlan {
  readonly look: TargetLook;
  readonly base: CommitId;
  readonly lane: DaemonLane;
  /** Missing: the last known good one. */
  readonly to?: RevertGoal;
  /** Missing: what the policy takes. */
  readonly selection?: Selection;
}

/** Throws what trying again may mend; what is wrong for good is a plan that holds. */
export async function findPlan(request: FindPlan, daemon: Pick<DaemonWorld, "engines">): Promise<FoundPlan> {
  const { look, lane } = request;
  try {
    const whole = await planOf(request);
    const { plan } = whole;
    const same = plan.kind === "hold" && plan.reason === "NoCheckpoint" ? await planSame(request) : undefined;
    if (same !== undefined) return { goal: whole, facts: same };
    const first = plan.kind === "plan" ? await chooseFirst(plan, look, daemon) : undefined;
    if (first === undefined) return { goal: whole, facts: await factsOf(whole, lane) };
    const goal = await planOf({ ...request, selection: first.selection });
    const facts = await factsOf(goal, lane);
    return { goal, facts: facts.kind === "plan" ? { ...facts, first: first.message } : facts };
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.transient || error.code === "Internal") throw error;
    const message = `${look.observed.watched.target.name} cannot be planned: ${error.message}`;
    return { facts: { kind: "hold", reason: "Conflict", message } };
  }
}

/**
 * `strategy: traffic-first`: what goes back before the rest, where it can and what gets the traffic then is seen to run. Else all goes back:
 * nobody is here to take the risk. Throws when that cannot be seen just now.
 */
async function chooseFirst(
  plan: Plan,
  { observed, policy }: TargetLook,
  { engines }: Pick<DaemonWorld, "engines">,
): Promise<Extract<ChosenStrategy, { readonly kind: "traffic-first" | "unproven" }> | undefined> {
  if (policy.strategy !== "traffic-first" || plan.trafficFirst === undefined) return undefined;
  const chosen = chooseStrategy(plan, await readLiveStatuses(observed.states, engines, { patient: true }));
  return chosen.kind === "traffic-first" ? chosen : undefined;
}

/** What is bad now was good as it is, and nothing else was: git is not the cause (I9). Undefined: it never was. */
async function planSame({ look, base, lane }: FindPlan): Promise<PlanFacts | undefined> {
  const { observed } = look;
  const { world } = lane;
  const ledger = filtered(world.ledger, ({ verdict, evidence, content, revision }) => {
    const isPresent = revision === observed.revision || (content !== undefined && content === observed.content);
    return !(isPresent && verdict === "bad" && evidence === "observed");
  });
  const query = { ...queryOf({ look, base, lane }), goal: { kind: "last-good" } as const };
  const { plan, key } = await planGoal(query, { ...world, ledger });
  if (plan.kind !== "nothing-to-do") return undefined;
  const found = `it holds the same as when it was good, at ${goodOf(plan.goal)}: what is wrong is not in git`;
  return { kind: "nothing", key, found };
}

function goodOf(goal: PlanGoal): string {
  return goal.kind === "undo" ? "another time" : shortId(goal.checkpoint.revision.revision.id);
}

function filtered(ledger: Ledger, isWanted: (record: CheckpointRecord) => boolean): Ledger {
  return {
    ...ledger,
    read: async () => {
      const { records, damaged } = await ledger.read();
      return { records: records.filter((record) => record.type !== "checkpoint" || isWanted(record)), damaged };
    },
  };
}

function queryOf({ look, base, lane, selection = selectionOf(look) }: PlanOf): Omit<GoalQuery, "goal"> {
  const { observed, patterns } = look;
  return { target: observed.watched.target, branch: lane.branch, base, selection, patterns };
}

type PlanOf = Omit<FindPlan, "look" | "lane"> & { readonly look: VerifiedLook; readonly lane: LaneReading };

/** The plan itself, kept while nothing moves. */
export async function planOf(request: PlanOf): Promise<GoalPlan> {
  const { look, lane, to = { kind: "last-good" } } = request;
  const { observed, views } = look;
  const { world } = lane;
  const nowMs = world.clock.nowMs();
  const engine = engineEvidenceOf(observed.watched, views, nowMs);
  const query = { ...queryOf(request), goal: to };
  const reading = await world.ledger.read();
  const { verdict, revision, content, sinceMs, inherits } = observed.verdict;
  const said = reading.records.flatMap(({ type, id }) => (type === "checkpoint" || type === "quarantine" ? [id] : []));
  const of = [query, engine, verdict, revision, content, sinceMs, inherits, said, reading.damaged];
  const identity = { lane: lane.readContent, of, nowMs };
  const ledger = withVerdict({ ...world.ledger, read: async () => reading }, look, lane);
  return keepPlan(identity, async () => planGoal(query, { ...world, ledger, engineEvidence: async () => engine }));
}

function selectionOf({ observed, policy }: VerifiedLook): Selection {
  const { only, except } = observed.watched.restrictions;
  const wanted = policy.components.only.length > 0 ? policy.components.only : only;
  return { only: parseSelectors(wanted), except: parseSelectors([...policy.components.except, ...except]) };
}

/** What was seen just now counts before it is on record: what fails is no checkpoint, however good it once was. */
function withVerdict(ledger: Ledger, { observed }: VerifiedLook, { world }: LaneReading): Ledger {
  return {
    ...ledger,
    read: async () => {
      const { records, damaged } = await ledger.read();
      const checkpoints = records.filter((record) => record.type === "checkpoint");
      const facts = { verdict: observed.verdict, images: [], newId: () => world.clock.newId(), by: "lastgood" };
      const seen = recordObserved({ ...facts, records: checkpoints });
      return { records: seen === undefined ? records : orderRecords([...records, seen]), damaged };
    },
  };
}

async function factsOf({ plan, key }: GoalPlan, lane: DaemonLane): Promise<PlanFacts> {
  switch (plan.kind) {
    case "hold":
      return { kind: "hold", key, reason: plan.reason, message: plan.message };
    case "nothing-to-do":
      return { kind: "nothing", key, ...(plan.found === undefined ? {} : { found: plan.found }) };
    case "plan":
      return summaryOf(plan, key, lane);
  }
}

/** More are held by the limit of commits, or are a person's to look at. */
const MOST_UNDONE = 50;

async function summaryOf(plan: Plan, key: string, lane: DaemonLane): Promise<PlanSummary> {
  const checkpoint = checkpointOf(plan);
  const { suspect } = plan;
  const said = await readOptOuts(plan.suspects, lane.world);
  return {
    kind: "plan",
    key,
    checkpoint,
    suspects: plan.suspects.map((revision) => ({ ...suspectOf(revision), ...said.get(revision.id) })),
    commits: plan.undone.length,
    undone: plan.undone.slice(0, MOST_UNDONE).map(({ revision }) => revision.id),
    paths: plan.files.map(({ path }) => path),
    sameContent: checkpoint.content !== undefined && checkpoint.content === suspect.content,
    risks: plan.risks.map(({ code, message, blocks }) => ({ code, message, blocks })),
  };
}

function checkpointOf({ goal }: Plan): CheckpointFacts {
  if (goal.kind === "undo") return { revision: goal.commits[0]?.id ?? "" };
  const { revision, evidence, content, liveForMs } = goal.checkpoint.revision;
  const [strongest] = evidence;
  const seenMs = evidence.map(({ atMs }) => atMs);
  const goodAtMs = Math.max(revision.committedAtMs + liveForMs, ...seenMs);
  return {
    revision: revision.id,
    ...(content === "" ? {} : { content }),
    ...(strongest === undefined ? {} : { evidence: strongest.kind }),
    goodAtMs,
  };
}

function suspectOf(revision: Revision): SuspectFacts {
  const { author, authorEmail } = revision;
  const own = trailersOf(revision.message).some(({ key }) => key === "lastgood-job");
  const reverts = own ? "lastgood" : saidReverts(revision) === undefined ? undefined : "person";
  return {
    revision: revision.id,
    authors: [author, authorEmail],
    ...(reverts === undefined ? {} : { reverts: { by: reverts } }),
  };
}
