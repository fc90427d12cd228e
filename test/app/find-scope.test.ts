import { describe, expect, it } from "vitest";
import { findScope, type FoundScope } from "../../src/app/find-scope.ts";
import { findTargets } from "../../src/app/find-targets.ts";
import type { Target, TargetSource } from "../../src/core/model/target.ts";
import { plainTarget } from "../../src/core/target/plain-target.ts";
import { fixtureRepository, openGitDir, type FixtureName } from "../support/fixture-repository.ts";
import { gitdir, type GitDir } from "../support/gitdir.ts";

async function scopeOf(git: GitDir, target: Target): Promise<FoundScope> {
  return await findScope({ repository: openGitDir(git), commit: git.head, target });
}

function engineTarget(source: TargetSource): Target {
  return { name: "x", origin: { kind: "application" }, sources: [source], notes: [] };
}

function pathsOf(found: FoundScope): readonly string[] {
  return found.files.map((file) => file.path);
}

const WEB_BASE = [
  "apps/web/base/deployment.yaml",
  "apps/web/base/files/nginx.conf",
  "apps/web/base/kustomization.yaml",
  "apps/web/base/service.yaml",
  "apps/web/base/web.env",
];
const WEB_PROD = [
  ...WEB_BASE,
  "apps/web/overlays/prod/hpa.yaml",
  "apps/web/overlays/prod/kustomization.yaml",
  "apps/web/overlays/prod/replicas.json",
  "apps/web/overlays/prod/resources.yaml",
  "components/monitoring/kustomization.yaml",
  "components/monitoring/service-monitor.yaml",
  "shared/tls.conf",
];
const ORDERS = [
  "charts/orders/Chart.yaml",
  "charts/orders/templates/NOTES.txt",
  "charts/orders/templates/deployment.yaml",
];
const COMMON = ["charts/common/Chart.yaml", "charts/common/templates/_name.tpl"];

describe("findScope of a source", () => {
  it.each<[string, FixtureName, TargetSource, readonly string[]]>([
    ["a kustomization with all it reaches", "kustomize", { path: "apps/web/overlays/prod", tool: "detect" }, WEB_PROD],
    [
      "chart values and a generator's files",
      "kustomize",
      { path: "apps/web/overlays/staging", tool: "kustomize" },
      [
        ...WEB_BASE,
        "apps/web/overlays/staging/kustomization.yaml",
        "apps/web/overlays/staging/redis-values.yaml",
        "apps/web/overlays/staging/secrets.yaml",
        "apps/web/overlays/staging/session-key.enc.yaml",
        "shared/tls.conf",
      ],
    ],
    [
      "a cycle once",
      "kustomize",
      { path: "loop/a", tool: "detect" },
      ["loop/a/kustomization.yaml", "loop/b/kustomization.yaml"],
    ],
    [
      "a chart without other environments' values, with its local dependency",
      "helm",
      { path: "charts/orders", tool: "detect", files: ["charts/orders/values-prod.yaml"] },
      [...COMMON, ...ORDERS, "charts/orders/values-prod.yaml", "charts/orders/values.yaml"],
    ],
    ["a directory's top level", "plain", { path: "apps/payments", tool: "directory" }, []],
    [
      "a directory below",
      "plain",
      { path: "apps/payments", tool: "directory", recurse: true, exclude: ["db/**"] },
      ["apps/payments/api/deployment.yaml", "apps/payments/api/service.yaml"],
    ],
    [
      "everything, documentation too",
      "plain",
      { path: "apps/payments/api", tool: "everything" },
      ["OWNERS", "README.md", "deployment.yaml", "service.yaml"].map((name) => `apps/payments/api/${name}`),
    ],
    [
      "a Flux folder without a kustomization, where a subfolder with one is a resource",
      "flux",
      { path: "infrastructure", tool: "kustomize", files: ["components/alerts"] },
      [
        "components/alerts/alert.yaml",
        "components/alerts/kustomization.yaml",
        "infrastructure/issuer.yaml",
        "infrastructure/metrics/kustomization.yaml",
        "infrastructure/metrics/rbac.yaml",
      ],
    ],
    ["a single file", "plain", { path: "apps/search/pods.yaml", tool: "directory" }, ["apps/search/pods.yaml"]],
    [
      "value files by a glob",
      "argocd",
      { path: "values/ingress.yaml", tool: "directory", files: ["values/regions/**/*.yaml"] },
      ["values/ingress.yaml", "values/regions/eu/ingress.yaml"],
    ],
  ])("finds %s", async (_, fixture, source, expected) => {
    const found = await scopeOf(fixtureRepository(fixture), engineTarget(source));
    expect(pathsOf(found)).toEqual(expected);
  });

  it("notes what it does not follow", async () => {
    const kustomize = fixtureRepository("kustomize");
    const prod = await scopeOf(kustomize, engineTarget({ path: "apps/web/overlays/prod", tool: "detect" }));
    expect(prod.notes).toEqual([
      "apps/web/overlays/prod/kustomization.yaml takes https://github.com/acme/platform//network-policies?ref=v1.4.0, which is not in this repository",
    ]);
    const loop = await scopeOf(kustomize, engineTarget({ path: "loop/a", tool: "detect" }));
    expect(loop.notes).toEqual(["loop/b/kustomization.yaml names ../../../../etc, which is outside of the repository"]);
    const orders = await scopeOf(fixtureRepository("helm"), engineTarget({ path: "charts/orders", tool: "helm" }));
    expect(orders.notes).toEqual([
      "charts/orders/Chart.yaml depends on postgresql 15.5.0 from https://charts.example.com",
    ]);
  });
});

