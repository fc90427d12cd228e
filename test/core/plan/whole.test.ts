import { describe, expect, it } from "vitest";
import { keptText } from "../../../src/core/plan/show.ts";
import { actions, configMap, deployment, plan, planned, reverted, yaml } from "./support.ts";

const HPA = yaml`
  apiVersion: autoscaling/v2
  kind: HorizontalPodAutoscaler
  metadata:
    name: api
  spec:
    scaleTargetRef:
      apiVersion: apps/v1
      kind: Deployment
      name: api
`;

const KEDA = yaml`
  apiVersion: keda.sh/v1alpha1
  kind: ScaledObject
  metadata:
    name: api-queue
  spec:
    scaleTargetRef:
      name: api
`;

describe("a revert of the whole target", () => {
  it("takes the checkpoint's blob where everything of a file goes back", () => {
    const then = { "app.yaml": `# why\n${deployment({})}` };
    const now = { "app.yaml": deployment({ image: "acme/api:1.8.0", memory: "512Mi" }) };
    expect(actions(plan(now, then))).toEqual(["restore app.yaml"]);
    expect(reverted(now, then)).toEqual(then);
  });

  it("has nothing to do when only comments and the form differ", () => {
    const then = { "app.yaml": deployment({}), "notes.yaml": "# a\n" };
    const now = { "app.yaml": `# new comment\n${deployment({})}`, "notes.yaml": "# b\n" };
    expect(plan(now, then)).toMatchObject({ kind: "nothing-to-do", kept: [] });
  });

  it("brings comments back with the rest, so that the target holds the checkpoint's content again", () => {
    const then = { "a.yaml": `# then\n${configMap("a")}`, "b.yaml": configMap("b") };
    const now = { "a.yaml": configMap("a"), "b.yaml": configMap("b", { a: "2" }) };
    expect(reverted(now, then)).toEqual(then);
  });

  it("removes what was added since and brings back what was removed since", () => {
    const then = { "app.yaml": deployment({}), "old.yaml": configMap("old") };
    const now = { "app.yaml": deployment({}), "new.yaml": configMap("new") };
    const found = planned(now, then);
    expect(actions(found)).toEqual(["remove new.yaml", "restore old.yaml"]);
    expect(found.components.map(({ change, path }) => `${change} ${path}`)).toEqual([
      "remove new.yaml",
      "add old.yaml",
    ]);
    expect(found.risks.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      "Pruned: ConfigMap/new leaves git: without prune the engine keeps it in the cluster",
    ]);
  });

  it("keeps replicas that an autoscaler owns, in the checkpoint's text", () => {
    const then = { "app.yaml": `# good\n${deployment({ replicas: 3 })}`, "hpa.yaml": HPA };
    const now = { "app.yaml": deployment({ image: "acme/api:1.8.0", replicas: 6 }), "hpa.yaml": HPA };
    const found = planned(now, then);
    expect(actions(found)).toEqual(["edit app.yaml"]);
    expect(found.kept.map(keptText)).toEqual(["Deployment/api replicas 6 (owned by HPA/api)"]);
    expect(reverted(now, then)["app.yaml"]).toBe(`# good\n${deployment({ replicas: 6 })}`);
  });

  it("keeps replicas that KEDA owns", () => {
    const then = { "app.yaml": deployment({ replicas: 3 }), "keda.yaml": KEDA };
    const now = { "app.yaml": deployment({ env: "redis://new", replicas: 6 }), "keda.yaml": KEDA };
    expect(planned(now, then).kept.map(keptText)).toEqual([
      "Deployment/api replicas 6 (owned by ScaledObject/api-queue)",
    ]);
    expect(reverted(now, then)["app.yaml"]).toBe(deployment({ replicas: 6 }));
  });

  it("has nothing to do when only owned replicas differ, and says what is kept", () => {
    const then = { "app.yaml": deployment({ replicas: 3 }), "hpa.yaml": HPA };
    const now = { "app.yaml": deployment({ replicas: 6 }), "hpa.yaml": HPA };
    const found = plan(now, then);
    expect(found.kind).toBe("nothing-to-do");
    expect(found.kept.map(({ reason }) => reason)).toEqual(["OwnedByHPA"]);
  });

  it("brings replicas back when the autoscaler itself goes", () => {
    const then = { "app.yaml": deployment({ replicas: 3 }) };
    const now = { "app.yaml": deployment({}), "hpa.yaml": HPA };
    expect(reverted(now, then)).toEqual(then);
  });

  it("knows autoscalers of other namespaces apart", () => {
    const inPayments = (text: string): string =>
      text.replace(/^( {2})name: api$/m, "  name: api\n  namespace: payments");
    const elsewhere = HPA.replace("  name: api\n", "  name: api\n  namespace: search\n");
    const then = { "app.yaml": inPayments(deployment({ replicas: 3 })), "hpa.yaml": elsewhere };
    const now = { "app.yaml": inPayments(deployment({ replicas: 6 })), "hpa.yaml": elsewhere };
    expect(reverted(now, then)).toEqual(then);
  });

  it("leaves symbolic links and submodules alone, also where they replaced a file", () => {
    const link = { link: "120000" } as const;
    const then = {
      "a.yaml": link,
      "b.yaml": configMap("b"),
      "c.yaml": configMap("c"),
      sub: { link: "160000" } as const,
    };
    const now = { "b.yaml": link, "c.yaml": configMap("c", { a: "2" }) };
    const found = planned(now, then);
    expect(actions(found)).toEqual(["restore c.yaml"]);
    expect(found.kept.map(keptText)).toEqual([
      "./b.yaml (RepositorySymlink: links are not touched)",
      "./a.yaml (RepositorySymlink: links are not touched)",
      "./sub (RepositoryGitlink: links are not touched)",
    ]);
  });

  it("takes what it cannot take apart whole: templates, encrypted files, bytes", () => {
    const then = {
      "chart/templates/app.yaml": "image: {{ .Values.image }}\n",
      "secret.sops.yaml": "password: ENC[AES256_GCM,data:then]\n",
      "logo.png": new Uint8Array([0, 1, 2]),
    };
    const now = {
      "chart/templates/app.yaml": "image: {{ .Values.other }}\n",
      "secret.sops.yaml": "password: ENC[AES256_GCM,data:now]\n",
      "logo.png": new Uint8Array([0, 1, 3]),
    };
    const found = planned(now, then);
    expect(reverted(now, then)).toEqual(then);
    expect(found.risks.map(({ code }) => code)).toEqual(["TakenWhole", "TakenWhole", "TakenWhole"]);
  });

  it("takes a file whole that can be read on one side only", () => {
    const then = { "app.yaml": deployment({}) };
    const now = { "app.yaml": "kind: Deployment\nimage: {{ .Values.image }}\n" };
    expect(reverted(now, then)).toEqual(then);
    expect(reverted(then, now)).toEqual(now);
  });

  it("takes a file whole that holds objects on one side only", () => {
    const then = { "values.yaml": "image:\n  repository: acme/api\n  tag: 1.7.4\n" };
    const now = { "values.yaml": deployment({}) };
    expect(reverted(now, then)).toEqual(then);
  });
});

