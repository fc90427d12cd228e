import { describe, expect, it } from "vitest";
import { findTargets } from "../../src/app/find-targets.ts";
import { fixtureRepository, openGitDir } from "../support/fixture-repository.ts";
import { gitdir, type FileSpec } from "../support/gitdir.ts";
import { silentLog } from "../support/silent-log.ts";

const URLS = ["https://github.com/acme/gitops.git"];

async function find(files: Readonly<Record<string, FileSpec>>, repositoryUrls: readonly string[] = URLS) {
  const git = gitdir([{ files }]);
  const log = silentLog();
  const targets = await findTargets({ repository: openGitDir(git), commit: git.head, repositoryUrls, log });
  return { targets, warnings: log.lines };
}

function application(name: string, spec = "source: {repoURL: https://github.com/acme/gitops, path: app}"): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: "${name}", namespace: argocd}
spec:
  ${spec}
  destination: {name: prod, namespace: x}
`;
}

function kustomization(kind: "Kustomization" | "HelmRelease", name: string): string {
  const spec =
    kind === "Kustomization"
      ? "{path: ./app, sourceRef: {kind: GitRepository, name: flux-system}}"
      : "{chartRef: {kind: OCIRepository, name: x}}";
  const api = kind === "Kustomization" ? "kustomize.toolkit.fluxcd.io/v1" : "helm.toolkit.fluxcd.io/v2";
  return `apiVersion: ${api}\nkind: ${kind}\nmetadata: {name: ${name}, namespace: shop}\nspec: ${spec}\n`;
}

describe("findTargets", () => {
  it("finds the Applications of a repository, and tells what it leaves out", async () => {
    const git = fixtureRepository("argocd");
    const log = silentLog();
    const targets = await findTargets({ repository: openGitDir(git), commit: git.head, repositoryUrls: URLS, log });
    expect(targets.map(({ name, origin }) => `${origin.kind} ${name} ${origin.place?.file}`)).toEqual([
      "applicationset blue-mail argocd/teams.yaml",
      "application guestbook argocd/guestbook.yaml",
      "applicationset guestbook-dev argocd/tools.yaml",
      "applicationset guestbook-qa argocd/tools.yaml",
      "application ingress argocd/ingress.yaml",
      "applicationset orders-eu-prod argocd/clusters.yaml",
      "application orders-prod argocd/orders.yaml",
      "applicationset orders-us-prod argocd/clusters.yaml",
      "application pinned argocd/elsewhere.yaml",
      "applicationset red-shop argocd/teams.yaml",
    ]);
    expect(log.lines).toEqual([
      expect.stringMatching(
        /^warn: argocd\/elsewhere\.yaml:\d+.*: application elsewhere left out: reads from another repository: /,
      ),
      expect.stringMatching(/^warn: argocd\/tools\.yaml:\d+.*: the clusters generator depends on more than git/),
    ]);
    const orders = targets.find(({ name }) => name === "orders-prod");
    expect(orders?.notes).toEqual([
      "value file from https://values.example.com/common.yaml",
      "value file leaves the repository: ../../../../etc/passwd",
    ]);
    expect(targets.find(({ name }) => name === "pinned")?.notes).toContain(
      "argocd/elsewhere.yaml also defines 1 other object",
    );
  });

  it("finds Flux' objects, with the patches that change them", async () => {
    const git = fixtureRepository("flux");
    const repositoryUrls = ["ssh://git@github.com/acme/fleet"];
    const targets = await findTargets({ repository: openGitDir(git), commit: git.head, repositoryUrls });
    expect(targets.map(({ name, origin }) => `${origin.kind} ${name}`)).toEqual([
      "kustomization flux-system/apps",
      "kustomization flux-system/flux-system",
      "kustomization flux-system/infrastructure",
      "helmrelease orders/orders",
      "helmrelease podinfo/podinfo",
    ]);
    expect(targets.at(-1)?.notes).toEqual([
      "takes values from ConfigMap/podinfo-values",
      "chart podinfo 6.7.1 comes from HelmRepository/podinfo",
      "changed by the patch apps/prod/podinfo-patch.yaml",
    ]);
  });

  it("gives every target a name of its own", async () => {
    const { targets } = await find({
      "app/a.yaml": "a: 1\n",
      "prod/api.yaml": kustomization("Kustomization", "api"),
      "prod/release.yaml": kustomization("HelmRelease", "api"),
      "qa/api.yaml": kustomization("Kustomization", "api"),
      "qa/web.yaml": kustomization("Kustomization", "web"),
    });
    expect(targets.map(({ name }) => name)).toEqual([
      "helmrelease/shop/api",
      "kustomization/shop/api@prod/api.yaml",
      "kustomization/shop/api@qa/api.yaml",
      "shop/web",
    ]);
  });

  it("leaves out what is no object of an engine, a template, or broken", async () => {
    const { targets, warnings } = await find({
      "app/a.yaml": "a: 1\n",
      "a.yaml": application("api").replace("argoproj.io", "evil.argoproj.io"),
      "b.yaml": application("{{ .Values.name }}"),
      "c.yaml": application("../../escape"),
      "d.yaml": `${application("x")}  bad: [\n`,
      "e.yaml": application("templated", "source: {repoURL: https://github.com/acme/gitops, path: 'app/{{ x }}'}"),
      "f.txt": application("no-manifest"),
      "g.yaml": { mode: "120000", text: "a.yaml" },
    });
    expect(targets).toEqual([]);
    expect(warnings.map((line) => line.replace(/^(warn: \S+?):\d\S*/, "$1:"))).toEqual([
      expect.stringMatching(/^warn: b\.yaml: the engine's objects here are not seen: /),
      expect.stringMatching(/^warn: c\.yaml: the engine's objects here are not seen: /),
      expect.stringMatching(/^warn: d\.yaml: the engine's objects here are not seen: /),
      "warn: e.yaml: application templated left out: path is a template: app/{{ x }}",
    ]);
  });

  it("leaves out an ApplicationSet's child whose name stays a template", async () => {
    const { targets, warnings } = await find({
      "app/a.yaml": "a: 1\n",
      "set.yaml": `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: set}
