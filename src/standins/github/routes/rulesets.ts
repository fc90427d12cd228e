import { NO_CONTENT, created, ok } from "../reply.ts";
import { listed } from "../paging.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import { rulesetsOn } from "../rules/rule.ts";
import { addRuleset, getRuleset, readRuleset, rulesetShape, ruleShape } from "../rules/rulesets.ts";
import { fullName } from "../state.ts";

export const RULESET_ROUTES: readonly Route[] = [
  // What holds for a branch, which need not exist. Classic protection is not among it (docs.github.com/rest/repos/rules).
  inRepository("GET /rules/branches/*branch", ["metadata", "read"], async (call) => {
    const { repository, params } = call;
    const found = rulesetsOn(repository, params["branch"] ?? "").flatMap(({ id, rules }) =>
      rules.map((rule) => ({
        ...ruleShape(rule),
        ruleset_source_type: "Repository",
        ruleset_source: fullName(repository),
        ruleset_id: id,
      })),
    );
    return listed(call, found, (each) => each);
  }),
  inRepository("GET /rulesets", ["metadata", "read"], async (call) =>
    listed(call, [...call.repository.rulesets.values()], (each) => rulesetShape(call.repository, each)),
  ),
  inRepository("POST /rulesets", ["administration", "write"], async (call) => {
    const id = addRuleset(call.world, call.repository, readRuleset(call.input));
    return created(rulesetShape(call.repository, getRuleset(call.repository, String(id))));
  }),
  inRepository("GET /rulesets/:id", ["metadata", "read"], async (call) =>
    ok(rulesetShape(call.repository, getRuleset(call.repository, call.params["id"] ?? ""))),
  ),
  inRepository("DELETE /rulesets/:id", ["administration", "write"], async (call) => {
    call.repository.rulesets.delete(getRuleset(call.repository, call.params["id"] ?? "").id);
    return NO_CONTENT;
  }),
];
