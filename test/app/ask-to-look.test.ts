import { describe, expect, it } from "vitest";
import { askToLook } from "../../src/app/ask-to-look.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { Engine } from "../../src/ports/engine.ts";
import { manualClock } from "../support/manual-clock.ts";
import { appState, memoryEngine } from "../support/memory-engine.ts";
import { silentLog } from "../support/silent-log.ts";

describe("askToLook", () => {
  it("asks the engine of each object, and goes on where it was given no right to", async () => {
    const engine = memoryEngine({ clock: manualClock() });
    const denied = {
      askToLook: async () => Promise.reject(new LastgoodError("EngineForbidden", "no right to patch applications")),
    };
    const engines = new Map<string, Pick<Engine, "askToLook">>([
      ["argo", engine],
      ["other", denied],
    ]);
    const states = [appState({ engine: "other" }), appState({ name: "web" })];
    const log = silentLog();
    await askToLook({ target: "api", states, engines, token: "job-1" }, log);
    expect(engine.looked).toEqual(["application/argocd/web job-1"]);
    expect(log.lines.join("\n")).toContain("api: the engine was not asked to look: no right to patch applications");
    await askToLook({ target: "api", states, engines, token: "job-1" });
    expect(engine.looked).toHaveLength(2);
  });

  it("hides no bug", async () => {
    const engines = new Map([["argo", { askToLook: async () => Promise.reject(new TypeError("a bug")) }]]);
    await expect(askToLook({ target: "api", states: [appState()], engines, token: "job-1" })).rejects.toThrow("a bug");
  });
});
