import { describe, expect, it } from "vitest";

import { planWayBack, type WayBackRequest, type WaysBack } from "../../src/app/plan-way-back.ts";
import { commitId } from "../../src/core/model/git.ts";
import { plainTarget } from "../../src/core/target/plain-target.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { CommitSpec } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { serveOne } from "../support/revert-world.ts";

const API = "apps/api/deployment.yaml";
const WEB = "apps/web/deployment.yaml";
const HPA = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: api }
spec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: api }, maxReplicas: 9 }
`;

/** The ways back of these commits on `change`, where `apps/api` and `apps/web` are targets. */
async function waysBack(
  change: readonly CommitSpec[],
  { files = {}, ...more }: Partial<WayBackRequest> & Pick<CommitSpec, "files"> = {},
): Promise<WaysBack> {
  const { origin, world } = await serveOne([
    { files: { [API]: deployment("api:1.7"), [WEB]: deployment("web:1.0"), ...files } },
    ...change.map((commit, i) => ({ branch: "change", ...(i === 0 ? { from: "main" } : {}), ...commit })),
  ]);
  const request: WayBackRequest = {
    from: commitId(origin.id("main")),
    head: commitId(origin.id("change")),
    branch: "main",
    targetsAt: async () => [plainTarget(["apps/web"], { name: "web" }), plainTarget(["apps/api"], { name: "api" })],
    others: true,
    ...more,
  };
  return planWayBack(request, world.repository);
}

/** `api: edit apps/api/deployment.yaml; Pruned`, one line per target. */
function told({ ways }: WaysBack): readonly string[] {
  return ways.map(({ target, plan }) => {
    if (plan instanceof LastgoodError) return `${target.name}: ${plan.code}`;
    if (plan.kind === "nothing-to-do") return `${target.name}: nothing, ${plan.kept.length} kept`;
    const files = plan.files.map(({ path, action }) => `${action} ${path}`);
    return `${target.name}: ${files.join(", ")}; ${plan.risks.map(({ code }) => code).join(", ")}`;
  });
}

describe("planWayBack", () => {
  it("takes the change back as one, however many commits it is made of", async () => {
    const steps = Array.from({ length: 25 }, (_, i) => ({ files: { [API]: deployment(`api:1.8.${i}`) } }));
    const back = await waysBack([...steps, { files: { [WEB]: deployment("web:1.1") } }]);
    expect(told(back)).toEqual([`api: restore ${API}; `, `web: restore ${WEB}; `]);
  });

  it("touches no target that the change does not", async () => {
    expect(told(await waysBack([{ files: { [WEB]: deployment("web:1.1"), "README.md": "hi\n" } }]))).toEqual([
      `web: restore ${WEB}; `,
    ]);
    expect(await waysBack([{ files: { "README.md": "hi\n" } }])).toEqual({ ways: [], unplanned: 0 });
  });

  it("leaves out what somebody else owns, as a revert does", async () => {
    const files = { "apps/api/hpa.yaml": HPA, [API]: deployment("api:1.7", { replicas: 2 }) };
    const back = await waysBack([{ files: { [API]: deployment("api:1.7", { replicas: 5 }) } }], { files });
    expect(told(back)).toEqual(["api: nothing, 1 kept"]);
  });

  it("reads what the commits say of themselves, also those behind the merge that CI checks out", async () => {
    const said = {
      files: { [API]: deployment("api:1.8") },
      message: "Drop it\n\nLastgood-Irreversible: drops a column",
    };
    expect(told(await waysBack([said, { files: { [WEB]: deployment("web:1.1") } }]))).toEqual([
      `api: restore ${API}; Irreversible`,
      `web: restore ${WEB}; `,
    ]);
    const { origin, world } = await serveOne([
      { files: { [API]: deployment("api:1.7") } },
      { branch: "change", from: "main", ...said },
      { branch: "merge", from: "main", merge: ["change"], files: said.files },
    ]);
    const back = await planWayBack(
      {
        from: commitId(origin.id("main")),
        head: commitId(origin.id("merge")),
        branch: "main",
        targetsAt: async () => [plainTarget(["apps/api"], { name: "api" })],
        others: true,
      },
      world.repository,
    );
    expect(told(back)).toEqual([`api: restore ${API}; Irreversible`]);
  });

  it.each(["before", "after"])("plans for a target that is known %s the change only", async (side) => {
    const { origin, world } = await serveOne([
      { files: { [API]: deployment("api:1.7") } },
      { branch: "change", from: "main", files: { [API]: deployment("api:1.8") } },
    ]);
    const [from, head] = [commitId(origin.id("main")), commitId(origin.id("change"))];
    const known = side === "before" ? from : head;
    const targetsAt: WayBackRequest["targetsAt"] = async (commit) =>
      commit === known ? [plainTarget(["apps/api"], { name: "api" })] : [];
    const back = await planWayBack({ from, head, branch: "main", targetsAt, others: true }, world.repository);
    expect(told(back)).toEqual([`api: restore ${API}; `]);
  });

  it("says of a target that it cannot be planned, and plans the others", async () => {
    const list = Array.from({ length: 2001 }, (_, i) => `  - ../../base/f${i}.yaml\n`).join("");
    const files = { "apps/api/kustomization.yaml": `resources:\n${list}` };
    const back = await waysBack([{ files: { [API]: deployment("api:1.8"), [WEB]: deployment("web:1.1") } }], { files });
    expect(told(back)).toEqual(["api: LimitFiles", `web: restore ${WEB}; `, `apps/api: restore ${API}; `]);
  });

  it("looks only at what is asked for", async () => {
    const back = await waysBack([{ files: { [API]: deployment("api:1.8"), [WEB]: deployment("web:1.1") } }], {
      targetsAt: async () => [plainTarget(["apps/api"], { name: "api" })],
      others: false,
    });
    expect(told(back)).toEqual([`api: restore ${API}; `]);
  });

  it("plans for so many targets and no more, and counts the others", async () => {
    const names = Array.from({ length: 103 }, (_, i) => `api-${String(i).padStart(3, "0")}`);
    const back = await waysBack([{ files: { [API]: deployment("api:1.8") } }], {
      targetsAt: async () => names.map((name) => plainTarget(["apps/api"], { name })),
    });
    expect(back.ways.map(({ target }) => target.name)).toEqual(names.slice(0, 100));
    expect(back.unplanned).toBe(3);
  });
});
