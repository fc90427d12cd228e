import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { deployment, DEPLOYMENT } from "../scenarios/hostile.ts";
import { buildProgram } from "../support/build-program.ts";
import { gitdir, gitTestEnv, temporaryFolder } from "../support/gitdir.ts";

let main: string;

beforeAll(() => {
  main = buildProgram();
});

describe("the program as V8 has kept it", () => {
  it("still loads packages when it needs them: git's transport, again and again", () => {
    const repo = gitdir([
      { files: { [DEPLOYMENT]: deployment("a:1") } },
      { files: { [DEPLOYMENT]: deployment("a:2") } },
    ]);
    const env = { ...gitTestEnv(), XDG_CACHE_HOME: temporaryFolder("cache") };
    const args = [main, "plan", dirname(DEPLOYMENT), "--to", "HEAD~1", "--repo", `file://${repo.path}`];
    for (const round of [1, 2, 3]) {
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: temporaryFolder(), env, encoding: "utf8" });
      expect({ round, status, stderr: status === 0 ? "" : stderr }).toEqual({ round, status: 0, stderr: "" });
    }
  });

  it("keeps the large parts, which name no package that is loaded later", () => {
    const files = readdirSync(dirname(main)).filter((name) => name.endsWith(".js"));
    const unkept = files.filter((name) => readFileSync(join(dirname(main), name), "utf8").includes("import("));
    const bytesOf = (names: readonly string[]) =>
      names.reduce((sum, name) => sum + statSync(join(dirname(main), name)).size, 0);
    expect(bytesOf(unkept) / bytesOf(files)).toBeLessThan(0.5);
    expect(unkept.filter((name) => name.startsWith("cli"))).toEqual([]);
  });
});
