/** The proof: a text counts only when reading it again gives exactly what was planned. */
import { LastgoodError } from "../../errors.ts";
import { parseStream } from "../manifest/parse.ts";
import { jsonEqual, type JsonValue } from "../model/json.ts";

/**
 * Does `text` read as these documents, in this order, as Kubernetes reads it? Empty documents say nothing and do not count,
 * on either side. A text that does not parse, or whose aliases do not resolve, does not.
 */
export function readsAs(path: string, text: string, wanted: readonly JsonValue[]): boolean {
  const found = readDocuments(path, text);
  return found !== undefined && sameDocuments(found, wanted);
}

/** Are these the same documents in the same order? Empty ones do not count, on either side. */
export function sameDocuments(found: readonly JsonValue[], wanted: readonly JsonValue[]): boolean {
  const [real, expected] = [found, wanted].map((values) => values.filter((value) => value !== null));
  return (
    real?.length === expected?.length && (real ?? []).every((value, at) => jsonEqual(value, expected?.[at] ?? null))
  );
}

function readDocuments(path: string, text: string): readonly JsonValue[] | undefined {
  try {
    return parseStream(path, text).documents.map(({ value }) => value);
  } catch (error) {
    if (error instanceof LastgoodError) return undefined;
    throw error;
  }
}
