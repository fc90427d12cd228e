import type { CheckResult, Deployment } from "../core/model/forge-fact.ts";
import type { CommitId } from "../core/model/git.ts";

/** An outcome that is to be on record. */
export interface DeploymentRecord {
  readonly commit: CommitId;
  readonly environment: string;
  readonly state: "success" | "failure";
  /** One line, at most 140 characters. */
  readonly description: string;
  /** Names the record: the same key is written once. */
  readonly key: string;
}

/** Facts that a forge keeps about commits. Throws `Forge*`. */
export interface ForgeRecords {
  /** Newest first, at most `limit`. */
  deployments(environment: string, limit: number): Promise<readonly Deployment[]>;
  /** The newest result of each name. */
  checks(commit: CommitId): Promise<readonly CheckResult[]>;
  /** Records an outcome; never deploys or merges anything. */
  recordDeployment(record: DeploymentRecord): Promise<void>;
}
