import { isObject, valueAt, type JsonObject } from "../model/json.ts";

const PREFIX = "lastgood.dev/";
const LONGEST = 4096;

/** The annotations `lastgood.dev/…` of a live object, without the prefix; what is too long to be meant is left out. Untrusted. */
export function lastgoodAnnotations(object: JsonObject): { readonly [name: string]: string } {
  const all = valueAt(object, "metadata", "annotations");
  return Object.fromEntries(
    Object.entries(isObject(all) ? all : {}).flatMap(([name, value]) =>
      name.startsWith(PREFIX) && typeof value === "string" && value.length <= LONGEST
        ? [[name.slice(PREFIX.length), value]]
        : [],
    ),
  );
}

/** The labels of a live object. Untrusted. */
export function labelsOf(object: JsonObject): { readonly [name: string]: string } {
  const labels = valueAt(object, "metadata", "labels");
  const entries = Object.entries(isObject(labels) ? labels : {});
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}
