import { stringAt, valueAt, type JsonObject } from "../../../src/core/model/json.ts";
import type { ServedKind } from "./kube-kinds.ts";
import { badRequest } from "./kube-status.ts";

export type Matcher = (object: JsonObject) => boolean;

/** What `labelSelector` and `fieldSelector` ask for. Throws 400 for what the server does not understand. */
export function readSelectors(query: URLSearchParams, kind: ServedKind): Matcher {
  const labels = labelMatchers(query.get("labelSelector") ?? "");
  const fields = fieldMatchers(query.get("fieldSelector") ?? "", kind);
  return (object) => labels.every((matches) => matches(object)) && fields.every((matches) => matches(object));
}

function labelMatchers(text: string): readonly Matcher[] {
  if (text.trim() === "") return [];
  // A comma within parentheses does not part requirements.
  return text.split(/,(?![^(]*\))/).map((part) => {
    const set = /^\s*([\w./-]+)\s+(in|notin)\s*\(([^)]*)\)\s*$/.exec(part);
    if (set !== null) {
      const values = (set[3] ?? "").split(",").map((value) => value.trim());
      const isIn = (object: JsonObject): boolean => values.includes(labelOf(object, set[1] ?? "") ?? "\u0000");
      return set[2] === "in" ? isIn : (object) => !isIn(object);
    }
    const equal = /^\s*([\w./-]+)\s*(==?|!=)\s*([\w.-]*)\s*$/.exec(part);
    if (equal !== null) {
      const [, key = "", sign, value] = equal;
      return (object) => (labelOf(object, key) === value) === (sign !== "!=");
    }
    const exists = /^\s*(!?)\s*([\w./-]+)\s*$/.exec(part);
    if (exists === null) throw badRequest(`unable to parse requirement: ${part}`);
    return (object) => (labelOf(object, exists[2] ?? "") !== undefined) === (exists[1] === "");
  });
}

function labelOf(object: JsonObject, key: string): string | undefined {
  const value = valueAt(object, "metadata", "labels", key);
  return typeof value === "string" ? value : undefined;
}

function fieldMatchers(text: string, kind: ServedKind): readonly Matcher[] {
  if (text === "") return [];
  const known = ["metadata.name", "metadata.namespace", ...kind.fields];
  return text.split(",").map((part) => {
    const [, field = "", sign, wanted] = /^([\w.]+)(==?|!=)(.*)$/.exec(part) ?? [];
    if (!known.includes(field)) throw badRequest(`field label not supported: ${field}`);
    return (object) => ((stringAt(object, ...field.split(".")) ?? "") === wanted) === (sign !== "!=");
  });
}
