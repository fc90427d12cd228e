/**
 * Stays with a revert that has landed until an engine has it, or until it is known whether it helped. Judged as the daemon judges it
 * (`verify` in src/core/verification.ts); nothing but the engine's own "look now" is written.
 */
import type { EngineState } from "../core/engine/engine-state.ts";
import { escapeText } from "../core/model/escape.ts";
import type { CommitId } from "../core/model/git.ts";
import { shortId } from "../core/model/git.ts";
import { toIso } from "../core/model/time.ts";
import type { LedgerRecord } from "../core/record.ts";
import type { Verification } from "../core/verification.ts";
import { LastgoodError } from "../errors.ts";
import { linkAbort } from "../linked-abort.ts";
import type { Engine, EngineView } from "../ports/engine.ts";
import { askToLook } from "./ask-to-look.ts";
import type { LaneReading, VerifiedLook } from "./daemon/daemon-lane.ts";
import { readTip, type Tip } from "./daemon/read-live.ts";
import { readVerification } from "./daemon/read-verification.ts";
import type { LookedAtEngine } from "./discover-targets.ts";
import { createObserver, type ObservedTarget, type WatchedTarget } from "./observe-targets.ts";
import { watchTargets } from "./watch-targets.ts";

/** `synced`: until the engine reports it. */
export type WaitFor = "synced" | "verified";

/** The target as engines have it, and how it is judged. */
export interface WaitWatch extends Pick<VerifiedLook, "policy" | "patterns"> {
  readonly engines: readonly { readonly engine: Engine; readonly selector?: string }[];
  /** Undefined: no engine that was heard has it now. */
  readonly discover: (engines: readonly LookedAtEngine[]) => WatchedTarget | undefined;
  /** What the ledger says: how it was when it was good stands there. */
  readonly records: readonly LedgerRecord[];
  /** Since when it was failing, epoch ms; missing: that is not known. */
  readonly sinceMs?: number;
}

export interface WaitVerified {
  readonly target: string;
  readonly job: string;
  /** The commit on the target's branch, and when it came there, epoch ms. */
  readonly landed: { readonly commit: CommitId; readonly atMs: number };
  /** The checkpoint that it goes back to, where it goes back to one. */
  readonly checkpoint?: CommitId;
  readonly until: WaitFor;
  /** Epoch ms; missing: as long as the policy gives it (`verify.timeout`, to arrive, and again to help). */
  readonly endMs?: number;
  readonly watch: WaitWatch;
  /** Ctrl-C: everything stays as it is. */
  readonly signal: AbortSignal;
}

/** `isOver`: it came to its end by itself. Else the time was up, or a signal came. */
export interface Waited {
  readonly isOver: boolean;
  /** How far it was seen to be; missing: nothing was seen. */
  readonly verification?: Verification;
  /** What engines said of the target when it was last looked at. */
  readonly states?: readonly EngineState[];
}

/** Between two looks at the branch: has somebody else's commit come after it? */
const FETCH_MS = 15_000;

/** Somebody looks on. */
const EVERY_MS = 2000;

/** Waits. Throws what the repository and `discover` throw; an engine that is away is waited for. */
export async function waitVerified(request: WaitVerified, lane: LaneReading): Promise<Waited> {
  const { watch, target, endMs = Number.POSITIVE_INFINITY, until, landed } = request;
  const { clock, log } = lane.world;
  const stop = linkAbort(request.signal);
  const seen: Seen = {};
  const tips = createTips(lane);
  const engines = new Map(watch.engines.map(({ engine }) => [engine.name, engine]));
  const names = watch.engines.map(({ engine }) => engine.name).join(", ");
  log.waiting(`waiting for ${names} to sync ${shortId(landed.commit)}`);
  let views: ReadonlyMap<string, EngineView> = new Map();
  let result: Waited = { isOver: false };
  await watchTargets(
    {
      engines: watch.engines,
      observer: createObserver({ readContent: lane.readContent, clock, log }),
      signal: stop.signal,
      everyMs: EVERY_MS,
      discover: async (looked) => {
        views = new Map(looked.map(({ name, view }) => [name, view]));
        const found = watch.discover(looked);
        return found === undefined ? [] : [found];
      },
      onRound: async (observed) => {
        const look = lookOf(observed, views, watch);
        if (look !== undefined) {
          const verification = await judge({ request, look, seen, tip: await tips(look) }, { lane, engines });
          await askOnce({ request, look, seen, verification }, { lane, engines });
          tell(verification, request, lane);
          result = { isOver: isOver(verification, until), verification, states: look.observed.states };
        }
        if (result.isOver || clock.nowMs() >= endMs) stop.abort();
      },
    },
    clock,
  );
  if (result.verification === undefined) log.warn(`nothing was heard of ${escapeText(target)} from ${names}`);
  return result;
}

