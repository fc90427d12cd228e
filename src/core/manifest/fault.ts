import { LastgoodError, type ErrorCode, type Place } from "../../errors.ts";

/** A fault of a manifest, ready to be thrown. `message` says what, `place` says where. */
export function fault(code: ErrorCode, message: string, place: Place): LastgoodError {
  return new LastgoodError(code, message, { place });
}

/** Untrusted text for a message: quoted, one line, at most 60 characters, nothing invisible left as it is. */
export function quote(text: string): string {
  const cut = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return JSON.stringify(cut).replace(
    /[^\P{C}]|[\u2028\u2029\u00a0]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