describe("findScope of a plain path", () => {
  it("is everything deployable below it", async () => {
    const found = await scopeOf(fixtureRepository("plain"), plainTarget(["apps/payments"]));
    expect(pathsOf(found)).toEqual([
      "apps/payments/api/deployment.yaml",
      "apps/payments/api/service.yaml",
      "apps/payments/db/statefulset.yaml",
    ]);
    expect(found.scope).toEqual([{ kind: "folder", path: "apps/payments", recurse: true, files: "deployable" }]);
  });

  it("takes along what its kustomizations and charts use elsewhere", async () => {
    const base = await scopeOf(fixtureRepository("kustomize"), plainTarget(["apps/web/base"]));
    expect(pathsOf(base)).toEqual([
      ...WEB_BASE.slice(0, 4),
      "apps/web/base/unused.yaml",
      "apps/web/base/web.env",
      "shared/tls.conf",
    ]);
    const chart = await scopeOf(fixtureRepository("helm"), plainTarget(["charts/orders"]));
    expect(pathsOf(chart)).toEqual([
      ...COMMON,
      ...ORDERS,
      "charts/orders/values-prod.yaml",
      "charts/orders/values-staging.yaml",
      "charts/orders/values.yaml",
    ]);
  });

  it("takes along the value files that engine objects below it name", async () => {
    const found = await scopeOf(fixtureRepository("argocd"), plainTarget(["argocd"]));
    expect(pathsOf(found).filter((path) => !path.startsWith("argocd/"))).toEqual([
      "charts/orders/.argocd-source-orders-prod.yaml",
      "charts/orders/values-prod.yaml",
      "values/ingress.yaml",
      "values/orders-prod.yaml",
    ]);
  });

  it("holds a path that is gone, as a file and as a folder", async () => {
    const found = await scopeOf(fixtureRepository("plain"), plainTarget(["apps/gone"]));
    expect(found.files).toEqual([]);
    expect(found.scope).toEqual([
      { kind: "file", path: "apps/gone" },
      { kind: "folder", path: "apps/gone", recurse: true, files: "deployable" },
    ]);
  });
});

describe("findScope of a hostile repository", () => {
  it("never follows a symbolic link, nor a path that leaves the repository", async () => {
    const git = gitdir([
      {
        files: {
          "app/kustomization.yaml": "resources: [link.yaml, dir, ../../x, /etc/passwd, '']\n",
          "app/link.yaml": { mode: "120000", text: "/etc/passwd" },
          "app/dir": { mode: "120000", text: "../secret" },
          "secret/kustomization.yaml": "resources: [a.yaml]\n",
        },
      },
    ]);
    const found = await scopeOf(git, engineTarget({ path: "app", tool: "detect" }));
    expect(pathsOf(found)).toEqual(["app/dir", "app/kustomization.yaml", "app/link.yaml"]);
    expect(found.notes).toContain("app/dir is a symbolic link or submodule: not followed");
  });

  it("goes on when a kustomization cannot be read", async () => {
    const git = gitdir([{ files: { "app/kustomization.yaml": "resources: [\n", "app/a.yaml": "a: 1\n" } }]);
    const found = await scopeOf(git, engineTarget({ path: "app", tool: "detect" }));
    expect(pathsOf(found)).toEqual(["app/kustomization.yaml"]);
    expect(found.notes).toEqual(["cannot read app/kustomization.yaml; what it names is not followed"]);
  });

  it("refuses a chain of kustomizations without end", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 220 }, (_, i) => [`k/${i}/kustomization.yaml`, `resources: [../${i + 1}]\n`]),
    );
    const git = gitdir([{ files }]);
    await expect(scopeOf(git, engineTarget({ path: "k/0", tool: "detect" }))).rejects.toMatchObject({
      code: "LimitFiles",
      message: "x is made of more than 200 kustomizations",
    });
  });

  it("refuses a kustomization that names thousands of files, not a folder that holds them", async () => {
    const list = Array.from({ length: 2100 }, (_, i) => `  - ${i}.yaml\n`).join("");
    const git = gitdir([{ files: { "app/kustomization.yaml": `resources:\n${list}` } }]);
    await expect(scopeOf(git, engineTarget({ path: "app", tool: "detect" }))).rejects.toMatchObject({
      code: "LimitFiles",
    });
    expect(pathsOf(await scopeOf(git, plainTarget(["app"])))).toEqual(["app/kustomization.yaml"]);
  });
});

