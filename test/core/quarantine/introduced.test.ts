import { describe, expect, it } from "vitest";

import { readManifest, type Manifest } from "../../../src/core/manifest/read-manifest.ts";
import { blobId, commitId, type Revision } from "../../../src/core/model/git.ts";
import { readChart, readImage, readValue } from "../../../src/core/quarantine/artifact.ts";
import {
  type ChangedManifest,
  findCommits,
  findContents,
  findUses,
  type Finding,
  withoutRepeats,
} from "../../../src/core/quarantine/introduced.ts";
import type { Artifact } from "../../../src/core/quarantine/record.ts";
import type { QuarantineEntry } from "../../../src/core/quarantine/state.ts";
import { quarantineRecord } from "../../support/quarantine-record.ts";

function held(artifact: Artifact | undefined, changes: Parameters<typeof quarantineRecord>[1] = {}): QuarantineEntry {
  if (artifact === undefined) throw new Error("no artifact");
  return { artifact, record: quarantineRecord(1, { ...changes, artifact }) };
}

const API = held(readImage("ghcr.io/acme/api:1.8.0"));
const CHART = held(readChart("https://charts.example/redis@19.0.1"));

function read(path: string, text: string): Manifest {
  return readManifest(path, new TextEncoder().encode(text));
}

function changed(path: string, before: string | undefined, after: string | undefined): ChangedManifest {
  return {
    path,
    ...(before === undefined ? {} : { before: read(path, before) }),
    ...(after === undefined ? {} : { after: read(path, after) }),
  };
}

/** `file:line:column display`, with `=` before what stood there. */
function told(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ place: { file, line, column }, display, introduced }) => {
    return `${introduced ? "" : "= "}${file}:${line}:${column} ${display}`;
  });
}

function deployment(image: string, name = "api"): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  template:
    spec:
      containers:
        - name: api
          image: ${image}
`;
}

const BAD = deployment("ghcr.io/acme/api:1.8.0");
const GOOD = deployment("ghcr.io/acme/api:1.7.4");

describe("findUses", () => {
  it("finds an image that a change brings in, with its line and column", () => {
    expect(told(findUses([changed("a.yaml", GOOD, BAD)], [API]))).toEqual(["a.yaml:10:18 containers[api].image"]);
    expect(told(findUses([changed("a.yaml", undefined, BAD)], [API]))).toEqual(["a.yaml:10:18 containers[api].image"]);
  });

  it("lets a change take it away", () => {
    expect(findUses([changed("a.yaml", BAD, GOOD), changed("b.yaml", BAD, undefined)], [API])).toEqual([]);
  });

  it("only names what stood there before", () => {
    const after = BAD.replace("  template:", "  replicas: 3\n  template:");
    expect(told(findUses([changed("a.yaml", BAD, after)], [API]))).toEqual(["= a.yaml:11:18 containers[api].image"]);
  });

  it("does not take a move for a return", () => {
    const moved = [changed("old/a.yaml", BAD, undefined), changed("new/a.yaml", undefined, BAD)];
    expect(told(findUses(moved, [API]))).toEqual(["= new/a.yaml:10:18 containers[api].image"]);
  });

  it("sees it come to a second workload of a file that has it already", () => {
    const after = `${BAD}---\n${deployment("ghcr.io/acme/api:1.8.0", "worker")}`;
    expect(told(findUses([changed("a.yaml", BAD, after)], [API]))).toEqual([
      "= a.yaml:10:18 containers[api].image",
      "a.yaml:21:18 containers[api].image",
    ]);
  });

  it("sees a tag that moves to the quarantined digest", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const entry = held(readImage(`ghcr.io/acme/api@${digest}`));
    const [before, after] = [deployment("ghcr.io/acme/api:2"), deployment(`ghcr.io/acme/api:2@${digest}`)];
    expect(told(findUses([changed("a.yaml", before, after)], [entry]))).toEqual(["a.yaml:10:18 containers[api].image"]);
  });

  it.each([
    [
      "a kustomization",
      "kustomization.yaml",
      "images:\n  - name: ghcr.io/acme/api\n    newTag: 1.8.0\n",
      "3:13 images[ghcr.io/acme/api]",
    ],
    [
      "Helm values in parts",
      "values.yaml",
      "api:\n  image:\n    repository: ghcr.io/acme/api\n    tag: 1.8.0\n",
      "4:10 api.image",
    ],
    ["Helm values in one", "values.yaml", 'image: "ghcr.io/acme/api:1.8.0"\nreplicaCount: 1\n', "1:8 image"],
    [
      "a Helm template",
      "templates/api.yaml",
      "spec:\n  {{- if .Values.on }}\n  image: ghcr.io/acme/api:1.8.0\n  {{- end }}\n",
      "3:10 image",
    ],
    [
      "a custom resource",
      "api.yaml",
      "apiVersion: acme.io/v1\nkind: Service\nmetadata: { name: api }\nspec:\n  run: ghcr.io/acme/api:1.8.0\n",
      "5:8 run",
    ],
    [
      "what Argo CD Image Updater writes",
      ".argocd-source-api.yaml",
      "kustomize:\n  images:\n    - api=ghcr.io/acme/api:1.8.0\n",
      "3:11 api=ghcr.io/acme/api",
    ],
    [
      "a List",
      "list.yaml",
      `apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Pod\n    metadata: { name: p }\n    spec:\n      containers: [{ name: c, image: "ghcr.io/acme/api:1.8.0" }]\n`,
      "8:38 containers[c].image",
    ],
    [
      "JSON",
      "pod.json",
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},\n "spec":{"containers":[{"name":"c","image":"ghcr.io/acme/api:1.8.0"}]}}\n',
      "2:44 containers[c].image",
    ],
  ])("finds it in %s", (_, path, text, where) => {
    expect(told(findUses([changed(path, undefined, text)], [API]))).toEqual([`${path}:${where}`]);
  });

  it("reads no comments, and no longer names", () => {
    const text =
      "# was ghcr.io/acme/api:1.8.0\na: ghcr.io/acme/api:1.8.0-rc1 # not ghcr.io/acme/api:1.8.0\nb: my.ghcr.io/acme/api:1.8.0\n";
    expect(findUses([changed("notes.yaml", undefined, text)], [API])).toEqual([]);
  });

  it.each([
    [
      "a HelmRelease",
      `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: redis }
