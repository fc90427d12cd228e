import { describe, expect, it } from "vitest";
import type { Policy } from "../../src/config/config.ts";
import { parseConfig } from "../../src/config/load.ts";
import { restrictPolicy } from "../../src/config/restrict-policy.ts";
import { NO_RESTRICTIONS, type Restrictions } from "../../src/core/model/restriction.ts";

const { policies } = parseConfig(
  "lastgood.yaml",
  `apiVersion: lastgood.dev/v1alpha1
kind: Config
targets: [{ name: api, paths: [apps/api] }]
policies:
  default: { mode: merge, good: { bakeTime: 10m }, bad: { for: 2m, samples: 3, on: [Failed] } }
  careful: { mode: propose, good: { bakeTime: 1h }, bad: { for: 5m, samples: 2 }, requireReason: true }
  bold: { mode: push, good: { bakeTime: 1m }, bad: { for: 1m, samples: 1, on: [Failed, InProgress] } }
`,
  {},
);

function restricted(restrictions: Partial<Restrictions>): Policy {
  const policy = policies.get("default");
  if (policy === undefined) throw new Error("there is a default policy");
  return restrictPolicy(policy, { ...NO_RESTRICTIONS, ...restrictions }, policies);
}

describe("a policy under restrictions", () => {
  it("stays what it is without any", () => {
    expect(restricted({})).toEqual(policies.get("default"));
  });

  it("takes the stricter of each two values from a policy that is named, and never a bolder one", () => {
    expect(restricted({ policy: "careful" })).toMatchObject({
      mode: "propose",
      requireReason: true,
      good: { bakeTimeMs: 3_600_000 },
      bad: { forMs: 300_000, samples: 3, on: ["Failed"] },
    });
    expect(restricted({ policy: "bold" })).toEqual(policies.get("default"));
  });

  it("only observes under a policy that is not there", () => {
    expect(restricted({ policy: "gone" }).mode).toBe("observe");
  });

  it("lowers a mode and lengthens a bake time, and never the other way round", () => {
    expect(restricted({ mode: "observe", bakeTimeMs: 1_200_000 })).toMatchObject({
      mode: "observe",
      good: { bakeTimeMs: 1_200_000 },
    });
    expect(restricted({ mode: "push", bakeTimeMs: 1000 })).toEqual(policies.get("default"));
  });
});
