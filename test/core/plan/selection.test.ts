import { describe, expect, it } from "vitest";
import { LastgoodError } from "../../../src/errors.ts";
import { keptText } from "../../../src/core/plan/show.ts";
import { actions, apply, configMap, deployment, plan, planned, reverted, yaml } from "./support.ts";

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof LastgoodError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "none";
}

const GOOD = deployment({ replicas: 3 });
const BAD = deployment({ image: "acme/api:1.8.0", env: "redis://cache-v2:6379", memory: "512Mi", replicas: 6 });

describe("a revert of a part", () => {
  it("takes a facet of everything", () => {
    const options = { only: [":image"] };
    expect(reverted({ "app.yaml": BAD }, { "app.yaml": GOOD }, options)).toEqual({
      "app.yaml": BAD.replace("1.8.0", "1.7.4"),
    });
    expect(planned({ "app.yaml": BAD }, { "app.yaml": GOOD }, options).kept.map(keptText)).toEqual([
      "Deployment/api replicas 6 (not selected)",
      "Deployment/api containers[api].env[CACHE_URL] redis://cache-v2:6379 (not selected)",
      "Deployment/api containers[api].resources.limits.memory 512Mi (not selected)",
    ]);
  });

  it("leaves out what is excepted", () => {
    expect(
      reverted({ "app.yaml": BAD }, { "app.yaml": GOOD }, { except: [":resources", "Deployment/api:replicas"] }),
    ).toEqual({ "app.yaml": deployment({ memory: "512Mi", replicas: 6 }) });
  });

  it("takes one facet of one component", () => {
    const now = { "a.yaml": BAD, "b.yaml": BAD.replace("name: api", "name: web") };
    const then = { "a.yaml": GOOD, "b.yaml": GOOD.replace("name: api", "name: web") };
    expect(reverted(now, then, { only: ["deployment/web:env"] })).toEqual({
      ...now,
      "b.yaml": now["b.yaml"].replace("cache-v2", "cache"),
    });
  });

  it("takes one of two documents of a file", () => {
    const now = { "all.yaml": `# head\n${BAD}---\n${configMap("flags", { a: "2" })}` };
    const then = { "all.yaml": `${GOOD}---\n# flags\n${configMap("flags")}` };
    expect(reverted(now, then, { only: ["ConfigMap/flags"] })["all.yaml"]).toBe(
      `# head\n${BAD}---\n# flags\n${configMap("flags")}`,
    );
  });

  it("gives a file its blob back when everything of it is selected", () => {
    const now = { "a.yaml": BAD, "b.yaml": configMap("b", { a: "2" }) };
    const then = { "a.yaml": GOOD, "b.yaml": configMap("b") };
    expect(actions(plan(now, then, { only: ["./a.yaml"] }))).toEqual(["restore a.yaml"]);
    expect(actions(plan(now, then, { only: ["Deployment/api"] }))).toEqual(["restore a.yaml"]);
  });

  it("removes one of two objects that came since, and its file with the last", () => {
    const now = { "new.yaml": `${configMap("a")}---\n${configMap("b")}`, "c.yaml": configMap("c") };
    expect(reverted(now, {}, { only: ["ConfigMap/a"] })).toEqual({ ...now, "new.yaml": configMap("b") });
    expect(reverted(now, {}, { only: ["ConfigMap/a", "ConfigMap/b"] })).toEqual({ "c.yaml": configMap("c") });
  });

  it("puts an object that was removed back between its neighbours", () => {
    const then = { "all.yaml": [configMap("a"), configMap("b"), configMap("c")].join("---\n") };
    const now = { "all.yaml": [configMap("a"), configMap("c", { a: "2" })].join("---\n") };
    expect(reverted(now, then, { only: ["ConfigMap/b"] })["all.yaml"]).toBe(
      [configMap("a"), configMap("b"), configMap("c", { a: "2" })].join("---\n"),
    );
  });

  it("brings a file that is gone back with the selected objects only", () => {
    const then = { "all.yaml": [configMap("a"), configMap("b")].join("---\n") };
    expect(reverted({}, then, { only: ["ConfigMap/b"] })).toEqual({ "all.yaml": configMap("b") });
  });

  it("changes a moved object where it is now", () => {
    const then = { "all.yaml": `${GOOD}---\n${configMap("flags")}` };
    const now = { "api.yaml": BAD, "flags.yaml": configMap("flags", { a: "2" }) };
    expect(reverted(now, then, { only: [":image"] })).toEqual({ ...now, "api.yaml": BAD.replace("1.8.0", "1.7.4") });
    expect(reverted(now, then, { only: ["Deployment/api"] })).toEqual({ ...now, "api.yaml": GOOD });
  });

  it("means a moved object by the name of either file", () => {
    const then = { "old.yaml": GOOD };
    const now = { "new.yaml": BAD };
    expect(reverted(now, then, { only: ["./old.yaml"] })).toEqual({ "new.yaml": GOOD });
    expect(reverted(now, then, { only: ["./new.yaml"] })).toEqual({ "new.yaml": GOOD });
  });

  it("knows an object again under another version of its API", () => {
    const v1 = (text: string): string => text.replace("apps/v1", "apps/v1beta1");
    expect(reverted({ "app.yaml": BAD }, { "app.yaml": v1(GOOD) }, { only: [":image"] })).toEqual({
      "app.yaml": BAD.replace("1.8.0", "1.7.4"),
    });
  });

  it("takes objects of other namespaces for others", () => {
    const inNamespace = (namespace: string, a: string): string =>
      configMap("flags", { a }).replace("  name: flags\n", `  name: flags\n  namespace: ${namespace}\n`);
    const found = planned({ "a.yaml": inNamespace("b", "2") }, { "a.yaml": inNamespace("a", "1") });
    expect(found.components.map(({ change }) => change)).toEqual(["remove", "add"]);
    const filled = planned({ "a.yaml": inNamespace("b", "2") }, { "a.yaml": configMap("flags") });
    expect(filled.components.map(({ change }) => change)).toEqual(["change"]);
  });

  it("has nothing to do when what is selected does not differ", () => {
    const now = { "app.yaml": GOOD, "b.yaml": configMap("b", { a: "2" }) };
    const then = { "app.yaml": GOOD, "b.yaml": configMap("b") };
    expect(plan(now, then, { only: ["Deployment/api"] }).kind).toBe("nothing-to-do");
    expect(plan(now, then, { only: [":image"] }).kind).toBe("nothing-to-do");
  });

  it("refuses names that mean nothing, with what there is", () => {
    const now = { "app.yaml": BAD };
    const then = { "app.yaml": GOOD };
    expect(codeOf(() => plan(now, then, { only: ["Deployment/apu"] }))).toBe(
      'UsageComponent: "Deployment/apu" matches nothing that differs from the checkpoint',
    );
    expect(codeOf(() => plan(now, then, { except: ["./nope.yaml"] }))).toMatch(/^UsageComponent/);
    expect(codeOf(() => plan(now, then, { only: [":images"] }))).toMatch(
      /^UsageComponent: "images" in ":images" is no facet/,
    );
    expect(codeOf(() => plan(now, then, { only: ["api"] }))).toMatch(/^UsageComponent: "api" names no component/);
  });
});

