import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/gitdir.ts";
import { runCli } from "../support/run-cli.ts";
import { runGit } from "../support/run-git.ts";

const MANIFEST = "apps/payments/api/deployment.yaml";

describe("lastgood demo", () => {
  it("takes a bad deploy back through a pull request, and keeps what came later", { timeout: 60_000 }, async () => {
    const folder = join(temporaryFolder("demo"), "kept");
    const { exit, stdout, stderr } = await runCli(["demo", "--keep", folder], {
      env: { LANG: "C.UTF-8", LC_ALL: undefined },
    });

    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(stdout).not.toContain("\u001b");
    expect(stdout).toContain("✗ Failed");
    expect(stdout).toContain("CONFLICT (content): Merge conflict in apps/payments/api/deployment.yaml");
    expect(stdout).toContain("last known good (observed healthy for 45h)");
    expect(stdout).toContain("replicas 6 (owned by HPA/api)");
    expect(stdout).toContain("✔ opened #487");
    expect(stdout).toMatch(/✔ merged #487 as [0-9a-f]{7}\n/);
    expect(stdout).toMatch(/✔ Current {2}[0-9a-f]{7} {2}now {2}api:1\.7\.4 {2}all pods ready\n/);

    const bare = join(folder, "gitops.git");
    const git = async (...args: readonly string[]): Promise<string> => (await runGit(bare, ...args)).stdout;
    const [good = "", bad = ""] = (
      await git("log", "--format=%H", "--reverse", "--grep=(#470)", "--grep=(#482)", "main")
    ).split("\n");

    const now = await git("show", `main:${MANIFEST}`);
    const then = await git("show", `${good}:${MANIFEST}`);
    expect(now).toBe(then.replace("replicas: 4 #", "replicas: 6 #").replaceAll("memory: 256Mi", "memory: 512Mi"));
    expect(now).toContain("            # redis 6: move to cache-v2 only after its access list is open (INFRA-311)\n");
    expect(await git("diff", "--name-only", good, "main", "--", "apps/payments/api")).toBe(MANIFEST);
    expect(await git("log", "-1", "--format=%b", "main^2")).toContain(`Lastgood-Suspect: ${bad}\n`);

    expect(await git("log", "--format=%s", "refs/lastgood/ledger")).not.toBe("");
    expect(readdirSync(folder).sort()).toEqual(["gitops", "gitops.git", "pull-request.md"]);
    expect(readFileSync(join(folder, "pull-request.md"), "utf8")).toContain("### What changes: 2 files, +4 −5");

    const after = await runCli(["history", "payments-api", "--repo", bare, "--good", "-o", "name"]);
    expect(after.stdout.split("\n")).toContain(good);
  });

  it("leaves nothing behind when it is interrupted, and takes no folder that is in use", async () => {
    const parent = temporaryFolder("demo");
    const folder = join(parent, "kept");
    const stop = await runCli(["demo", "--keep", folder], { signal: AbortSignal.abort(new Error("SIGINT")) });
    expect(stop.exit).toBe(130);
    expect(existsSync(folder)).toBe(false);

    const { exit, stderr } = await runCli(["demo", "--keep", new URL(".", import.meta.url).pathname]);
    expect(exit).toBe(2);
    expect(stderr).toContain("is not empty");
  });
});