describe("findScope of found targets", () => {
  it("is exact for every Argo CD target", async () => {
    const git = fixtureRepository("argocd");
    const repository = openGitDir(git);
    const repositoryUrls = ["https://github.com/acme/gitops.git"];
    const targets = await findTargets({ repository, commit: git.head, repositoryUrls });
    const scopes = await Promise.all(targets.map((target) => findScope({ repository, commit: git.head, target })));
    const chart = [...ORDERS, "charts/orders/values.yaml"];
    expect(
      Object.fromEntries(targets.map((target, i) => [target.name, scopes[i]?.files.map(({ path }) => path)])),
    ).toEqual({
      "blue-mail": ["teams/blue/mail/deployment.yaml"],
      guestbook: ["apps/guestbook/backend/deployment.yaml", "apps/guestbook/ui.yaml"],
      "guestbook-dev": ["apps/guestbook/debug.local.yaml", "apps/guestbook/ui.yaml", "argocd/tools.yaml"],
      "guestbook-qa": ["apps/guestbook/debug.local.yaml", "apps/guestbook/ui.yaml", "argocd/tools.yaml"],
      ingress: [
        "apps/ingress-extras/certificate.yaml",
        "apps/ingress-extras/kustomization.yaml",
        "argocd/ingress.yaml",
        "values/ingress.yaml",
        "values/regions/eu/ingress.yaml",
      ],
      "orders-eu-prod": [...chart, "clusters/eu/prod/config.json", "clusters/eu/prod/values.yaml"].toSorted(),
      "orders-prod": [
        ...chart,
        "charts/orders/.argocd-source-orders-prod.yaml",
        "charts/orders/values-prod.yaml",
        "shared/limits.yaml",
        "values/orders-prod.yaml",
      ].toSorted(),
      "orders-us-prod": [...chart, "clusters/us/prod/config.json", "clusters/us/prod/values.yaml"].toSorted(),
      pinned: ["argocd/elsewhere.yaml"],
      "red-shop": ["teams/red/shop/deployment.yaml"],
    });
  });

  it("is exact for every Flux target", async () => {
    const git = fixtureRepository("flux");
    const repository = openGitDir(git);
    const targets = await findTargets({
      repository,
      commit: git.head,
      repositoryUrls: ["https://github.com/acme/fleet"],
    });
    const scopes = await Promise.all(targets.map((target) => findScope({ repository, commit: git.head, target })));
    expect(
      Object.fromEntries(targets.map((target, i) => [target.name, scopes[i]?.files.map(({ path }) => path)])),
    ).toEqual({
      "flux-system/apps": [
        "apps/base/podinfo/kustomization.yaml",
        "apps/base/podinfo/namespace.yaml",
        "apps/base/podinfo/release.yaml",
        "apps/base/podinfo/repository.yaml",
        "apps/prod/kustomization.yaml",
        "apps/prod/orders.yaml",
        "apps/prod/podinfo-patch.yaml",
      ],
      "flux-system/flux-system": [
        "clusters/prod/apps.yaml",
        "clusters/prod/flux-system/gotk-sync.yaml",
        "clusters/prod/infrastructure.yaml",
        "clusters/prod/upstream.yaml",
      ],
      "flux-system/infrastructure": [
        "clusters/prod/infrastructure.yaml",
        "components/alerts/alert.yaml",
        "components/alerts/kustomization.yaml",
        "infrastructure/issuer.yaml",
        "infrastructure/metrics/kustomization.yaml",
        "infrastructure/metrics/rbac.yaml",
      ],
      "orders/orders": [
        "apps/prod/orders.yaml",
        ...ORDERS,
        "charts/orders/values-prod.yaml",
        "charts/orders/values.yaml",
      ],
      "podinfo/podinfo": ["apps/base/podinfo/release.yaml", "apps/prod/podinfo-patch.yaml"],
    });
  });
});
