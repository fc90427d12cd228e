import { describe, expect, it } from "vitest";
import { chooseStrategy, liveStatusesOf, readLiveStatuses } from "../../src/app/choose-strategy.ts";
import { type Status, statusOf } from "../../src/core/kstatus/status.ts";
import { parseSelectors } from "../../src/core/selection.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { Reason } from "../../src/ports/engine.ts";
import { appState } from "../support/memory-engine.ts";

const PLAN = {
  trafficFirst: { only: ["Service/api"], needs: ["Deployment/blue"], stay: ["Deployment/green"] },
  selection: { only: [], except: parseSelectors([":replicas"]) },
};

function reason(kind: string, name: string, status: Status, below: readonly Reason[] = []): Reason {
  return {
    id: { apiVersion: "apps/v1", kind, namespace: "payments", name },
    status: statusOf(status, status, ""),
    below,
  };
}

const POD = reason("Pod", "blue-1", "Current");

function live(status: Status): ReadonlyMap<string, Status> {
  return new Map([["Deployment/blue", status]]);
}

describe("chooseStrategy", () => {
  it("lets traffic go back alone while all that gets it is seen to run, and keeps what was left out", () => {
    expect(chooseStrategy(PLAN, live("Current"))).toEqual({
      kind: "traffic-first",
      message: "Service/api alone: Deployment/blue gets the traffic, and is Current",
      selection: { only: parseSelectors(["Service/api"]), except: PLAN.selection.except },
      needs: ["Deployment/blue"],
    });
  });

  it.each(["Failed", "InProgress", "NotFound", "Terminating"] as const)("takes all back when it is %s", (status) => {
    expect(chooseStrategy(PLAN, live(status))).toEqual({
      kind: "all",
      message: `traffic cannot go back alone: Deployment/blue, which would get it, is ${status}`,
    });
  });

  it("leaves it to a person where nobody has seen it run", () => {
    for (const seen of [undefined, new Map(), live("Unknown")]) {
      expect(chooseStrategy(PLAN, seen)).toMatchObject({ kind: "unproven", needs: ["Deployment/blue"] });
    }
    const unknown = { ...PLAN, trafficFirst: { ...PLAN.trafficFirst, needs: [] } };
    expect(chooseStrategy(unknown, live("Current"))).toMatchObject({ kind: "unproven", needs: [] });
  });

  it("takes all back where nothing in git moves traffic alone", () => {
    expect(chooseStrategy({ selection: PLAN.selection }, live("Current")).kind).toBe("all");
  });
});

describe("the live workloads", () => {
  it("are Current only with a pod that is", () => {
    const set = reason("ReplicaSet", "blue-7f", "Current", [POD]);
    const statuses = liveStatusesOf([
      reason("Application", "api", "Failed", [
        reason("Deployment", "blue", "Current", [set]),
        reason("Deployment", "scaled-to-zero", "Current"),
        reason("Deployment", "green", "Failed", [reason("Pod", "green-1", "Failed")]),
      ]),
    ]);
    expect(statuses.get("Deployment/blue")).toBe("Current");
    expect(statuses.get("Deployment/scaled-to-zero")).toBe("Unknown");
    expect(statuses.get("Deployment/green")).toBe("Failed");
  });

  it("of one name in two namespaces are well together or not at all", () => {
    const [well, ill] = [reason("Deployment", "blue", "Current", [POD]), reason("Deployment", "blue", "Failed")];
    expect(liveStatusesOf([well, ill]).get("Deployment/blue")).toBe("Failed");
    expect(liveStatusesOf([ill, well]).get("Deployment/blue")).toBe("Failed");
  });

  it("are not known where no engine can explain them", async () => {
    const explain = async (): Promise<Reason> => Promise.reject(new LastgoodError("EngineForbidden", "no"));
    expect(await readLiveStatuses([appState()], new Map([["argo", { explain }]]))).toBeUndefined();
    expect(await readLiveStatuses([], new Map())).toBeUndefined();
    const told = { explain: async () => reason("Deployment", "blue", "Current", [POD]) };
    expect((await readLiveStatuses([appState()], new Map([["argo", told]])))?.get("Deployment/blue")).toBe("Current");
  });
});
