/**
 * What Prometheus' API answers an instant query with (prometheus.io/docs/prometheus/latest/querying/api). Only one finite number, measured
 * now and without warnings, is a figure. Everything else is no data.
 */
import { isObject, type JsonValue, listAt, property, stringAt, valueAt } from "../model/json.ts";

export type Figure =
  | { readonly kind: "figure"; readonly value: number; readonly atMs: number }
  | { readonly kind: "none"; readonly why: NoFigure; readonly message: string };

export type NoFigure =
  /** The body is no answer of Prometheus'. */
  | "Answer"
  /** The query is refused, or failed. */
  | "Query"
  /** It was answered in part. */
  | "Warnings"
  /** No series. */
  | "Empty"
  /** More than one series: the query does not give one number. */
  | "Many"
  /** A matrix or a string. */
  | "Type"
  /** NaN, +Inf, -Inf. */
  | "Number"
  /** Its clock and ours are too far apart. */
  | "Drift";

/** Reads the answer to an instant query that was asked at `nowMs`. */
export function readFigure(
  answer: { readonly status: number; readonly body: string },
  { nowMs, maxDriftMs }: { readonly nowMs: number; readonly maxDriftMs: number },
): Figure {
  const json = parse(answer.body);
  if (!isObject(json)) return none("Answer", `answers HTTP ${answer.status} and no JSON`);
  const status = property(json, "status");
  if (status === "error")
    return none("Query", `${stringAt(json, "errorType") ?? "error"}: ${stringAt(json, "error") ?? ""}`);
  if (answer.status !== 200 || status !== "success")
    return none("Answer", `answers HTTP ${answer.status} and no result`);
  const [warning] = listAt(json, "warnings");
  // A partial answer (Thanos, remote read) is one with warnings; "infos" are about style.
  if (warning !== undefined) return none("Warnings", `warns: ${typeof warning === "string" ? warning : "something"}`);
  const sample = readSample(json);
  if ("kind" in sample) return sample;
  const { time, value } = sample;
  if (Math.abs(time * 1000 - nowMs) > maxDriftMs) {
    return none("Drift", `is ${Math.round((time * 1000 - nowMs) / 1000)} s apart from our clock`);
  }
  if (!Number.isFinite(value)) return none("Number", `gives ${String(value)}, which is no number`);
  return { kind: "figure", value, atMs: time * 1000 };
}

interface Sample {
  /** Epoch seconds. */
  readonly time: number;
  readonly value: number;
}

function readSample(json: JsonValue): Sample | Extract<Figure, { kind: "none" }> {
  const type = stringAt(json, "data", "resultType");
  const result = valueAt(json, "data", "result");
  if (type === "scalar") return toSample(result);
  if (type !== "vector") return none("Type", `gives a ${type ?? "result without a type"}, not one number`);
  const series = Array.isArray(result) ? (result as readonly JsonValue[]) : [];
  if (series.length === 0) return none("Empty", "gives no data");
  if (series.length > 1) return none("Many", `gives ${series.length} series, not one number: aggregate them`);
  return toSample(property(series[0], "value"));
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** `[1755866800.123, "0.02"]` */
function toSample(pair: JsonValue | undefined): Sample | Extract<Figure, { kind: "none" }> {
  const [time, text] = Array.isArray(pair) ? (pair as readonly JsonValue[]) : [];
  if (typeof time !== "number" || typeof text !== "string")
    return none("Answer", "gives a sample without time or value");
  if (NUMBER.test(text)) return { time, value: Number(text) };
  return /^(?:NaN|[+-]?Inf)$/.test(text)
    ? none("Number", `gives ${text}, which is no number`)
    : none("Answer", "gives a value that is no number");
}

function none(why: NoFigure, message: string): Extract<Figure, { kind: "none" }> {
  return { kind: "none", why, message };
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined; // no JSON, or nested deeper than the stack
  }
}