describe("a revert across moved files", () => {
  const two = (a: string, b: string): string => `${a}---\n${b}`;

  it("brings the checkpoint's layout back", () => {
    const then = { "all.yaml": two(deployment({}), configMap("flags")) };
    const now = { "api.yaml": deployment({ image: "acme/api:1.8.0" }), "flags.yaml": configMap("flags") };
    expect(reverted(now, then)).toEqual(then);
    expect(planned(now, then).components.map(({ change, path }) => `${change} ${path}`)).toEqual(["change all.yaml"]);
  });

  it("keeps owned replicas in the layout that comes back", () => {
    const then = { "all.yaml": two(deployment({ replicas: 3 }), configMap("flags")), "hpa.yaml": HPA };
    const now = {
      "api.yaml": deployment({ image: "acme/api:1.8.0", replicas: 6 }),
      "flags.yaml": configMap("flags"),
      "hpa.yaml": HPA,
    };
    expect(reverted(now, then)).toEqual({ ...then, "all.yaml": two(deployment({ replicas: 6 }), configMap("flags")) });
  });

  it("loses no object that was moved and kept", () => {
    const then = { "api.yaml": deployment({ replicas: 3 }), "more.yaml": configMap("flags"), "hpa.yaml": HPA };
    const now = { "more.yaml": two(deployment({ replicas: 6 }), configMap("flags", { a: "2" })), "hpa.yaml": HPA };
    expect(reverted(now, then)).toEqual({ ...then, "api.yaml": deployment({ replicas: 6 }) });
  });

  it("has nothing to do when objects only changed their files", () => {
    expect(plan({ "b.yaml": configMap("a") }, { "a.yaml": configMap("a") })).toMatchObject({ kind: "nothing-to-do" });
  });

  it("follows a renamed file and says so as a change, not as a loss", () => {
    const then = { "deployment.yaml": deployment({}) };
    const now = { "deploy.yaml": deployment({ image: "acme/api:1.8.0" }) };
    const found = planned(now, then);
    expect(actions(found)).toEqual(["remove deploy.yaml", "restore deployment.yaml"]);
    expect(found.components.map(({ fields }) => fields.map(({ display }) => display))).toEqual([
      ["containers[api].image"],
    ]);
    expect(found.risks).toEqual([]);
  });
});
