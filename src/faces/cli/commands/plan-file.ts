import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { LastgoodError } from "../../../errors.ts";
import { isFullId } from "../../../core/model/git.ts";
import { type JsonValue, listAt, stringAt } from "../../../core/model/json.ts";
import { API_VERSION } from "../output/yaml-json.ts";

export interface SavedPlan {
  /** What to plan again. */
  readonly options: {
    readonly target: string;
    readonly to: string;
    readonly only: readonly string[];
    readonly except: readonly string[];
  };
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
  const [target, hash] = [stringAt(document, "metadata", "target"), stringAt(document, "metadata", "hash")];
  const to = stringAt(document, "spec", "to");
  const isPlan = stringAt(document, "apiVersion") === API_VERSION && stringAt(document, "kind") === "Plan";
  if (!isPlan || target === undefined || hash === undefined || to === undefined || !isFullId(to)) throw noPlan(path);
  const texts = (key: string): readonly string[] =>
    listAt(document, "spec", key).filter((item) => typeof item === "string");
  return { hash, options: { target, to, only: texts("only"), except: texts("except") } };
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
