import { beforeAll, describe, expect, it } from "vitest";
import { findScope } from "../../src/app/find-scope.ts";
import { resolveTarget } from "../../src/app/resolve-target.ts";
import type { LastgoodError } from "../../src/errors.ts";
import type { Target } from "../../src/core/model/target.ts";
import { plainTarget } from "../../src/core/target/plain-target.ts";
import { fixtureRepository, openGitDir, type FixtureName } from "../support/fixture-repository.ts";
import type { GitDir } from "../support/gitdir.ts";

const URLS = ["https://github.com/acme/gitops", "https://github.com/acme/fleet"];
const configTargets = [
  plainTarget(["apps/payments/api"], { name: "payments/api", environment: "prod" }),
  plainTarget(["apps/qa"], { name: "shop", environment: "qa" }),
  plainTarget(["apps/prod"], { name: "shop", environment: "prod" }),
];

const repositories = new Map<FixtureName, GitDir>();

beforeAll(() => {
  for (const name of ["plain", "kustomize", "argocd", "flux"] as const) repositories.set(name, fixtureRepository(name));
});

function resolve(fixture: FixtureName, query: string, namespace?: string): Promise<Target> {
  const git = repositories.get(fixture) ?? fixtureRepository(fixture);
  return resolveTarget({
    repository: openGitDir(git),
    commit: git.head,
    query,
    configTargets,
    repositoryUrls: URLS,
    engines: ["east", "west"],
    ...(namespace === undefined ? {} : { namespace }),
  });
}

async function refusal(fixture: FixtureName, query: string, namespace?: string): Promise<LastgoodError> {
  return await resolve(fixture, query, namespace).then(
    (target) => {
      throw new Error(`resolved to ${target.name}`);
    },
    (error: LastgoodError) => error,
  );
}

