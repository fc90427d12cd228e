import type { Target } from "../model/target.ts";

/** A target's name is its key in the ledger: two of one name get the kind in front, and if that does not tell them apart, their file behind. */
export function withUniqueNames(targets: readonly Target[]): readonly Target[] {
  const byKind = renameTwins(targets, (target) => `${target.origin.kind}/${target.name}`);
  return renameTwins(byKind, (target) => `${target.name}@${target.origin.place?.file ?? ""}`);
}

function renameTwins(targets: readonly Target[], rename: (target: Target) => string): readonly Target[] {
  const counts = new Map<string, number>();
  for (const { name } of targets) counts.set(name, (counts.get(name) ?? 0) + 1);
  return targets.map((target) => ((counts.get(target.name) ?? 0) > 1 ? { ...target, name: rename(target) } : target));
}

/** Everything by which a person may call a target found in the repository: `shop/api`, `api`, `helmrelease/shop/api`, `helmrelease/api`, each also with `@file`. */
export function addressesOf(target: Target): readonly string[] {
  const kinds = target.origin.kind === "applicationset" ? ["application", "applicationset"] : [target.origin.kind];
  const suffix = `@${target.origin.place?.file ?? ""}`;
  const unsuffixed = target.name.endsWith(suffix) ? target.name.slice(0, -suffix.length) : target.name;
  const prefix = `${target.origin.kind}/`;
  const full = unsuffixed.startsWith(prefix) ? unsuffixed.slice(prefix.length) : unsuffixed;
  const names = [full, full.slice(full.lastIndexOf("/") + 1)];
  const addresses = [...names, ...kinds.flatMap((kind) => names.map((name) => `${kind}/${name}`))];
  return [...new Set([target.name, ...addresses, ...addresses.map((address) => address + suffix)])];
}

/** The shortest unambiguous words for it. */
export function commandWords(target: Target, among: readonly Target[]): string {
  const kind = target.origin.kind === "applicationset" ? "application" : target.origin.kind;
  const candidates = addressesOf(target).filter((address) => address.startsWith(`${kind}/`));
  const isUnique = (address: string): boolean =>
    among.filter((other) => addressesOf(other).includes(address)).length === 1;
  return candidates.toSorted((a, b) => a.length - b.length).find(isUnique) ?? target.name;
}
