/** What is on record of the targets of a board: where they stand, how they were drilled, what was decided. */
import type { ObservedTarget } from "../../app/observe-targets.ts";
import { readStanding, type Standing, standingOfWell } from "../../app/read-standing.ts";
import { type DrillRecord, lastDrill } from "../../core/drill.ts";
import { NO_PATTERNS } from "../../core/model/evidence.ts";
import type { CheckpointRecord } from "../../core/record.ts";
import { LastgoodError } from "../../errors.ts";
import type { EngineView } from "../../ports/engine.ts";
import type { CommandContext } from "./context.ts";
import type { Board } from "./open-board.ts";
import { type ExplainedDecision, explainRecord } from "./render/explained-decision.ts";

type Views = ReadonlyMap<string, EngineView>;
type BoardLedger = Board["lanes"][number]["world"]["ledger"];

/**
 * Reads where targets stand: of one that is well, or that no engine knows, without its history. Each ledger is read once. What cannot be
 * read of one target costs a warning, and is no reason not to see the others.
 */
export function standingReader(
  board: Board,
  { log }: Pick<CommandContext, "log">,
): (one: ObservedTarget, views: Views) => Promise<Standing> {
  const ledgers = new Map<object, Promise<readonly CheckpointRecord[]>>();
  return async (observed, views) => {
    const { name } = observed.watched.target;
    const { world } = board.laneOf(name);
    try {
      // What no engine knows has no suspect: its history would be walked for nothing, hundreds of them where a cluster is away.
      const isKnown = observed.states.length > 0;
      if (isKnown && observed.present.status !== "Current") return await fullStanding(observed, views, board);
      const records = ledgers.get(world) ?? readCheckpoints(world.ledger);
      ledgers.set(world, records);
      return standingOfWell({ observed, views }, await records, world.clock.nowMs());
    } catch (error) {
      if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
      log.warn(`${name}: what was good cannot be read: ${error.message}`);
      return { suspects: [] };
    }
  };
}

async function readCheckpoints(ledger: BoardLedger): Promise<readonly CheckpointRecord[]> {
  const { records } = await ledger.read();
  return records.filter((record) => record.type === "checkpoint");
}

export async function fullStanding(observed: ObservedTarget, views: Views, board: Board): Promise<Standing> {
  const { name } = observed.watched.target;
  const { world, declared } = board.laneOf(name);
  const patterns = declared.get(name)?.evidence ?? board.config?.policies.get("default")?.good.evidence ?? NO_PATTERNS;
  return readStanding({ observed, views, base: world.base, patterns }, world);
}

/** The newest of the target. A ledger that cannot be read tells of none, and was warned of before. */
export async function readDrill(
  target: string,
  ledger: BoardLedger,
  { log }: CommandContext,
): Promise<DrillRecord | undefined> {
  try {
    return lastDrill((await ledger.read()).records, target);
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    log.warn(`when it was drilled cannot be read: ${error.message}`);
    return undefined;
  }
}

/** The newest on record, in words; undefined where no daemon has decided anything yet. What cannot be read costs a warning. */
export async function readDecision(
  target: string,
  ledger: Pick<BoardLedger, "decisions">,
  { log }: Pick<CommandContext, "log">,
): Promise<ExplainedDecision | undefined> {
  try {
    const newest = (await ledger.decisions?.(target))?.at(-1);
    return newest === undefined ? undefined : explainRecord(newest, { all: false });
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    log.warn(`what was decided last cannot be read: ${error.message}`);
    return undefined;
  }
}
