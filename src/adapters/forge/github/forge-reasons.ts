import { listAt, stringAt, type JsonValue } from "../../../core/model/json.ts";

/** `message` and the texts of `errors[]`, as GitHub sends them. */
export function reasonsOf(data: unknown): readonly string[] {
  const body = data as JsonValue;
  const message = stringAt(body, "message");
  const errors = listAt(body, "errors").flatMap((error) => {
    if (typeof error === "string") return [error];
    const text = stringAt(error, "message") ?? stringAt(error, "code");
    const field = stringAt(error, "field");
    if (text === undefined) return [];
    return [stringAt(error, "message") === undefined && field !== undefined ? `${field} ${text}` : text];
  });
  return [...(message === undefined ? [] : [message]), ...errors];
}
