/** What lastgood's account may do in a cluster: as its manifests say, so that the tests hold what is shipped. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

function rulesOf(path: string): readonly Rule[] {
  const text = readFileSync(new URL(`../../../config/${path}`, import.meta.url), "utf8");
  return (parse(text) as { readonly rules: readonly Rule[] }).rules;
}

export const LASTGOOD_RULES = rulesOf("rbac/role.yaml");

/** The opt-in to ask engines to look. */
export const LOOK_RULES = rulesOf("look-now/role.yaml");

/** In its own namespace: the Lease of its replicas. */
export const LEASE_RULES = rulesOf("rbac/leader_election_role.yaml");
