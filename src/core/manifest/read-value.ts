import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from "yaml";

import type { Place } from "../../errors.ts";
import { jsonEqual, type JsonObject, type JsonValue } from "../model/json.ts";
import { type AliasTargets, findAliasTargets } from "./aliases.ts";
import { fault, quote } from "./fault.ts";
import { isStableKey, UNSAFE_KEYS } from "./keys.ts";
import { readPlain } from "./read-plain.ts";

const TAG = "tag:yaml.org,2002:";
const NO_ALIASES: AliasTargets = new Map();

/** How a file is to be read. */
export interface Reading {
  readonly placeAt: (offset: number) => Place;
  /** Plain scalars are JSON literals: a number that does not fit is no string. */
  readonly json: boolean;
  /** The text has `*` somewhere, so aliases are possible. */
  readonly aliases: boolean;
}

/**
 * The value of one composed document, as Kubernetes reads it: plain fresh objects, aliases as copies, merge keys merged.
 * Throws ManifestDuplicateKey, ManifestKey, ManifestUnsafeKey, ManifestTag, ManifestNumber, ManifestYaml, LimitAlias.
 */
export function readValue(document: Document.Parsed, reading: Reading): JsonValue {
  const targets = reading.aliases ? findAliasTargets(document, reading.placeAt) : NO_ALIASES;

  function placeOf(node: Node): Place {
    return reading.placeAt(node.range?.[0] ?? 0);
  }

  function follow(node: Node | null): Node | null {
    return isAlias(node) ? (targets.get(node) ?? null) : node;
  }

  function readNode(written: Node | null): JsonValue {
    const node = follow(written);
    if (node === null) return null;
    if (isScalar(node)) return readScalar(node);
    if (isMap(node)) return readMap(node);
    if (!isSeq(node)) throw fault("ManifestYaml", "a value of an unknown form", placeOf(node));
    requireTag(node, `${TAG}seq`);
    return node.items.map((item) => readNode(item as Node | null));
  }

  function requireTag(node: Node & { tag?: string }, expected: string): void {
    if (node.tag === undefined || node.tag === "!" || node.tag === expected) return;
    throw fault("ManifestTag", `the tag ${quote(shortTag(node.tag))} is not read`, placeOf(node));
  }

  function readScalar(node: Scalar): JsonValue {
    const source = node.source ?? "";
    const value = node.tag === undefined ? readUntagged(node, source) : readTagged(node, source);
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw fault("ManifestNumber", `${quote(source)} is no number in JSON`, placeOf(node));
    }
    return value;
  }

  function readUntagged(node: Scalar, source: string): JsonValue {
    if (node.type !== "PLAIN") return source;
    const value = readPlain(source);
    // JSON has no plain strings: this is a number beyond what Kubernetes can hold.
    if (reading.json && typeof value === "string") return Number.POSITIVE_INFINITY;
    return value;
  }

  function readTagged(node: Scalar, source: string): JsonValue {
    const value = readPlain(source);
    switch (node.tag) {
      case "!":
      case `${TAG}str`:
        return source;
      case `${TAG}null`:
        if (value === null) return value;
        break;
      case `${TAG}bool`:
        if (typeof value === "boolean") return value;
        break;
      case `${TAG}int`:
        if (typeof value === "bigint" || (Number.isInteger(value) && !source.includes("."))) return value;
        break;
      case `${TAG}float`:
        if (typeof value === "bigint") return Number(value);
        if (typeof value === "number") return value;
        break;
      case undefined:
      default:
        break;
    }
    throw fault("ManifestTag", `the tag ${quote(shortTag(node.tag ?? ""))} is not read here`, placeOf(node));
  }

  function readMap(node: YAMLMap): JsonObject {
    requireTag(node, `${TAG}map`);
    const object: Record<string, JsonValue> = {};
    const seen = new Map<string, Node>();
    for (const pair of node.items as readonly Pair<Node, Node | null>[]) {
      const key = readKey(pair.key);
      if (isMergeKey(pair.key)) {
        merge(object, pair, seen);
        continue;
      }
      const first = seen.get(key);
      if (first !== undefined) throw duplicate(key, pair.key, first);
      seen.set(key, pair.key);
      object[key] = readNode(pair.value);
    }
    return object;
  }

  function duplicate(key: string, again: Node, first: Node): Error {
    const line = placeOf(first).line;
    return fault("ManifestDuplicateKey", `the key ${quote(key)} stands twice, first on line ${line}`, placeOf(again));
  }

  /**
   * A later merge wins over an earlier key for Kubernetes, not for kustomize: only where they agree is it read.
   * `<<` may stand again, and of two merges the later wins: so reads go.yaml.in/yaml/v2 (`decode.go`, `mappingSlice` and
   * `merge`: every `<<` is merged where it stands) and with it sigs.k8s.io/yaml for kubectl, Helm and Argo CD. The others refuse
   * the text, so nobody reads another value: kustomize says "duplicate merge key" (kyaml `getMergeTagValue`), YAMLToJSONStrict
   * refuses any key that two places set, an override of one merge too.
   */
  function merge(
    object: Record<string, JsonValue>,
    pair: Pair<Node, Node | null>,
    seen: ReadonlyMap<string, Node>,
  ): void {
    for (const source of mergeSources(pair)) {
      for (const [key, value] of Object.entries(readMap(source))) {
        if (seen.has(key) && !jsonEqual(object[key] ?? null, value)) {
          const message = `the key ${quote(key)} is set before the merge that sets it too: readers disagree`;
          throw fault("ManifestDuplicateKey", message, placeOf(pair.key));
        }
        object[key] = value;
      }
    }
  }

  /** The maps to merge, last first: of several, the first wins. */
  function mergeSources({ key, value }: Pair<Node, Node | null>): readonly YAMLMap[] {
    const source = follow(value);
    const sources = isSeq(value) ? value.items.map((item) => follow(item as Node | null)).toReversed() : [source];
    return sources.map((map) => {
      if (isMap(map)) return map;
      throw fault("ManifestYaml", "`<<` needs a map or a list of maps", placeOf(key));
    });
  }

  /** Keys must be strings, or numbers that Kubernetes turns into exactly what is written. */
  function readKey(node: Node | null): string {
    if (!isScalar(node) || (node.tag !== undefined && node.tag !== `${TAG}str`)) throw badKey(node);
    // Kubernetes splits a stream before it reads it: every document may begin with a byte order mark.
    const key = (node.source ?? "").replace(/^\ufeff/, "");
    if (UNSAFE_KEYS.has(key)) throw fault("ManifestUnsafeKey", `the key ${quote(key)} is not allowed`, placeOf(node));
    if (node.type !== "PLAIN") return key;
    if (node.tag === undefined && !isStableKey(key)) throw badKey(node);
    // A no-break space looks like indentation and is part of the key.
    if (key.trim() !== key) throw fault("ManifestShape", `the key ${quote(key)} has an invisible edge`, placeOf(node));
    return key;
  }

  function badKey(node: Node | null): Error {
    const written = isScalar(node) && node.source !== undefined && node.source !== "" ? ` ${quote(node.source)}` : "";
    return fault("ManifestKey", `the key${written} is no string`, reading.placeAt(node?.range?.[0] ?? 0));
  }

  return readNode(document.contents);
}

function shortTag(tag: string): string {
  return tag.startsWith(TAG) ? `!!${tag.slice(TAG.length)}` : tag;
}

function isMergeKey(key: Node): boolean {
  return isScalar(key) && key.type === "PLAIN" && key.source === "<<" && key.tag === undefined;
}
