import type { DrillResult, DrillStation } from "../../core/drill.ts";
import { LastgoodError } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";

/** How a station went. `value`: what the next ones go on with. */
export interface Passed<T = undefined> {
  readonly result: DrillResult;
  readonly detail: string;
  readonly value?: T;
}

/** The stations of one drill, each with the time that it took. */
export interface Stations {
  /** Undefined: it failed, or has no value. What is thrown is a failure of the station; bugs, and a drill that is broken off, go through. */
  run<T>(name: string, work: () => Promise<Passed<T>>): Promise<T | undefined>;
  /** One that was looked at elsewhere. */
  add(station: DrillStation): void;
  /** It could not be tried: why. */
  skip(name: string, why: string): void;
  readonly done: readonly DrillStation[];
}

/** `tell`: shown while it runs. */
export function createStations(
  clock: Pick<Clock, "nowMs">,
  { tell, signal }: { readonly tell: (name: string) => void; readonly signal: AbortSignal },
): Stations {
  const done: DrillStation[] = [];
  return {
    done,
    async run(name, work) {
      tell(name);
      const startMs = clock.nowMs();
      const end = (result: DrillResult, detail: string): void => {
        done.push({ name, result, ms: Math.max(0, clock.nowMs() - startMs), detail });
      };
      try {
        const { result, detail, value } = await work();
        end(result, detail);
        return value;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
        end("failed", `${error.code}: ${error.message}`);
        return undefined;
      }
    },
    add: (station) => void done.push(station),
    skip(name, why) {
      done.push({ name, result: "skipped", ms: 0, detail: why });
    },
  };
}
