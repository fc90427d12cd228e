import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { LastgoodError } from "../../../errors.ts";
import { isFullId } from "../../../core/model/git.ts";
import { type JsonValue, listAt, stringAt, valueAt } from "../../../core/model/json.ts";
import { API_VERSION } from "../output/yaml-json.ts";
import type { SelectionOptions } from "./plan.ts";

export interface SavedPlan {
  /** What to plan again. */
  readonly options: Pick<
    SelectionOptions,
    "target" | "to" | "commit" | "mainline" | "resolve" | "chartVersion" | "only" | "except"
  >;
  /** What must come out. */
  readonly hash: string;
}

const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads a plan saved with `plan -o json`. Only its question (`spec`) and its hash are taken: the answer is computed again, so
 * nothing in the file is written anywhere. Throws `UsageArgument`.
 */
export async function readPlanFile(path: string, cwd: string): Promise<SavedPlan> {
  const document = parse(path, await readText(path, cwd));
  const hash = stringAt(document, "metadata", "hash");
  const isPlan = stringAt(document, "apiVersion") === API_VERSION && stringAt(document, "kind") === "Plan";
  const texts = (key: string): readonly string[] =>
    listAt(document, "spec", key).filter((item) => typeof item === "string");
  const aim = aimOf(document, texts);
  if (!isPlan || hash === undefined || aim === undefined) throw noPlan(path);
  return { hash, options: { ...aim, only: texts("only"), except: texts("except") } };
}

/** `to` needs a target; `commits` may do without. Every id is a full one: nothing in the file is looked up by name. */
function aimOf(document: JsonValue, texts: (key: string) => readonly string[]): SavedPlan["options"] | undefined {
  const [target, to] = [stringAt(document, "spec", "target"), stringAt(document, "spec", "to")];
  const commit = texts("commits");
  if (to !== undefined) return target === undefined || !isFullId(to) ? undefined : { target, to };
  if (commit.length === 0 || !commit.every(isFullId)) return undefined;
  const mainline = valueAt(document, "spec", "mainline");
  const chartVersion = stringAt(document, "spec", "chartVersion");
  const resolve = texts("resolve");
  return {
    commit,
    ...(target === undefined ? {} : { target }),
    ...(typeof mainline === "number" ? { mainline: String(mainline) } : {}),
    ...(resolve.length === 0 ? {} : { resolve }),
    ...(chartVersion === undefined ? {} : { chartVersion }),
  };
}

async function readText(path: string, cwd: string): Promise<string> {
  try {
    const bytes = await readFile(resolve(cwd, path));
    if (bytes.length <= MAX_BYTES) return bytes.toString("utf8");
  } catch (cause) {
    throw new LastgoodError("UsageArgument", `the plan file ${path} cannot be read`, { cause, place: { file: path } });
  }
  throw noPlan(path);
}

function parse(path: string, text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw noPlan(path);
  }
}

function noPlan(path: string): LastgoodError {
  return new LastgoodError("UsageArgument", `${path} is no plan of this version`, {
    hint: "Make one with lastgood plan TARGET -o json > plan.json.",
    place: { file: path },
  });
}
