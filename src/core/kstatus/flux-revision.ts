/** A revision as Flux writes it. */
export interface FluxRevision {
  /** Branch, tag or full ref, `HEAD`; the tag of an OCI artifact. Missing when only the hash is written. */
  readonly pointer?: string;
  /** Lower-case hex: the commit id, or the digest of an OCI artifact. */
  readonly hash: string;
}

const NEW_FORM = /^(?:(?<pointer>.*)@)?(?:sha1|sha256|sha384|sha512):(?<hash>[0-9a-f]{40,128})$/;
const OLD_FORM = /^(?:(?<pointer>.*)\/)?(?<hash>[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * `main@sha1:<hex>`, `sha1:<hex>`, and before source-controller 0.36 `main/<hex>` (fluxcd/pkg `git/utils.go`); the pointer may hold `/` and `@`.
 * Undefined for anything else, such as a chart version.
 */
export function parseFluxRevision(text: string): FluxRevision | undefined {
  if (text.length > 600) return undefined;
  const groups = (NEW_FORM.exec(text) ?? OLD_FORM.exec(text))?.groups;
  const hash = groups?.["hash"];
  if (hash === undefined) return undefined;
  const pointer = groups?.["pointer"];
  return pointer === undefined || pointer === "" ? { hash } : { pointer, hash };
}
