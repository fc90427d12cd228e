/** Verdicts that are worth keeping → the ledger, with the images that ran. */
import { recordObserved } from "../core/checkpoint-observed.ts";
import type { EngineState } from "../core/engine/engine-state.ts";
import type { Figure } from "../core/verification.ts";
import { inventoryOf } from "../core/inventory.ts";
import type { CheckpointRecord } from "../core/record.ts";
import type { HealthVerdict } from "../core/signal/verdict.ts";
import { LastgoodError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Engine } from "../ports/engine.ts";
import type { Ledger } from "../ports/ledger.ts";
import type { Log } from "../ports/log.ts";
import { inLanes } from "./in-lanes.ts";

/** Where checkpoints go, and who is asked for the images that run. */
export interface Recorder {
  readonly ledger: Ledger;
  /** By name. */
  readonly engines: ReadonlyMap<string, Pick<Engine, "pods">>;
  /** Who records: `lastgood`. */
  readonly by: string;
  /** False: another replica records. Missing: there is no other. */
  readonly may?: () => boolean;
}

/** What a round has decided about a target. */
export interface Decided {
  readonly watched: { readonly target: { readonly name: string } };
  readonly states: readonly EngineState[];
  readonly verdict: HealthVerdict;
  /** What metrics usually said while it was well. */
  readonly usual: readonly Figure[];
}

export interface RecordWorld {
  readonly clock: Pick<Clock, "newId">;
  readonly log: Pick<Log, "warn">;
}

/** So many inventories are read from clusters at once. */
const LANES = 8;
/** Inventories that cannot be read are asked for again in so many rounds; then the checkpoint goes without. */
const PATIENCE = 3;

/** Records what rounds have decided, all of one round in one append. What fails costs a warning, and is tried again after the next round. */
export function createRecording(
  { clock, log }: RecordWorld,
  { ledger, engines, by, may = () => true }: Recorder,
): (observed: readonly Decided[]) => Promise<void> {
  const tried = new Map<string, number>();
  let known: readonly CheckpointRecord[] | undefined;

  const recordOf = (
    { verdict, usual }: Decided,
    records: readonly CheckpointRecord[],
    images: readonly string[],
  ): CheckpointRecord | undefined =>
    recordObserved({ verdict, records, images, figures: usual, newId: () => clock.newId(), by });

  async function imagesOf({ watched, states, verdict }: Decided): Promise<readonly string[] | undefined> {
    if (verdict.verdict !== "good") return [];
    const key = `${verdict.target} ${verdict.revision ?? ""}`;
    try {
      const pods = await Promise.all(states.map(async (state) => (await engines.get(state.engine)?.pods(state)) ?? []));
      tried.delete(key);
      return inventoryOf(pods.flat().map(({ value }) => value));
    } catch (error) {
      if (!(error instanceof LastgoodError)) throw error;
      const count = (tried.get(key) ?? 0) + 1;
      tried.set(key, count);
      if (count < PATIENCE) return undefined;
      log.warn(`${watched.target.name}: its checkpoint is recorded without images: ${error.message}`);
      return [];
    }
  }

  return async (observed) => {
    try {
      const isNews = (one: Decided): boolean =>
        one.verdict.verdict !== "undecided" && (known === undefined || recordOf(one, known, []) !== undefined);
      if (!may() || !observed.some(isNews)) return;
      const { records } = await ledger.read();
      const checkpoints = records.filter((record) => record.type === "checkpoint");
      known = checkpoints;
      const made = await inLanes(observed.filter(isNews), LANES, async (one) => {
        const images = await imagesOf(one);
        return images === undefined ? undefined : recordOf(one, checkpoints, images);
      });
      const fresh = made.filter((record) => record !== undefined);
      if (fresh.length === 0 || !may()) return;
      await ledger.append(fresh);
      known = [...checkpoints, ...fresh];
    } catch (error) {
      if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
      log.warn(`checkpoints are not recorded, and tried again: ${error.message}`);
    }
  };
}
