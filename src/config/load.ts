/** lastgood.yaml → `Config`, or everything that is wrong with it. Imports zod and yaml: load it lazily. */
import { dirname, isAbsolute, join } from "node:path";
import type { Place } from "../errors.ts";
import type { Config, KindHealthConfig } from "./config.ts";
import { formatPath, readDocument, type ConfigDocument } from "./document.ts";
import { applyEnvironment } from "./environment.ts";
import { faultsError, quoted, type Fault } from "./faults.ts";
import { normaliseConfig } from "./normalise.ts";
import { normaliseKindHealth } from "./normalise-health.ts";
import { pruneFaulty } from "./prune.ts";
import type { Breach, Declared } from "./rule.ts";
import { RULES } from "./rules.ts";
import { writtenConfigSchema, type WrittenConfig } from "./schema.ts";
import { type InnerPlace, spanInScalar } from "./span-in-scalar.ts";
import type { Environment } from "./variables.ts";
import { faultsOfIssue, nearestSpan, valueAt } from "./zod-faults.ts";

/**
 * The configuration that `text` describes; `path` is only for messages and for files named relative to it.
 * Throws one LastgoodError with all faults: its code is theirs when they share one (`ConfigSyntax`, `ConfigVariable`,
 * `ConfigUrl`, `ConfigRef`), else `ConfigInvalid`. `checkKind` compiles the expressions of `engines[].health`; without, they are not looked at.
 */
export function parseConfig(path: string, text: string, env: Environment, checkKind: CheckKind = () => []): Config {
  const source = { path, text };
  const read = readDocument(text, env);
  if (read.value === undefined || read.value === null) throw faultsError(source, emptyOr(read.faults));
  const { document, variables } = applyEnvironment(read, env);
  const checked = check(document);
  const kindFaults = checkKinds(checked.config, { document, text, checkKind });
  const faults = [...read.faults, ...checked.faults, ...kindFaults].map((fault) => {
    const variable = variables.get(fault.at);
    return variable === undefined ? fault : { ...fault, variable };
  });
  if (faults.length > 0 || checked.config === undefined) throw faultsError(source, firstPerPath(faults));
  const resolveFile = (file: string): string => (isAbsolute(file) ? file : join(dirname(path), file));
  return { path, ...normaliseConfig(checked.config, resolveFile), places: placesOf(path, document) };
}

/** What is wrong with how a kind is judged: `core/kstatus/custom-table.ts`, `faultsOfKind`. */
export type CheckKind = (kind: KindHealthConfig) => readonly (InnerPlace & {
  readonly key: "kind" | "current" | "failed" | "inProgress";
  readonly message: string;
  readonly hint?: string;
})[];

interface CheckedText {
  readonly document: ConfigDocument;
  readonly text: string;
  readonly checkKind: CheckKind;
}

function checkKinds(config: WrittenConfig | undefined, { document, text, checkKind }: CheckedText): readonly Fault[] {
  const kinds = (config?.engines ?? []).flatMap(({ health }) => health ?? []);
  return kinds.flatMap((owner) =>
    checkKind(normaliseKindHealth(owner)).map(({ key, message, hint, line, column }): Fault => {
      const at = formatPath([...(document.paths.get(owner) ?? []), key]);
      const span = document.values.get(at);
      return {
        code: "ConfigInvalid",
        at,
        message: hint === undefined ? message : `${message}. ${hint}`,
        ...(span === undefined ? {} : { span: key === "kind" ? span : spanInScalar(text, span, { line, column }) }),
      };
    }),
  );
}

function emptyOr(faults: readonly Fault[]): readonly Fault[] {
  if (faults.length > 0) return faults;
  return [{ code: "ConfigInvalid", at: "", message: "the file is empty: it needs apiVersion, kind and targets" }];
}

/** Schema, then rules on what the schema found sound. */
function check(document: ConfigDocument): {
  readonly config: WrittenConfig | undefined;
  readonly faults: readonly Fault[];
} {
  const declared = declaredIn(document.value);
  const result = writtenConfigSchema.safeParse(document.value);
  const issues = result.success ? [] : result.error.issues.flatMap((issue) => faultsOfIssue(issue, document));
  const config = pruneFaulty(document.value);
  const breaches: Fault[] = [];
  if (config !== undefined) {
    const report = (breach: Breach): void => void breaches.push(faultOfBreach(breach, document));
    const lineOf = (owner: object): number | undefined => document.values.get(pathOf(owner, document))?.line;
    for (const rule of RULES) rule({ config, declared, lineOf, report });
  }
  return { config, faults: [...issues, ...breaches] };
}

function faultOfBreach(breach: Breach, document: ConfigDocument): Fault {
  const path = [...(document.paths.get(breach.owner) ?? []), ...breach.path];
  const at = formatPath(path);
  const typed = document.typed.get(at);
  const span = typed === undefined ? nearestSpan(path, document) : document.values.get(at);
  return {
    code: breach.code ?? "ConfigInvalid",
    at,
    message: typed === undefined ? breach.message : `${quoted(typed)} ${breach.message}`,
    ...(span === undefined ? {} : { span }),
    ...(breach.suggestion === undefined ? {} : { suggestion: breach.suggestion }),
  };
}

function pathOf(owner: object, document: ConfigDocument): string {
  return formatPath(document.paths.get(owner) ?? []);
}

/** One value, one fault: what follows from the first is noise. Duplicated keys and unset variables come first. */
function firstPerPath(faults: readonly Fault[]): readonly Fault[] {
  const seen = new Set<string>();
  return faults.filter((fault) => {
    const isNew = !seen.has(fault.at) || fault.code === "ConfigVariable";
    seen.add(fault.at);
    return isNew;
  });
}

function declaredIn(value: unknown): Declared {
  const policies = valueAt(value, ["policies"]);
  return {
    repositories: namesIn(valueAt(value, ["repositories"])),
    engines: namesIn(valueAt(value, ["engines"])),
    policies: typeof policies === "object" && policies !== null ? Object.keys(policies) : [],
  };
}

function namesIn(list: unknown): readonly string[] {
  const names = Array.isArray(list) ? list.map((item) => valueAt(item, ["name"])) : [];
  return [...new Set(names.filter((name) => typeof name === "string"))];
}

function placesOf(path: string, document: ConfigDocument): ReadonlyMap<string, Place> {
  const spans = new Map([...document.values, ...document.keys]);
  return new Map([...spans].map(([at, { line, column }]) => [at, { file: path, line, column }]));
}
