/** A request's JSON body, read field by field. What has the wrong type is a 422 in GitHub's words. */
import { refusal } from "./reply.ts";

export interface Input {
  readonly fields: Readonly<Record<string, unknown>>;
  text(name: string): string;
  /** undefined when missing or null. */
  optionalText(name: string): string | undefined;
  flag(name: string): boolean | undefined;
  integer(name: string): number | undefined;
  texts(name: string): readonly string[];
  object(name: string): Input | undefined;
  objects(name: string): readonly Input[];
}

function wrong(name: string, type: string): Error {
  return refusal(422, `Invalid request.\n\nFor '${name}', value is not ${type}.`);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return value as Readonly<Record<string, unknown>>;
}

/** Reads `body`; a missing body has no fields (octokit sends `PUT merge` without arguments as an empty text/plain body). */
export function readInput(body: unknown): Input {
  const fields = asRecord(body ?? {});
  if (fields === undefined) throw refusal(400, "Body should be a JSON object");

  function optional<T>(name: string, type: string, is: (value: unknown) => value is T): T | undefined {
    const value = fields?.[name];
    if (value === undefined || value === null) return undefined;
    if (!is(value)) throw wrong(name, type);
    return value;
  }
  const list = (name: string): readonly unknown[] => optional(name, "an array", Array.isArray) ?? [];
  const optionalText = (name: string): string | undefined =>
    optional(name, "a string", (value) => typeof value === "string");

  return {
    fields,
    optionalText,
    text: (name) => {
      const value = optionalText(name);
      if (value === undefined) throw refusal(422, `Invalid request.\n\n"${name}" wasn't supplied.`);
      return value;
    },
    flag: (name) => optional(name, "a boolean", (value) => typeof value === "boolean"),
    integer: (name) => optional(name, "an integer", (value): value is number => Number.isSafeInteger(value)),
    texts: (name) =>
      list(name).map((value) => {
        if (typeof value !== "string") throw wrong(name, "an array of strings");
        return value;
      }),
    object: (name) => {
      const value = fields[name];
      if (value === undefined || value === null) return undefined;
      const record = asRecord(value);
      if (record === undefined) throw wrong(name, "an object");
      return readInput(record);
    },
    objects: (name) =>
      list(name).map((value) => {
        const record = asRecord(value);
        if (record === undefined) throw wrong(name, "an array of objects");
        return readInput(record);
      }),
  };
}

/** The length GitHub counts for its limits: code points. */
export function countCharacters(text: string): number {
  return Array.from(text).length;
}
