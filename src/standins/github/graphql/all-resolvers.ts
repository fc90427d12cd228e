import { COMMIT_FIELDS } from "./commit-fields.ts";
import { CREATE_COMMIT_FIELDS } from "./create-commit.ts";
import { EDIT_FIELDS } from "./edit-fields.ts";
import { MERGE_FIELDS } from "./merge-fields.ts";
import { MERGE_MUTATIONS } from "./merge-mutations.ts";
import { PULL_REQUEST_FIELDS } from "./pull-request-fields.ts";
import { REF_FIELDS } from "./ref-fields.ts";
import { REPOSITORY_FIELDS } from "./repository-fields.ts";
import type { Resolver, Resolvers } from "./resolvers.ts";

/** A new family of fields is a new file and a new line here. Several may add fields to one type, none may answer a field twice. */
const FAMILIES: readonly Resolvers[] = [
  REPOSITORY_FIELDS,
  COMMIT_FIELDS,
  PULL_REQUEST_FIELDS,
  CREATE_COMMIT_FIELDS,
  REF_FIELDS,
  EDIT_FIELDS,
  MERGE_FIELDS,
  MERGE_MUTATIONS,
];

/** Everything that GraphQL answers. */
export const ALL_RESOLVERS: Resolvers = joinFamilies(FAMILIES);

function joinFamilies(families: readonly Resolvers[]): Resolvers {
  const joined: Record<string, Record<string, Resolver>> = {};
  for (const family of families) {
    for (const [type, fields] of Object.entries(family)) {
      const known = (joined[type] ??= {});
      for (const [name, resolver] of Object.entries(fields)) {
        if (Object.hasOwn(known, name)) throw new Error(`${type}.${name} is answered twice`);
        known[name] = resolver;
      }
    }
  }
  return joined;
}
