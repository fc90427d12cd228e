/** How paths and values are written for people. What comes out is one line and holds no control or invisible characters. */
import type { Segment } from "../model/field.ts";
import { isList, isObject, type JsonValue, toJson } from "../model/json.ts";

const MAX_ID = 64;

/** `containers[api].image`, `metadata.labels["app.kubernetes.io/name"]`, `hosts[0]`; `.` for the whole value. */
export function formatPath(segments: readonly Segment[]): string {
  const text = segments.map(formatSegment).join("");
  return text === "" ? "." : text.replace(/^\./, "");
}

/**
 * A value in one line, at most about `limit` code points: strings plain, or quoted where plain would read as something else
 * (`"on"`, `"8080"`, `""`); objects and lists as compact JSON. What is cut off shows as `…`.
 */
export function valueText(value: JsonValue, limit = 80): string {
  if (typeof value === "string") return isPlain(value) ? cut(value, limit) : quote(cut(value, limit));
  if (isList(value) || isObject(value)) return cut(escapeInvisible(toJson(value)), limit);
  return toJson(value);
}

/** A JSON string whose control, format and other invisible characters are escaped. */
export function quote(text: string): string {
  return escapeInvisible(JSON.stringify(text));
}

function formatSegment(segment: Segment): string {
  if ("key" in segment) return /^[A-Za-z_$][\w$-]*$/.test(segment.key) ? `.${segment.key}` : `[${quote(segment.key)}]`;
  if ("index" in segment) return `[${segment.index}]`;
  const id = cut(segment.id, MAX_ID);
  return isPlainId(id) ? `[${id}]` : `[${quote(id)}]`;
}

/** Neither to be taken for an index, nor holding what would end the brackets. */
function isPlainId(id: string): boolean {
  return !/^\d*$/.test(id) && !/[\p{C}\p{Z}"'[\]\\]/u.test(id);
}

/** Would a reader take the bare text for this very string? `Number` also covers hexadecimal and exponents. */
function isPlain(text: string): boolean {
  if (text === "" || text.trim() !== text || /^["'[{]/.test(text)) return false;
  if (/^(?:true|false|null|yes|no|on|off|y|n|~)$/i.test(text)) return false;
  return Number.isNaN(Number(text)) && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text);
}

function escapeInvisible(json: string): string {
  return json.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, (char) =>
    Array.from({ length: char.length }, (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  );
}

function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const points = Array.from(text.slice(0, 2 * limit + 2));
  return points.length <= limit ? text : `${points.slice(0, limit - 1).join("")}…`;
}
