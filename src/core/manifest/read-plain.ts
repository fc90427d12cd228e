import type { JsonValue } from "../model/json.ts";

/**
 * What an unquoted YAML scalar means to Kubernetes: the rules of go.yaml.in/yaml/v2 `resolve.go`, on which
 * sigs.k8s.io/yaml stands, and with it kubectl, Helm and the controllers. They are YAML 1.1 with exceptions of their
 * own (`0644` is 420, `y` is true, `1:30` a string): neither YAML 1.2 nor what the `yaml` package calls 1.1.
 * test/core/manifest/kubernetes-readings.json holds what the Go code answers.
 */

const NULL = /^(?:~|null|Null|NULL)?$/;
const TRUE = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;

/** The plain scalars that are true or false. */
export const BOOLEAN = /^(?:[yYnN]|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/;

/**
 * The plain scalars that look like a number; the few that do not fit one are strings all the same.
 * Underscores count for nothing behind a digit or a sign, behind a dot they must stand between digits.
 */
export const NUMBER =
  /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?|(?:[-+]_*)?0_*[xX][0-9a-fA-F_]+|(?:[-+]_*)?0_*[bB][01_]+|(?:[-+]_*)?0_*[oO][0-7_]+|(?:[-+]_*(?=[.0-9]))?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|(?<=[-+_])\.[0-9_]+)(?:[eE]_*[-+]?[0-9_]+)?)$/;

const SPECIAL_START = /^(?:[-+.0-9yYnNtTfFoO~]|$)/;

/** The value of a plain scalar. `.nan` and `.inf` come as NaN and Infinity, whole numbers beyond 2^53 as bigint. */
export function readPlain(text: string): JsonValue {
  if (!SPECIAL_START.test(text)) return text;
  if (NULL.test(text)) return null;
  if (BOOLEAN.test(text)) return TRUE.test(text);
  return NUMBER.test(text) ? (readNumber(text) ?? text) : text;
}

function readNumber(text: string): number | bigint | undefined {
  if (/\.nan$/i.test(text)) return Number.NaN;
  if (/\.inf$/i.test(text)) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const digits = text.replaceAll("_", "");
  return readInteger(digits) ?? readDecimal(digits);
}

/** As Go's ParseInt and ParseUint with base 0: prefixes 0x 0b 0o, and a bare 0 for octal. */
function readInteger(digits: string): number | bigint | undefined {
  // Making a BigInt of many digits takes quadratic time; with this many it is no 64-bit number, or all zeros in front.
  if (digits.length > 1000) return undefined;
  const match = /^([-+]?)(?:(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+)|0([0-7]+)|(0|[1-9][0-9]*))$/.exec(digits);
  if (match === null) return undefined;
  const [, sign, prefixed, octal, decimal] = match;
  const size = BigInt(prefixed?.toLowerCase() ?? (octal === undefined ? (decimal ?? "0") : `0o${octal}`));
  const value = sign === "-" ? -size : size;
  // A sign makes it an int64, without one it may also be a uint64. What fits neither is read as a decimal.
  if (value < -(2n ** 63n) || value >= 2n ** (sign === "" ? 64n : 63n)) return undefined;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** Go leaves a decimal that does not fit a float64 a string. */
function readDecimal(digits: string): number | undefined {
  if (!/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(digits)) return undefined;
  const value = Number(digits);
  return Number.isFinite(value) ? value : undefined;
}
