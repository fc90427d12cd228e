import type { CloneFacts } from "../core/doctor/judge-git.ts";

/** What `doctor` asks of git itself. Throws `ConfigGit`, `Repository*`, `Forge*`. */
export interface GitInspection {
  /** `2.39.5`, and the oldest that will do: `2.38`. */
  version(): Promise<{ readonly found: string; readonly needed: string }>;
  /** Of a person's clone; missing where there is none. */
  clone?(): Promise<CloneFacts>;
  /**
   * What full refs hold on the remote, those that exist; `HEAD` answers the full ref of the default branch. Writes nothing. Missing:
   * there is no remote, or it must not be asked.
   */
  remoteRefs?(refs: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** As `remoteRefs`, of the repository that holds the ledger. Missing: it is the same one. */
  ledgerRefs?(refs: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
