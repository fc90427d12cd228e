import { LastgoodError, type ErrorCode, type Place } from "../../errors.ts";
import { escapeText, shorten } from "../model/escape.ts";

/** A fault of a manifest, ready to be thrown. `message` says what, `place` says where. */
export function fault(code: ErrorCode, message: string, place: Place): LastgoodError {
  return new LastgoodError(code, message, { place });
}

/** Untrusted text for a message: quoted, one line, at most 60 characters, nothing invisible left as it is. */
export function quote(text: string): string {
  return `"${escapeText(shorten(text, 60))}"`;
}