spec:
  chart:
    spec: { chart: redis, version: 19.0.1, sourceRef: { kind: HelmRepository, name: stable } }
`,
      "6:36 chart.spec.version",
    ],
    [
      "an Application",
      `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: redis }
spec:
  source:
    repoURL: https://charts.example
    chart: redis
    targetRevision: 19.0.1
`,
      "8:21 source.targetRevision",
    ],
  ])("finds a chart's version in %s", (_, text, where) => {
    expect(told(findUses([changed("redis.yaml", undefined, text)], [CHART]))).toEqual([`redis.yaml:${where}`]);
  });

  it("finds a chart's version among the dependencies of another", () => {
    const text =
      "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n  - name: redis\n    version: 19.0.1\n    repository: https://charts.example/\n";
    const findings = findUses([changed("chart/Chart.yaml", undefined, text)], [CHART]);
    expect(told(findings)).toEqual(["chart/Chart.yaml:6:14 dependencies[redis].version"]);
  });
});

describe("findUses of values", () => {
  const TAG = held(readValue("apps/api/values.yaml:image.tag=1.8.0"));
  const PATH = "apps/api/values.yaml";
  const values = (tag: string): string => `replicaCount: 2\nimage:\n  tag: ${tag}\n`;

  it("finds the value that comes back to its field, with its line and column", () => {
    expect(told(findUses([changed(PATH, values("1.7.4"), values('"1.8.0"'))], [TAG]))).toEqual([
      `${PATH}:3:8 image.tag`,
    ]);
    expect(told(findUses([changed(PATH, "replicaCount: 2\n", values("1.8.0"))], [TAG]))).toEqual([
      `${PATH}:3:8 image.tag`,
    ]);
  });

  it("only names what stood there before", () => {
    const after = values("1.8.0").replace("2", "3");
    expect(told(findUses([changed(PATH, values("1.8.0"), after)], [TAG]))).toEqual([`= ${PATH}:3:8 image.tag`]);
  });

  it.each([
    ["the next tag", PATH, values("1.8.1")],
    ["a tag that begins alike", PATH, values("1.8.0-2")],
    ["another field", PATH, "replicaCount: 2\nimage: { tag: 1.8.1 }\nsidecar:\n  image: { tag: 1.8.0 }\n"],
    ["another file of the same name", "apps/web/values.yaml", values("1.8.0")],
    ["another file beside it", "apps/api/values-prod.yaml", values("1.8.0")],
    ["a comment", PATH, "image:\n  # tag: 1.8.0\n  tag: 1.8.1\n"],
    ["a text", PATH, "notes: |\n  image:\n    tag: 1.8.0\n"],
  ])("is not misled by %s", (_, path, text) => {
    expect(findUses([changed(path, values("1.7.4"), text)], [TAG])).toEqual([]);
  });

  it("follows a file that moved, where the old one is no more", () => {
    const [old, now] = [changed(PATH, values("1.7.4"), undefined), "services/api/values.yaml"];
    const back = [old, changed(now, undefined, values("1.8.0"))];
    expect(findUses(back, [TAG])).toEqual([]);
    expect(findUses(back, [TAG], (path) => path === PATH)).toMatchObject([
      { place: { file: now, line: 3 }, introduced: true, moved: true },
    ]);
    const moved = [changed(PATH, values("1.8.0"), undefined), changed(now, undefined, values("1.8.0"))];
    expect(findUses(moved, [TAG], (path) => path === PATH)).toMatchObject([{ introduced: false }]);
  });

  it("keeps two deleted files apart when it asks what only moved", () => {
    const other = changed("apps/web/values.yaml", values("1.8.0"), undefined);
    const files = [other, changed(PATH, undefined, values("1.8.0"))];
    expect(findUses(files, [TAG])).toMatchObject([{ introduced: true }]);
  });
});

describe("findContents", () => {
  const [bad, good] = [blobId("b".repeat(40)), blobId("a".repeat(40))];
  const revision = commitId("8d41c07b".padEnd(40, "0"));
  const entry = held({ kind: "content", revision, files: [{ path: "a.yaml", blob: bad }, { path: "gone.yaml" }] });
  const at = (files: Readonly<Record<string, typeof bad>>) => (path: string) => files[path];

  it("finds content that comes back byte for byte", () => {
    const sides = { before: at({ "a.yaml": good }), after: at({ "a.yaml": bad }) };
    expect(findContents(sides, [entry])).toMatchObject([{ place: { file: "a.yaml" }, introduced: true }]);
  });

  it("is content with a part of it, with what was there before, and with what leaves", () => {
    const [before, after] = [at({ "a.yaml": good }), at({ "a.yaml": bad })];
    expect(findContents({ before, after: at({ "a.yaml": bad, "gone.yaml": good }) }, [entry])).toEqual([]);
    expect(findContents({ before: after, after }, [entry])).toEqual([]);
    expect(findContents({ before: after, after: before }, [entry])).toEqual([]);
  });
});

describe("findCommits", () => {
  const bad = commitId("8d41c07b".padEnd(40, "0"));
  const commit = (id: string, message: string): { readonly revision: Revision; readonly path: string } => ({
    path: "a.yaml",
    revision: {
      id: commitId(id.padEnd(40, "0")),
      parents: [],
      author: "",
      authorEmail: "",
      authoredAtMs: 0,
      committedAtMs: 0,
      message,
    },
  });

  it("finds the commit itself, and one that was picked from it", () => {
    const commits = [
      commit("1", "Bump"),
      commit("2", `Bump\n\n(cherry picked from commit ${bad})`),
      commit("8d41c07b", "Bump"),
    ];
    const found = findCommits(commits, [held({ kind: "commit", commit: bad })]);
    expect(found.map(({ text }) => text.slice(0, 2))).toEqual(["20", "8d"]);
  });
});

describe("withoutRepeats", () => {
  it("tells a revert's content only where nothing better is found", () => {
    const job = { job: "J1" };
    const image = held(API.artifact, job);
    const revision = commitId("8d41c07b".padEnd(40, "0"));
    const content = held({ kind: "content", revision, files: [{ path: "a.yaml" }] }, { ...job, id: "other" });
    const finding = (entry: QuarantineEntry, display: string): Finding => {
      return { entry, place: { file: "a.yaml" }, display, text: "", introduced: true };
    };
    const [one, two] = [finding(image, "containers[api].image"), finding(content, "content")];
    expect(withoutRepeats([one, two, one])).toEqual([one]);
    expect(withoutRepeats([two])).toEqual([two]);
  });
});

describe("a range of versions", () => {
  const release = (version: string): string => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: redis }
spec:
  chart:
    spec:
      chart: redis
      version: "${version}"
`;
  const BITNAMI = held(readChart("redis@19.0.1"));

  it("that lets a quarantined version in is a finding of its own kind", () => {
    const found = findUses([changed("r.yaml", release("18.x"), release(">=18 <20"))], [BITNAMI]);
    expect(told(found)).toEqual(["r.yaml:8:16 chart.spec.version"]);
    expect(found[0]).toMatchObject({ admits: true, text: "redis@>=18 <20" });
    expect(findUses([changed("r.yaml", release("18.x"), release("19.0.1"))], [BITNAMI])[0]).not.toHaveProperty(
      "admits",
    );
  });

  it("that lets it in no more, or never did, is none", () => {
    expect(findUses([changed("r.yaml", release("^19"), release("~19.1"))], [BITNAMI])).toEqual([]);
    expect(findUses([changed("r.yaml", release("^18"), release("^20 || ~19.1"))], [BITNAMI])).toEqual([]);
    expect(findUses([changed("r.yaml", release("^19"), release("${REDIS_VERSION}"))], [BITNAMI])).toEqual([]);
  });

  it("that let it in before, or named it, brings nothing new", () => {
    expect(told(findUses([changed("r.yaml", release("^19"), release(">=19"))], [BITNAMI]))).toEqual([
      "= r.yaml:8:16 chart.spec.version",
    ]);
    expect(told(findUses([changed("r.yaml", release("19.0.1"), release("^19"))], [BITNAMI]))).toEqual([
      "= r.yaml:8:16 chart.spec.version",
    ]);
  });

  it.each([
    [
      "a dependency",
      "Chart.yaml",
      "name: a\ndependencies:\n  - {name: redis, version: ^19, repository: https://charts.example}\n",
    ],
    [
      "an Application",
      "a.yaml",
      "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec: {source: {chart: redis, repoURL: charts.example, targetRevision: 19.*}}\n",
    ],
    [
      "a kustomization",
      "kustomization.yaml",
      "helmCharts:\n  - {name: redis, repo: https://charts.example, version: ~19.0}\n",
    ],
  ])("is read of %s", (_, path, text) => {
    expect(findUses([changed(path, undefined, text)], [CHART])).toMatchObject([{ admits: true }]);
    const elsewhere = held(readChart("https://other.example/redis@19.0.1"));
    expect(findUses([changed(path, undefined, text)], [elsewhere])).toEqual([]);
  });

  it("is read of a chart in a registry, which is an image for others", () => {
    const chart = "name: a\ndependencies:\n  - {name: api, version: ^1.8, repository: oci://ghcr.io/acme}\n";
    expect(findUses([changed("Chart.yaml", undefined, chart)], [API])).toMatchObject([{ admits: true }]);
  });
});

