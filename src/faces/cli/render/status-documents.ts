/** `-o json|yaml` of `status`. Fields are only ever added. */
import type { DrillRecord } from "../../../core/drill.ts";
import type { OpenedEngine } from "../../compose-engines.ts";
import { isWeak } from "../../../core/model/evidence.ts";
import { pullRequestOf, subjectOf } from "../../../core/model/git.ts";
import { toIso } from "../../../core/model/time.ts";
import { redactSaid } from "../../../core/redact.ts";
import type { EngineView, Reason } from "../../../ports/engine.ts";
import type { Envelope } from "../output/yaml-json.ts";
import { decisionFields, type ExplainedDecision } from "./explained-decision.ts";
import { statusNotes } from "./status-notes.ts";
import { progressWords, type StatusRow, syncText } from "./status-table.ts";

/** `kind: StatusList`. */
export function statusListDocument(
  rows: readonly StatusRow[],
  engines: readonly OpenedEngine[],
  views: ReadonlyMap<string, EngineView>,
): Envelope {
  const looked = engines.map(({ engine: { name, type } }) => {
    const { heardAtMs, failure } = views.get(name) ?? {};
    return {
      name,
      type,
      heardAt: timeOf(heardAtMs),
      error: failure === undefined ? undefined : { code: failure.code, message: failure.message },
    };
  });
  return { kind: "StatusList", metadata: {}, status: { engines: looked, targets: rows.map(targetFields) } };
}

/** What is only read where one target is asked for. */
export interface StatusMore {
  readonly reasons: readonly Reason[];
  /** The newest rehearsal of a revert. */
  readonly drill?: DrillRecord;
  /** The newest that a daemon has put on record. */
  readonly decision?: ExplainedDecision;
}

/** `kind: Status`. */
export function statusDocument(row: StatusRow, { reasons, drill, decision }: StatusMore): Envelope {
  const { name, environment } = row.observed.watched.target;
  const { name: _name, environment: _environment, ...status } = targetFields(row);
  return {
    kind: "Status",
    metadata: { target: name, environment },
    status: {
      ...status,
      notes: statusNotes(row, reasons),
      drill: drill === undefined ? undefined : drillFields(drill),
      decision: decision === undefined ? undefined : decisionFields(decision),
      reasons: reasons.map(reasonFields),
    },
  };
}

/** The newest rehearsal of a revert. */
function drillFields({ at, by, outcome, ms }: DrillRecord): object {
  return { at, by, outcome, seconds: ms / 1000 };
}

function reasonFields({ id, status, below }: Reason): object {
  const { apiVersion, kind, namespace, name } = id;
  return {
    object: { apiVersion, kind, namespace, name },
    status: status.status,
    reason: status.reason,
    message: redactSaid(status.message),
    since: timeOf(status.sinceMs),
    below: below.map(reasonFields),
  };
}

function targetFields({ observed, standing }: StatusRow) {
  const { watched, states, present, verdict, revision, content } = observed;
  const { target, restrictions } = watched;
  const { lastGood, suspects, pullRequest } = standing;
  return {
    name: target.name,
    environment: target.environment,
    from: watched.from,
    status: present.status,
    reason: present.says?.reason,
    message: present.says === undefined ? undefined : redactSaid(present.says.message),
    since: timeOf(present.says?.sinceMs),
    sync: syncText(observed),
    live: revision === undefined ? undefined : { revision, content },
    lastGood:
      lastGood === undefined
        ? undefined
        : {
            revision: lastGood.revision,
            weak: lastGood.evidence.every(({ kind }) => isWeak(kind)),
            evidence: lastGood.evidence.map(({ kind, detail, atMs, healthyForMs }) => ({
              kind,
              detail,
              at: timeOf(atMs),
              healthyForSeconds: healthyForMs === undefined ? undefined : Math.floor(healthyForMs / 1000),
            })),
          },
    suspects: suspects.map(({ revision: suspect }) => ({
      revision: suspect.id,
      subject: subjectOf(suspect),
      author: suspect.author,
      pullRequest: pullRequestOf(suspect),
    })),
    revert:
      pullRequest === undefined
        ? undefined
        : {
            number: pullRequest.number,
            url: pullRequest.url,
            state: pullRequest.state,
            progress: progressWords(pullRequest),
          },
    suspended:
      restrictions.suspended === undefined
        ? undefined
        : { until: timeOf(restrictions.suspended.untilMs), reason: restrictions.suspended.reason },
    blockers: states.flatMap(({ blockers }) =>
      blockers.map(({ untilMs, ...rest }) => ({ ...rest, until: timeOf(untilMs) })),
    ),
    objects: watched.objects.map(({ engine, object, key }) => ({ engine, object: key ?? object })),
    sources: observed.says.map(({ source, status, reason, message, sinceMs }) => ({
      source,
      status,
      reason,
      message: redactSaid(message),
      since: timeOf(sinceMs),
    })),
    verdict: {
      verdict: verdict.verdict,
      reason: verdict.reason,
      message: redactSaid(verdict.message),
      rule: verdict.rule,
    },
    notes: [...watched.notes, ...restrictions.notes],
  };
}

function timeOf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : toIso(ms);
}
