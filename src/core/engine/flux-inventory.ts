/** Which objects are a Kustomization's or a HelmRelease's own: `status.inventory` (fluxcd/pkg, cli-utils `object.ObjMetadata`). */
import { conditionIs, objectsAt } from "../kstatus/fields.ts";
import { groupOf, type ObjectId } from "../model/component.ts";
import type { JsonObject } from "../model/json.ts";
import { stringAt, valueAt } from "../model/json.ts";
import { fluxName, KUSTOMIZATION, namespaceOf, type FluxName, type FluxObject, type FluxWorld } from "./flux-world.ts";

const APPLIER_GROUP = "kustomize.toolkit.fluxcd.io";
const LONGEST = 1000;

/** `namespace_name_group_kind`, where `__` in a name is `:`, and the version apart. Undefined for what names no object. */
export function parseInventoryEntry(id: string, version: string): ObjectId | undefined {
  const parts = id.length > LONGEST ? null : /^([^_]*)_(.+)_([^_]*)_([^_]+)$/.exec(id);
  if (parts === null || version === "") return undefined;
  const [, namespace = "", name = "", group = "", kind = ""] = parts;
  const apiVersion = group === "" ? version : `${group}/${version}`;
  return { apiVersion, kind, ...(namespace === "" ? {} : { namespace }), name: name.replaceAll("__", ":") };
}

/** What an inventory says, by `group/kind/namespace/name`. Kept per object: an inventory may have thousands of entries. */
const INVENTORIES = new WeakMap<JsonObject, ReadonlyMap<string, ObjectId>>();

function inventoryOf(object: JsonObject): ReadonlyMap<string, ObjectId> {
  const known = INVENTORIES.get(object);
  if (known !== undefined) return known;
  const ids = objectsAt(object, "status", "inventory", "entries").flatMap(
    (entry) => parseInventoryEntry(stringAt(entry, "id") ?? "", stringAt(entry, "v") ?? "") ?? [],
  );
  const inventory = new Map(ids.map((id) => [keyOf(id), id]));
  INVENTORIES.set(object, inventory);
  return inventory;
}

function keyOf({ apiVersion, kind, namespace, name }: ObjectId): string {
  return `${groupOf(apiVersion)}/${kind}/${namespace ?? ""}/${name}`;
}

/** The objects that are its own, in its order; undefined when it has no inventory. */
export function inventoryObjects(object: JsonObject): readonly ObjectId[] | undefined {
  return valueAt(object, "status", "inventory") === undefined ? undefined : [...inventoryOf(object).values()];
}

/**
 * The Kustomization that applies an object: named by the owner labels, and only if its own inventory says so too, for labels can be
 * written by anybody. Never the object itself (the one that Flux was set up with applies itself).
 */
export function applierOf(object: FluxObject, world: FluxWorld): FluxObject | undefined {
  const name = applierName(object);
  if (name === undefined) return undefined;
  if (object.id.kind === KUSTOMIZATION && fluxName(name) === fluxName({ ...object.id, namespace: namespaceOf(object) }))
    return undefined;
  const applier = world.find(name);
  return applier !== undefined && inventoryOf(applier.value).has(keyOf(object.id)) ? applier : undefined;
}

function applierName({ value }: FluxObject): FluxName | undefined {
  const [name, namespace] = ["name", "namespace"].map((key) =>
    stringAt(value, "metadata", "labels", `${APPLIER_GROUP}/${key}`),
  );
  return name === undefined || namespace === undefined ? undefined : { kind: KUSTOMIZATION, namespace, name };
}

/**
 * Why its Kustomization does not write an object anew, as `key: value`; undefined when it does (docs/spec/v1/kustomizations.md,
 * "Controlling the apply behavior of resources"). In a label or an annotation: the controller looks at both.
 */
export function leftAloneBy({ value }: FluxObject): string | undefined {
  const said = (key: string): readonly string[] =>
    ["annotations", "labels"].flatMap((where) => stringAt(value, "metadata", where, `${APPLIER_GROUP}/${key}`) ?? []);
  if (said("reconcile").includes("disabled")) return `${APPLIER_GROUP}/reconcile: disabled`;
  const ssa = said("ssa").find((word) => word === "Ignore" || word === "IfNotPresent");
  return ssa === undefined ? undefined : `${APPLIER_GROUP}/ssa: ${ssa}`;
}

/** Does it say of itself that it is ready, of its newest spec? What others that depend on it ask. */
export function isReady(object: JsonObject): boolean {
  return (
    conditionIs(object, "Ready", "True") !== undefined &&
    valueAt(object, "metadata", "generation") === valueAt(object, "status", "observedGeneration")
  );
}
