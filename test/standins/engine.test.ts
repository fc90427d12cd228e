import { describe, expect, it } from "vitest";
import { createEngine, type Engine } from "../../src/standins/engine/create-engine.ts";
import { fixedClock, type FixedClock } from "../support/fixed-clock.ts";
import { gitdir, type GitDir } from "../support/gitdir.ts";

const MANIFEST = "apps/api/deployment.yaml";

function deployment(image: string): string {
  return `kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - image: ${image}\n        - image: proxy:2\n`;
}

function world(): { readonly repository: GitDir; readonly engine: Engine; readonly clock: FixedClock } {
  const repository = gitdir([
    { files: { [MANIFEST]: deployment("api:1"), "README.md": "one\n" } },
    { files: { "README.md": "two\n" } },
    { files: { [MANIFEST]: deployment("api:2") } },
  ]);
  const clock = fixedClock(1000);
  const engine = createEngine({
    repository: { dir: repository.gitDir, searchPath: process.env["PATH"] ?? "" },
    branch: "main",
    manifest: MANIFEST,
    failures: { "api:2": "0/1 pods ready" },
    clock: () => clock.nowMs(),
  });
  return { repository, engine, clock };
}

describe("the stand-in engine", () => {
  it("says how the image on the branch's tip fares", async () => {
    const { repository, engine } = world();
    const bad = repository.commits[2] ?? "";
    await expect(engine.sync()).resolves.toEqual({
      revision: bad,
      images: ["api:2", "proxy:2"],
      status: "Failed",
      message: "0/1 pods ready",
      sinceMs: 1000,
    });
  });

  it("keeps what was live, and takes unrelated commits for the same", async () => {
    const { repository, engine, clock } = world();
    const [first = "", unrelated = "", bad = ""] = repository.commits;
    for (const revision of [first, unrelated, bad, first]) {
      repository.git(["update-ref", "refs/heads/main", revision]);
      await engine.sync();
      clock.advance(60_000);
    }
    expect(engine.history().map(({ revision, status, sinceMs }) => [revision, status, sinceMs])).toEqual([
      [first, "Current", 1000],
      [bad, "Failed", 121_000],
      [first, "Current", 181_000],
    ]);
  });

  it("refuses a branch that does not exist", async () => {
    const { repository, clock } = world();
    const engine = createEngine({
      repository: { dir: repository.gitDir, searchPath: process.env["PATH"] ?? "" },
      branch: "production",
      manifest: MANIFEST,
      failures: {},
      clock: () => clock.nowMs(),
    });
    await expect(engine.sync()).rejects.toThrow("refs/heads/production");
  });
});
