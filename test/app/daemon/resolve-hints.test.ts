import { describe, expect, it } from "vitest";
import { type HintTarget, resolveHints } from "../../../src/app/daemon/resolve-hints.ts";
import type { ObservedTarget } from "../../../src/app/observe-targets.ts";
import type { Hint, TargetSelector } from "../../../src/core/hints/hint.ts";
import type { HealthConfig } from "../../../src/core/model/health-config.ts";
import { plainTarget } from "../../../src/core/target/plain-target.ts";
import { appState } from "../../support/memory-engine.ts";

const ALERTS = { kind: "alerts", matchLabels: { service: "api", env: "prod" } } as unknown as HealthConfig;

function target(name: string, environment: string, health: readonly HealthConfig[] = []): HintTarget {
  const watched = { target: plainTarget([`apps/${name}`], { name, environment }), objects: [] };
  const observed = { watched, states: [appState({ name })] } as unknown as ObservedTarget;
  return { observed, health, urls: ["https://github.com/acme/gitops.git"] };
}

const TARGETS = [target("api", "prod", [ALERTS]), target("web", "staging")];

function meant(about: TargetSelector): readonly string[] {
  const hint: Hint = { about, says: "unclear", key: "k", message: "m" };
  return resolveHints([hint], TARGETS);
}

describe("which targets a hint means", () => {
  it.each<[string, TargetSelector, readonly string[]]>([
    ["a target by its name", { kind: "target", name: "web" }, ["web"]],
    ["no other target", { kind: "target", name: "we" }, []],
    [
      "an object of an engine",
      { kind: "object", engine: "argocd", objectKind: "Application", name: "api", namespace: "argocd" },
      ["api"],
    ],
    [
      "an object without its namespace",
      { kind: "object", engine: "argocd", objectKind: "Application", name: "api" },
      ["api"],
    ],
    [
      "no object of another engine",
      { kind: "object", engine: "flux", objectKind: "Application", name: "api", namespace: "argocd" },
      [],
    ],
    [
      "labels that hold all that a target wants",
      { kind: "labels", labels: { service: "api", env: "prod", pod: "x" } },
      ["api"],
    ],
    ["no labels that lack one", { kind: "labels", labels: { service: "api" } }, []],
    [
      "a deployment to an environment",
      { kind: "deployment", repository: "acme/gitops", environment: "prod", task: "deploy" },
      ["api"],
    ],
    ["every target of a repository", { kind: "repository", repository: "Acme/GitOps" }, ["api", "web"]],
    ["no target of another repository", { kind: "repository", repository: "acme/gitops-old" }, []],
    ["no target of a repository that only ends alike", { kind: "repository", repository: "ops" }, []],
  ])("%s", (_, about, names) => {
    expect(meant(about)).toEqual(names);
  });

  it("names each target once, however many hints mean it", () => {
    const about: TargetSelector = { kind: "repository", repository: "acme/gitops" };
    const hint: Hint = { about, says: "bad", key: "k", message: "m" };
    expect(resolveHints([hint, { ...hint, key: "l" }], TARGETS)).toEqual(["api", "web"]);
  });
});