describe("files that are no Kubernetes objects", () => {
  const kustomization = (tag: string, prefix = ""): string =>
    `${prefix}resources:\n  - app.yaml\nimages:\n  - name: acme/api\n    newTag: ${tag}\n`;

  it("takes the images of a kustomization", () => {
    const now = { "kustomization.yaml": kustomization("1.8.0", "namePrefix: x-\n") };
    const then = { "kustomization.yaml": kustomization("1.7.4") };
    expect(reverted(now, then, { only: [":image"] })).toEqual({
      "kustomization.yaml": kustomization("1.7.4", "namePrefix: x-\n"),
    });
  });

  it("takes the image of a values file and the version of a chart", () => {
    const values = (tag: string, cpu: string): string =>
      `image:\n  repository: acme/api\n  tag: ${tag} # current\nresources:\n  limits:\n    cpu: ${cpu}\n`;
    const chart = (version: string): string =>
      `apiVersion: v2\nname: api\nversion: 1.0.0\ndependencies:\n  - name: app\n    version: ${version}\n`;
    const now = { "values.yaml": values("1.8.0", "2"), "Chart.yaml": chart("2.0.0") };
    const then = { "values.yaml": values("1.7.4", "1"), "Chart.yaml": chart("1.9.0") };
    expect(reverted(now, then, { only: [":image"] })).toEqual({ ...now, "values.yaml": values("1.7.4", "2") });
    expect(reverted(now, then, { only: [":chart"] })).toEqual({ ...now, "Chart.yaml": then["Chart.yaml"] });
    expect(reverted(now, then, { only: ["./values.yaml:resources"] })).toEqual({
      ...now,
      "values.yaml": values("1.8.0", "1"),
    });
  });

  it("refuses to take a part of a List, and takes the whole file", () => {
    const list = (a: string, b: string): string => yaml`
      apiVersion: v1
      kind: List
      items:
        - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: "${a}"}}
        - {apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {x: "${b}"}}
    `;
    const now = { "list.yaml": list("2", "2") };
    const then = { "list.yaml": list("1", "1") };
    expect(codeOf(() => plan(now, then, { only: ["ConfigMap/a"] }))).toMatch(/^EditList: list.yaml: /);
    expect(reverted(now, then, { only: ["./list.yaml"] })).toEqual(then);
    expect(reverted({ "list.yaml": list("2", "1") }, then, { only: ["ConfigMap/a"] })).toEqual(then);
  });

  it("edits an object beside a List, which stays", () => {
    const list = (x: string): string =>
      `apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: "${x}"}}\n`;
    const now = { "all.yaml": `${list("2")}---\n${configMap("b", { a: "2" })}` };
    const then = { "all.yaml": `${list("1")}---\n${configMap("b")}` };
    expect(reverted(now, then, { only: ["ConfigMap/b"] })).toEqual({
      "all.yaml": `${list("2")}---\n${configMap("b")}`,
    });
    expect(codeOf(() => plan(now, then, { only: ["ConfigMap/a"] }))).toMatch(/^EditList/);
  });

  it("names an object of a file that only goes back whole in vain", () => {
    const now = { "app.yaml": BAD, "b.yaml": configMap("b", { a: "2" }) };
    const then = { "app.yaml": "kind: {{ .Values.kind }}\n", "b.yaml": configMap("b") };
    expect(codeOf(() => plan(now, then, { only: ["Deployment/api"] }))).toMatch(/^UsageComponent/);
    expect(reverted(now, then, { only: ["./app.yaml"] })).toEqual({ ...now, "app.yaml": then["app.yaml"] });
    expect(reverted(now, then, { only: [":config"] })).toEqual({ ...now, "b.yaml": then["b.yaml"] });
  });
});

