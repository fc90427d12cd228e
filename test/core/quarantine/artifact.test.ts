import { describe, expect, it } from "vitest";

import {
  artifactKey,
  artifactText,
  isSameArtifact,
  readChart,
  isMovedValue,
  readImage,
  readValue,
  valueWord,
} from "../../../src/core/quarantine/artifact.ts";
import type { Artifact, ValueArtifact } from "../../../src/core/quarantine/record.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const OTHER = `sha256:${"b".repeat(64)}`;

function image(text: string): Artifact {
  const found = readImage(text);
  if (found === undefined) throw new Error(`${text} is no image`);
  return found;
}

function chart(text: string): Artifact {
  const found = readChart(text);
  if (found === undefined) throw new Error(`${text} is no chart`);
  return found;
}

function value(text: string): ValueArtifact {
  const found = readValue(text);
  if (found === undefined) throw new Error(`${text} is no value`);
  return found;
}

describe("isSameArtifact", () => {
  it.each([
    ["nginx:1.27", "docker.io/library/nginx:1.27"],
    ["nginx", "index.docker.io/library/nginx:latest"],
    ["acme/api:1", "docker.io/acme/api:1"],
    [`ghcr.io/acme/api:1.8.0@${DIGEST}`, "ghcr.io/acme/api:1.8.0"],
    ["ghcr.io/acme/api:1.8.0", `ghcr.io/acme/api:1.8.0@${DIGEST}`],
    [`ghcr.io/acme/api:1.8.0@${DIGEST}`, `ghcr.io/acme/api:1.9.0@${DIGEST}`],
    [`ghcr.io/acme/api@${DIGEST}`, `mirror.example/acme/api@${DIGEST}`],
  ])("takes %s and %s for one image", (bad, used) => {
    expect(isSameArtifact(image(bad), image(used))).toBe(true);
  });

  it.each([
    ["ghcr.io/acme/api:1.8.0", "ghcr.io/acme/api:1.8.1"],
    ["ghcr.io/acme/api:1.8.0", "ghcr.io/acme/api-server:1.8.0"],
    ["ghcr.io/acme/api:1.8.0", "ghcr.io/other/api:1.8.0"],
    [`ghcr.io/acme/api:1.8.0@${DIGEST}`, `ghcr.io/acme/api:1.8.0@${OTHER}`],
    [`ghcr.io/acme/api@${DIGEST}`, "ghcr.io/acme/api:1.8.0"],
    ["ghcr.io/acme/api:1.8.0", `ghcr.io/acme/api@${DIGEST}`],
  ])("tells %s from %s", (bad, used) => {
    expect(isSameArtifact(image(bad), image(used))).toBe(false);
  });

  it.each([
    ["redis@19.0.1", "https://charts.example/stable/redis:19.0.1", true],
    ["oci://ghcr.io/acme/charts/api:1.2.3", "ghcr.io/acme/charts/api@v1.2.3", true],
    ["https://a.example/redis@19.0.1", "https://b.example/redis@19.0.1", false],
    ["redis@19.0.1", "redis@19.0.2", false],
    ["redis@19.0.1", "valkey@19.0.1", false],
  ])("compares the charts %s and %s", (bad, used, same) => {
    expect(isSameArtifact(chart(bad), chart(used))).toBe(same);
  });

  it("knows that a Flux source's name is no address", () => {
    const used = { kind: "chart", name: "redis", version: "19.0.1", repository: "bitnami" } as const;
    expect(isSameArtifact(chart("https://a.example/redis@19.0.1"), used)).toBe(true);
  });

  it("never takes an image for a chart", () => {
    expect(isSameArtifact(image("redis:19.0.1"), chart("redis:19.0.1"))).toBe(false);
  });
});

