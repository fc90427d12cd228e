/** Environment over file: any single value `a.b` may be given as `LASTGOOD_A_B`. */
import { z } from "zod";
import { formatPath, type ConfigDocument } from "./document.ts";
import { writtenConfigSchema } from "./schema.ts";
import type { Environment } from "./variables.ts";
import { unwrap, valueAt } from "./zod-faults.ts";

interface Override {
  readonly path: readonly string[];
  readonly variable: string;
  readonly value: unknown;
}

export interface Overridden {
  readonly document: ConfigDocument;
  /** Path → the variable that its value comes from. */
  readonly variables: ReadonlyMap<string, string>;
}

/** Lays the environment's values over the document's (in place). Lists cannot be given; an empty variable counts as unset. */
export function applyEnvironment(document: ConfigDocument, env: Environment): Overridden {
  const names = Object.keys(env).filter((name) => name.startsWith("LASTGOOD_") && (env[name] ?? "") !== "");
  if (names.length === 0 || !isRecord(document.value)) return { document, variables: new Map() };
  const root = document.value;
  const overrides = scalarsOf(writtenConfigSchema, [], root).flatMap(({ path, schema }): readonly Override[] => {
    const variable = variableOf(path);
    const text = Object.hasOwn(env, variable) ? env[variable] : undefined;
    return text === undefined || text === "" ? [] : [{ path, variable, value: readAs(schema, text) }];
  });
  const applied = overrides.filter(({ path, value }) => setAt(root, path, value));
  const variables = new Map(applied.map(({ path, variable }) => [formatPath(path), variable]));
  const typed = new Map([...document.typed].filter(([path]) => !variables.has(path)));
  return { document: { ...document, typed }, variables };
}

/** `server.publicUrl` → `LASTGOOD_SERVER_PUBLIC_URL` */
export function variableOf(path: readonly string[]): string {
  const words = path.map((step) => step.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").replaceAll(/[^A-Za-z0-9]/g, "_"));
  return `LASTGOOD_${words.join("_").toUpperCase()}`;
}

interface ScalarKey {
  readonly path: readonly string[];
  readonly schema: z.core.$ZodType;
}

function scalarsOf(schema: z.core.$ZodType, path: readonly string[], root: unknown): readonly ScalarKey[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    return Object.entries<z.core.$ZodType>(inner.shape)
      .filter(([key]) => path.length > 0 || (key !== "apiVersion" && key !== "kind"))
      .flatMap(([key, value]) => scalarsOf(value, [...path, key], root));
  }
  if (inner instanceof z.ZodRecord) {
    const written = valueAt(root, path);
    const names = new Set(["default", ...(isRecord(written) ? Object.keys(written) : [])]);
    return [...names].flatMap((name) => scalarsOf(inner.valueType, [...path, name], root));
  }
  return inner instanceof z.ZodArray || inner instanceof z.ZodDiscriminatedUnion ? [] : [{ path, schema: inner }];
}

function readAs(schema: z.core.$ZodType, text: string): unknown {
  if (schema instanceof z.ZodBoolean && (text === "true" || text === "false")) return text === "true";
  if (schema instanceof z.ZodNumber && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text)) return Number(text);
  return text;
}

/** False when something that is no set of keys stands in the way: the file's own fault is reported then. */
function setAt(root: Record<string, unknown>, path: readonly string[], value: unknown): boolean {
  let at = root;
  for (const key of path.slice(0, -1)) {
    if (!Object.hasOwn(at, key)) at[key] = {};
    const next = at[key];
    if (!isRecord(next)) return false;
    at = next;
  }
  at[path.at(-1) ?? ""] = value;
  return true;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
