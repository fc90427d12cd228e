/** The models of one simulated world, as far as they are looked at together. */
import type { TargetPolicy } from "../../src/app/daemon/daemon-lane.ts";
import type { CommitId } from "../../src/core/model/git.ts";
import type { EngineModel } from "./engine-model.ts";
import type { ForgeModel } from "./forge-model.ts";
import type { GitServer } from "./git-model.ts";
import type { LedgerServer } from "./ledger-model.ts";
import type { Product } from "./product.ts";
import type { Scenario } from "./scenario.ts";
import type { Timeline } from "./timeline.ts";

/** What everybody in a world works on. */
export interface World {
  readonly scenario: Scenario;
  readonly timeline: Timeline;
  readonly git: GitServer;
  readonly forge: ForgeModel;
  readonly ledger: LedgerServer;
  readonly engine: EngineModel;
  readonly targets: readonly string[];
  readonly policy: TargetPolicy;
  /** What a target holds at a commit: all of its texts as one. */
  contentAt(commit: CommitId, path: string): string;
  /** As lastgood names it. */
  contentId(commit: CommitId, path: string): string;
  readonly replayDecision: Product["replayDecision"];
  readonly isRotten: (content: string) => boolean;
  readonly leaseHeld: (replica: number) => boolean;
}
