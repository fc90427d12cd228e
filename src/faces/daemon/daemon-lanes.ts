/** From the board to what the daemon works with: repositories with the ways to write to them, and one ledger for what is observed. */
import type { DaemonLane, DeliverySettings } from "../../app/daemon/daemon-lane.ts";
import type { Config } from "../../config/config.ts";
import type { Target } from "../../core/model/target.ts";
import { orderRecords } from "../../core/record.ts";
import { LastgoodError } from "../../errors.ts";
import type { Ledger } from "../../ports/ledger.ts";
import type { Log } from "../../ports/log.ts";
import type { Board, Lane } from "../cli/open-board.ts";

export interface OpenDaemonLane {
  readonly board: Board;
  readonly lane: Lane;
  readonly config: Config;
  readonly log: Log;
  /** Of the lane, as it is written to. */
  readonly ledger: Ledger;
  /** Names of the targets that lie in it now. */
  readonly targets: () => readonly string[];
}

export async function openDaemonLane({ lane, config, log, ledger, targets }: OpenDaemonLane): Promise<DaemonLane> {
  const { world, name, readContent } = lane;
  return {
    name,
    branch: world.branch,
    readContent,
    targets,
    delivery: await deliveryOf(lane, config, log),
    world: { ...world, ledger, log, targetsAt: async () => targetsOf(lane) },
  };
}

/** As they were found when the branch moved last. */
function targetsOf({ here: { configured, found } }: Lane): readonly Target[] {
  return [...configured.map(({ target }) => target), ...found];
}

async function deliveryOf({ world }: Lane, { forge }: Config, log: Log): Promise<DeliverySettings> {
  const { commit, pullRequest } = forge;
  const author = (await botOf(world, log)) ?? { name: "lastgood", email: `lastgood@users.noreply.${forge.host}` };
  return {
    author,
    style: commit.style,
    draft: pullRequest.draft,
    labels: pullRequest.labels,
    reviewers: pullRequest.reviewers.teams.map((team) => `team:${team}`),
    assignees: pullRequest.assignees,
    askSuspects: pullRequest.reviewers.suspectAuthor,
    commitVia: commit.via,
    ...(commit.signoff ? { signOff: `${author.name} <${author.email}>` } : {}),
  };
}

/** Commits bear the App's name when lastgood acts as one. Nobody is kept from looking because the forge is away. */
async function botOf({ bot }: Lane["world"], log: Log): Promise<DeliverySettings["author"] | undefined> {
  try {
    return await bot?.();
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    log.warn(`as whom lastgood signs in cannot be told: ${error.message}`);
    return undefined;
  }
}

/** Each target's records lie in the ledger of its repository. `ledgers`: of each lane, as it is written to. */
export function routedLedger(board: Board, ledgers: ReadonlyMap<Lane, Ledger>): Ledger {
  return {
    async read() {
      const all = await Promise.all([...ledgers.values()].map((ledger) => ledger.read()));
      return {
        records: orderRecords(all.flatMap(({ records }) => records)),
        damaged: all.reduce((sum, { damaged }) => sum + damaged, 0),
      };
    },
    async append(records, unless) {
      const groups = new Map<Ledger, typeof records>();
      for (const record of records) {
        const lane = "target" in record ? board.laneOf(record.target) : board.lanes[0];
        const ledger = lane === undefined ? undefined : ledgers.get(lane);
        if (ledger !== undefined) groups.set(ledger, [...(groups.get(ledger) ?? []), record]);
      }
      const added = await Promise.all([...groups].map(([ledger, own]) => ledger.append(own, unless)));
      return added.every(Boolean);
    },
  };
}

/** Of a target; undefined when its repository is not open. */
export function laneOf(board: Board, target: string): Lane | undefined {
  try {
    return board.laneOf(target);
  } catch {
    return undefined;
  }
}
