import type { CommitId } from "./git.ts";

/** What a forge says of the deployment of one commit to one environment. Texts are untrusted. */
export interface Deployment {
  readonly id: number;
  readonly commit: CommitId;
  readonly environment: string;
  /** `superseded`: it succeeded, and a later one took its place. */
  readonly state: "pending" | "success" | "failure" | "superseded" | "unknown";
  /** Login of who said so. */
  readonly by: string;
  /** Epoch ms of the newest word on it. */
  readonly atMs: number;
}

/** A commit status or check run. Texts are untrusted. */
export interface CheckResult {
  readonly name: string;
  readonly state: "passed" | "running" | "failed";
  /** The account, or the slug of the app, that wrote it. */
  readonly by: string;
  /** Epoch ms. */
  readonly atMs: number;
}