describe("artifactText", () => {
  it.each(["ghcr.io/acme/api:1.8.0", "nginx:1.27", `acme/api:1@${DIGEST}`])(
    "reads back as the same image: %s",
    (text) => {
      expect(artifactText(image(text))).toBe(text);
      expect(artifactKey(image(artifactText(image(text))))).toBe(artifactKey(image(text)));
    },
  );

  it("reads back as the same chart", () => {
    expect(artifactText(chart("oci://ghcr.io/acme/charts/api:1.2.3"))).toBe("oci://ghcr.io/acme/charts/api@1.2.3");
    expect(artifactText(chart("redis@19.0.1"))).toBe("redis@19.0.1");
  });

  it.each(["redis", "https://charts.example/redis", "", "redis@"])("refuses %s as a chart: no version", (text) => {
    expect(readChart(text)).toBeUndefined();
  });
});

describe("values", () => {
  const TAG = "apps/api/values.yaml:image.tag=1.8.0";

  it.each([
    [TAG, true],
    ["./apps/api/values.yaml:image.tag=1.8.0", true],
    ["apps/api/values.yaml:image.tag=1.8.1", false],
    ["apps/api/values.yaml:sidecar.image.tag=1.8.0", false],
    ["apps/web/values.yaml:image.tag=1.8.0", false],
    ["values.yaml:image.tag=1.8.0", false],
  ])("knows %s as another's value or as its own", (text, same) => {
    expect(isSameArtifact(value(TAG), value(text))).toBe(same);
  });

  it("tells the objects of a file apart, but for somebody who named none", () => {
    const api = value("a.yaml:HelmRelease/api:spec.values.image.tag=1.8.0");
    const web = value("a.yaml:HelmRelease/web:spec.values.image.tag=1.8.0");
    expect(isSameArtifact(api, web)).toBe(false);
    expect(isSameArtifact(value("a.yaml:spec.values.image.tag=1.8.0"), web)).toBe(true);
  });

  it("knows a file that moved by its name, and never by its value alone", () => {
    expect(isMovedValue(value(TAG), value("services/api/values.yaml:image.tag=1.8.0"))).toBe(true);
    expect(isMovedValue(value(TAG), value("services/api/values-prod.yaml:image.tag=1.8.0"))).toBe(false);
    expect(isMovedValue(value(TAG), value("services/api/values.yaml:web.image.tag=1.8.0"))).toBe(false);
  });

  it.each([
    TAG,
    "a.yaml:HelmRelease/apps/api:spec.values.image.tag=1.8.0",
    "a.yaml:OCIRepository/api:spec.ref.semver=>=1.8.0 <2.0.0",
    `app.yaml:Application/api:spec.sources[https://git.example/acme].helm.parameters[image.tag]=v1`,
  ])("are read back from a command line, and from a list: %s", (text) => {
    expect(valueWord(value(text))).toBe(text);
    expect(value(artifactText(value(text)))).toEqual(value(text));
  });

  it("are shown with their place", () => {
    expect(artifactText(value(TAG))).toBe("apps/api/values.yaml image.tag = 1.8.0");
  });

  it.each(["", "1.8.0", "image.tag=1.8.0", "a.yaml:image.tag", "a.yaml:image.tag=", "a.yaml:=1", ":image.tag=1"])(
    "are not read from %j",
    (text) => {
      expect(readValue(text)).toBeUndefined();
    },
  );
});

describe("a chart in a registry", () => {
  it.each([
    ["oci://ghcr.io/acme/charts/api:1.8.0", "ghcr.io/acme/charts/api:1.8.0", true],
    ["oci://ghcr.io/acme/charts/api:1.8.0+b1", "ghcr.io/acme/charts/api:1.8.0_b1", true],
    ["oci://ghcr.io/acme/charts/api:1.8.0", "ghcr.io/acme/api:1.8.0", false],
    ["oci://ghcr.io/acme/charts/api:1.8.0", "ghcr.io/acme/charts/api:1.8.1", false],
    ["api@1.8.0", "api:1.8.0", false],
  ])("%s is the image %s: %s", (one, other, same) => {
    expect(isSameArtifact(chart(one), image(other))).toBe(same);
    expect(isSameArtifact(image(other), chart(one))).toBe(same);
  });
});
