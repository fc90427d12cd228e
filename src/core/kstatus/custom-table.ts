/** Kinds that the configuration says how to judge, beside those that lastgood has rules for. */
import { groupOf } from "../model/component.ts";
import { isObject, type JsonValue, stringAt } from "../model/json.ts";
import { compileHealth, type ExpressionFault, faultsOfExpressions, type HealthExpressions } from "./custom-compile.ts";
import { computeCustomStatus } from "./custom.ts";
import { computeStatus, KNOWN_KINDS } from "./kstatus.ts";
import type { ObjectStatus } from "./status.ts";

/** How the objects of one kind, of any version of its group, are judged. */
export interface KindHealth extends HealthExpressions {
  readonly apiVersion: string;
  readonly kind: string;
}

export interface KindFault extends Pick<ExpressionFault, "message" | "line" | "column"> {
  readonly key: "kind" | ExpressionFault["expression"];
  readonly hint?: string;
}

/** As `computeStatus`. */
export type ComputeStatus = (object: JsonValue | undefined, nowMs: number) => ObjectStatus;

/** What is wrong with one of them. */
export function faultsOfKind(kind: KindHealth): readonly KindFault[] {
  const message = refusalOf(kind);
  return [
    ...(message === undefined ? [] : [{ key: "kind" as const, message, line: 1, column: 1 }]),
    ...faultsOfExpressions(kind).map(({ expression: key, ...fault }) => ({ key, ...fault })),
  ];
}

function refusalOf(kind: KindHealth): string | undefined {
  if (keyOf(kind) === "/Secret") return "is not for lastgood, which never reads Secrets";
  return KNOWN_KINDS.includes(keyOf(kind)) ? "is a kind that lastgood has a rule of its own for" : undefined;
}

/**
 * `computeStatus`, with these kinds by their expressions. The rules of its own are never replaced: they know when a status is to be trusted.
 * Throws `ConfigInvalid` for expressions that `faultsOfKind` finds something wrong with.
 */
export function computeWith(kinds: readonly KindHealth[]): ComputeStatus {
  const table = new Map(kinds.map((kind) => [keyOf(kind), compileHealth(kind)]));
  for (const known of KNOWN_KINDS) table.delete(known);
  if (table.size === 0) return computeStatus;
  return (object, nowMs) => {
    const health = isObject(object) ? table.get(keyOf(identityOf(object))) : undefined;
    return health === undefined ? computeStatus(object, nowMs) : computeCustomStatus(health, object);
  };
}

function identityOf(object: JsonValue): Pick<KindHealth, "apiVersion" | "kind"> {
  return { apiVersion: stringAt(object, "apiVersion") ?? "", kind: stringAt(object, "kind") ?? "" };
}

function keyOf({ apiVersion, kind }: Pick<KindHealth, "apiVersion" | "kind">): string {
  return `${groupOf(apiVersion)}/${kind}`;
}
