import { describe, expect, it } from "vitest";
import { findTargets } from "../../src/app/find-targets.ts";
import { nameSharers, type NameSharers } from "../../src/app/name-sharers.ts";
import { planGoal } from "../../src/app/plan-goal.ts";
import { NO_PATTERNS } from "../../src/core/model/evidence.ts";
import { commitId } from "../../src/core/model/git.ts";
import type { Target } from "../../src/core/model/target.ts";
import type { Plan } from "../../src/core/plan/types.ts";
import { EVERYTHING } from "../../src/core/selection.ts";
import { LastgoodError } from "../../src/errors.ts";
import { deployment } from "../support/manifests.ts";
import { type RevertWorld, serveOne } from "../support/revert-world.ts";

const BASE = "base/deployment.yaml";
const overlay = (resource: string): string => `resources: [${resource}]\n`;

function kustomization(name: string): string {
  return `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: ${name}, namespace: flux-system }
spec: { path: ./apps/${name}, sourceRef: { kind: GitRepository, name: flux-system } }
`;
}

/** `api`, `shop` and `web` are made of one base, `lone` of its own files; then `changed` changed. */
async function planned(changed: string): Promise<{ readonly plan: Plan; readonly world: RevertWorld }> {
  const files = {
    [BASE]: deployment("api:1.7"),
    "base/kustomization.yaml": overlay("deployment.yaml"),
    "apps/lone/own.yaml": deployment("lone:1"),
    "apps/lone/kustomization.yaml": overlay("own.yaml"),
    "apps/api/own.yaml": deployment("other:1.7").replace("name: api", "name: other"),
    ...Object.fromEntries(
      ["api", "shop", "web"].map((name) => [
        `apps/${name}/kustomization.yaml`,
        overlay(name === "api" ? "../../base, own.yaml" : "../../base"),
      ]),
    ),
    ...Object.fromEntries(["api", "shop", "web", "lone"].map((name) => [`clusters/${name}.yaml`, kustomization(name)])),
  };
  const { origin, world } = await serveOne([
    { files },
    { files: { [changed]: (changed === BASE ? files[BASE] : files["apps/api/own.yaml"]).replace(":1.7", ":1.8") } },
  ]);
  const base = commitId(origin.id("main"));
  const targets = await targetsAt(world)(base);
  const target = targets.find(({ name }) => name === "flux-system/api");
  if (target === undefined) throw new Error("no target");
  const goal = { kind: "revision", text: `${base}~1` } as const;
  const query = { target, branch: "main", base, goal, selection: EVERYTHING, patterns: NO_PATTERNS };
  const { plan } = await planGoal(query, world);
  if (plan.kind !== "plan") throw new Error("nothing is planned");
  return { plan, world };
}

function targetsAt({ repository }: RevertWorld): NameSharers["targetsAt"] {
  return async (commit) => findTargets({ repository, commit, repositoryUrls: [] });
}

const outside = ({ risks }: Plan): readonly string[] =>
  risks.flatMap(({ code, message }) => (code === "OutsideFolder" ? [message] : []));

describe("nameSharers", () => {
  it("names who else is made of a shared base", async () => {
    const { plan, world } = await planned(BASE);
    const named = await nameSharers(plan, { ...world, targetsAt: targetsAt(world) });
    expect(outside(named)).toEqual([
      `${BASE} is outside of the target's folder, and used by flux-system/shop, flux-system/web as well`,
    ]);
  });

  it("asks nobody, and reads nothing, for a plan that stays in its folder", async () => {
    const { plan } = await planned("apps/api/own.yaml");
    const never = (): never => {
      throw new Error("it is asked");
    };
    const asked = { repository: { files: never, blobs: never }, targetsAt: never };
    expect(await nameSharers(plan, asked)).toBe(plan);
  });

  it("leaves the risk as it is where nobody else is known, or nobody can tell", async () => {
    const { plan, world } = await planned(BASE);
    const [message] = outside(plan);
    expect(message).toBe(`${BASE} is outside of the target's folder: other targets may use it`);
    const alone = async (): Promise<readonly Target[]> => [plan.target];
    const failing = async (): Promise<never> => {
      throw new LastgoodError("RepositoryTransport", "the server is away");
    };
    for (const tells of [alone, failing]) {
      expect(outside(await nameSharers(plan, { ...world, targetsAt: tells }))).toEqual([message]);
    }
  });
});
