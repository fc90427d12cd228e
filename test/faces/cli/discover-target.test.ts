import { describe, expect, it } from "vitest";
import type { Target } from "../../../src/core/model/target.ts";
import { discoverTarget } from "../../../src/faces/cli/discover-target.ts";
import { appState } from "../../support/memory-engine.ts";

const PLACE = { file: "argocd/api.yaml" };

function objectsOf(name: string, engines: readonly string[]): readonly string[] | undefined {
  const sources = [{ path: "apps/api", tool: "detect" as const }];
  const target: Target = { name, origin: { kind: "application", place: PLACE }, sources, notes: [] };
  const seen = engines.map((engine) => ({ name: engine, states: [appState({ name: "api" })] }));
  const found = discoverTarget({ target, declared: undefined, engines: seen, isHere: () => true, nowMs: 0 });
  return found?.objects.map(({ engine, key }) => `${engine} ${key ?? ""}`);
}

describe("discoverTarget", () => {
  it("takes of api@east what east makes of api, and nobody else", () => {
    expect(objectsOf("api@east", ["east", "west"])).toEqual(["east application/argocd/api"]);
    expect(objectsOf("api@west", ["east", "west"])).toEqual(["west application/argocd/api"]);
  });

  it("finds it also when the other engine is not heard of, but takes no other one for it", () => {
    expect(objectsOf("api@east", ["east"])).toEqual(["east application/argocd/api"]);
    expect(objectsOf("api", ["east"])).toEqual(["east application/argocd/api"]);
    expect(objectsOf("api@east", ["west", "east"])).toEqual(["east application/argocd/api"]);
  });
});
