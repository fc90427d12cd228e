import { legacyPermission, roleOf } from "../roles.ts";
import { notFound, ok } from "../reply.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import { userShape } from "../shapes/user-shape.ts";
import type { Schemas } from "../shapes/user-shape.ts";

export const COLLABORATOR_ROUTES: readonly Route[] = [
  inRepository("GET /collaborators/:login/permission", ["metadata", "read"], async (call) => {
    const login = call.params["login"] ?? "";
    const user = call.world.users.get(login.toLowerCase());
    if (user === undefined) throw notFound(`${login} is not a user`);
    const role = roleOf(call.world, call.repository, user);
    const permission = legacyPermission(role);
    const permissions = {
      pull: role !== "none",
      triage: !["none", "read"].includes(role),
      push: ["write", "maintain", "admin"].includes(role),
      maintain: ["maintain", "admin"].includes(role),
      admin: role === "admin",
    };
    const shape: Schemas["repository-collaborator-permission"] = {
      permission,
      role_name: role,
      user: { ...userShape(call.site, user), permissions, role_name: role },
    };
    return ok(shape);
  }),
];
