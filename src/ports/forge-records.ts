import type { CommitId } from "../core/model/git.ts";

/** What a forge says of a deployment of one commit to one environment. */
export interface Deployment {
  readonly id: number;
  readonly commit: CommitId;
  readonly environment: string;
  /** `superseded`: it succeeded once, and a later one took its place. */
  readonly state: "pending" | "success" | "failure" | "superseded" | "unknown";
  /** Who made it. Untrusted. */
  readonly by: string;
  /** Epoch ms of the newest status. */
  readonly atMs: number;
  readonly url?: string;
}

/** A commit status or check run. */
export interface CheckResult {
  readonly name: string;
  readonly state: "passed" | "running" | "failed";
  /** The account or app that wrote it. Untrusted unless it is configured. */
  readonly by: string;
  /** Epoch ms. */
  readonly atMs: number;
  readonly url?: string;
}

export interface DeploymentRecord {
  readonly commit: CommitId;
  readonly environment: string;
  readonly state: "success" | "failure" | "pending";
  /** One line, at most 140 characters. */
  readonly description: string;
  /** Identifies the record: the same key is written once. */
  readonly key: string;
}

/** Facts that a forge keeps about commits. Throws `Forge*`. */
export interface ForgeRecords {
  /** Newest first, at most `limit`. */
  deployments(environment: string, limit: number): Promise<readonly Deployment[]>;
  checks(commit: CommitId): Promise<readonly CheckResult[]>;
  /** Records an outcome; never deploys or merges anything. */
  recordDeployment(record: DeploymentRecord): Promise<void>;
}
