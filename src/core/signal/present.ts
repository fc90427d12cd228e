/** How a target is at this moment, in one word for people: no verdict, for nobody has waited yet. */
import type { Status } from "../kstatus/status.ts";

/** What one source says now. */
export interface SourceSays {
  readonly source: string;
  readonly status: Status;
  readonly message: string;
  /** PascalCase, of an engine. */
  readonly reason?: string;
  /** Epoch ms, by the source's own account. */
  readonly sinceMs?: number;
  readonly unproven?: true;
  readonly rolledBack?: true;
}

/** The word for all of them, and the source that it comes from; none when there is no source. */
export interface PresentStatus {
  readonly status: Status;
  readonly says?: SourceSays;
}

const WORST_FIRST: readonly Status[] = ["Failed", "Terminating", "NotFound", "InProgress", "Unknown", "Current"];

/**
 * With `requireAll` the worst word counts: one source that fails makes it fail. Without, a target is well when one source says so and
 * none objects. What the cluster has set back by itself has failed, whatever runs now.
 */
export function presentStatus(says: readonly SourceSays[], requireAll: boolean): PresentStatus {
  const heard = says.map((one) => (one.rolledBack === true ? { ...one, status: "Failed" as const } : one));
  const [worst] = heard.toSorted((a, b) => WORST_FIRST.indexOf(a.status) - WORST_FIRST.indexOf(b.status));
  if (worst === undefined) return { status: "Unknown" };
  const well = heard.find(({ status, unproven }) => status === "Current" && unproven !== true);
  const said = !requireAll && worst.status !== "Failed" && well !== undefined ? well : worst;
  return { status: said.status, says: said };
}
