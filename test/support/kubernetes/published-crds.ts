/** The engines' CustomResourceDefinitions as they publish them: too large to be ours, so they are named by LASTGOOD_TEST_CRDS (a folder of YAML). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { JsonObject } from "../../../src/core/model/json.ts";
import { apiVersionOf, kindsOfCrd, type ServedKind } from "./kube-kinds.ts";
import { faultsBySchema, shapeBySchema } from "./kube-schema.ts";

export interface PublishedCrds {
  /** To be installed. */
  readonly crds: readonly unknown[];
  readonly kinds: readonly ServedKind[];
  /**
   * What an engine's API server would say about an object: `spec.project: Required value`, and `unknown: …` for what it would drop.
   * Undefined when its kind is not among them.
   */
  readonly faults: (object: JsonObject) => readonly string[] | undefined;
}

/** Undefined, and loud about it, when the variable names no folder. */
export function readPublishedCrds(env: Readonly<Record<string, string | undefined>>): PublishedCrds | undefined {
  const folder = env["LASTGOOD_TEST_CRDS"] ?? "";
  if (folder === "") {
    process.stderr.write(
      "SKIPPED: no object was held to the engines' own schemas: set LASTGOOD_TEST_CRDS to a folder of CRDs\n",
    );
    return undefined;
  }
  const files = readdirSync(folder).filter((file) => /\.ya?ml$/.test(file));
  const crds = files.map((file) => parse(readFileSync(join(folder, file), "utf8")) as unknown);
  if (crds.length === 0) throw new Error(`there is no CRD in ${folder}`);
  const kinds = crds.flatMap(kindsOfCrd);
  return {
    crds,
    kinds,
    faults(object) {
      const kind = kinds.find((one) => one.kind === object["kind"] && apiVersionOf(one) === object["apiVersion"]);
      if (kind?.schema === undefined) return undefined;
      const shaped = shapeBySchema(object, kind.schema);
      const wrong = faultsBySchema(shaped, kind.schema).map(({ field, message }) => `${field}: ${message}`);
      return [...wrong, ...dropped(object, shaped, "").map((path) => `unknown: ${path}`)];
    },
  };
}

/** The paths that are in one and not in the other. */
function dropped(before: unknown, after: unknown, path: string): readonly string[] {
  if (typeof before !== "object" || before === null || typeof after !== "object" || after === null) return [];
  return Object.entries(before).flatMap(([key, value]) => {
    const here = path === "" ? key : `${path}.${key}`;
    return Object.hasOwn(after, key) ? dropped(value, (after as Record<string, unknown>)[key], here) : [here];
  });
}
