import { describe, expect, it } from "vitest";

import { judgeRights, rightsToAsk, type RightsWanted } from "../../../src/core/doctor/rights.ts";
import { LASTGOOD_RULES, LOOK_RULES } from "../../support/kubernetes/lastgood-rules.ts";

const ALL: RightsWanted = { types: ["argocd", "flux", "workloads"], absent: new Set() };
const KUBECTL = ["kubectl", "--context", "prod"];

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

function judge(rules: readonly Rule[], wanted: RightsWanted = ALL) {
  const asked = rightsToAsk(wanted);
  const allowed = asked.map(({ right: { verb, group, resource, subresource } }) => {
    const name = subresource === undefined ? resource : `${resource}/${subresource}`;
    const has = (list: readonly string[], text: string): boolean => list.includes("*") || list.includes(text);
    return rules.some((rule) => has(rule.apiGroups, group) && has(rule.resources, name) && has(rule.verbs, verb));
  });
  return judgeRights(asked, allowed, KUBECTL);
}

describe("rights", () => {
  it("are all there with the role that lastgood is installed with, and none too many", () => {
    const extra = {
      apiGroups: ["argoproj.io"],
      resources: ["appprojects", "applicationsets"],
      verbs: ["list", "watch"],
    };
    const findings = judge([...LASTGOOD_RULES, ...LOOK_RULES, extra]);
    expect(findings.map(({ name, status }) => `${status} ${name}`)).toEqual(["ok Rights"]);
  });

  it("without the opt-in overlay only mean that engines are not asked to look", () => {
    const extra = {
      apiGroups: ["argoproj.io"],
      resources: ["appprojects", "applicationsets"],
      verbs: ["list", "watch"],
    };
    const findings = judge([...LASTGOOD_RULES, extra]);
    expect(findings.map(({ name, status }) => `${status} ${name}`)).toEqual(["ok Rights", "ok LookNow"]);
  });

  it("that are missing fail when the engine's own objects cannot be read", () => {
    const [finding] = judge([], { types: ["argocd"], namespace: "argocd", absent: new Set() });
    expect(finding).toMatchObject({
      status: "failed",
      name: "Rights",
      message: "lastgood's account may not list/watch applications.argoproj.io in argocd",
    });
    expect(finding?.remedy?.[1]).toContain("kubectl --context prod auth whoami");
  });

  it("to what controllers keep of the past are optional", () => {
    const rules = [...LASTGOOD_RULES, ...LOOK_RULES].filter(
      ({ resources }) => !resources.includes("controllerrevisions"),
    );
    const [finding] = judge(rules, { types: ["workloads"], absent: new Set() });
    expect(finding).toMatchObject({
      status: "warning",
      message: "lastgood's account may not list controllerrevisions.apps",
      meaning: expect.stringContaining("nor whether an image of the past can still be pulled") as string,
    });
  });

  it("that are too many are named: workloads, pods, secrets", () => {
    const findings = judge([{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]);
    const excess = findings.find(({ name }) => name === "RightsExcess");
    expect(excess).toMatchObject({ status: "warning" });
    expect(excess?.message).toContain("patch/delete deployments.apps, statefulsets.apps, daemonsets.apps");
    expect(excess?.message).toContain("create pods, pods/exec");
    expect(excess?.message).toContain("get/list secrets");
  });

  it("to kinds that the cluster does not have are not asked for", () => {
    const asked = rightsToAsk({ types: ["flux"], absent: new Set(["helm.toolkit.fluxcd.io/helmreleases"]) });
    expect(asked.some(({ right }) => right.resource === "helmreleases")).toBe(false);
    expect(asked.some(({ right }) => right.resource === "kustomizations")).toBe(true);
  });
});
