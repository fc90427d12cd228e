/** Structural schemas of CRDs: prune what they do not know, fill in defaults, tell what does not fit. No CEL, no formats. */
import { isDeepStrictEqual } from "node:util";
import type { Cause } from "./kube-status.ts";

export interface KubeSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, KubeSchema>>;
  readonly additionalProperties?: boolean | KubeSchema;
  readonly items?: KubeSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
}

type Json = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value without fields that the schema does not know, and with its defaults. At the root apiVersion, kind and metadata are everybody's. */
export function shapeBySchema(value: unknown, schema: KubeSchema, isRoot = true): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => shapeBySchema(item, items, false));
  }
  if (!isMap(value)) return value;
  const keeps = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const known = schema.properties ?? {};
  const { additionalProperties: others } = schema;
  const shaped: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const ofSchema = Object.hasOwn(known, key) ? known[key] : undefined;
    if (isRoot && (key === "apiVersion" || key === "kind" || key === "metadata")) shaped[key] = item;
    else if (item === null && ofSchema?.default !== undefined && ofSchema.nullable !== true) continue;
    else if (ofSchema !== undefined) shaped[key] = shapeBySchema(item, ofSchema, false);
    else if (isMap(others)) shaped[key] = shapeBySchema(item, others, false);
    else if (keeps || others === true || schema["x-kubernetes-embedded-resource"] === true) shaped[key] = item;
  }
  for (const [key, ofSchema] of Object.entries(known)) {
    if (ofSchema.default === undefined || Object.hasOwn(shaped, key)) continue;
    shaped[key] = shapeBySchema(structuredClone(ofSchema.default), ofSchema, false);
  }
  return shaped;
}

/** Everything that does not fit. */
export function faultsBySchema(value: unknown, schema: KubeSchema, field = ""): readonly Cause[] {
  if (value === null && (schema.nullable === true || schema.type === undefined)) return [];
  const wrong = wrongType(value, schema);
  if (wrong !== undefined) return [{ field: field || "<nil>", message: wrong }];
  const here = wrongValue(value, schema).map((message) => ({ field, message }));
  if (Array.isArray(value)) {
    const { items } = schema;
    return [
      ...here,
      ...(items === undefined ? [] : value.flatMap((item, i) => faultsBySchema(item, items, `${field}[${i}]`))),
    ];
  }
  if (!isMap(value)) return here;
  const missing = (schema.required ?? []).filter((key) => !Object.hasOwn(value, key));
  const inside = Object.entries(value).flatMap(([key, item]) => {
    const others = isMap(schema.additionalProperties) ? (schema.additionalProperties as KubeSchema) : undefined;
    const ofSchema = schema.properties?.[key] ?? others;
    return ofSchema === undefined ? [] : faultsBySchema(item, ofSchema, join(field, key));
  });
  return [...here, ...missing.map((key) => ({ field: join(field, key), message: "Required value" })), ...inside];
}

function join(field: string, key: string): string {
  return field === "" ? key : `${field}.${key}`;
}

function wrongType(value: unknown, schema: KubeSchema): string | undefined {
  const found = typeOf(value);
  const { type } = schema;
  if (schema["x-kubernetes-int-or-string"] === true) {
    return found === "integer" || found === "string"
      ? undefined
      : `Invalid value: "${found}": must be integer or string`;
  }
  if (type === undefined || type === found || (type === "number" && found === "integer")) return undefined;
  return `Invalid value: "${found}": must be of type ${type}: "${found}"`;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function wrongValue(value: unknown, schema: KubeSchema): readonly string[] {
  const faults: string[] = [];
  const shown = JSON.stringify(value);
  if (schema.enum !== undefined && !schema.enum.some((allowed) => isDeepStrictEqual(allowed, value))) {
    faults.push(
      `Unsupported value: ${shown}: supported values: ${schema.enum.map((one) => JSON.stringify(one)).join(", ")}`,
    );
  }
  if (typeof value === "string") {
    if (schema.pattern !== undefined && !new RegExp(schema.pattern, "u").test(value)) {
      faults.push(`Invalid value: ${shown}: should match '${schema.pattern}'`);
    }
    if (value.length < (schema.minLength ?? 0)) faults.push(`should be at least ${schema.minLength} chars long`);
    if (value.length > (schema.maxLength ?? Infinity))
      faults.push(`Too long: may not be more than ${schema.maxLength} bytes`);
  }
  if (typeof value === "number") {
    if (value < (schema.minimum ?? -Infinity)) faults.push(`should be greater than or equal to ${schema.minimum}`);
    if (value > (schema.maximum ?? Infinity)) faults.push(`should be less than or equal to ${schema.maximum}`);
  }
  if (Array.isArray(value)) {
    if (value.length < (schema.minItems ?? 0)) faults.push(`should have at least ${schema.minItems} items`);
    if (value.length > (schema.maxItems ?? Infinity)) faults.push(`must have at most ${schema.maxItems} items`);
  }
  return faults;
}