spec:
  goTemplate: true
  generators: [{list: {elements: [{name: a}, {name: ../b}]}}]
  template:
    metadata: {name: "{{ .name | upper }}"}
    spec:
      source: {repoURL: https://github.com/acme/gitops, path: app}
      destination: {name: x}
`,
    });
    expect(targets).toEqual([]);
    expect(warnings).toEqual(Array(2).fill("warn: set.yaml:1:1: applicationset left out: its name is a template"));
  });

  it("leaves out a file that is too large, not its neighbours", async () => {
    const { targets } = await find({
      "app/a.yaml": "a: 1\n",
      "huge.yaml": `${application("huge")}# ${"x".repeat(1024 * 1024)}\n`,
      "small.yaml": application("small"),
    });
    expect(targets.map(({ name }) => name)).toEqual(["small"]);
  });

  it("takes sources by their path when it knows no address", async () => {
    const files = { "app/a.yaml": "a: 1\n", "x.yaml": application("api") };
    const { targets } = await find(files, []);
    expect(targets[0]?.notes).toEqual([
      "took https://github.com/acme/gitops for this repository, because its path exists here",
    ]);
    expect((await find({ "x.yaml": application("api") }, [])).targets).toEqual([]);
  });

  it("reads a repository of thousands of files", async () => {
    const filler = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [
        `apps/a${i % 50}/m${i}.yaml`,
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m${i}}\n`,
      ]),
    );
    const { targets } = await find({ ...filler, "app/a.yaml": "a: 1\n", "x.yaml": application("api") });
    expect(targets.map(({ name }) => name)).toEqual(["api"]);
  });

  it("knows who depends on a Flux object, by kind, name and namespace", async () => {
    const flux = (kind: "Kustomization" | "HelmRelease", name: string, more: string): string =>
      kustomization(kind, name).replace("spec: {", `spec: {${more}, `);
    const chart = "apiVersion: v2\nname: x\nversion: 1.0.0\n";
    const { targets } = await find({
      "app/a.yaml": "a: 1\n",
      "chart/Chart.yaml": chart,
      "c/infra.yaml": kustomization("Kustomization", "infra"),
      "c/twin.yaml": kustomization("Kustomization", "infra").replace("namespace: shop", "namespace: other"),
      "c/web.yaml": flux("Kustomization", "web", "dependsOn: [{name: infra}, {name: infra}, {name: gone}]"),
      "c/api.yaml": flux("Kustomization", "api", "dependsOn: [{name: infra, namespace: shop}, {name: api}]"),
      "c/far.yaml": flux("Kustomization", "far", "dependsOn: [{name: infra, namespace: other}, 7, {}]"),
    });
    const waiting = targets.flatMap(({ name, dependents }) => (dependents === undefined ? [] : [[name, dependents]]));
    expect(waiting).toEqual([
      ["other/infra", [{ by: "dependsOn", names: ["shop/far"], count: 1 }]],
      ["shop/infra", [{ by: "dependsOn", names: ["shop/api", "shop/web"], count: 2 }]],
    ]);
  });

  it("knows which Applications of the same parent are in later sync waves", async () => {
    const wave = (name: string, number: string): string =>
      application(name).replace("metadata: {", `metadata: {annotations: {argocd.argoproj.io/sync-wave: "${number}"}, `);
    const root = application("root", "source: {repoURL: https://github.com/acme/gitops, path: children}");
    const { targets } = await find({
      "app/a.yaml": "a: 1\n",
      "root.yaml": root,
      "children/db.yaml": wave("db", "-1"),
      "children/api.yaml": application("api"),
      "children/odd.yaml": wave("odd", "first"),
      "children/web.yaml": wave("web", "2"),
      "elsewhere/late.yaml": wave("late", "9"),
    });
    const waiting = targets.flatMap(({ name, dependents }) => (dependents === undefined ? [] : [[name, dependents]]));
    expect(waiting).toEqual([
      ["api", [{ by: "sync-wave", names: ["web"], count: 1 }]],
      ["db", [{ by: "sync-wave", names: ["api", "odd", "web"], count: 3 }]],
      ["odd", [{ by: "sync-wave", names: ["web"], count: 1 }]],
    ]);
  });
});
