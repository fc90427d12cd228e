/** The documents of a file without the change: which is which, what each becomes, and in which order they stand. */
import { chunksOf } from "../edit/documents.ts";
import type { Manifest } from "../manifest/read-manifest.ts";
import type { ParsedStream } from "../manifest/parse.ts";
import { groupOf } from "../model/component.ts";
import { isList, isObject, type JsonValue, stringAt, toJson } from "../model/json.ts";
import { contextOf, type DiffContext } from "../patch/diff-context.ts";
import { mergeOrder } from "../patch/order.ts";
import { bumpVersion } from "./chart-version.ts";
import { orderItems } from "./merge-order.ts";
import { mergeMember, same } from "./merge-values.ts";
import type { Sides } from "../model/sides.ts";
import type { AlreadyUndone, ChartVersion, FieldConflict, Resolution } from "./types.ts";

/** A manifest whose documents can be read. */
export type ReadableManifest = Manifest & { readonly text: string; readonly stream: ParsedStream };

/** One document of the result. */
export interface PlannedDocument {
  readonly key: string;
  readonly value: JsonValue;
  /** Which document it is in each of the three versions. */
  readonly at: Partial<Sides<number>>;
}

export interface PlannedDocuments {
  readonly documents: readonly PlannedDocument[];
  readonly conflicts: readonly FieldConflict[];
  readonly already: readonly AlreadyUndone[];
  /** A value stands there that none of the three versions has: a text without it is not the answer. */
  readonly invented: boolean;
}

export interface DocumentRules {
  readonly path: string;
  readonly resolve: (conflict: FieldConflict) => Resolution | undefined;
  readonly chartVersion: ChartVersion;
}

/** Plans the documents of a file that is readable at all three moments. */
export function mergeDocuments(manifests: Sides<ReadableManifest>, rules: DocumentRules): PlannedDocuments {
  const keys = keysOf(manifests);
  const conflicts: FieldConflict[] = [];
  const already: AlreadyUndone[] = [];
  const added = [...keys.now].flatMap(([key, at]) => (keys.bad.has(key) ? [] : [valueOf(manifests.now, at)]));
  let invented = false;
  const documents = documentOrder(keys, manifests).flatMap((key): readonly PlannedDocument[] => {
    const at = { ...placeOf("good", keys, key), ...placeOf("bad", keys, key), ...placeOf("now", keys, key) };
    const values = {
      good: at.good === undefined ? undefined : valueOf(manifests.good, at.good),
      bad: at.bad === undefined ? undefined : valueOf(manifests.bad, at.bad),
      now: at.now === undefined ? undefined : valueOf(manifests.now, at.now),
    };
    const chart = chartRule(values, manifests.now, rules.chartVersion);
    invented ||= chart !== undefined;
    const component = nameOf(values.now ?? values.bad ?? values.good ?? null, rules.path);
    const value = mergeMember(chart ?? values, added, {
      diff: contextAt(values.now ?? values.bad ?? values.good ?? null, manifests.now),
      settle: (found) => {
        const conflict = { path: rules.path, component, ...found };
        const decision = chart !== undefined && found.display === "version" ? "good" : rules.resolve(conflict);
        if (decision === undefined) conflicts.push(conflict);
        return decision;
      },
      already: (display) => already.push({ path: rules.path, component, display }),
    });
    return value === undefined ? [] : [{ key, value, at }];
  });
  return { documents, conflicts, already, invented };
}

/** Document key → index. */
export type Keys = ReadonlyMap<string, number>;

function placeOf(side: keyof Sides<unknown>, keys: Sides<Keys>, key: string): Partial<Sides<number>> {
  const at = keys[side].get(key);
  return at === undefined ? {} : { [side]: at };
}

function valueOf({ stream }: ReadableManifest, at: number): JsonValue {
  return stream.documents[at]?.value ?? null;
}

/** Documents that come back stand behind those that were added since at their place. Empty ones stay behind their predecessor. */
function documentOrder(keys: Sides<Keys>, manifests: Sides<ReadableManifest>): readonly string[] {
  const full = (side: keyof Sides<unknown>): Keys =>
    new Map([...keys[side]].filter(([, at]) => valueOf(manifests[side], at) !== null));
  const order = orderItems({ good: full("good"), bad: full("bad"), now: full("now") }) ?? full("now").keys();
  return mergeOrder(mergeOrder(order, keys.now.keys()), keys.good.keys());
}

function contextAt(value: JsonValue, { components }: Manifest): DiffContext {
  const [first] = components;
  return first?.kind === "file" ? { file: first.fileKind } : contextOf(value);
}

function nameOf(value: JsonValue, path: string): string {
  const [kind, name] = [stringAt(value, "kind"), stringAt(value, "metadata", "name")];
  return kind !== undefined && name !== undefined ? `${kind}/${name}` : `./${path}`;
}

