import type { JsonObject, JsonValue } from "../model/json.ts";
import type { CompiledExpression, CompiledHealth } from "./custom-compile.ts";
import type { ObjectStatus, Status } from "./status.ts";
import { isList, isObject, property } from "../model/json.ts";
import { VARIABLES } from "./custom-compile.ts";
import { computeDeletion, computeGeneric } from "./generic.ts";
import { findFault } from "./shape.ts";
import { statusOf } from "./status.ts";

/** Values of one object; an object in etcd has at most 1.5 MiB. */
const MOST_VALUES = 50_000;
const DEEPEST_VALUE = 64;

/** Nodes × longest list ^ nesting of loops: steps of one evaluation. About 20 ns each. */
const MOST_STEPS = 2_000_000;

/**
 * The status of an object by the expressions of its kind. What every object has is asked first: its deletion, its generation, `Stalled`.
 * Then `inProgress`, `failed`, `current` in this order (RFC 0009 of Flux); the first that is true decides, and if none is, it is `InProgress`.
 * An expression that cannot be answered (no such key, another type, not a boolean) makes it `Unknown`, whatever the later ones say. Never throws.
 */
export function computeCustomStatus(health: CompiledHealth, object: JsonValue | undefined): ObjectStatus {
  if (object === undefined) return statusOf("NotFound", "NotFound", "there is no such object");
  if (!isObject(object)) return statusOf("Unknown", "Malformed", "it is no object");
  const fault = findFault(object, {});
  if (fault !== undefined) return statusOf("Unknown", "Malformed", fault);
  return computeDeletion(object) ?? computeGeneric(object) ?? computeExpressions(health, object);
}

const STEPS: readonly (readonly [keyof CompiledHealth, Status, string])[] = [
  ["inProgress", "InProgress", "InProgressExpression"],
  ["failed", "Failed", "FailedExpression"],
  ["current", "Current", "CurrentExpression"],
];

function computeExpressions(health: CompiledHealth, object: JsonObject): ObjectStatus {
  const converted = convert(object);
  if (converted === undefined) return statusOf("Unknown", "TooLarge", "the object is too large for its expressions");
  for (const [name, status, reason] of STEPS) {
    const expression = health[name];
    if (expression === undefined) continue;
    if (expression.nodes * Math.max(1, converted.longest) ** expression.loops > MOST_STEPS) {
      return statusOf(
        "Unknown",
        "TooCostly",
        `${name}: its lists are too long for an expression of ${expression.loops} loops`,
      );
    }
    const answer = evaluate(expression, converted.variables);
    if (typeof answer !== "boolean") return statusOf("Unknown", answer.reason, `${name}: ${answer.message}`);
    if (answer) return statusOf(status, reason, `the expression ${name} is true`);
  }
  return statusOf("InProgress", "NoExpressionTrue", "none of its expressions is true");
}

interface Unanswered {
  readonly reason: string;
  readonly message: string;
}

function evaluate({ evaluate }: CompiledExpression, variables: Variables): boolean | Unanswered {
  try {
    const value = evaluate(variables);
    return typeof value === "boolean" ? value : { reason: "NotBoolean", message: "it is neither true nor false" };
  } catch (error) {
    const summary = error instanceof Error && "summary" in error ? String(error.summary) : "it cannot be evaluated";
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const missing = code === "no_such_key" || code === "unknown_variable" || code === "index_out_of_bounds";
    return { reason: missing ? "NoSuchKey" : "ExpressionFailed", message: summary };
  }
}

type Variables = Readonly<Record<string, unknown>>;

interface Converted {
  readonly variables: Variables;
  /** Of its lists and maps. */
  readonly longest: number;
}

/** CEL knows integers apart from doubles: whole numbers become `bigint`. `managedFields` are left out. Undefined: too large. */
function convert(object: JsonObject): Converted | undefined {
  const tally = { values: 0, longest: 0, tooLarge: false };
  const walk = (value: JsonValue, depth: number): unknown => {
    tally.values += 1;
    tally.tooLarge ||= tally.values > MOST_VALUES || depth > DEEPEST_VALUE;
    if (tally.tooLarge) return null;
    if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
    if (isList(value)) {
      tally.longest = Math.max(tally.longest, value.length);
      return value.map((item) => walk(item, depth + 1));
    }
    if (!isObject(value)) return value;
    const entries = Object.entries(value).filter(([key]) => key !== "__proto__" && key !== "managedFields");
    tally.longest = Math.max(tally.longest, entries.length);
    return Object.fromEntries(entries.map(([key, item]) => [key, walk(item, depth + 1)]));
  };
  const whole = walk(object, 0) as Variables;
  if (tally.tooLarge) return undefined;
  const named = VARIABLES.filter((name) => name !== "object" && property(object, name) !== undefined);
  const variables = { ...Object.fromEntries(named.map((name) => [name, whole[name]])), object: whole };
  return { variables, longest: tally.longest };
}
