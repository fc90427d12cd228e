import { checkEvidence, deploymentEvidence } from "../core/evidence.ts";
import type { Evidence, EvidencePatterns } from "../core/model/evidence.ts";
import type { RevisionChange } from "../core/model/git.ts";
import { LastgoodError } from "../errors.ts";
import type { ForgeRecords } from "../ports/forge-records.ts";
import type { Log } from "../ports/log.ts";

/** Each costs a request of its own. */
const MAX_DEPLOYMENTS = 30;
/** Each costs two. */
const MAX_CHECKED = 20;

export interface ForgeEvidenceWorld {
  /** Opens the way to the forge's records when they are asked for; undefined where there are none. */
  readonly records?: () => Promise<ForgeRecords | undefined>;
  readonly log: Log;
}

/**
 * What the forge has on record about a target's revisions, as far as the patterns ask for it. A forge that cannot be asked costs a
 * warning: other evidence still counts.
 */
export async function readForgeEvidence(
  patterns: EvidencePatterns,
  history: readonly RevisionChange[],
  { records, log }: ForgeEvidenceWorld,
): Promise<readonly Evidence[]> {
  const { deployments, checks } = patterns;
  if (deployments === undefined && checks === undefined) return [];
  try {
    const forge = await records?.();
    if (forge === undefined) {
      log.warn("there is no forge whose deployments and checks could be read: this evidence is left out");
      return [];
    }
    const found: Evidence[] = [];
    if (deployments !== undefined) {
      found.push(...deploymentEvidence(await forge.deployments(deployments.environment, MAX_DEPLOYMENTS), patterns));
    }
    if (checks !== undefined) {
      for (const { revision } of history.slice(0, MAX_CHECKED)) {
        found.push(...checkEvidence(revision.id, await forge.checks(revision.id), patterns));
      }
    }
    return found;
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    log.warn(`deployments and checks are left out as evidence: ${error.message}`);
    return [];
  }
}
