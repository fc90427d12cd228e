import { describe, expect, it } from "vitest";
import { type GitDir, gitdir } from "../support/gitdir.ts";
import { runOn, undoOn } from "../support/run-on.ts";

const API = "apps/api/deployment.yaml";
const HPA = "apps/api/hpa.yaml";

function api({ replicas = 2, image = "api:1.7", memory = "256Mi", kind = "Deployment" } = {}): string {
  return `apiVersion: apps/v1
kind: ${kind}
metadata:
  name: api
spec:
  # the autoscaler takes over from here
  replicas: ${replicas}
  template:
    spec:
      containers:
        - name: api
          image: ${image}
          resources: { limits: { memory: ${memory} } }
`;
}

const hpa = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: api
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: api }
  maxReplicas: 9
`;

const scaledObject = `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: api
spec:
  scaleTargetRef: { name: api }
`;

/** A deploy that set the image and the replicas, and later work beside them. */
function story(owner: { readonly [path: string]: string }): GitDir {
  return gitdir([
    { files: { [API]: api(), ...owner }, message: "Start" },
    { files: { [API]: api({ replicas: 6, image: "api:1.8" }) }, message: "feat: v2 (#7)", as: "bad" },
    { files: { [API]: api({ replicas: 6, image: "api:1.8", memory: "512Mi" }) }, message: "More memory" },
  ]);
}

interface Shown {
  readonly kept: readonly { readonly text: string; readonly reason: string }[] | readonly string[];
  readonly files: readonly unknown[];
}

async function plan(git: GitDir, ...args: readonly string[]): Promise<Shown> {
  const { exit, stdout, stderr } = await runOn(git, `plan ${args.join(" ")} -o json`);
  expect({ exit, stderr: exit === 0 ? "" : stderr }).toEqual({ exit: 0, stderr: "" });
  return (JSON.parse(stdout) as { readonly status: Shown }).status;
}

async function undo(git: GitDir, ...args: readonly string[]): Promise<string> {
  await undoOn(git, args.join(" "));
  return git.text(API, "undo");
}

describe("the undo of a change to replicas that somebody else owns", () => {
  it.each([
    { owner: "HPA/api", reason: "OwnedByHPA", files: { [HPA]: hpa } },
    { owner: "ScaledObject/api", reason: "OwnedByKEDA", files: { "apps/api/scale.yml": scaledObject } },
  ])("keeps them, undoes the rest, and says that $owner owns them", async ({ owner, reason, files }) => {
    const git = story(files);
    const { kept } = await plan(git, "--pr", "7");
    expect(kept).toEqual([expect.objectContaining({ reason, text: `Deployment/api replicas 6 (owned by ${owner})` })]);
    expect(await undo(git, "--pr", "7")).toBe(api({ replicas: 6, memory: "512Mi" }));
  });

  it.each([["apps/api"], ["Deployment/api"]])("keeps them for the target %s", async (target) => {
    const git = story({ [HPA]: hpa });
    expect(await undo(git, target, "--pr", "7")).toBe(api({ replicas: 6, memory: "512Mi" }));
  });

  it("finds the owner elsewhere in the target that is named, but not in folders that nobody named", async () => {
    const git = story({ "apps/scaling/hpa.yaml": hpa });
    expect((await plan(git, "apps", "--pr", "7")).kept).toHaveLength(1);
    expect((await plan(git, "--pr", "7")).kept).toEqual([]);
  });

  it.each([[[]], [["--only", ":replicas"]]])("has nothing to do when that was all (%j)", async (flags) => {
    const git = story({ [HPA]: hpa });
    git.commit({ files: { [API]: api({ replicas: 8, image: "api:1.8", memory: "512Mi" }) }, message: "Scale (#9)" });
    const { exit, stdout } = await runOn(git, `plan --pr 9 ${flags.join(" ")}`);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^Nothing to do: all that apps\/api still holds of what \w+ did is kept/);
    expect(stdout).toContain("Deployment/api replicas 8 (owned by HPA/api)");
  });

  it("takes the rest of a part along, and still not what is owned", async () => {
    const git = story({ [HPA]: hpa });
    expect(await undo(git, "--pr", "7", "--only", ":replicas,:image")).toBe(api({ replicas: 6, memory: "512Mi" }));
  });
});

describe("the undo of a change to replicas that nobody else owns", () => {
  it.each([
    { why: "the owner scales another workload", files: { [HPA]: hpa.replace("name: api }", "name: web }") } },
    {
      why: "the owner stands in another namespace's object",
      files: { [HPA]: hpa.replace("kind: Deployment", "kind: StatefulSet") },
    },
    { why: "there is no owner", files: {} },
  ])("takes them back: $why", async ({ files }) => {
    expect(await undo(story(files), "--pr", "7")).toBe(api({ memory: "512Mi" }));
  });

  it("takes them back when the owner came with the change, and goes with it", async () => {
    const git = gitdir([
      { files: { [API]: api() }, message: "Start" },
      { files: { [API]: api({ replicas: 6 }), [HPA]: hpa }, message: "Scale by load (#8)" },
    ]);
    expect(await undo(git, "--pr", "8")).toBe(api());
    expect(git.git(["ls-tree", "-r", "--name-only", "undo"])).toBe(API);
  });

  it("takes them back to git when the change took the owner away, which comes back with it", async () => {
    const git = gitdir([
      { files: { [API]: api(), [HPA]: hpa }, message: "Start" },
      { files: { [API]: api({ replicas: 6 }) }, remove: [HPA], message: "Scale by hand (#8)" },
    ]);
    expect(await undo(git, "--pr", "8")).toBe(api());
    expect(git.text(HPA, "undo")).toBe(hpa);
  });
});
