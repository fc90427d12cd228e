import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { type GitDir, gitdir, temporaryFolder } from "../../support/gitdir.ts";
import { type CliRun, runCli } from "../../support/run-cli.ts";
import { runGit } from "../../support/run-git.ts";
import { sshAtHome, sshUrl } from "../../support/ssh-at-home.ts";
import { API, deployment, json } from "./world.ts";

const IMAGE = "ghcr.io/acme/api:1.8.0";

interface Place {
  readonly origin: GitDir;
  /** A repository beside it; the ledger lies there in one of the cases. */
  readonly audit: GitDir;
  /** `lastgood …` in a clone of origin, of one person or of another. */
  readonly run: (who: "mine" | "theirs", ...args: readonly string[]) => Promise<CliRun>;
  readonly git: (who: "mine" | "theirs", ...args: readonly string[]) => Promise<string>;
  /** What is told to be fetched, and branches as always. */
  readonly fetch: (who: "mine" | "theirs") => Promise<void>;
}

async function place(ledger: string): Promise<Place> {
  const origin = gitdir([
    { files: { [API]: deployment("1.7.4") }, message: "fix(api): bump image to 1.7.4 (#470)" },
    { files: { [API]: deployment("1.8.0") }, message: "feat(api): bump image to 1.8.0 (#482)" },
  ]);
  const audit = gitdir([{ files: { "README.md": "Audit\n" } }]);
  const folder = temporaryFolder("clones");
  const config = join(folder, "lastgood.yaml");
  writeFileSync(
    config,
    `apiVersion: lastgood.dev/v1alpha1
kind: Config
forge: { type: none }
repositories:
  - { name: gitops, url: "${sshUrl(origin.path)}", branch: main }
  - { name: audit, url: "${sshUrl(audit.path)}", branch: main }
targets:
  - { name: payments/api, repository: gitops, paths: [apps/payments/api] }
ledger: ${ledger}
`,
  );
  for (const who of ["mine", "theirs"]) {
    await runGit(folder, "clone", "-q", origin.path, join(folder, who));
    await runGit(join(folder, who), "remote", "set-url", "origin", sshUrl(origin.path));
  }
  const env = { GIT_SSH_COMMAND: sshAtHome() };
  const git = async (who: string, ...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runGit(join(folder, who), ...args);
    if (code !== 0) throw new Error(stderr);
    return stdout;
  };
  return {
    origin,
    audit,
    git,
    fetch: async (who) => {
      const specs = ["+refs/lastgood/*:refs/lastgood/*", "+refs/heads/*:refs/remotes/origin/*"];
      await git(who, "fetch", "-q", origin.path, ...specs);
    },
    run: async (who, ...args) => {
      const cwd = join(folder, who);
      return runCli([...args, "--config", config, "--repo", cwd], { cwd, env });
    },
  };
}

const PLACES = [
  ["a ref of its own", "{ ref: refs/lastgood/ledger }", "origin", "refs/lastgood/ledger"],
  ["a branch", "{ ref: refs/heads/lastgood-ledger }", "origin", "refs/heads/lastgood-ledger"],
  ["another repository", "{ repository: audit }", "audit", "refs/lastgood/ledger"],
  ["a branch of another repository", "{ repository: audit, ref: refs/heads/ledger }", "audit", "refs/heads/ledger"],
] as const;

describe.each(PLACES)("a ledger on %s", (_, ledger, holder, ref) => {
  it("takes verdicts and quarantine of people, and shows them to others", async () => {
    const world = await place(ledger);
    const added = ["quarantine", "add", "payments/api", "--image", IMAGE, "--reason", "leaks", "-y"];
    expect(await world.run("mine", ...added)).toMatchObject({ exit: 0 });
    const holds = holder === "audit" ? world.audit : world.origin;
    const other = holder === "audit" ? world.origin : world.audit;
    expect(holds.git(["ls-tree", "-r", "--name-only", ref])).toBe("quarantine.jsonl");
    expect(other.git(["for-each-ref", "--format=%(refname)"])).toBe("refs/heads/main");
    expect((await world.run("theirs", "quarantine", "list", "-o", "name")).stdout).toBe(`${IMAGE}\n`);

    await world.fetch("mine");
    const marked = ["mark", "good", "payments/api", "#470", "--reason", "load test", "-y"];
    expect(await world.run("mine", ...marked)).toMatchObject({ exit: 0, stdout: "" });
    const verdictOf = async (who: "mine" | "theirs"): Promise<string | undefined> =>
      json(await world.run(who, "history", "payments/api", "--json")).status.revisions[1]?.verdict;
    expect(await verdictOf("mine")).toBe("good");

    if (holder === "origin") await world.git("mine", "push", "-q", world.origin.path, ref);
    await world.fetch("theirs");
    expect(await verdictOf("theirs")).toBe("good");
    expect(holds.git(["ls-tree", "-r", "--name-only", ref])).toContain("checkpoints/payments%2Fapi.jsonl");
  });
});

describe("a ledger in another repository", () => {
  it("is written only when a person agrees: it is everybody's at once", async () => {
    const world = await place("{ repository: audit }");
    const asked = await world.run("mine", "mark", "good", "payments/api", "#470", "--reason", "load test");
    expect(asked).toMatchObject({ exit: 2 });
    expect(asked.stderr).toContain(`${world.audit.path}, where lastgood reads it for everybody`);
    expect(world.audit.git(["for-each-ref", "refs/lastgood"])).toBe("");
  });

  it("costs a warning where it cannot be reached, and nothing is kept from being planned", async () => {
    const world = await place("{ repository: audit }");
    rmSync(world.audit.path, { recursive: true });
    const { exit, stderr } = await world.run("mine", "plan", "payments/api", "--to", "main~1");
    expect(exit).toBe(0);
    expect(stderr).toContain("is left out");
  });
});
