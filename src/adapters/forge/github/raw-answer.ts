import { LastgoodError } from "../../../errors.ts";
import type { RawAnswer } from "./forge-answer.ts";

/** As octokit answers. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: object;
  readonly data: unknown;
}

/** octokit throws for 4xx and 5xx, and says 500 for what never was an answer (read in @octokit/request 10). */
export async function rawAnswer(call: () => Promise<HttpAnswer>): Promise<RawAnswer> {
  try {
    const { status, headers, data } = await call();
    return { status, headers: { ...headers }, data, words: "" };
  } catch (error) {
    if (error instanceof LastgoodError) throw error;
    return failedAnswer(error);
  }
}

/** The answer in what octokit threw; undefined when none came. */
export function responseOf(error: unknown): HttpAnswer | undefined {
  return error instanceof Error ? (error as Error & { readonly response?: HttpAnswer }).response : undefined;
}

function failedAnswer(error: unknown): RawAnswer {
  if (!(error instanceof Error)) return { status: undefined, headers: {}, data: undefined, words: String(error) };
  const response = responseOf(error);
  if (response !== undefined) {
    const { status, headers, data } = response;
    return { status, headers: { ...headers }, data, words: "", cause: error };
  }
  return { status: undefined, headers: {}, data: undefined, words: networkWords(error), cause: error };
}

/** fetch says only "fetch failed"; the reason hangs below it. */
function networkWords(error: Error): string {
  const below = error.cause instanceof Error ? error.cause : undefined;
  const code = below !== undefined && "code" in below && typeof below.code === "string" ? ` (${below.code})` : "";
  return `${error.message}${code}`;
}
