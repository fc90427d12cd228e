import type { EvidencePatterns } from "../core/model/evidence.ts";
import type { CheckpointRecord } from "../core/record.ts";
import { LastgoodError } from "../errors.ts";
import type { ForgeEvidenceWorld } from "./read-forge-evidence.ts";

/**
 * Writes a person's verdict beside the forge's deployments, where the config asks for it. The ledger has it already: a forge that
 * refuses costs a warning. True when it is there.
 */
export async function publishVerdict(
  { id, revision, verdict, by, reason }: CheckpointRecord,
  { deployments }: EvidencePatterns,
  { records, log }: ForgeEvidenceWorld,
): Promise<boolean> {
  if (deployments?.record !== true || verdict === "cleared") return false;
  try {
    const forge = await records?.();
    if (forge === undefined) return false;
    await forge.recordDeployment({
      commit: revision,
      environment: deployments.environment,
      state: verdict === "good" ? "success" : "failure",
      description: `marked ${verdict} by ${by}: ${reason}`.replaceAll(/\s+/g, " "),
      key: id,
    });
    return true;
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    log.warn(`the verdict is not among the deployments of ${deployments.environment}: ${error.message}`);
    return false;
  }
}
