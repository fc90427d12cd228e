/** zod's issues → faults in our words, and the shape of the schema along a path. */
import { z } from "zod";
import { formatPath, type ConfigDocument } from "./document.ts";
import { quoted, type ConfigFaultCode, type Fault } from "./faults.ts";
import { writtenConfigSchema } from "./schema.ts";
import { suggest } from "./suggest.ts";

type Issue = z.core.$ZodIssue;

/** What people say for what the schema wants. */
const NOUNS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a set of keys",
  record: "a set of keys",
  null: "null",
};

/** One issue is one fault, except unknown keys: one for each. */
export function faultsOfIssue(issue: Issue, document: ConfigDocument): readonly Fault[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKeyFault([...issue.path, key], document));
  }
  if (issue.code === "invalid_union") return [unionFault(issue, document)];
  return [valueFault(issue, document)];
}

function unknownKeyFault(path: readonly PropertyKey[], document: ConfigDocument): Fault {
  const at = formatPath(path);
  const key = String(path.at(-1));
  const known = keysAt(path.slice(0, -1), document.value);
  const span = document.keys.get(at);
  const suggestion =
    suggest(key, known) ??
    suggest(
      `${key}File`,
      known.filter((name) => name.endsWith("File")),
    );
  const message =
    suggestion?.endsWith("File") === true ? "unknown key; secrets are read from files only" : "unknown key";
  return {
    code: "ConfigInvalid",
    at,
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
    ...(span === undefined ? {} : { span }),
  };
}

/** The branch that fits what was typed says it best: the one that failed deepest, else that of the same type. */
function unionFault(issue: Extract<Issue, { code: "invalid_union" }>, document: ConfigDocument): Fault {
  if (issue.errors.length === 0) {
    const values = "options" in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
    return choiceFault(issue.path, values, document);
  }
  const branches = issue.errors.map((errors) => errors[0]).filter((error) => error !== undefined);
  const fitting =
    branches.find((error) => error.path.length > 0) ?? branches.find((error) => error.code !== "invalid_type");
  if (fitting !== undefined) return valueFault({ ...fitting, path: [...issue.path, ...fitting.path] }, document);
  const wanted = branches.map((error) =>
    error.code === "invalid_type" ? (NOUNS[error.expected] ?? error.expected) : "",
  );
  return wrongType(issue.path, wanted.filter((noun) => noun !== "").join(" or "), document);
}

function valueFault(issue: Issue, document: ConfigDocument): Fault {
  const { path } = issue;
  switch (issue.code) {
    case "invalid_type":
      return wrongType(path, NOUNS[issue.expected] ?? issue.expected, document);
    case "invalid_value":
      return choiceFault(path, issue.values.map(String), document);
    case "too_small":
      return fault(path, issue.origin === "array" ? "is empty" : `is less than ${String(issue.minimum)}`, document);
    case "too_big":
      return fault(path, `is more than ${String(issue.maximum)}`, document);
    case "custom": {
      const code = issue.params?.["code"] as ConfigFaultCode | undefined;
      return { ...fault(path, issue.message, document), code: code ?? "ConfigInvalid" };
    }
    case "invalid_format":
    case "not_multiple_of":
    case "unrecognized_keys":
    case "invalid_union":
    case "invalid_key":
    case "invalid_element":
      return fault(path, issue.message, document);
  }
}

function wrongType(path: readonly PropertyKey[], noun: string, document: ConfigDocument): Fault {
  const value = valueAt(document.value, path);
  if (value === undefined) {
    const span = nearestSpan(path, document);
    return {
      code: "ConfigInvalid",
      at: formatPath(path),
      message: "is missing",
      ...(span === undefined ? {} : { span }),
    };
  }
  if (Number.isNaN(value) || value === Infinity || value === -Infinity)
    return fault(path, "is no finite number", document);
  return fault(path, `${typeof value === "object" ? "this " : ""}is ${nounOf(value)}, not ${noun}`, document);
}

function nounOf(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return NOUNS[typeof value] ?? typeof value;
}

function choiceFault(path: readonly PropertyKey[], values: readonly string[], document: ConfigDocument): Fault {
  if (valueAt(document.value, path) === undefined) return wrongType(path, "", document);
  const typed = document.typed.get(formatPath(path));
  const suggestion = typed === undefined ? undefined : (suggest(typed, values) ?? nearestMode(typed, values));
  const noData = ["unknown", "notfound"].includes(typed?.toLowerCase() ?? "") ? ": no data is no verdict" : "";
  const message = values.length === 1 ? `is not ${values[0] ?? ""}` : `is not one of ${values.join(", ")}${noData}`;
  return { ...fault(path, message, document), ...(suggestion === undefined ? {} : { suggestion }) };
}

/** Words other tools use for our modes. */
function nearestMode(typed: string, values: readonly string[]): string | undefined {
  const meant = {
    auto: "merge",
    automerge: "merge",
    automatic: "merge",
    pr: "propose",
    dry: "observe",
    direct: "push",
  };
  const found = Object.entries(meant).find(([word]) => word === typed.toLowerCase())?.[1];
  return found !== undefined && values.includes(found) ? found : undefined;
}

/** A fault about a value that is there: `"auto" is not one of …`. */
function fault(path: readonly PropertyKey[], message: string, document: ConfigDocument): Fault {
  const at = formatPath(path);
  const typed = document.typed.get(at);
  const span = document.values.get(at) ?? nearestSpan(path, document);
  return {
    code: "ConfigInvalid",
    at,
    message: typed === undefined ? message : `${quoted(typed)} ${message}`,
    ...(span === undefined ? {} : { span }),
  };
}

/** Of the key, or of what it is missing from. */
export function nearestSpan(path: readonly PropertyKey[], document: ConfigDocument): Fault["span"] {
  for (let length = path.length; length > 0; length--) {
    const at = formatPath(path.slice(0, length));
    const span = document.keys.get(at) ?? document.values.get(at);
    if (span !== undefined) return span;
  }
  return undefined;
}

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (found, key) =>
      typeof found === "object" && found !== null && Object.hasOwn(found, key)
        ? (found as Record<PropertyKey, unknown>)[key]
        : undefined,
    value,
  );
}

/** The schema without optional and the like. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodNullable ? unwrap(schema.unwrap()) : schema;
}

/** The keys that may stand at a path; empty where anything may. */
function keysAt(path: readonly PropertyKey[], value: unknown): readonly string[] {
  let schema: z.core.$ZodType | undefined = writtenConfigSchema;
  for (const [depth, step] of path.entries()) {
    schema = schema === undefined ? undefined : stepInto(unwrap(schema), step, valueAt(value, path.slice(0, depth)));
  }
  const options = schema === undefined ? [] : optionsOf(unwrap(schema), valueAt(value, path));
  return options.flatMap((option) => (option instanceof z.ZodObject ? Object.keys(option.shape) : []));
}

function stepInto(schema: z.core.$ZodType, step: PropertyKey, value: unknown): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  for (const option of optionsOf(schema, value)) {
    if (option instanceof z.ZodObject && Object.hasOwn(option.shape, step)) return option.shape[String(step)];
  }
  return undefined;
}

/** A schema's alternatives; of those told apart by `type`, the one that was typed. */
function optionsOf(schema: z.core.$ZodType, value: unknown): readonly z.core.$ZodType[] {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return [schema];
  const chosen = schema.options.filter((option) => {
    const type = option instanceof z.ZodObject ? option.shape["type"] : undefined;
    return type instanceof z.ZodLiteral && type.value === valueAt(value, ["type"]);
  });
  return chosen.length > 0 ? chosen : schema.options;
}
