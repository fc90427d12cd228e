/** The documents that programs read (`-o json|yaml`): versioned, fields are only ever added within a version. */
import { planHash } from "../../../app/plan-target.ts";
import type { PullRequest } from "../../../ports/forge.ts";
import type { TargetHistory } from "../../../app/read-history.ts";
import type { Checkpoint, JudgedRevision } from "../../../core/checkpoint.ts";
import type { Verification } from "../../../core/verification.ts";
import type { Evidence } from "../../../core/model/evidence.ts";
import type { Delivery } from "../../../app/delivery.ts";
import { pullRequestOf, type Revision, subjectOf } from "../../../core/model/git.ts";
import type { Hold } from "../../../core/model/hold.ts";
import { componentKey } from "../../../core/model/component.ts";
import { toIso } from "../../../core/model/time.ts";
import { fieldRows, keptPath, keptText, shownPatches } from "../../../core/plan/show.ts";
import type { NothingToDo, Plan, PlanGoal, UndoFlags } from "../../../core/plan/types.ts";
import type { Envelope } from "../output/yaml-json.ts";

/** `kind: Plan`. What `--plan FILE` takes: its `spec` says what to plan again, its `metadata.hash` what must come out. */
export function planDocument(plan: Plan): Envelope {
  const { target, base, branch, goal, suspect } = plan;
  return {
    kind: "Plan",
    metadata: { target: target.name, environment: target.environment, base, branch, hash: planHash(plan) },
    spec: {
      target: target.origin.kind === "change" ? undefined : target.name,
      ...aimFields(goal),
      only: plan.selection.only.map(({ text }) => text),
      except: plan.selection.except.map(({ text }) => text),
    },
    status: {
      suspect: suspect.revision.id,
      checkpoint: goal.kind === "undo" ? undefined : checkpointFields(goal.checkpoint),
      changes: fieldRows(plan, Infinity).map((row) => ({
        file: row.file,
        component: row.key,
        facet: row.facet,
        path: row.display,
        pointer: row.pointer,
        op: row.op,
        from: row.from,
        to: row.to,
        secret: row.secret ? true : undefined,
        commit: row.setBy?.id,
        pullRequest: row.setBy === undefined ? undefined : pullRequestOf(row.setBy),
      })),
      patches: shownPatches(plan).map(({ key, path, patch }) => ({ component: key, file: path, patch })),
      files: plan.files.map((file) => ({
        path: file.path,
        action: file.action,
        method: file.action === "edit" ? file.method : undefined,
        before: file.before?.id,
        after: file.action === "restore" ? file.after.id : undefined,
        linesAdded: file.linesAdded,
        linesRemoved: file.linesRemoved,
      })),
      kept: plan.kept.map((kept) => ({
        component: componentKey(kept.component),
        path: keptPath(kept),
        reason: kept.reason,
        owner: kept.owner,
        text: keptText(kept),
      })),
      already: plan.already?.map(({ path, component, display, commit, by }) => ({
        file: path,
        component,
        path: display,
        commit,
        revertedBy: by?.id,
      })),
      risks: plan.risks,
      strategy: plan.strategy,
      trafficFirst: plan.trafficFirst,
      declared: declaredFields(plan.declared),
      undone: plan.undone.map(({ revision }) => revisionFields(revision)),
      summary: summaryOf(plan),
    },
  };
}

/** What the manifests of the target ask for. */
function declaredFields(declared: Plan["declared"]): object | undefined {
  if (declared === undefined) return undefined;
  const { mode, suspended, bakeTimeMs, reviewers, notes } = declared;
  const untilMs = suspended?.untilMs;
  return {
    mode,
    suspended:
      suspended === undefined
        ? undefined
        : { until: untilMs === undefined ? undefined : toIso(untilMs), reason: suspended.reason },
    bakeTimeSeconds: bakeTimeMs === undefined ? undefined : bakeTimeMs / 1000,
    reviewers,
    notes,
  };
}

/** Counts, as `Plan: 2 to change, 1 to remove` says them. */
export function summaryOf(plan: Plan): {
  readonly change: number;
  readonly remove: number;
  readonly add: number;
  readonly kept: number;
  readonly files: number;
  readonly linesAdded: number;
  readonly linesRemoved: number;
} {
  const rows = fieldRows(plan);
  const count = (...ops: readonly string[]): number => rows.filter(({ op }) => ops.includes(op)).length;
  return {
    change: count("replace", "move"),
    remove: count("remove"),
    add: count("add"),
    kept: plan.kept.length,
    files: plan.files.length,
    linesAdded: plan.files.reduce((total, file) => total + file.linesAdded, 0),
    linesRemoved: plan.files.reduce((total, file) => total + file.linesRemoved, 0),
  };
}