describe("what a kustomization mentions", () => {
  const kustomization = (...files: readonly string[]): string =>
    `resources:\n${files.map((file) => `  - ${file}\n`).join("")}`;

  it("goes with an object that is removed, and with its file", () => {
    const then = { "kustomization.yaml": kustomization("app.yaml"), "app.yaml": GOOD };
    const now = {
      "kustomization.yaml": kustomization("app.yaml", "flags.yaml"),
      "app.yaml": BAD,
      "flags.yaml": configMap("flags"),
    };
    expect(reverted(now, then, { only: ["ConfigMap/flags"] })).toEqual({ ...then, "app.yaml": BAD });
    expect(reverted(then, now, { only: ["ConfigMap/flags"] })).toEqual({ ...now, "app.yaml": GOOD });
  });

  it("stays with an object that stays", () => {
    const then = { "kustomization.yaml": kustomization("app.yaml"), "app.yaml": GOOD };
    const now = {
      "kustomization.yaml": kustomization("app.yaml", "flags.yaml"),
      "app.yaml": BAD,
      "flags.yaml": configMap("flags"),
    };
    expect(reverted(now, then, { except: ["ConfigMap/flags"] })).toEqual({ ...now, "app.yaml": GOOD });
  });

  it("keeps naming a renamed file that a part is reverted in", () => {
    const then = { "kustomization.yaml": kustomization("deployment.yaml"), "deployment.yaml": GOOD };
    const now = { "kustomization.yaml": kustomization("deploy.yaml"), "deploy.yaml": BAD };
    const found = planned(now, then, { except: [":replicas"] });
    expect(reverted(now, then, { except: [":replicas"] })).toEqual({
      ...now,
      "deploy.yaml": deployment({ replicas: 6 }),
    });
    expect(found.kept.map(({ reason }) => reason)).toEqual(["NotSelected", "FollowsFile", "FollowsFile"]);
    expect(found.risks).toEqual([]);
    expect(reverted(now, then)).toEqual(then);
  });

  it("is kept as a whole list too, and a moved object is pointed at when the kustomization goes back", () => {
    const then = { "kustomization.yaml": "resources:\n  - new.yaml\nnamePrefix: a-\n", "new.yaml": GOOD };
    const now = { "kustomization.yaml": "components:\n  - sub\nnamePrefix: b-\n", "sub/old.yaml": BAD };
    const options = { except: [":image"] };
    expect(reverted(now, then, options)["kustomization.yaml"]).toBe("namePrefix: a-\n");
    const { risks, ...found } = planned(now, then, options);
    expect(risks.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      "Moved: Deployment/api stays in sub/old.yaml, where it was moved from new.yaml: see that the kustomizations that go back still find it",
    ]);
    const after = apply(now, then, { ...found, risks });
    expect(plan(after, then, options).kind).toBe("nothing-to-do");
  });
});

