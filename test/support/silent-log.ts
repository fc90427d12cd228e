import type { Log } from "../../src/ports/log.ts";

/** A log that remembers what it was told, `method: message`. */
export interface SilentLog extends Log {
  readonly lines: readonly string[];
}

export function silentLog(): SilentLog {
  const lines: string[] = [];
  const note = (method: string) => (message: string) => {
    lines.push(`${method}: ${message}`);
  };
  return {
    lines,
    doing: note("doing"),
    waiting: note("waiting"),
    done: note("done"),
    warn: note("warn"),
    progress: note("progress"),
  };
}
