/** What the API answers: the documents of the command line, from what the daemon saw last and from the ledgers. */
import type { ObservedTarget } from "../../app/observe-targets.ts";
import { readQuarantine } from "../../app/quarantine-artifacts.ts";
import type { Standing } from "../../app/read-standing.ts";
import { foldJobs, type Job } from "../../core/job/job.ts";
import type { CheckpointRecord, LedgerRecord } from "../../core/record.ts";
import type { EngineView } from "../../ports/engine.ts";
import type { Board } from "../cli/open-board.ts";
import type { Envelope } from "../cli/output/yaml-json.ts";
import type { ExplainedDecision } from "../cli/render/explained-decision.ts";
import { jobFields, jobListDocument } from "../cli/render/job-table.ts";
import { quarantineDocument } from "../cli/render/quarantine-table.ts";
import { statusDocument, statusListDocument } from "../cli/render/status-documents.ts";
import { worstFirst } from "../cli/render/status-table.ts";
import type { ApiView } from "./api-routes.ts";

export interface ApiWorld {
  readonly board: () => Board;
  readonly last: () => {
    readonly observed: readonly ObservedTarget[];
    readonly views: ReadonlyMap<string, EngineView>;
  };
  readonly standing: (observed: ObservedTarget, views: ReadonlyMap<string, EngineView>) => Promise<Standing>;
  /** The newest decision on record. */
  readonly decided: (target: string) => Promise<ExplainedDecision | undefined>;
  readonly nowMs: () => number;
}

export function createApiView({ board, last, standing, decided, nowMs }: ApiWorld): ApiView {
  const find = (name: string): ObservedTarget | undefined =>
    last().observed.find(({ watched }) => watched.target.name === name);
  const records = async (): Promise<readonly LedgerRecord[]> => {
    const all = await Promise.all([...new Set(board().lanes)].map(({ world }) => world.ledger.read()));
    return all.flatMap((one) => one.records);
  };
  const jobs = async (): Promise<readonly Job[]> => foldJobs(await records());

  return {
    async targets() {
      const { observed, views } = last();
      const rows = await Promise.all(
        worstFirst(observed).map(async (one) => ({ observed: one, standing: await standing(one, views) })),
      );
      return statusListDocument(rows, board().engines, views);
    },
    async target(name) {
      const observed = find(name);
      if (observed === undefined) return undefined;
      const [row, decision] = await Promise.all([standing(observed, last().views), decided(name)]);
      const more = decision === undefined ? {} : { decision };
      return statusDocument({ observed, standing: row }, { reasons: [], ...more });
    },
    jobs: async () => jobListDocument(await jobs(), nowMs()),
    async job(id) {
      const job = (await jobs()).find((one) => one.id === id);
      return job === undefined ? undefined : { kind: "Job", ...jobFields(job, nowMs()) };
    },
    async checkpoints(name) {
      if (find(name) === undefined) return undefined;
      const own = (await records()).filter((record) => record.type === "checkpoint");
      return checkpointsOf(
        name,
        own.filter(({ target }) => target === name),
      );
    },
    async quarantine() {
      const clock = { nowMs, monotonicMs: nowMs, newId: () => "", sleep: async () => undefined };
      const all = await Promise.all(board().lanes.map(({ world: { ledger } }) => readQuarantine({ ledger, clock })));
      return quarantineDocument(all.flatMap(({ entries }) => entries));
    },
  };
}

/** What the ledger says, newest first. */
function checkpointsOf(target: string, records: readonly CheckpointRecord[]): Envelope {
  const checkpoints = records.toReversed().map((record) => {
    const { revision, verdict, evidence, at, by, reason, healthyForSeconds, images } = record;
    return { revision, verdict, evidence, at, by, reason, healthyForSeconds, images };
  });
  return { kind: "CheckpointRecordList", metadata: { target }, status: { checkpoints } };
}