describe("objects that stand in several files", () => {
  const overlay = (a: string): string => configMap("flags", { a });

  it("are told by their file", () => {
    const then = { "base/flags.yaml": overlay("1"), "prod/flags.yaml": overlay("2") };
    const now = { "base/flags.yaml": overlay("3"), "prod/flags.yaml": overlay("4") };
    expect(reverted(now, then, { only: ["./prod/flags.yaml"] })).toEqual({ ...now, "prod/flags.yaml": overlay("2") });
    expect(reverted(now, then)).toEqual(then);
  });

  it("are never guessed when they were moved", () => {
    const app = (tag: string): string => deployment({ image: `acme/api:${tag}` });
    const then = { "a/app.yaml": app("1"), "b/app.yaml": app("2") };
    const now = { "c/app.yaml": app("3"), "d/app.yaml": app("4") };
    expect(codeOf(() => plan(now, then, { only: [":image"] }))).toBe(
      "RepositoryRename: Deployment/api was moved and stands in several files: c/app.yaml, d/app.yaml, a/app.yaml, b/app.yaml",
    );
    expect(plan(now, then, { only: [":metadata"] }).kind).toBe("nothing-to-do");
    expect(reverted(now, then, { only: ["Deployment/api"] })).toEqual(then);
    expect(reverted(now, then)).toEqual(then);
  });

  it("are no move when one patch went and another came", () => {
    const then = { "base.yaml": GOOD, "staging/patch.yaml": deployment({ memory: "1Gi" }) };
    const now = { "base.yaml": BAD, "prod/patch.yaml": deployment({ memory: "2Gi" }) };
    expect(reverted(now, then)).toEqual(then);
    expect(codeOf(() => plan(now, then, { only: ["Deployment/api:resources"] }))).toMatch(/^RepositoryRename/);
  });

  it("are refused in a folder that an engine reads file by file, with both places", () => {
    const target = { sources: [{ path: "apps", tool: "directory" as const }] };
    const now = { "apps/a.yaml": overlay("2"), "apps/b.yaml": overlay("3") };
    const then = { "apps/a.yaml": overlay("1"), "apps/b.yaml": overlay("3") };
    expect(codeOf(() => plan(now, then, { target }))).toBe(
      "ManifestDuplicate: ConfigMap/flags stands twice, at apps/a.yaml:1:1 and at apps/b.yaml:1:1",
    );
    const below = { "apps/a.yaml": overlay("2"), "apps/sub/b.yaml": overlay("3") };
    expect(codeOf(() => plan(below, { ...below, "apps/a.yaml": overlay("1") }, { target }))).toBe("none");
    const others = { ...now, "apps/c.yaml": configMap("other") };
    expect(codeOf(() => plan(others, { ...others, "apps/c.yaml": configMap("other", { a: "0" }) }, { target }))).toBe(
      "none",
    );
  });
});

