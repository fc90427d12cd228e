import { moveRef, reasonsAgainst } from "../branch-updates.ts";
import { findType } from "../git/objects.ts";
import { isAncestor } from "../git/history.ts";
import { NO_OBJECT, findRef, isValidRef, listRefs } from "../git/refs.ts";
import type { Ref } from "../git/refs.ts";
import { NO_CONTENT, created, notFound, ok, refusal } from "../reply.ts";
import type { RepositoryCall } from "../call.ts";
import { listed } from "../paging.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import { refShape } from "../shapes/commit-shape.ts";

function refuse(reasons: readonly string[]): void {
  if (reasons.length > 0) throw refusal(422, reasons.join(" "));
}

async function createRef(call: RepositoryCall) {
  const { repository, input, site } = call;
  const name = input.text("ref");
  const sha = input.text("sha");
  if (!/^refs\/[^/]+\/./.test(name) || !isValidRef(name)) throw refusal(422, `Reference name '${name}' is not valid.`);
  const type = await findType(repository, sha);
  if (type === undefined || (name.startsWith("refs/heads/") && type !== "commit"))
    throw refusal(422, "Object does not exist");
  if ((await findRef(call.repository, name)) !== undefined) throw refusal(422, "Reference already exists");
  refuse(await reasonsAgainst(call, { name, from: NO_OBJECT, to: sha }));
  await moveRef(call, { name, from: NO_OBJECT, to: sha });
  return created(refShape(site, repository, { name, sha, type }));
}

async function updateRef(call: RepositoryCall) {
  const { repository, input, site, params } = call;
  const name = `refs/${params["ref"] ?? ""}`;
  const to = input.text("sha");
  const from = (await findRef(repository, name))?.sha;
  if (from === undefined) throw refusal(422, "Reference does not exist");
  const type = await findType(repository, to);
  if (type === undefined) throw refusal(422, "Object does not exist");
  if (input.flag("force") !== true && !(await isAncestor(repository, from, to)))
    throw refusal(422, "Update is not a fast forward");
  refuse(await reasonsAgainst(call, { name, from, to }));
  await moveRef(call, { name, from, to });
  return ok(refShape(site, repository, { name, sha: to, type }));
}

async function deleteRef(call: RepositoryCall) {
  const name = `refs/${call.params["ref"] ?? ""}`;
  const from = (await findRef(call.repository, name))?.sha;
  if (from === undefined) throw refusal(422, "Reference does not exist");
  refuse(await reasonsAgainst(call, { name, from, to: NO_OBJECT }));
  await moveRef(call, { name, from, to: NO_OBJECT });
  return NO_CONTENT;
}

async function getRef(call: RepositoryCall) {
  const name = `refs/${call.params["ref"] ?? ""}`;
  const ref = await findRef(call.repository, name);
  if (ref === undefined) throw notFound();
  return ok(refShape(call.site, call.repository, ref));
}

async function listMatching(call: RepositoryCall, prefix: string) {
  const refs = await listRefs(call.repository, prefix);
  return listed(call, refs, (ref: Ref) => refShape(call.site, call.repository, ref));
}

export const REF_ROUTES: readonly Route[] = [
  inRepository("GET /git/ref/*ref", ["contents", "read"], getRef),
  inRepository("GET /git/refs", ["contents", "read"], (call) => listMatching(call, "refs/")),
  inRepository("GET /git/refs/*ref", ["contents", "read"], getRef),
  inRepository("GET /git/matching-refs/*prefix", ["contents", "read"], (call) =>
    listMatching(call, `refs/${call.params["prefix"] ?? ""}`),
  ),
  inRepository("POST /git/refs", ["contents", "write"], createRef),
  inRepository("PATCH /git/refs/*ref", ["contents", "write"], updateRef),
  inRepository("DELETE /git/refs/*ref", ["contents", "write"], deleteRef),
];