/** A plan that has nothing to do: no changes, same kind. */
export function nothingDocument(nothing: NothingToDo): Envelope {
  return {
    kind: "Plan",
    metadata: { target: nothing.target.name, environment: nothing.target.environment, base: nothing.base },
    spec: aimFields(nothing.goal),
    status: {
      message: nothing.found,
      hints: nothing.hints,
      changes: [],
      files: [],
      kept: nothing.kept.map(keptText),
      risks: [],
      summary: { change: 0, remove: 0, add: 0, files: 0 },
    },
  };
}

/** `kind: Hold`. */
export function holdDocument(hold: Hold, target: string): Envelope {
  const { reason, message, hints, conflicts, revertedBy } = hold;
  const by = revertedBy?.map(({ commit, subject, author, atMs }) => ({ commit, subject, author, at: toIso(atMs) }));
  return { kind: "Hold", metadata: { target }, status: { reason, message, hints, conflicts, revertedBy: by } };
}

/** `kind: History`. `shown`: the revisions that the command was asked for. */
export function historyDocument(history: TargetHistory, shown: readonly JudgedRevision[]): Envelope {
  return {
    kind: "History",
    metadata: { target: history.target.name, environment: history.target.environment, base: history.base },
    status: { total: history.revisions.length, revisions: shown.map(revisionDocument) },
  };
}

/** `kind: CheckpointList`. */
export function checkpointsDocument(history: TargetHistory, shown: readonly JudgedRevision[]): Envelope {
  return { ...historyDocument(history, shown), kind: "CheckpointList" };
}

/** `kind: Revert`: where a revert came to. */
export function revertDocument(delivery: Delivery, verification?: Pick<Verification, "kind" | "message">): Envelope {
  const { plan, pullRequest } = delivery;
  return {
    kind: "Revert",
    metadata: { target: plan.target.name, environment: plan.target.environment, job: delivery.job },
    spec: { mode: delivery.mode, ...aimFields(plan.goal) },
    status: {
      commit: delivery.commit,
      branch: delivery.branch,
      base: plan.base,
      pullRequest:
        pullRequest === undefined
          ? undefined
          : { number: pullRequest.number, url: pullRequest.url, state: pullRequest.state },
      landed: delivery.landed,
      found: delivery.found,
      pending: delivery.pending,
      verification:
        verification === undefined ? undefined : { state: verification.kind, message: verification.message },
      summary: summaryOf(plan),
    },
  };
}

/** `kind: Revert` of a pull request that is as its boxes say. */
export function sameDocument({ number, url, state, head, branch }: PullRequest, target: string): Envelope {
  return {
    kind: "Revert",
    metadata: { target },
    spec: { mode: "propose" },
    status: { commit: head, branch, pullRequest: { number, url, state }, found: true },
  };
}

function revisionDocument(judged: JudgedRevision): object {
  return {
    number: judged.number,
    ...revisionFields(judged.revision),
    verdict: judged.verdict,
    evidence: judged.evidence.map(evidenceFields),
    liveForSeconds: Math.floor(judged.liveForMs / 1000),
    revertedBy: judged.revertedBy?.id,
    quarantined: judged.quarantined,
    files: judged.changes.map(({ path }) => path),
  };
}

function revisionFields(revision: Revision): object {
  return {
    revision: revision.id,
    subject: subjectOf(revision),
    author: revision.author,
    committedAt: toIso(revision.committedAtMs),
    pullRequest: pullRequestOf(revision),
  };
}

function evidenceFields({ kind, verdict, detail, atMs, healthyForMs }: Evidence): object {
  return {
    kind,
    verdict,
    detail,
    at: toIso(atMs),
    healthyForSeconds: healthyForMs === undefined ? undefined : Math.floor(healthyForMs / 1000),
  };
}

/** `to`: the checkpoint; `commits`: what is undone, newest first. */
function aimFields(goal: PlanGoal): { readonly to?: string; readonly commits?: readonly string[] } & UndoFlags {
  return goal.kind === "undo"
    ? { commits: goal.commits.map(({ id }) => id), ...goal.flags }
    : { to: goal.checkpoint.revision.revision.id };
}

function checkpointFields({ revision, weak }: Checkpoint): object {
  return {
    revision: revision.revision.id,
    verdict: revision.verdict,
    weak,
    evidence: revision.evidence.map(evidenceFields),
  };
}
