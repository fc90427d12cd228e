import type { JsonValue } from "./json.ts";

/** One operation of an RFC 6902 patch. Pointers are RFC 6901. */
export type Operation =
  | { readonly op: "test" | "add" | "replace"; readonly path: string; readonly value: JsonValue }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move"; readonly from: string; readonly path: string };

export type Patch = readonly Operation[];

/**
 * A part of a workload that can be selected alone. `other` is everything without a name of its own.
 * The words are those of people at 3 a.m., not the field names.
 */
export const FACETS = [
  "image",
  "env",
  "resources",
  "replicas",
  "probes",
  "strategy",
  "command",
  "volumes",
  "ports",
  "scheduling",
  "security",
  "metadata",
  "chart",
  "config",
  "other",
] as const;

export type Facet = (typeof FACETS)[number];

/** One step into a value: a key, an index, or the item of a keyed list. */
export type Segment =
  | { readonly key: string }
  | { readonly index: number }
  /** `id`: what names the item, for people (`api`, `8080/TCP`). `match`: its merge keys, defaults filled in. */
  | { readonly id: string; readonly match: { readonly [key: string]: JsonValue } }
  /** The item of a list of unique scalars (`--verbose` in `args`): it is its own id. */
  | { readonly id: string; readonly item: JsonValue };

/**
 * One field that differs, at the depth at which people think of it: a scalar, a whole added or removed item, a whole unkeyed list.
 * A `move` says that the items of a list stand in another order; its path is the list, `from` and `to` are the ids of the items.
 */
export interface FieldChange {
  readonly op: "add" | "remove" | "replace" | "move";
  readonly path: readonly Segment[];
  /** `containers[api].image`: what people see. */
  readonly display: string;
  readonly facet: Facet;
  /** RFC 6901 pointer into the value before (for `add`: into the value after). */
  readonly pointer: string;
  /** Missing for `add`. */
  readonly from?: JsonValue;
  /** Missing for `remove`. */
  readonly to?: JsonValue;
}
