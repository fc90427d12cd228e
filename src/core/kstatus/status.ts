import { escapeText, shorten } from "../model/escape.ts";

/**
 * What an object is, in the words of kstatus. `Current`: what was asked for is there and works. `InProgress`: on its way.
 * `Failed`: it will not get there by itself. `Unknown`: nobody can tell; it is neither good nor bad.
 */
export type Status = "Current" | "InProgress" | "Failed" | "Terminating" | "NotFound" | "Unknown";

/** The cluster went back to what it had before, and git did not: git must follow. */
export interface RolledBack {
  /** What was given up, as the controller names it: a pod template hash (Rollout, Canary), chart version (HelmRelease) or revision (Application). */
  readonly from?: string;
  /** What runs again, in the same words. */
  readonly to?: string;
}

/** The status of one live object. Texts are escaped, and cut to a readable length. */
export interface ObjectStatus {
  readonly status: Status;
  /** PascalCase. The controller's own word where it has one, else ours. */
  readonly reason: string;
  /** One line for people. */
  readonly message: string;
  /** Epoch ms at which the controller says that it began. */
  readonly sinceMs?: number;
  /**
   * What the status is about, as the engine reports it: a full commit id, `sha256:…` of an OCI artifact, or a chart version.
   * Missing for objects that carry no revision, and when it cannot be told which one the status belongs to: then it is evidence for none.
   */
  readonly revision?: string;
  /** An Application of several sources: one revision per source, in their order; `revision` is missing then. */
  readonly revisions?: readonly string[];
  readonly rolledBack?: RolledBack;
  /**
   * `Current` only says that nothing is wrong: no health check stands behind it (scaled to zero, suspended, applied without waiting, drifted).
   * Such an object is no evidence that its revision is good.
   */
  readonly unproven?: true;
}

/** What a status may say besides its words. */
export interface StatusDetails {
  readonly sinceMs?: number | undefined;
  readonly revision?: string | undefined;
  readonly revisions?: readonly string[] | undefined;
  readonly rolledBack?: RolledBack | undefined;
  readonly unproven?: boolean | undefined;
}

const MESSAGE_LENGTH = 1000;
const REASON = /^[A-Z][A-Za-z0-9]{0,99}$/;

/** Puts a status together. A `reason` that is not PascalCase (it may come from the object) becomes the word of the status. */
export function statusOf(status: Status, reason: string, message: string, details: StatusDetails = {}): ObjectStatus {
  const { sinceMs, revision, revisions, rolledBack, unproven } = details;
  return {
    status,
    reason: REASON.test(reason) ? reason : status,
    message: escapeText(shorten(message, MESSAGE_LENGTH)),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(revision === undefined ? {} : { revision }),
    ...(revisions === undefined ? {} : { revisions }),
    ...(rolledBack === undefined ? {} : { rolledBack }),
    ...(unproven === true ? { unproven } : {}),
  };
}

/** The controller has not looked at the newest spec yet (or at the object at all). */
export function notObserved(message: string): ObjectStatus {
  return statusOf("InProgress", "NotObserved", message);
}
