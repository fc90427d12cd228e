/** Which of an engine's objects is meant, and what of it comes from the repository at hand. */
import type { Target } from "../model/target.ts";
import { normalizePath } from "../target/path.ts";
import { addressesOf } from "../target/target-names.ts";
import { engineKey, type EngineSource, type EngineState } from "./engine-state.ts";

/** Does a source lie in the repository at hand? */
export type IsHere = (source: EngineSource) => boolean;

/** Is it called so? `payments-api`, `argocd/payments-api`, `application/payments-api`, `application/argocd/payments-api`. */
export function isCalled({ id }: Pick<EngineState, "id">, text: string): boolean {
  const kind = id.kind.toLowerCase();
  const slash = text.indexOf("/");
  const folded = slash === -1 ? text : `${text.slice(0, slash).toLowerCase()}${text.slice(slash)}`;
  return [id.name, `${id.namespace ?? ""}/${id.name}`, `${kind}/${id.name}`].includes(text) || isKey(folded);

  function isKey(word: string): boolean {
    return word === `${kind}/${id.name}` || word === engineKey(id);
  }
}

/** Does a manifest in git define it? By kind, namespace where the manifest says one, and name. */
export function isDefinedBy({ id }: Pick<EngineState, "id">, target: Target): "exactly" | "by name" | undefined {
  const kind = id.kind.toLowerCase();
  if (kind !== (target.origin.kind === "applicationset" ? "application" : target.origin.kind)) return undefined;
  const addresses = addressesOf(target);
  if (addresses.includes(`${kind}/${id.namespace ?? ""}/${id.name}`)) return "exactly";
  return addresses.includes(`${kind}/${id.name}`) ? "by name" : undefined;
}

/** The folders of this repository that it is made from, sorted, each once; paths that leave the repository are not among them. */
export function pathsHere({ sources }: Pick<EngineState, "sources">, isHere: IsHere): readonly string[] {
  const paths = sources.filter(isHere).flatMap(({ path }) => (path === undefined ? [] : (normalizePath(path) ?? [])));
  return [...new Set(paths)].sort();
}

/** Index of the source that a target is, among the sources of its object; undefined when none of them lies here. */
export function ownSource(
  { sources }: Pick<EngineState, "sources">,
  target: Target,
  isHere: IsHere,
): number | undefined {
  const paths = target.sources.map(({ path }) => path);
  const here = sources.flatMap((source, index) => (isHere(source) ? [{ source, index }] : []));
  const exact = here.find(
    ({ source }) => source.path !== undefined && paths.includes(normalizePath(source.path) ?? "\0"),
  );
  return (exact ?? here.find(({ source }) => source.path !== undefined) ?? here[0])?.index;
}

export interface Own {
  readonly target: Target;
  readonly isHere: IsHere;
}

/**
 * The revision of the target's own source that its status is about. An Application of several sources has one for each. That of a
 * HelmRelease is bound to the commit of the Kustomization that applies it, and missing where it has not taken that up.
 */
export function ownRevision(state: EngineState, { target, isHere }: Own): string | undefined {
  const { status } = state;
  if (status.revisions === undefined) return status.revision;
  const index = ownSource(state, target, isHere);
  return index === undefined ? undefined : status.revisions[index];
}