/** What is remembered between the rounds. */
interface Seen {
  askedAtMs?: number;
  reachedAtMs?: number;
}

type Look = VerifiedLook;

function lookOf(
  [observed]: readonly ObservedTarget[],
  views: ReadonlyMap<string, EngineView>,
  { policy, patterns }: WaitWatch,
): Look | undefined {
  if (observed === undefined) return undefined;
  // What an engine that was never heard says of a target says nothing.
  const isHeard = [...views.values()].some(({ heardAtMs }) => heardAtMs !== undefined);
  return isHeard ? { observed, policy, patterns, views } : undefined;
}

interface Judging {
  readonly request: WaitVerified;
  readonly look: Look;
  readonly seen: Seen;
  readonly tip: Tip | undefined;
}

interface Reading {
  readonly lane: LaneReading;
  readonly engines: ReadonlyMap<string, Engine>;
}

async function judge({ request, look, seen, tip }: Judging, { lane, engines }: Reading): Promise<Verification> {
  const { landed, watch, checkpoint } = request;
  const { askedAtMs, reachedAtMs } = seen;
  const verification = await readVerification(
    {
      look,
      lane,
      attempt: { kind: "landed", ...landed },
      records: watch.records,
      job: {
        ...(askedAtMs === undefined ? {} : { askedAtMs }),
        ...(reachedAtMs === undefined ? {} : { reachedAt: toIso(reachedAtMs) }),
        ...(watch.sinceMs === undefined ? {} : { since: toIso(watch.sinceMs) }),
        ...(checkpoint === undefined ? {} : { checkpoint }),
      },
      ...(tip === undefined ? {} : { tip }),
    },
    { engines },
  );
  if ("reachedAtMs" in verification && reachedAtMs === undefined) {
    lane.world.log.done(`synced: ${shortId(landed.commit)} runs`);
    seen.reachedAtMs = verification.reachedAtMs;
  }
  return verification;
}

/** Once: who does not have it yet is asked to look. */
async function askOnce(
  { request, look, seen, verification }: Omit<Judging, "tip"> & { readonly verification: Verification },
  { lane, engines }: Reading,
): Promise<void> {
  const { states } = look.observed;
  if (verification.kind !== "on its way" || seen.askedAtMs !== undefined || states.length === 0) return;
  seen.askedAtMs = lane.world.clock.nowMs();
  await askToLook({ target: request.target, states, engines, token: request.job });
}

function isOver(verification: Verification, until: WaitFor): boolean {
  if (until === "synced" && "reachedAtMs" in verification) return true;
  return verification.kind !== "on its way" && verification.kind !== "verifying";
}

/** Each state once; how long it has been well is only progress. */
function tell(verification: Verification, { landed, until }: WaitVerified, { world: { log } }: LaneReading): void {
  const { kind, message } = verification;
  if (kind === "on its way") {
    const command = verification.blocker?.command;
    const free = command === undefined ? "" : ` (${command})`;
    log.waiting(`waiting for ${shortId(landed.commit)} to arrive: ${message}${free}`);
  } else if (kind === "verifying" && until === "verified") {
    if (verification.currentForMs > 0) {
      log.waiting("it is well: waiting whether it stays so");
      log.progress(message);
    } else log.waiting(`waiting for it to be well: ${message}`);
  }
}

/** What the branch holds of the target: asked for now and then, as long as something else may have come. */
function createTips(lane: LaneReading): (look: Pick<Look, "observed">) => Promise<Tip | undefined> {
  const { clock, remote } = lane.world;
  let askedAtMs = clock.nowMs();
  return async (look) => {
    if (remote !== undefined && clock.nowMs() - askedAtMs >= FETCH_MS) {
      askedAtMs = clock.nowMs();
      try {
        await remote.fetch([]);
      } catch (error) {
        // A branch that cannot be looked at now is looked at again.
        if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
      }
    }
    return readTip(look, lane);
  };
}
