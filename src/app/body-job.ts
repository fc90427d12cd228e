import { type JsonValue, stringAt } from "../core/model/json.ts";

/**
 * The job that the mark of a pull request's text names; undefined when there is no mark that can be read. Whoever can edit the
 * text can write one: it only tells whether the text is the one that belongs to a commit.
 */
export function bodyJob(body: string): string | undefined {
  const mark = /<!--lastgood:v1 ([A-Za-z0-9_-]{1,8192})-->/.exec(body)?.[1];
  if (mark === undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(mark.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
    return stringAt(JSON.parse(new TextDecoder().decode(bytes)) as JsonValue, "job");
  } catch {
    return undefined;
  }
}
