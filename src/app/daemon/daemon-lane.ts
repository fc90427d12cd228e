/** What the daemon knows of a repository and of a target, handed in: in production by the faces, in the simulation by models. */
import type { LastDecision } from "../../core/decision/decision-record.ts";
import type { DecisionPolicy } from "../../core/decision/facts.ts";
import type { FreezeWindow } from "../../core/decision/freezes.ts";
import type { MessageStyle } from "../../core/change/message.ts";
import type { EvidencePatterns } from "../../core/model/evidence.ts";
import type { RevertOrder } from "../../core/model/revert-order.ts";
import type { Notification } from "../../core/notification/notification.ts";
import type { VerifyPolicy } from "../../core/verification.ts";
import type { Engine, EngineView } from "../../ports/engine.ts";
import type { ReadContent } from "../content-reader.ts";
import type { CommitVia } from "../deliver-commit.ts";
import type { DeliveryWorld } from "../delivery.ts";
import type { ObservedTarget } from "../observe-targets.ts";

/** `Policy` in src/config fits as it is. */
export interface TargetPolicy extends DecisionPolicy, VerifyPolicy {
  readonly strategy: RevertOrder;
  /** Selectors as typed. */
  readonly components: { readonly only: readonly string[]; readonly except: readonly string[] };
  readonly freeze: readonly FreezeWindow[];
  readonly quarantine: { readonly forMs: number };
  /** Where it is written what people do: an address. */
  readonly runbook?: string;
}

/** What is known of a target at one moment. */
export interface TargetLook {
  readonly observed: ObservedTarget;
  /** With what annotations ask for, and never above what the daemon was started with. */
  readonly policy: TargetPolicy;
  readonly patterns: EvidencePatterns;
  /** By the engine's name. */
  readonly views: ReadonlyMap<string, EngineView>;
}

/** How reverts are written, as the configuration wants it. */
export interface DeliverySettings {
  readonly author: { readonly name: string; readonly email: string };
  readonly style: MessageStyle;
  readonly draft: boolean;
  readonly labels: readonly string[];
  readonly reviewers: readonly string[];
  readonly assignees: readonly string[];
  readonly askSuspects: boolean;
  readonly commitVia?: CommitVia;
  readonly signOff?: string;
}

/** One repository, and all that is done in it. */
export interface DaemonLane {
  /** In the configuration; else its address. */
  readonly name: string;
  /** Without `refs/heads/`. */
  readonly branch: string;
  readonly world: DeliveryWorld;
  readonly readContent: ReadContent;
  readonly delivery: DeliverySettings;
  /** Names of the targets that are watched in it now. */
  readonly targets: () => readonly string[];
}

/** As much of a repository as is needed to see how far a revert has come. */
export type LaneReading = Pick<DaemonLane, "branch" | "world" | "readContent">;

/** As much of a target as is needed for that. */
export type VerifiedLook = Omit<TargetLook, "policy"> & {
  readonly policy: VerifyPolicy & Pick<TargetPolicy, "components">;
};

/** What the daemon works with besides repositories. */
export interface DaemonWorld {
  /** By name: who is asked to look, and what runs below their objects. */
  readonly engines: ReadonlyMap<string, Pick<Engine, "askToLook" | "explain" | "images">>;
  /** The reverts of the last days in all repositories: what budgets are counted with. */
  readonly lanes: () => readonly DaemonLane[];
  /** Tells people, each transition once. Returns at once, never throws. */
  readonly notify: (notification: Notification) => void;
  /** By the key of what was to be told; `waiting`: somebody has not taken it yet. Missing: nobody listens. */
  readonly toldOf?: (key: string) => "waiting" | "told" | undefined;
  /** That something was told is put on record by itself after so long, ms; until then it waits for another line. */
  readonly toldAfterMs: number;
  /** By target, the newest decision that is known to be on record. */
  readonly decided: Map<string, LastDecision>;
  /** False: another replica holds it. */
  readonly leaseHeld: () => boolean;
}

/** Who writes into the ledger. */
export const SELF = "lastgood";
