/**
 * May a clean merge of lines be believed? It is right more often than a merge of fields: it sees renamed objects, lists without
 * keys, scripts in strings. But lines do not know where they stand. So: what the change left alone must come out as it is now, what
 * later work left alone must come out as it was before the change, and no name may stand twice.
 */
import { isList, isObject, type JsonObject, type JsonValue } from "../model/json.ts";
import { alignLists } from "../patch/align.ts";
import { contextOf, type DiffContext } from "../patch/diff-context.ts";
import { alignThree } from "./align-three.ts";
import { type Keys, keysAgainst, keysOf, type ReadableManifest } from "./merge-documents.ts";
import { same } from "./merge-values.ts";
import type { Sides } from "../model/sides.ts";

type Value = JsonValue | undefined;

interface Spot {
  readonly names: readonly string[];
  readonly context: DiffContext;
}

/** Is `merged` what undoing gives, as far as it can be told? */
export function isSound(manifests: Sides<ReadableManifest>, merged: ReadableManifest): boolean {
  const keys = keysOf(manifests);
  const own = keysAgainst(merged, manifests.bad);
  const known = new Set([...keys.good.keys(), ...keys.bad.keys(), ...keys.now.keys()]);
  const valueAt = ({ stream }: ReadableManifest, places: Keys, key: string): Value => {
    const at = places.get(key);
    return at === undefined ? undefined : stream.documents[at]?.value;
  };
  const named = [...own.keys()].every((key) => known.has(key) || valueAt(merged, own, key) === null);
  return (
    named &&
    [...known].every((key) => {
      const values = {
        good: valueAt(manifests.good, keys.good, key),
        bad: valueAt(manifests.bad, keys.bad, key),
        now: valueAt(manifests.now, keys.now, key),
      };
      const first = manifests.now.components[0];
      const value = values.now ?? values.bad ?? values.good ?? null;
      const context = first?.kind === "file" ? { file: first.fileKind } : contextOf(value);
      return value === null || isSoundValue(values, valueAt(merged, own, key), { names: [], context });
    })
  );
}

function isSoundValue(values: Sides<Value>, merged: Value, spot: Spot): boolean {
  const { good, bad, now } = values;
  if (same(good, bad)) return bad === undefined || same(now, merged);
  // What comes back may have taken over what later work did to what the change had made of it.
  if (same(now, bad)) return bad === undefined ? merged !== undefined : same(merged, good);
  if (same(now, good)) return same(merged, now);
  if (now === undefined || good === undefined) return merged === undefined;
  if (isObject(good) && isObject(bad) && isObject(now)) {
    return isObject(merged) && areSoundKeys({ good, bad, now }, merged, spot);
  }
  if (isList(good) && isList(bad) && isList(now)) {
    return isList(merged) && areSoundItems({ good, bad, now }, merged, spot);
  }
  return [good, bad, now, merged].every((text) => typeof text === "string" && text.includes("\n"));
}

function areSoundKeys(values: Sides<JsonObject>, merged: JsonObject, spot: Spot): boolean {
  const keys = new Set([values.good, values.bad, values.now, merged].flatMap((object) => Object.keys(object)));
  const own = (object: JsonObject, key: string): Value => (Object.hasOwn(object, key) ? object[key] : undefined);
  return [...keys].every((key) => {
    const child = { good: own(values.good, key), bad: own(values.bad, key), now: own(values.now, key) };
    return isSoundValue(child, own(merged, key), { ...spot, names: [...spot.names, key] });
  });
}

function areSoundItems(values: Sides<readonly JsonValue[]>, merged: readonly JsonValue[], spot: Spot): boolean {
  const aligned = alignThree(values, spot);
  if (aligned === undefined) return true;
  const { ids } = aligned;
  const result = alignLists(values.now, merged, spot);
  if (result.kind !== "keyed") return false;
  const own = result.after;
  const all = new Set([...ids.good.keys(), ...ids.bad.keys(), ...ids.now.keys(), ...own.keys()]);
  const item = (list: readonly JsonValue[], at: number | undefined): Value => (at === undefined ? undefined : list[at]);
  return [...all].every((id) => {
    const child = {
      good: item(values.good, ids.good.get(id)),
      bad: item(values.bad, ids.bad.get(id)),
      now: item(values.now, ids.now.get(id)),
    };
    return isSoundValue(child, item(merged, own.get(id)), spot);
  });
}
