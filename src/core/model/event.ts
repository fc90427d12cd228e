/** What lastgood tells the world: Kubernetes Events, notification triggers and ledger kinds share these words. On transitions only. */
export const EVENTS = [
  "CheckpointRecorded",
  "RevertProposed",
  "RevertMerged",
  "RevertSynced",
  "RevertVerified",
  "RevertRejected",
  "RevertSuperseded",
  "QuarantineAdded",
  "QuarantineReleased",
  "Suspended",
  "Resumed",
  "RegressionDetected",
  "RevertHeld",
  "RevertConflict",
  "RevertFailed",
  "RevertStillUnhealthy",
  "QuarantineViolated",
  "EngineUnreachable",
  "LedgerInDoubt",
] as const;

export type EventName = (typeof EVENTS)[number];

const WARNINGS: ReadonlySet<EventName> = new Set([
  "RegressionDetected",
  "RevertHeld",
  "RevertConflict",
  "RevertFailed",
  "RevertStillUnhealthy",
  "QuarantineViolated",
  "EngineUnreachable",
  "LedgerInDoubt",
]);

/** Does it want somebody to look? Kubernetes' word for it is the type `Warning`. */
export function isWarning(event: EventName): boolean {
  return WARNINGS.has(event);
}
