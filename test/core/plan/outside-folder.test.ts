import { describe, expect, it } from "vitest";
import type { Target, TargetOrigin } from "../../../src/core/model/target.ts";
import { outsideFolderRisk, othersThan, outsidePaths, withoutTwins } from "../../../src/core/plan/outside-folder.ts";

function target(name: string, kind: TargetOrigin["kind"], ...paths: readonly string[]): Target {
  return { name, origin: { kind }, sources: paths.map((path) => ({ path, tool: "detect" as const })), notes: [] };
}

const names = (targets: readonly Target[]): readonly string[] => targets.map(({ name }) => name);

describe("what a revert changes outside of its target's folder", () => {
  it("is every file that lies in none of its folders", () => {
    const api = target("api", "application", "apps/api", "charts/web");
    const paths = ["apps/api/a.yaml", "apps/api-2/a.yaml", "charts/web", "base/b.yaml"];
    const files = paths.map((path) => ({ path }));
    expect(outsidePaths({ target: api, files })).toEqual(["apps/api-2/a.yaml", "base/b.yaml"]);
    expect(outsidePaths({ target: target("all", "path", ""), files })).toEqual([]);
    expect(outsidePaths({ target: { ...api, workload: { kind: "Deployment", name: "api" } }, files })).toEqual([]);
  });

  it("is told with the first few of those who use it", () => {
    expect(outsideFolderRisk(["base/b.yaml"], ["web"]).message).toBe(
      "base/b.yaml is outside of the target's folder, and used by web as well",
    );
    const many = Array.from({ length: 16 }, (_, at) => `t${at}`);
    expect(outsideFolderRisk(["a", "b"], many).message).toBe(
      "a, b are outside of the target's folder, and used by t0, t1, t2, t3 and 12 more as well",
    );
    expect(outsideFolderRisk(["a", "b"]).message).toBe(
      "a, b are outside of the target's folder: other targets may use them",
    );
  });

  it("is told in one harmless line, whatever names say", () => {
    const { message } = outsideFolderRisk(["base/\u202eb\n.yaml"], ["we\u001b[31mb", "x".repeat(500)]);
    expect(message).toContain(String.raw`base/\u202eb\n.yaml is outside`);
    expect(message).toContain(String.raw`we\x1b[31mb, xxx`);
    expect(message.length).toBeLessThan(300);
  });
});

describe("the other targets of a repository", () => {
  it("are not the same under another name, nor a part of it", () => {
    const all = [
      target("payments", "config", "apps/api"),
      target("flux-system/api", "kustomization", "apps/api"),
      target("part", "kustomization", "apps/api/part"),
      target("web", "kustomization", "apps/web"),
    ];
    expect(names(othersThan(target("payments", "config", "apps/api"), all))).toEqual(["web"]);
    expect(names(othersThan(target("flux-system/api", "kustomization", "apps/api"), all))).toEqual(["part", "web"]);
  });

  it("may be made of the same chart, with other values", () => {
    const all = [target("prod", "application", "charts/app"), target("qa", "application", "charts/app")];
    expect(names(othersThan(target("prod", "application", "charts/app"), all))).toEqual(["qa"]);
  });

  it("are named once, as the configuration calls them", () => {
    const all = [
      target("web", "config", "apps/web"),
      target("flux-system/web", "kustomization", "apps/web"),
      target("flux-system/shop", "kustomization", "apps/shop"),
    ];
    expect(names(withoutTwins(all))).toEqual(["web", "flux-system/shop"]);
  });
});