describe("what stands in texts", () => {
  const application = (tag: string): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: api }
spec:
  sources:
    - repoURL: https://git.example/gitops
      helm:
        values: |
          # the api
          image:
            repository: ghcr.io/acme/api
            tag: ${tag}
        parameters: []
`;

  it("is found in the Helm values of an Application, at its line", () => {
    expect(told(findUses([changed("a.yaml", application("1.7.4"), application("1.8.0"))], [API]))).toEqual([
      "a.yaml:12:undefined image",
    ]);
    expect(told(findUses([changed("a.yaml", application("1.8.0"), application('"1.8.0"'))], [API]))).toEqual([
      "= a.yaml:12:undefined image",
    ]);
  });

  it("is found once where it is spelled out there", () => {
    const whole = application("x").replace(/repository: .*\n.*tag: x/, "main: ghcr.io/acme/api:1.8.0");
    expect(findUses([changed("a.yaml", undefined, whole)], [API])).toHaveLength(1);
  });

  it("is left out where valuesObject goes before it, and where it is no YAML", () => {
    const object = application("1.8.0").replace(
      "parameters: []",
      "valuesObject: { image: { repository: ghcr.io/acme/api, tag: 1.7.4 } }",
    );
    expect(findUses([changed("a.yaml", undefined, object)], [API])).toEqual([]);
    expect(findUses([changed("a.yaml", undefined, application("{{ .tag }}: ]"))], [API])).toEqual([]);
  });

  it.each([
    ["in one", "[API_IMAGE=ghcr.io/acme/api:1.8.0]", "configMapGenerator[api].literals[API_IMAGE]"],
    [
      "in two",
      "[LEVEL=info, API_IMAGE=ghcr.io/acme/api, \"API_TAG='1.8.0'\"]",
      "configMapGenerator[api].literals[API_IMAGE]",
    ],
    ["in two, of one image", "[IMAGE=ghcr.io/acme/api, IMAGE_TAG=1.8.0]", "configMapGenerator[api].literals[IMAGE]"],
  ])("is found in literals of a generator, %s", (_, literals, display) => {
    const text = `configMapGenerator:\n  - name: api\n    literals: ${literals}\n`;
    expect(findUses([changed("kustomization.yaml", undefined, text)], [API])).toMatchObject([{ display }]);
  });

  it("is no image in literals that only look so", () => {
    const text =
      "configMapGenerator:\n  - name: api\n    literals: [IMAGE=ghcr.io/acme/api, TAG_OF_WEB=1.8.0, nonsense]\n";
    expect(findUses([changed("kustomization.yaml", undefined, text)], [API])).toEqual([]);
  });
});
