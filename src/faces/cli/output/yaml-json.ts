/** `-o json|yaml`: one envelope, numbers exact, nothing a terminal would obey. */
import { Document, Scalar, visit } from "yaml";
import { isPlainText, replaceUnsafe } from "../../../core/model/escape.ts";
import { toJson } from "../../../core/model/json.ts";

export const API_VERSION = "lastgood.dev/v1alpha1";

export const OUTPUT_FORMATS = ["table", "wide", "json", "yaml", "name"] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** What every answer is wrapped in. Within a version fields are only added. */
export interface Envelope {
  readonly kind: string;
  readonly metadata?: object;
  readonly spec?: object;
  readonly status?: object;
  readonly items?: readonly object[];
}

/** The envelope as text with a final line end. */
export function renderEnvelope(envelope: Envelope, format: "json" | "yaml"): string {
  const whole = { apiVersion: API_VERSION, ...envelope };
  return format === "json" ? `${escapeJson(toJson(whole, 2))}\n` : renderYaml(whole);
}

/** One JSON line, for lists that are written as they come. */
export function renderJsonLine(value: object): string {
  return `${escapeJson(toJson(value))}\n`;
}

/** JSON escapes C0 by itself; DEL, C1, bidi and invisible characters only here. They stand in strings only. */
function escapeJson(text: string): string {
  return replaceUnsafe(text, utf16Escape);
}

function utf16Escape(char: string): string {
  return Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`).join(
    "",
  );
}

/** YAML that 1.1 and 1.2 readers understand alike; strings with unprintable characters are double-quoted and escaped. */
function renderYaml(value: object): string {
  const document = new Document(stripUndefined(value), {
    version: "1.2",
    compat: "yaml-1.1",
    aliasDuplicateObjects: false,
  });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === "string" && !isPlainText(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return replaceUnsafe(document.toString({ lineWidth: 0 }), yamlEscape);
}

function yamlEscape(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : utf16Escape(char);
}

function stripUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripUndefined);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, stripUndefined(item)]),
  );
}
