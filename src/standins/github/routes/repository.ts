import { readCommit } from "../git/history.ts";
import { findBranch, readBranches } from "../git/refs.ts";
import { notFound, ok } from "../reply.ts";
import type { RepositoryCall } from "../call.ts";
import { listed } from "../paging.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import { commitShape } from "../shapes/commit-shape.ts";
import { protectionSummary, protectionUrl } from "../shapes/protection-shape.ts";
import { apiOf, repositoryShape, webOf } from "../shapes/repository-shape.ts";
import type { Schemas } from "../shapes/user-shape.ts";
import { rulesetsOn } from "../rules/rule.ts";
import type { Repository } from "../state.ts";

async function branchShape(call: RepositoryCall, name: string): Promise<Schemas["branch-with-protection"]> {
  const { repository, site } = call;
  const sha = await findBranch(repository, name);
  if (sha === undefined) throw notFound("Branch not found");
  const rules = repository.rules.get(name);
  const api = `${apiOf(site, repository)}/branches/${encodeURIComponent(name)}`;
  return {
    name,
    commit: commitShape(call, await readCommit(repository, sha)),
    _links: { self: api, html: `${webOf(site, repository)}/tree/${name}` },
    protected: isProtected(repository, name),
    protection: protectionSummary(rules),
    protection_url: protectionUrl(call, name),
  };
}

/** By either kind of rules. */
function isProtected(repository: Repository, branch: string): boolean {
  return repository.rules.has(branch) || rulesetsOn(repository, branch).length > 0;
}

export const REPOSITORY_ROUTES: readonly Route[] = [
  inRepository("GET /", ["metadata", "read"], async (call) =>
    ok(repositoryShape(call.site, call.repository, call.token)),
  ),
  // Of all its settings the one that an App's administrator may want to switch on.
  inRepository("PATCH /", ["administration", "write"], async ({ site, repository, token, input }) => {
    repository.allowAutoMerge = input.flag("allow_auto_merge") ?? repository.allowAutoMerge;
    return ok(repositoryShape(site, repository, token));
  }),
  inRepository("GET /branches", ["contents", "read"], async (call) => {
    const wanted = call.url.searchParams.get("protected");
    const branches = [...(await readBranches(call.repository))].filter(
      ([name]) => wanted === null || String(isProtected(call.repository, name)) === wanted,
    );
    return listed(call, branches, ([name, sha]): Schemas["short-branch"] => ({
      name,
      commit: { sha, url: `${apiOf(call.site, call.repository)}/commits/${sha}` },
      protected: isProtected(call.repository, name),
      protection: protectionSummary(call.repository.rules.get(name)),
      protection_url: protectionUrl(call, name),
    }));
  }),
  inRepository("GET /branches/:branch", ["contents", "read"], async (call) =>
    ok(await branchShape(call, call.params["branch"] ?? "")),
  ),
];
