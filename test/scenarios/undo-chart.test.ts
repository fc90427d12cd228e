import { describe, expect, it } from "vitest";
import { type CommitSpec, type GitDir, gitdir } from "../support/gitdir.ts";
import { runOn, undoOn } from "../support/run-on.ts";

const CHART = "charts/api/Chart.yaml";
const VALUES = "charts/api/values.yaml";

/** One release of the chart. */
function release(version: string, tag: string, message = `Release ${version}`): CommitSpec {
  const chart = `apiVersion: v2\nname: api\n# rises with every change\nversion: ${version}\n`;
  return { files: { [CHART]: chart, [VALUES]: `image:\n  repository: acme/api\n  tag: "${tag}"\n` }, message };
}

const ct: CommitSpec = { files: { "ct.yaml": "chart-dirs: [charts]\n" }, message: "Check charts" };
const rises = [release("0.1.0", "1.0"), release("0.1.1", "1.1"), release("0.1.2", "1.2"), release("0.1.3", "1.3")];
const revert = release("0.1.4", "1.2", 'Revert "Release 0.1.3"');
const bad: CommitSpec = { ...release("0.1.5", "1.5"), as: "bad" };

interface Risk {
  readonly code: string;
  readonly message: string;
  readonly blocks: boolean;
}

async function risks(git: GitDir, ...args: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await runOn(git, `plan --commit bad ${args.join(" ")} -o json`);
  const { status } = JSON.parse(stdout) as { readonly status: { readonly risks: readonly Risk[] } };
  return status.risks.filter(({ code, blocks }) => code === "ChartVersion" && !blocks).map(({ message }) => message);
}

/** The version and the image's tag after the undo. */
async function undo(git: GitDir, ...args: readonly string[]): Promise<string> {
  await undoOn(git, args.join(" "));
  return [/version: (.*)/.exec(git.text(CHART, "undo"))?.[1], /tag: "(.*)"/.exec(git.text(VALUES, "undo"))?.[1]].join();
}

function story(...commits: readonly CommitSpec[]): GitDir {
  const git = gitdir(commits);
  git.git(["tag", "bad", git.id("bad")]);
  return git;
}

describe("the version of a chart whose change is undone", () => {
  it("goes back with the rest, and the plan says so", async () => {
    const git = story(release("0.1.4", "1.2"), bad);
    expect(await risks(git)).toEqual([
      `${CHART}: the version goes back from 0.1.5 to 0.1.4 (--chart-version bump raises it to 0.1.6, keep leaves it)`,
    ]);
    expect(await undo(git, "--commit", "bad")).toBe("0.1.4,1.2");
  });

  it("goes back though it only ever rose: the plan names the habit, and the flag that follows it", async () => {
    const git = story(...rises, revert, bad);
    const [message] = await risks(git);
    expect(message).toMatch(
      /^charts\/api\/Chart\.yaml: the version goes back from 0\.1\.5 to 0\.1\.4, but it only ever rose, 5 times, in a revert too \([0-9a-f]{7}\): --chart-version bump raises it to 0\.1\.6$/,
    );
    expect(await undo(git, "--commit", "bad")).toBe("0.1.4,1.2");
  });

  it("goes back though CI checks it, as long as no revert obeyed", async () => {
    const git = story(ct, ...rises, bad);
    expect((await risks(git))[0]).toContain("but CI refuses a version that does not rise (ct.yaml)");
    expect(await undo(git, "--commit", "bad")).toBe("0.1.3,1.3");
  });

  it("rises where CI checks it and earlier reverts raised it: the plan says why, and the flag against it", async () => {
    const git = story(ct, ...rises, revert, bad);
    expect((await risks(git))[0]).toMatch(
      /: the version goes up from 0\.1\.5 to 0\.1\.6, not back to 0\.1\.4: CI refuses .* \(ct\.yaml\), and it only ever rose, .*; --chart-version restore takes it back$/,
    );
    expect(await undo(git, "--commit", "bad")).toBe("0.1.6,1.2");
  });

  it.each([
    {
      why: "CI does not check it",
      commits: [{ files: { "ct.yaml": "check-version-increment: false\n" } }, ...rises, revert],
    },
    { why: "CI checks other charts", commits: [{ files: { "ct.yaml": "chart-dirs: [other]\n" } }, ...rises, revert] },
    { why: "it went back before", commits: [ct, ...rises, release("0.1.2", "1.2", "Revert"), revert] },
    { why: "what configures CI cannot be read", commits: [{ files: { "ct.yaml": "a: [\n" } }, ...rises, revert] },
  ])("goes back where $why", async ({ commits }) => {
    expect(await undo(story(...commits, bad), "--commit", "bad")).toBe("0.1.4,1.2");
  });

  it.each([
    ["restore", "0.1.4,1.2"],
    ["bump", "0.1.6,1.2"],
    ["keep", "0.1.5,1.2"],
  ])("is as --chart-version %s says, whatever the habit is, and nothing more is said", async (rule, result) => {
    const git = story(ct, ...rises, revert, bad);
    expect(await risks(git, "--chart-version", rule)).toEqual([]);
    expect(await undo(git, "--commit", "bad", "--chart-version", rule)).toBe(result);
  });

  it.each([[[]], [["--chart-version", "bump"]]])("rises once when several commits are undone (%j)", async (flags) => {
    const git = story(ct, ...rises, revert, bad, { ...release("0.1.6", "1.6"), as: "worse" });
    expect(await undo(git, "--commit", "bad", "--commit", git.id("worse"), ...flags)).toBe("0.1.7,1.2");
  });

  it("rises over later releases instead of a conflict", async () => {
    const git = story(ct, ...rises, revert, bad, release("0.1.6", "1.5"));
    expect(await undo(git, "--commit", "bad")).toBe("0.1.7,1.2");
  });
});
