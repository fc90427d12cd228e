/** What the fields of a ledger record may hold: lines come from a shared ref and are untrusted. */
import { fromIso } from "./time.ts";

export function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** A record's id, or a job's. */
export function isId(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z0-9._-]{1,64}$/.test(value);
}

/** A target's name becomes a file name: no control characters, no half of a surrogate pair. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && /^[^\p{Cc}\p{Cs}]{1,512}$/u.test(value);
}

/** An RFC 3339 time. */
export function isTime(value: unknown): value is string {
  return typeof value === "string" && fromIso(value) !== undefined;
}