describe("resolveTarget", () => {
  it.each<[string, FixtureName, string, string]>([
    ["a name from the configuration", "plain", "payments/api", "config payments/api"],
    ["that name with its environment", "plain", "shop (qa)", "config shop"],
    ["a path", "plain", "./apps/payments/api", "path apps/payments/api"],
    ["a path without ./", "plain", "apps/payments", "path apps/payments"],
    ["a path with a slash at its end", "plain", "apps/payments/", "path apps/payments"],
    ["a file", "plain", "apps/search/pods.yaml", "path apps/search/pods.yaml"],
    ["the whole repository", "plain", ".", "path ."],
    ["an Application", "argocd", "application/guestbook", "application guestbook"],
    ["an Application by a short kind", "argocd", "app/guestbook", "application guestbook"],
    ["a bare name", "argocd", "guestbook", "application guestbook"],
    ["what one of several engines makes of it", "argocd", "guestbook@east", "application guestbook@east"],
    ["the same by its kind, in a namespace", "argocd", "app/guestbook@west/b", "application guestbook@west/b"],
    ["a child of an ApplicationSet", "argocd", "application/red-shop", "applicationset red-shop"],
    ["that child by its set's kind", "argocd", "applicationset/red-shop", "applicationset red-shop"],
    ["a Kustomization", "flux", "kustomization/apps", "kustomization flux-system/apps"],
    ["a Kustomization with namespace", "flux", "ks/flux-system/apps", "kustomization flux-system/apps"],
    ["a HelmRelease", "flux", "helmrelease/podinfo", "helmrelease podinfo/podinfo"],
    ["its namespace and name", "flux", "podinfo/podinfo", "helmrelease podinfo/podinfo"],
    ["a workload", "plain", "sts/db", "workload payments/statefulset/db"],
    ["a workload by its full kind", "plain", "StatefulSet/db", "workload payments/statefulset/db"],
  ])("finds %s", async (_, fixture, query, expected) => {
    const target = await resolve(fixture, query);
    expect(`${target.origin.kind} ${target.name}`).toBe(expected);
  });

  it("knows no target of an engine that is not asked, nor of a path", async () => {
    expect((await refusal("argocd", "guestbook@north")).message).toContain("no target guestbook@north");
    expect((await refusal("plain", "apps/payments/api@east")).code).toBe("UsageTarget");
  });

  it.each(["./apps/payments", "apps/web/base"])("lists no whole tree to know the path %s", async (query) => {
    const git = repositories.get(query === "apps/web/base" ? "kustomize" : "plain") ?? fixtureRepository("plain");
    const files = async (): Promise<never> => Promise.reject(new Error("all of it was listed"));
    const repository = { ...openGitDir(git), files };
    const target = await resolveTarget({ repository, commit: git.head, query, configTargets, repositoryUrls: URLS });
    expect(target.origin.kind).toBe("path");
  });

  it("narrows to one workload, with everything that changes it", async () => {
    const target = await resolve("kustomize", "deploy/web");
    expect(target.workload).toEqual({ kind: "Deployment", name: "web" });
    expect(target.sources).toEqual([
      {
        path: "apps/web/base/deployment.yaml",
        tool: "directory",
        files: [
          "apps/web/overlays/prod/kustomization.yaml",
          "apps/web/overlays/prod/replicas.json",
          "apps/web/overlays/prod/resources.yaml",
          "apps/web/overlays/staging/kustomization.yaml",
        ],
      },
    ]);
    const git = repositories.get("kustomize") as GitDir;
    const { files } = await findScope({ repository: openGitDir(git), commit: git.head, target });
    expect(files).toHaveLength(5);
  });

  it("leaves out overlays of other namespaces", async () => {
    const { sources } = await resolve("kustomize", "deploy/web", "web-staging");
    expect(sources[0]?.files).toEqual(["apps/web/overlays/staging/kustomization.yaml"]);
  });

  it("takes along the workload that a Rollout refers to", async () => {
    const { sources, workload } = await resolve("plain", "rollout/search");
    expect(sources).toEqual([
      { path: "apps/search/rollout.yaml", tool: "directory", files: ["apps/search/pods.yaml"] },
    ]);
    expect(workload).toEqual({ kind: "Rollout", name: "search", namespace: "search" });
  });

  it("asks which of several workloads is meant, and takes the namespace for an answer", async () => {
    const error = await refusal("plain", "deploy/api");
    expect(error).toMatchObject({ code: "UsageTarget", message: "deploy/api can mean 2 targets" });
    expect(error.hint).toMatch(
      /^Say which:\n {2}deploy\/api -n catalog {3}\(apps\/catalog\/api\.yaml:1.*\)\n {2}deploy\/api -n payments {3}\(apps\/payments\/api\/deployment\.yaml:1.*\)$/,
    );
    expect((await resolve("plain", "deploy/api", "payments")).name).toBe("payments/deployment/api");
  });

  it("asks which of several configured targets is meant", async () => {
    expect((await refusal("plain", "shop")).hint).toBe(
      "Say which:\n  shop (qa)   (apps/qa)\n  shop (prod)   (apps/prod)",
    );
  });

  it("asks when a path and an object have the same name", async () => {
    const git = fixtureRepository("plain", [{ files: { "deploy/db": "x\n", "sts/db/a.yaml": "a: 1\n" } }]);
    const options = { repository: openGitDir(git), commit: git.head, configTargets, repositoryUrls: URLS };
    await expect(resolveTarget({ ...options, query: "sts/db" })).rejects.toMatchObject({
      message: "sts/db can mean 2 targets",
      hint: expect.stringContaining("./sts/db   (this path)"),
    });
    expect((await resolveTarget({ ...options, query: "deploy/db" })).origin.kind).toBe("path");
    expect((await resolveTarget({ ...options, query: "./sts/db" })).origin.kind).toBe("path");
  });

  it("finds a path that is gone, and says so", async () => {
    const git = fixtureRepository("plain", [{ remove: ["apps/search/pods.yaml", "apps/search/rollout.yaml"] }]);
    const options = { repository: openGitDir(git), commit: git.head, configTargets, repositoryUrls: URLS };
    const target = await resolveTarget({ ...options, query: "apps/search" });
    expect(target.notes).toEqual([`apps/search is gone at ${git.head.slice(0, 7)}`]);
    expect((await resolveTarget({ ...options, query: "./apps/search/pods.yaml" })).sources[0]?.path).toBe(
      "apps/search/pods.yaml",
    );
  });

  it.each<[FixtureName, string, string]>([
    ["plain", "paymets/api", "Did you mean payments/api"],
    ["plain", "./apps/paymnts", "Did you mean ./apps/payments"],
    ["plain", "apps/serch", "Did you mean apps/search"],
    ["argocd", "application/gestbook", "Did you mean application/guestbook"],
    ["argocd", "gestbook", "Did you mean guestbook?"],
    ["plain", "../outside", "`lastgood history` without a target"],
    ["plain", "/etc/passwd", "`lastgood history` without a target"],
    ["plain", "", "`lastgood history` without a target"],
    ["plain", "deploy/constructor", "`lastgood history` without a target"],
  ])("in %s refuses %j: %s", async (fixture, query, hint) => {
    const error = await refusal(fixture, query);
    expect(error.code).toBe("UsageTarget");
    expect(error.hint).toContain(hint);
  });

  it("shows nothing raw of what was typed", async () => {
    const error = await refusal("plain", "\u001b[31mred\u202e");
    expect(error.message).toBe("no target \\x1b[31mred\\u202e: no name, object or path, now or in history");
  });
});
