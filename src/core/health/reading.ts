import type { Status } from "../kstatus/status.ts";
import { escapeText, shorten } from "../model/escape.ts";
import { maskSecrets } from "../model/secret.ts";

/**
 * What one look of a health source tells. `Unknown` when the source itself is the trouble: no data is neither good nor bad.
 */
export interface HealthReading {
  readonly status: Status;
  /** One line, escaped, without secrets. */
  readonly message: string;
  /** A measurement over time: how far back it reaches, in ms. */
  readonly coversMs?: number;
  /** Since when it is so, as the source says: epoch ms. */
  readonly sinceMs?: number;
  /** The figure behind it, for the timeline. */
  readonly value?: number;
  /** Which way the figure gets better; missing: it is not compared with what it was at a checkpoint. */
  readonly better?: "lower" | "higher";
  /** What the configuration allows the figure to be. */
  readonly limit?: number;
}

const MESSAGE_LENGTH = 400;
/** Colours and cursor moves (ECMA-48, CSI): they would hide where a secret begins. */
const CONTROL_SEQUENCE = /\u001b\[[0-?]{0,64}[ -/]{0,8}[@-~]/g;

/** Puts a reading together: what the world says is escaped, cut, and loses what looks like a secret. */
export function readingOf(
  status: Status,
  message: string,
  more: Omit<HealthReading, "status" | "message"> = {},
): HealthReading {
  return {
    status,
    message: escapeText(shorten(maskSecrets(message.replace(CONTROL_SEQUENCE, "")), MESSAGE_LENGTH)),
    ...more,
  };
}
