import { readMark } from "../core/change/text-mark.ts";

/**
 * The job that the mark of a pull request's text names; undefined when there is no mark that can be read. Whoever can edit the
 * text can write one: it only tells whether the text is the one that belongs to a commit.
 */
export function bodyJob(body: string): string | undefined {
  return readMark(body)?.job;
}
