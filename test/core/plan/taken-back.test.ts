import { describe, expect, it } from "vitest";

import { blobId, commitId } from "../../../src/core/model/git.ts";
import { artifactsOf } from "../../../src/core/plan/taken-back.ts";
import type { Plan, PlannedFile } from "../../../src/core/plan/types.ts";
import { artifactText } from "../../../src/core/quarantine/artifact.ts";
import { deployment } from "../../support/manifests.ts";

const SUSPECT = commitId("8d41c07b".padEnd(40, "0"));

function file(path: string, beforeText: string | undefined, afterText: string | undefined): PlannedFile {
  return {
    path,
    action: "remove",
    linesAdded: 0,
    linesRemoved: 0,
    ...(beforeText === undefined ? {} : { beforeText, before: { mode: "100644", id: blobId("b".repeat(40)) } }),
    ...(afterText === undefined ? {} : { afterText }),
  };
}

/** As far as `artifactsOf` looks at a plan. */
function plan(files: readonly PlannedFile[], content = "c0ffee"): Plan {
  return { files, suspect: { revision: { id: SUSPECT }, content } } as unknown as Plan;
}

function texts(files: readonly PlannedFile[]): readonly string[] {
  return artifactsOf(plan(files)).flatMap((artifact) => (artifact.kind === "content" ? [] : [artifactText(artifact)]));
}

describe("artifactsOf", () => {
  it("names the images and charts whose version the plan changes", () => {
    const release = (version: string) =>
      `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: { name: redis }\nspec:\n  chart: { spec: { chart: redis, version: ${version} } }\n`;
    const files = [
      file("a.yaml", deployment("api:1.8"), deployment("api:1.7")),
      file("b.yaml", release("19.0.1"), release("18.2.0")),
      file(
        "kustomization.yaml",
        "images: [{ name: acme/web, newTag: v3 }]\n",
        "images: [{ name: acme/web, newTag: v2 }]\n",
      ),
    ];
    expect(texts(files)).toEqual(["acme/api:1.8", "redis@19.0.1", "acme/web:v3"]);
  });

  it("leaves out what is still in use, what only leaves with its workload, and what is no image", () => {
    const args = (host: string) => `${deployment("api:1.7")}          args: ["--cache=${host}:6379"]\n`;
    expect(texts([file("a.yaml", deployment("api:1.7", { replicas: 3 }), deployment("api:1.7"))])).toEqual([]);
    expect(texts([file("new.yaml", deployment("sidecar:1"), undefined)])).toEqual([]);
    expect(texts([file("a.yaml", args("cache-v2"), args("cache"))])).toEqual([]);
    const both = [
      file("a.yaml", deployment("api:1.8"), deployment("api:1.7")),
      file("b.yaml", deployment("api:1.8", { replicas: 3 }), deployment("api:1.8")),
    ];
    expect(texts(both)).toEqual([]);
  });

  it("finds the image that a Helm template spells out", () => {
    const template = (tag: string) => `spec:\n  {{- if .Values.on }}\n  image: acme/api:${tag}\n  {{- end }}\n`;
    expect(texts([file("templates/api.yaml", template("1.8"), template("1.7"))])).toEqual(["acme/api:1.8"]);
  });

  it("names a version that stands alone by its file and field", () => {
    const values = (tag: string) => `replicaCount: 2\nimage: { ${tag} }\nsidecar: { image: { tag: "3" } }\n`;
    const path = "apps/api/values.yaml";
    const named = [`${path} image.tag = 1.8.0`];
    expect(texts([file(path, values("tag: 1.8.0"), values("tag: 1.7.4"))])).toEqual(named);
    expect(texts([file(path, values("tag: 1.8.0"), values("pullPolicy: Always"))])).toEqual(named);
    expect(texts([file(path, values("pullPolicy: Always"), values("tag: 1.7.4"))])).toEqual([]);
    expect(texts([file(path, values("tag: 1.8.0"), undefined)])).toEqual([]);
    const whole = (tag: string) => values(`repository: acme/api, tag: ${tag}`);
    expect(texts([file(path, whole("1.8.0"), whole("1.7.4"))])).toEqual(["acme/api:1.8.0"]);
  });

  it("names no version of an object that leaves", () => {
    const release = (name: string, tag: string) =>
      `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: { name: ${name} }\nspec: { values: { image: { tag: ${tag} } } }\n`;
    const before = `${release("api", "1.8.0")}---\n${release("web", "1.8.0")}`;
    expect(texts([file("a.yaml", before, release("api", "1.7.4"))])).toEqual([
      "a.yaml HelmRelease/api spec.values.image.tag = 1.8.0",
    ]);
  });

  it("names the content by the files that go back, as they were", () => {
    const files = [file("a.yaml", "a: 2\n", "a: 1\n"), file("gone.yaml", undefined, "b: 1\n")];
    const blob = blobId("b".repeat(40));
    const known = [{ path: "a.yaml", blob }, { path: "gone.yaml" }];
    expect(artifactsOf(plan(files))).toEqual([{ kind: "content", revision: SUSPECT, content: "c0ffee", files: known }]);
    expect(artifactsOf(plan(files, ""))).toEqual([{ kind: "content", revision: SUSPECT, files: known }]);
  });

  it("names no content of more files than a record holds", () => {
    const files = Array.from({ length: 201 }, (_, index) => file(`${index}.yaml`, "a: 2\n", "a: 1\n"));
    expect(artifactsOf(plan(files))).toEqual([]);
  });
});
