/** `--wait=synced|verified`: what `revert` stays for when its revert has landed, and what it says then. */
import { type ConfirmedComponent, confirmComponents, confirmedText } from "../../../app/confirm-components.ts";
import { createContentReader } from "../../../app/content-reader.ts";
import type { Delivery } from "../../../app/delivery.ts";
import { tellVerification } from "../../../app/tell-verification.ts";
import { type Waited, type WaitFor, waitVerified } from "../../../app/wait-verified.ts";
import { shortId } from "../../../core/model/git.ts";
import { shellWord } from "../../../core/model/shell.ts";
import { formatDuration } from "../../../core/model/time.ts";
import type { Verification } from "../../../core/verification.ts";
import { EXIT, type ExitCode } from "../../../errors.ts";
import type { CommandContext } from "../context.ts";
import type { OpenedTarget } from "../open-target.ts";
import { openWatch } from "../open-watch.ts";
import type { RevertRecorder } from "../record-revert.ts";
import type { RevertOptions } from "./revert-options.ts";
import { timeoutMs } from "./wait-flags.ts";

/** How it ended after it landed. */
export interface Stayed {
  /** Missing: nothing was seen. */
  readonly verification?: Verification;
  /** Says it, and what people do next; answers what the command ends with. */
  readonly show: () => ExitCode;
}

interface Parts {
  readonly opened: OpenedTarget;
  readonly options: RevertOptions;
  readonly context: CommandContext;
}

/** Undefined: it has not landed, so there is nothing to stay for. */
export type Stay = (delivery: Delivery, recorder: RevertRecorder) => Promise<Stayed | undefined>;

/** Sees that there is somebody to ask, before anything is written. Throws as `openWatch`. */
export async function openWait(until: WaitFor, parts: Parts): Promise<Stay> {
  const { opened, options, context } = parts;
  const { world, target } = opened;
  const endMs = options.timeout === undefined ? undefined : world.clock.nowMs() + timeoutMs(options);
  const watch = await openWatch({ opened, options, context, until });
  return async (delivery, recorder) => {
    const { landed, job } = delivery;
    if (landed === undefined) return undefined;
    const landedAtMs = world.clock.nowMs();
    const { goal } = delivery.plan;
    const waited = await waitVerified(
      {
        target: target.name,
        job,
        until,
        watch,
        landed: { commit: landed, atMs: landedAtMs },
        ...(goal.kind === "undo" ? {} : { checkpoint: goal.checkpoint.revision.revision.id }),
        ...(endMs === undefined ? {} : { endMs }),
        signal: context.surroundings.signal,
      },
      { branch: world.branch, world, readContent: createContentReader(world.repository) },
    );
    const { verification } = waited;
    if (verification !== undefined && !context.surroundings.signal.aborted) {
      recorder.verdict(delivery, verification);
      await tellVerification(delivery, verification, world);
    }
    const components =
      until === "verified" && verification?.kind === "verified" && !context.surroundings.signal.aborted
        ? await confirmComponents(
            { plan: delivery.plan, commit: landed, states: waited.states ?? [] },
            {
              repository: world.repository,
              engines: new Map(watch.engines.map(({ engine }) => [engine.name, engine])),
            },
          )
        : [];
    const tookMs = world.clock.nowMs() - landedAtMs;
    return {
      ...(verification === undefined ? {} : { verification }),
      show: () => showEnd(waited, { ...parts, until, landed, tookMs, components }),
    };
  };
}

interface End extends Parts {
  readonly until: WaitFor;
  readonly landed: string;
  readonly tookMs: number;
  /** Of a revert that is verified. */
  readonly components: readonly ConfirmedComponent[];
}

function showEnd({ isOver, verification }: Waited, end: End): ExitCode {
  const { context, until, landed, tookMs } = end;
  const { log, surroundings } = context;
  const status = `lastgood status ${shellWord(end.options.target ?? end.opened.target.name)}`;
  const what = verification?.message ?? "no engine was heard";
  if (surroundings.signal.aborted) {
    log.warn(`interrupted: ${shortId(landed)} stays as it is, and nobody waits for it any more (${what})`);
    context.next(`${status} -w`);
    return EXIT.interrupted;
  }
  if (!isOver || verification === undefined) {
    log.warn(`not ${until} within --timeout: ${what}`);
    context.next(`${status} -w`);
    return EXIT.pending;
  }
  if (until === "synced" && "reachedAtMs" in verification) return EXIT.done;
  showComponents(end);
  return showVerdict(verification, { context, status, tookMs });
}

/** So many are named one by one. */
const MAX_COMPONENTS = 20;

function showComponents({ components, context: { log }, landed }: End): void {
  for (const one of components.slice(0, MAX_COMPONENTS)) {
    const text = confirmedText(one, landed);
    if (one.isPlanned) log.done(text);
    else log.warn(text);
  }
  const rest = components.length - MAX_COMPONENTS;
  if (rest > 0) {
    const odd = components.slice(MAX_COMPONENTS).filter(({ isPlanned }) => !isPlanned).length;
    log.done(`and ${rest} more components${odd === 0 ? ", all as planned" : `, ${odd} of them not as planned`}`);
  }
}

function showVerdict(
  verification: Verification,
  { context, status, tookMs }: { readonly context: CommandContext; readonly status: string; readonly tookMs: number },
): ExitCode {
  const { log } = context;
  const { kind, message } = verification;
  switch (kind) {
    case "verified": {
      const { afterSymptomMs } = verification;
      const after = afterSymptomMs === undefined ? "" : `, ${formatDuration(afterSymptomMs)} after the first symptom`;
      log.done(`verified ${formatDuration(tookMs)} after it landed${after}: ${message}`);
      return EXIT.done;
    }
    case "still unhealthy":
      log.warn(`still unhealthy: ${message}; what was reverted may not be the cause`);
      context.next(status);
      return EXIT.failed;
    case "timeout":
      log.warn(`it runs, and nobody can tell whether it is well: ${message}`);
      context.next(status);
      return EXIT.pending;
    case "superseded":
      log.warn(`superseded: ${message}, so nobody will see this revert run`);
      context.next(status);
      return EXIT.pending;
    case "not delivered": {
      log.warn(`not delivered: ${message}`);
      context.next(verification.blocker?.command ?? status);
      return EXIT.pending;
    }
    case "on its way":
    case "verifying":
      return EXIT.pending;
  }
}
