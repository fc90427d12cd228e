import { describe, expect, it } from "vitest";
import { readManifest } from "../../../src/core/manifest/read-manifest.ts";
import type { Component } from "../../../src/core/model/component.ts";
import { NO_RESTRICTIONS } from "../../../src/core/model/restriction.ts";
import { declaredBy, declaredIn, declaredKeeper } from "../../../src/core/plan/declared.ts";
import { keptText } from "../../../src/core/plan/show.ts";
import type { Plan } from "../../../src/core/plan/types.ts";
import { plan, planned, type PlanOptions } from "./support.ts";

function read(...documents: readonly string[]): readonly Component[] {
  return readManifest("all.yaml", Buffer.from(documents.join("\n---\n"))).components;
}

const DEPLOYMENT = "apps/v1\nkind: Deployment";

function bearing(annotations: string, kind = DEPLOYMENT, name = "api"): string {
  return `apiVersion: ${kind}\nmetadata: { name: ${name}, annotations: { ${annotations} } }\n`;
}

describe("declaredBy", () => {
  it("takes the stricter one of what manifests ask for", () => {
    const asked = declaredBy(
      read(
        bearing(`lastgood.dev/mode: merge, lastgood.dev/bake-time: 20m, lastgood.dev/reviewers: "@acme/payments"`),
        bearing(
          `lastgood.dev/mode: propose, lastgood.dev/bake-time: 5m, lastgood.dev/reviewers: "@mkim @acme/payments"`,
          DEPLOYMENT,
          "worker",
        ),
        bearing(`lastgood.dev/suspend: "2030-01-01T00:00:00Z"`, DEPLOYMENT, "web"),
        bearing(`lastgood.dev/suspend: "true", lastgood.dev/suspend-reason: moving`, DEPLOYMENT, "search"),
      ),
      0,
    );
    expect(asked).toEqual({
      mode: "propose",
      bakeTimeMs: 1_200_000,
      suspended: { reason: "moving" },
      reviewers: ["team:acme/payments", "mkim"],
      only: [],
      except: [],
      notes: [],
    });
  });

  it("does nothing unattended where it does not understand, and says where that is", () => {
    for (const odd of [
      "mode: everything",
      "bake-time: long",
      `ignore-paths: "spec"`,
      `reviewers: "a b; $(rm)"`,
      "components: x",
    ]) {
      const [name = ""] = odd.split(":");
      expect(declaredBy(read(bearing(`lastgood.dev/${odd}`)), 0)).toMatchObject({
        mode: "observe",
        notes: [`Deployment/api: annotation lastgood.dev/${name} is not understood: lastgood only observes`],
      });
    }
  });

  it("takes a suspension that nobody quoted for one", () => {
    expect(declaredBy(read(bearing("lastgood.dev/suspend: true")), 0).suspended).toEqual({});
  });

  it("leaves alone what objects of engines ask for their own targets, and policies", () => {
    const application = bearing("lastgood.dev/mode: observe", "argoproj.io/v1alpha1\nkind: Application");
    const policy = bearing("lastgood.dev/policy: careful");
    expect(declaredBy(read(application), 0)).toEqual({ only: [], except: [], notes: [] });
    expect(declaredBy(read(policy), 0)).toEqual({ only: [], except: [], notes: [] });
  });
});

describe("declaredIn", () => {
  const file = (path: string, text: string) => ({ manifest: readManifest(path, Buffer.from(text)) });

  it("only observes where it cannot read what seems to be asked, and says which file that is", () => {
    const twice = bearing("lastgood.dev/mode: propose");
    const odd = file("api.yaml", `${twice}---\n${twice}`);
    expect(declaredIn([odd], 0)).toMatchObject({
      mode: "observe",
      notes: ["api.yaml: annotations lastgood.dev/… cannot be read there: lastgood only observes"],
    });
    expect(declaredIn([file("api.yaml", "a: {{ lastgood.dev/irreversible }}\n")], 0)).toEqual(NO_RESTRICTIONS);
    expect(declaredIn([file("api.yaml", "a: {{ nothing }}\n")], 0)).toBe(NO_RESTRICTIONS);
  });

  it("reads what a kustomization gives to all of its objects", () => {
    const text = "kind: Kustomization\nresources: [a.yaml]\ncommonAnnotations: { lastgood.dev/mode: propose }\n";
    expect(declaredIn([file("kustomization.yaml", text)], 0).mode).toBe("propose");
  });
});

describe("declaredKeeper", () => {
  it("holds what is ignored, what is in it, and what it is in", () => {
    const [component] = read(bearing(`lastgood.dev/ignore-paths: "/spec/a; /spec/b~1c"`));
    const keeps = component === undefined ? undefined : declaredKeeper(component, { isChosen: true });
    const why = (pointer: string): string | undefined => keeps?.({ pointer, facet: "other" });
    for (const pointer of ["/spec/a", "/spec/a/0", "/spec", "", "/spec/b~1c"]) {
      expect(why(pointer)).toBe("lastgood.dev/ignore-paths");
    }
    for (const pointer of ["/spec/ab", "/spec/b", "/metadata"]) expect(why(pointer)).toBeUndefined();
  });
});

const app = (image: string, replicas: number, annotations = ""): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  annotations: {${annotations}}
spec:
  replicas: ${replicas}
  template:
    spec:
      containers:
        - name: api
          image: acme/${image}
`;

function kept(now: string, then: string, options: PlanOptions = {}): readonly [Plan, readonly string[]] {
  const made = planned({ "api.yaml": now }, { "api.yaml": then }, options);
  return [made, made.kept.map(keptText)];
}

describe("a plan", () => {
  const ignore = `lastgood.dev/ignore-paths: "/spec/replicas"`;
  const components = "lastgood.dev/components: image";

  it("leaves ignored paths as they are, and says why, also when a person chooses", () => {
    for (const options of [{}, { only: ["Deployment/api"], facts: { isChosen: true } }]) {
      const [made, texts] = kept(app("api:2", 6, ignore), app("api:1", 2, ignore), options);
      expect(made.files[0]?.afterText).toBe(app("api:1", 6, ignore));
      expect(texts).toEqual(["Deployment/api replicas 6 (left alone: lastgood.dev/ignore-paths)"]);
    }
  });

  it("takes back of an object only the components that it names, unless a person has chosen", () => {
    const [made, texts] = kept(app("api:2", 6, components), app("api:1", 2, components));
    expect(made.files[0]?.afterText).toBe(app("api:1", 6, components));
    expect(texts).toEqual(["Deployment/api replicas 6 (left alone: lastgood.dev/components)"]);
    const chosen = { only: [":replicas"], facts: { isChosen: true } };
    expect(kept(app("api:2", 6, components), app("api:1", 2, components), chosen)[0].files[0]?.afterText).toBe(
      app("api:2", 2, components),
    );
  });

  it("counts what stands there now, not what a checkpoint says", () => {
    const [made] = kept(app("api:2", 6), app("api:1", 2, ignore));
    expect(made.files[0]?.afterText).toContain("replicas: 2");
  });

  it("does not take away what wants to be left alone as a whole", () => {
    const whole = app("api:2", 2, `lastgood.dev/ignore-paths: "/spec"`);
    const found = plan({ "a.yaml": whole, "b.yaml": "a: 2\n" }, { "b.yaml": "a: 2\n" });
    expect(found.kind).toBe("nothing-to-do");
    expect(found.kept.map(keptText)).toEqual(["Deployment/api (left alone: lastgood.dev/ignore-paths)"]);
  });
});
