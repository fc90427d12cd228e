/** What the daemon says: lines of JSON for machines, sentences on a terminal. Secrets never come out. */
import { escapeText } from "../../core/model/escape.ts";
import { toIso } from "../../core/model/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";

/** What a line is about. */
export interface LogFields {
  readonly job?: string;
  readonly target?: string;
  readonly revision?: string;
  readonly [name: string]: string | number | undefined;
}

export interface DaemonLog extends Log {
  /** A transition: what it is about stands in fields, never in the message alone. */
  event(message: string, fields: LogFields, level?: "info" | "warn"): void;
}

export interface DaemonLogOptions {
  readonly write: (line: string) => void;
  readonly json: boolean;
  readonly redact: (text: string) => string;
  readonly clock: Pick<Clock, "nowMs">;
}

export function createDaemonLog({ write, json, redact, clock }: DaemonLogOptions): DaemonLog {
  const said = new Set<string>();
  const say = (level: "info" | "warn", message: string, fields: LogFields = {}): void => {
    const time = toIso(clock.nowMs());
    const line = json
      ? JSON.stringify({ time, level, msg: message, ...fields })
      : [time, ...(level === "warn" ? ["warning:"] : []), ...aboutOf(fields), escapeText(message)].join(" ");
    write(`${redact(line)}\n`);
  };
  const info = (message: string): void => say("info", message);
  return {
    doing: info,
    done: info,
    waiting: (message) => {
      // Told once: what is waited for does not change because it is asked again.
      if (said.has(message)) return;
      if (said.size >= MOST_REMEMBERED) said.clear();
      said.add(message);
      info(message);
    },
    warn: (message) => say("warn", message),
    progress: () => undefined,
    event: (message, fields, level = "info") => say(level, message, fields),
  };
}

const MOST_REMEMBERED = 1000;

function aboutOf({ target, job }: LogFields): readonly string[] {
  return [...(target === undefined ? [] : [escapeText(target)]), ...(job === undefined ? [] : [`[${job}]`])];
}
