import type { WrittenConfig, WrittenPolicy } from "./schema.ts";

type WrittenPolicies = NonNullable<WrittenConfig["policies"]>;

/** The policy each other one rests on at last; it is there even when the file does not name it. */
export const DEFAULT_POLICY = "default";

/** What fills the gaps of a policy. A forgotten `extends` still means the file's default: never less safe than that. */
export function parentOf(name: string, policies: WrittenPolicies): string | undefined {
  if (name === DEFAULT_POLICY) return undefined;
  return own(policies, name)?.extends ?? DEFAULT_POLICY;
}

/** The names from a policy to `default`; a circle ends where it closes, `circular` then. */
export function policyChain(
  name: string,
  policies: WrittenPolicies,
): { readonly names: readonly string[]; readonly circular: boolean } {
  const names: string[] = [];
  for (let at: string | undefined = name; at !== undefined; at = parentOf(at, policies)) {
    if (names.includes(at)) return { names, circular: true };
    names.push(at);
  }
  return { names, circular: false };
}

/** As written, with what it extends beneath: sets of keys are laid over each other, lists and values replace. */
export function resolvePolicy(name: string, policies: WrittenPolicies): WrittenPolicy {
  const chain = policyChain(name, policies).names.map((link) => own(policies, link) ?? {});
  return chain.reduceRight<WrittenPolicy>((beneath, above) => layOver(beneath, above), {});
}

/** `above` over `beneath`, key by key. */
export function layOver<T extends object>(beneath: T, above: T): T {
  const result = { ...beneath } as Record<string, unknown>;
  for (const [key, value] of Object.entries(above)) {
    const under = result[key];
    result[key] = isKeys(value) && isKeys(under) ? layOver(under, value) : value;
  }
  return result as T;
}

function own(policies: WrittenPolicies, name: string): WrittenPolicy | undefined {
  return Object.hasOwn(policies, name) ? policies[name] : undefined;
}

function isKeys(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
