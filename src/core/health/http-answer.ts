/** What an HTTP probe's answer says of the target. */
import { type HealthReading, readingOf } from "./reading.ts";

/** What is taken for healthy. */
export interface ExpectedAnswer {
  /** Empty: any of 200..299. */
  readonly statuses: readonly number[];
  /** Text that the body has to hold. */
  readonly body?: string;
}

export type ProbeAnswer =
  | {
      readonly kind: "answer";
      readonly status: number;
      /** Missing when it was not read. At most as much as the probe takes. */
      readonly body?: string;
      /** There was more of it. */
      readonly cut?: boolean;
      /** Of what was read, hex: bodies may hold secrets and are not shown. */
      readonly hash?: string;
      /** The operator wants to see its beginning. */
      readonly excerpt?: string;
    }
  | { readonly kind: "trouble"; readonly trouble: ProbeTrouble; readonly detail: string };

/** Why there is no answer. */
export type ProbeTrouble =
  /** The target's: nobody listens, the connection breaks, nothing comes in time. */
  | "refused"
  | "reset"
  | "timeout"
  /** Ours, or of what lies between: it says nothing of the target. */
  | "name"
  | "unreachable"
  | "denied"
  | "redirect"
  | "tls"
  | "protocol";

/**
 * Statuses that are about the probe, not the target, where they are not asked for: not allowed to see it (401, 403, 407), asked too often
 * (429), or somebody in between wants a login (511, RFC 6585).
 */
const ABOUT_THE_PROBE = new Set([401, 403, 407, 429, 511]);

/**
 * `Current` when it is what was expected, `Failed` when the target answers otherwise or does not answer, `Unknown` when the probe did not
 * get to the target: a name that does not resolve, a bad certificate, a redirect to another host, an address that is not allowed.
 */
export function judgeAnswer(answer: ProbeAnswer, expected: ExpectedAnswer): HealthReading {
  if (answer.kind === "trouble") {
    const status = TARGETS_OWN.has(answer.trouble) ? "Failed" : "Unknown";
    return readingOf(status, answer.detail);
  }
  const { status, body, cut, hash, excerpt } = answer;
  const shown = `HTTP ${status}${hash === undefined ? "" : `, body ${hash.slice(0, 12)}`}${excerpt === undefined ? "" : `: ${excerpt}`}`;
  if (!isExpected(status, expected.statuses)) {
    return readingOf(ABOUT_THE_PROBE.has(status) ? "Unknown" : "Failed", shown);
  }
  if (expected.body === undefined || body?.includes(expected.body) === true) return readingOf("Current", shown);
  if (body === undefined) return readingOf("Unknown", `${shown}, and its body was not read`);
  if (cut === true) return readingOf("Unknown", `${shown}, too long to be searched for what is expected`);
  return readingOf("Failed", `${shown}, without what is expected in it`);
}

const TARGETS_OWN: ReadonlySet<ProbeTrouble> = new Set(["refused", "reset", "timeout"]);

function isExpected(status: number, statuses: readonly number[]): boolean {
  return statuses.length === 0 ? status >= 200 && status <= 299 : statuses.includes(status);
}
