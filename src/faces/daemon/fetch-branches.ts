/** Keeps the clones of the daemon as fresh as what the engines speak of. */
import { isFullId } from "../../core/model/git.ts";
import { LastgoodError } from "../../errors.ts";
import type { EngineView } from "../../ports/engine.ts";
import type { Board, Lane } from "../cli/open-board.ts";
import type { DaemonLog } from "./daemon-log.ts";

/** A silent branch is fetched so often; a revision that is not known here, at once. */
const FETCH_MS = 60_000;
/** What fetches leave behind in a day is little. */
const OPTIMIZE_MS = 24 * 60 * 60_000;

export interface Fetches {
  /** Fetches what engines speak of and is not here, and every repository now and then. Never throws for what the world does. */
  look(views: readonly EngineView[]): Promise<void>;
  /** Resolves when nothing is done behind the rounds any more. */
  ended(): Promise<void>;
}

/** Of all repositories of the board. */
export function createFetches(board: Board, nowMs: () => number, log: DaemonLog): Fetches {
  const fetchedAt = new Map<Lane, number>(board.lanes.map((lane) => [lane, nowMs()]));
  const running = new Map<Lane, Promise<void>>();
  const unknown = new Set<string>();
  const optimizedAt = new Map<Lane, number>();
  let optimizing: Promise<void> = Promise.resolve();
  let rounds = 0;

  /** Behind the rounds, one clone after the other; not before the first round is over. */
  function optimize(lane: Lane): void {
    if (rounds === 0 || nowMs() - (optimizedAt.get(lane) ?? -Infinity) < OPTIMIZE_MS) return;
    optimizedAt.set(lane, nowMs());
    optimizing = optimizing
      .then(async () => lane.world.optimize?.())
      .catch((error: unknown) => log.warn(`${lane.name} stays as slow as it is: ${messageOf(error)}`));
  }

  async function fetch(lane: Lane): Promise<void> {
    try {
      await lane.world.remote?.fetch([]);
      await lane.refresh();
    } catch (error) {
      if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
      log.warn(`${lane.name} cannot be fetched: ${error.message}`);
    }
  }

  async function isNew(lane: Lane, revisions: readonly string[]): Promise<boolean> {
    for (const revision of revisions) {
      const key = `${lane.name} ${revision}`;
      if (unknown.has(key) || (await lane.world.repository.resolve(revision)) !== undefined) continue;
      // Asked for once: it may be a commit of another repository.
      unknown.add(key);
      return true;
    }
    return false;
  }

  return {
    ended: async () => optimizing,
    async look(views) {
      const states = views.flatMap((view) => [...view.states.values()]);
      for (const lane of board.lanes) {
        const own = states.filter(({ sources }) => sources.some((source) => lane.here.isHere(source)));
        const revisions = own.flatMap(({ status }) => [
          ...(status.revisions ?? []),
          ...(status.revision ?? "").split(" "),
        ]);
        const isDue = nowMs() - (fetchedAt.get(lane) ?? 0) >= FETCH_MS;
        if (!isDue && !(await isNew(lane, [...new Set(revisions.filter(isFullId))]))) continue;
        fetchedAt.set(lane, nowMs());
        const one = running.get(lane) ?? fetch(lane).finally(() => running.delete(lane));
        running.set(lane, one);
        await one;
      }
      for (const lane of board.lanes) optimize(lane);
      rounds += 1;
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "it was stopped";
}
