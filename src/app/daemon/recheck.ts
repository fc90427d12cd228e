import { decide } from "../../core/decision/decide.ts";
import type { Decision } from "../../core/decision/decision.ts";
import { lowerMode, type Mode } from "../../core/model/mode.ts";
import type { Step } from "../../core/job/step.ts";
import { askFreezes, askKillSwitch } from "./ask-forge.ts";
import type { DaemonWorld } from "./daemon-lane.ts";
import { presentFacts } from "./gather-facts.ts";
import { Stopped } from "./guarded-world.ts";
import type { Performing } from "./tick.ts";

/**
 * Decides again on what is known now: the verdict, the revision, the mode, freezes, the lease, and the kill switch, read anew. Throws
 * `Stopped` unless that still wants what is being done.
 */
export function createRecheck(performing: Performing, daemon: DaemonWorld): () => Promise<void> {
  const { request, memory, gathered, step } = performing;
  return async () => {
    const needed = modeOf(step);
    const { lane } = request;
    const { facts } = gathered;
    const killSwitch = await askKillSwitch(lane);
    const look = request.look();
    if (look === undefined) throw new Stopped("the target is not watched any more");
    const present = presentFacts({ look, lane, ...memory }, daemon, gathered.newer);
    const now = { ...present, freezes: await askFreezes(lane, present.freezes) };
    if (now.live?.revision !== facts.live?.revision || now.live?.content !== facts.live?.content) {
      throw new Stopped("something else runs by now");
    }
    const forge = facts.forge.state === "read" ? { ...facts.forge, killSwitch } : facts.forge;
    const decision = decide({ ...now, forge, ...(facts.plan === undefined ? {} : { plan: facts.plan }) });
    if (needed === undefined || !allows(decision, needed, gathered.decision.key)) throw new Stopped(decision.message);
  };
}

/** How far a step goes; undefined: it writes nothing that has to be asked for. */
function modeOf(step: Step): Exclude<Mode, "observe"> | undefined {
  switch (step.kind) {
    case "propose":
    case "update":
      return "propose";
    case "merge":
    case "push":
      return step.kind;
    case "idle":
    case "record-job":
    case "disarm":
    case "wait":
    case "ask-to-look":
    case "quarantine":
    case "open-incident":
    case "escalate":
    case "end":
      return undefined;
  }
}

function allows(decision: Decision, needed: Mode, key: string | undefined): boolean {
  if (decision.key !== key) return false;
  // In mode `propose` an open pull request is what was wanted: its branch may be brought up to date.
  if (decision.kind === "hold") return decision.reason === "AlreadyOpen" && needed === "propose";
  return lowerMode(decision.mode, needed) === needed;
}