describe("a Rollout", () => {
  const rollout = (kind: string, more = ""): string =>
    `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata:\n  name: api\nspec:\n  workloadRef:\n    apiVersion: apps/v1\n    kind: ${kind}\n    name: api\n${more}`;

  it.each(["Deployment", "ReplicaSet"])("takes the %s along that it takes its pods from", (kind) => {
    const workload = (text: string): string => text.replace("kind: Deployment", `kind: ${kind}`);
    const now = { "ro.yaml": rollout(kind), "app.yaml": workload(BAD), "b.yaml": configMap("b", { a: "2" }) };
    const then = { "ro.yaml": rollout(kind), "app.yaml": workload(GOOD), "b.yaml": configMap("b") };
    expect(reverted(now, then, { only: ["Rollout/api"] })).toEqual({ ...now, "app.yaml": workload(GOOD) });
    expect(reverted(now, then, { only: ["Rollout/api:image"] })["app.yaml"]).toBe(
      workload(BAD.replace("1.8.0", "1.7.4")),
    );
    expect(reverted(now, then, { except: ["Rollout/api"] })).toEqual({ ...now, "b.yaml": then["b.yaml"] });
  });

  it("takes a PodTemplate along", () => {
    const template = (tag: string): string =>
      `apiVersion: v1\nkind: PodTemplate\nmetadata:\n  name: api\ntemplate:\n  spec:\n    containers:\n      - name: api\n        image: acme/api:${tag}\n`;
    const now = { "ro.yaml": rollout("PodTemplate"), "t.yaml": template("2") };
    const then = { "ro.yaml": rollout("PodTemplate"), "t.yaml": template("1") };
    expect(reverted(now, then, { only: ["Rollout/api:image"] })).toEqual(then);
  });

  it("names a ReplicaSet that a Deployment owns: it may change it back", () => {
    const owned = (text: string, owner: string): string =>
      text
        .replace("kind: Deployment", "kind: ReplicaSet")
        .replace(
          "metadata:\n",
          `metadata:\n  ownerReferences: [{apiVersion: apps/v1, kind: ${owner}, name: shop, uid: a}]\n`,
        );
    const risksOf = (owner: string): readonly string[] => {
      const now = { "ro.yaml": rollout("ReplicaSet"), "app.yaml": owned(BAD, owner) };
      const then = { "ro.yaml": rollout("ReplicaSet", "  replicas: 1\n"), "app.yaml": owned(GOOD, owner) };
      return planned(now, then, {}).risks.flatMap(({ code, message }) => (code === "WorkloadRef" ? [message] : []));
    };
    expect(risksOf("Deployment")).toEqual([
      "ReplicaSet/api, from which Rollout/api takes its pods, is owned by a Deployment that may change it back",
    ]);
    expect(risksOf("Thing")).toEqual([]);
  });

  it("leaves an unsupported kind alone, and names it", () => {
    const now = {
      "ro.yaml": rollout("StatefulSet", "  replicas: 2\n"),
      "app.yaml": BAD.replace("Deployment", "StatefulSet"),
    };
    const then = {
      "ro.yaml": rollout("StatefulSet", "  replicas: 1\n"),
      "app.yaml": GOOD.replace("Deployment", "StatefulSet"),
    };
    const found = planned(now, then, { only: ["Rollout/api"] });
    expect(actions(found)).toEqual(["restore ro.yaml"]);
    expect(found.risks.filter(({ blocks }) => blocks)).toEqual([
      {
        code: "WorkloadRef",
        message:
          "Rollout/api takes its pods from StatefulSet/api: Argo Rollouts knows no such reference, StatefulSet/api is left as it is",
        blocks: true,
      },
    ]);
  });

  it("owns the replicas of a Deployment that it scales down", () => {
    const now = { "ro.yaml": rollout("Deployment", "    scaleDown: onsuccess\n"), "app.yaml": BAD };
    const then = { "ro.yaml": rollout("Deployment", "    scaleDown: onsuccess\n"), "app.yaml": GOOD };
    expect(planned(now, then).kept.map(keptText)).toEqual(["Deployment/api replicas 6 (owned by Rollout/api)"]);
    expect(reverted(now, then)["app.yaml"]).toBe(deployment({ replicas: 6 }));
  });
});
