/** What earlier replays have found: one line per case, so that a run that was ended goes on where it was. */
import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { caseKey, type ReplayResult, type SkippedCase, VERDICTS } from "../core/replay/types.ts";
import type { ReplayCache } from "../app/replay.ts";

/** Raised whenever a result could come out differently, or is written differently. */
const FORMAT = 1;

export interface CacheOptions {
  readonly folder: string;
  /** The repository: its path or address. */
  readonly repository: string;
  readonly version: string;
  /** Forget what is known. */
  readonly fresh: boolean;
}

/** Objects in git never change: a result holds as long as the program is the same. A line that cannot be read is done again. */
export function openReplayCache({ folder, repository, version, fresh }: CacheOptions): ReplayCache {
  const name = createHash("sha256").update(`${FORMAT}\0${version}\0${repository}`).digest("hex").slice(0, 32);
  const file = join(folder, "replay", `${name}.jsonl`);
  return {
    async read() {
      if (fresh) return new Map();
      const text = await readFile(file, "utf8").catch(() => "");
      const results = text.split("\n").flatMap((line) => parseLine(line) ?? []);
      return new Map(results.map((result) => [caseKey(result), result]));
    },
    add(result) {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      appendFileSync(file, `${JSON.stringify(result)}\n`, { mode: 0o600 });
    },
  };
}

function parseLine(line: string): ReplayResult | SkippedCase | undefined {
  try {
    const value = JSON.parse(line) as Partial<ReplayResult & SkippedCase>;
    const named = typeof value.human?.id === "string" && Array.isArray(value.bad);
    const judged = [value.lastgood, value.git].every((tool) => tool !== undefined && VERDICTS.includes(tool.verdict));
    return named && (judged || typeof value.skipped === "string") ? (value as ReplayResult | SkippedCase) : undefined;
  } catch {
    return undefined;
  }
}
