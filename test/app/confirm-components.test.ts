import { describe, expect, it } from "vitest";

import { type ConfirmedComponent, confirmComponents } from "../../src/app/confirm-components.ts";
import { planGoal } from "../../src/app/plan-goal.ts";
import { type Status, statusOf } from "../../src/core/kstatus/status.ts";
import { NO_PATTERNS } from "../../src/core/model/evidence.ts";
import { commitId } from "../../src/core/model/git.ts";
import { parseSelectors } from "../../src/core/selection.ts";
import { plainTarget } from "../../src/core/target/plain-target.ts";
import type { Reason } from "../../src/ports/engine.ts";
import type { CommitSpec } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { appState } from "../support/memory-engine.ts";
import { serveOne } from "../support/revert-world.ts";

const API = "apps/api/deployment.yaml";
const FLAGS = "apps/api/flags.yaml";
const JOB = "apps/api/job.yaml";
const flags = (value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: flags\ndata:\n  a: "${value}"\n`;
const job = "apiVersion: batch/v1\nkind: Job\nmetadata: { name: migrate }\nspec: {}\n";

function reason(kind: string, name: string, status: Status, below: readonly Reason[] = []): Reason {
  return { id: { apiVersion: "v1", kind, name }, status: statusOf(status, status, ""), below };
}

/** What is confirmed after `landed` of the revert of a change of image, configuration and Job. */
async function confirmed(
  landed: Pick<CommitSpec, "files" | "remove">,
  live: Reason,
): Promise<readonly ConfirmedComponent[]> {
  const { origin, world } = await serveOne([
    { files: { [API]: deployment("api:1.7", { replicas: 2 }), [FLAGS]: flags("old") } },
    { files: { [API]: deployment("api:1.8", { replicas: 3 }), [FLAGS]: flags("new"), [JOB]: job } },
    { branch: "landed", from: "main", ...landed },
  ]);
  const { plan } = await planGoal(
    {
      target: plainTarget(["apps/api"], { name: "api" }),
      branch: "main",
      base: commitId(origin.id("main")),
      goal: { kind: "revision", text: `${origin.id("main")}~1` },
      selection: { only: [], except: parseSelectors([":replicas"]) },
      patterns: NO_PATTERNS,
    },
    world,
  );
  if (plan.kind !== "plan") throw new Error("nothing is planned");
  const states = [appState({ name: "api" })];
  const engines = new Map(states.map(({ engine }) => [engine, { explain: async () => live }]));
  const commit = commitId(origin.id("landed"));
  return confirmComponents({ plan, commit, states }, { repository: world.repository, engines });
}

const GOOD = deployment("api:1.7", { replicas: 3 });

describe("confirmComponents", () => {
  it("says of each component that git holds what was planned, and how its object is", async () => {
    const live = reason("Application", "api", "Current", [reason("Deployment", "api", "Current")]);
    expect(await confirmed({ files: { [API]: GOOD, [FLAGS]: flags("old") }, remove: [JOB] }, live)).toEqual([
      { name: "Deployment/api", isPlanned: true, status: "Current" },
      { name: "ConfigMap/flags", isPlanned: true },
      { name: "Job/migrate", isPlanned: true },
    ]);
  });

  it("names what is otherwise, there or in the cluster", async () => {
    const deployments = [reason("Deployment", "api", "Current"), reason("Deployment", "api", "Failed")];
    const live = reason("Application", "api", "Failed", deployments);
    expect(await confirmed({ files: { [API]: `${GOOD}# mine\n`, [FLAGS]: flags("old") } }, live)).toEqual([
      { name: "Deployment/api", isPlanned: false, status: "Failed" },
      { name: "ConfigMap/flags", isPlanned: true },
      { name: "Job/migrate", isPlanned: false },
    ]);
  });
});