/**
 * Names the documents: objects by identity, empty ones by their comments, others by their place among themselves. A document that
 * lost its name on one side, and is the only one of its kind there, was renamed if half of what it says is still the same; the only
 * one of a file, which may have grown since, if half of what the smaller says is.
 */
export function keysOf(manifests: Sides<ReadableManifest>): Sides<Keys> {
  const bad = keyDocuments(manifests.bad);
  return { bad, good: keysAgainst(manifests.good, manifests.bad), now: keysAgainst(manifests.now, manifests.bad) };
}

/** The keys of a version, with those of `base` for what was only renamed. */
export function keysAgainst(manifest: ReadableManifest, base: ReadableManifest): Keys {
  const [keys, others] = [keyDocuments(manifest), keyDocuments(base)];
  const strangers = onlyOfKind(
    [...keys].filter(([key]) => !others.has(key)),
    manifest,
  );
  const missing = onlyOfKind(
    [...others].filter(([key]) => !keys.has(key)),
    base,
  );
  const size = isOnly(manifest) && isOnly(base) ? Math.min : Math.max;
  const renamed = new Map<string, string>();
  for (const [kind, key] of strangers) {
    const old = missing.get(kind);
    if (key === undefined || old === undefined) continue;
    const values = [valueOf(manifest, keys.get(key) ?? -1), valueOf(base, others.get(old) ?? -1)] as const;
    if (isAlike(values, size)) renamed.set(key, old);
  }
  return new Map([...keys].map(([key, at]) => [renamed.get(key) ?? key, at]));
}

/** Is at least half of what they say the same, names and kinds left out? `size` of the two says half of which. */
function isAlike(values: readonly [JsonValue, JsonValue], size: typeof Math.max): boolean {
  const [one, other] = [contentOf(values[0]), contentOf(values[1])];
  const shared = [...one].filter((leaf) => other.has(leaf)).length;
  return shared * 2 >= size(one.size, other.size);
}

function isOnly({ stream }: ReadableManifest): boolean {
  return stream.documents.filter(({ value }) => value !== null).length === 1;
}

const NAMING: ReadonlySet<string> = new Set(["/apiVersion", "/kind", "/metadata/name", "/metadata/namespace"]);

function contentOf(value: JsonValue): ReadonlySet<string> {
  const leaves = new Set<string>();
  const collect = (part: JsonValue, path: string): void => {
    if (isList(part)) for (const item of part) collect(item, `${path}/-`);
    else if (isObject(part)) for (const [key, item] of Object.entries(part)) collect(item, `${path}/${key}`);
    else if (!NAMING.has(path)) leaves.add(`${path}\0${toJson(part)}`);
  };
  collect(value, "");
  return leaves;
}

/** Kind → the key of its document; undefined where there are several. */
function onlyOfKind(
  keys: readonly (readonly [string, number])[],
  manifest: ReadableManifest,
): ReadonlyMap<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  for (const [key, at] of keys) {
    const kind = kindAt(manifest, at);
    if (kind !== "") found.set(kind, found.has(kind) ? undefined : key);
  }
  return found;
}

function kindAt(manifest: ReadableManifest, at: number): string {
  const value = valueOf(manifest, at);
  return value === null ? "" : (stringAt(value, "kind") ?? "file");
}

function keyDocuments({ stream }: ReadableManifest): Keys {
  const chunks = chunksOf(stream);
  const keys = new Map<string, number>();
  for (const { index, value } of stream.documents) {
    const chunk = chunks?.[index];
    const key = keyOf(value, chunk === undefined ? "" : stream.text.slice(chunk.from, chunk.to));
    let [unique, again] = [key, 1];
    while (keys.has(unique)) unique = `${key}\0${(again += 1)}`;
    keys.set(unique, index);
  }
  return keys;
}

function keyOf(value: JsonValue, text: string): string {
  if (value === null) return `empty\0${text.replace(/^---[^\n]*\n/, "").trim()}`;
  const [kind, name] = [stringAt(value, "kind"), stringAt(value, "metadata", "name")];
  if (!isObject(value) || kind === undefined || name === undefined) return "file";
  const group = groupOf(stringAt(value, "apiVersion") ?? "");
  return `object\0${group}/${kind}/${stringAt(value, "metadata", "namespace") ?? ""}/${name}`;
}

/** A chart's version that may not go back, as if it had been before the change what it shall be after the undo. */
function chartRule(
  values: Sides<JsonValue | undefined>,
  { components }: Manifest,
  rule: ChartVersion,
): Sides<JsonValue | undefined> | undefined {
  const { good, bad, now } = values;
  const [first] = components;
  const isChart = first?.kind === "file" && first.fileKind === "chart";
  if (rule === "restore" || !isChart || !isObject(good) || !isObject(bad) || !isObject(now)) return undefined;
  const version = stringAt(now, "version");
  if (version === undefined || same(good["version"], bad["version"])) return undefined;
  if (rule === "keep") return { good: { ...good, version }, bad: { ...bad, version }, now };
  return { good: { ...good, version: bumpVersion(version) }, bad, now };
}
