import { describe, expect, it } from "vitest";
import { type ConfiguredTarget, discover, type DiscoveredTarget, type SeenEngine } from "../../src/core/discovery.ts";
import type { Target, TargetOrigin } from "../../src/core/model/target.ts";
import { plainTarget } from "../../src/core/target/plain-target.ts";
import { appState } from "../support/memory-engine.ts";

const URL = "https://git.example.com/acme/gitops.git";
const NOW = Date.parse("2026-08-22T13:46:40Z");

function found(name: string, kind: TargetOrigin["kind"] = "application", paths = [`apps/${name}`]): Target {
  const sources = paths.map((path) => ({ path, tool: "detect" as const }));
  return { name, origin: { kind, place: { file: `argocd/${name}.yaml` } }, sources, notes: [] };
}

function configured(name: string, paths: readonly string[], ...objects: readonly string[]): ConfiguredTarget {
  return { target: plainTarget(paths, { name }), objects: objects.map((object) => ({ engine: "argo", object })) };
}

interface World {
  readonly configured?: readonly ConfiguredTarget[];
  readonly found?: readonly Target[];
  readonly engines?: readonly SeenEngine[];
  readonly takesAll?: boolean;
}

function all({ configured: own = [], found: inGit = [], engines = [], takesAll }: World): readonly DiscoveredTarget[] {
  const facts = { configured: own, found: inGit, engines, isHere: ({ url }: { url: string }) => url === URL };
  return discover({ ...facts, nowMs: NOW, ...(takesAll === undefined ? {} : { takesAll }) });
}

/** `name from object object`. */
function told(world: World): readonly string[] {
  return all(world).map(({ target, from, objects }) =>
    [target.name, from, ...objects.map(({ engine, object, key }) => `${engine}:${key ?? `${object}?`}`)].join(" "),
  );
}

const argo = (...states: SeenEngine["states"]): SeenEngine => ({ name: "argo", states });

describe("discover", () => {
  it("makes one target of an object that the configuration, a manifest and the cluster know", () => {
    const engines = [argo(appState({ name: "api" }))];
    expect(
      told({ configured: [configured("payments/api", ["apps/api"], "api")], found: [found("api")], engines }),
    ).toEqual(["payments/api config argo:application/argocd/api"]);
  });

  it("finds the object of a configured target that names none by its paths", () => {
    const engines = [argo(appState({ name: "api" }), appState({ name: "web" }))];
    expect(told({ configured: [configured("payments/web", ["apps/web"])], found: [found("web")], engines })).toEqual([
      "payments/web config argo:application/argocd/web",
    ]);
  });

  it("knows of a configured target who waits for it, as its manifest is waited for", () => {
    const dependents = [{ by: "dependsOn", names: ["shop/web"], count: 1 }] as const;
    const own = [
      configured("payments/api", ["apps/api"]),
      configured("db", ["x"], "db"),
      configured("web", ["apps/web"]),
    ];
    const inGit = [{ ...found("api"), dependents }, { ...found("db"), dependents }, found("web")];
    expect(all({ configured: own, found: inGit }).map(({ target }) => target.dependents)).toEqual([
      dependents,
      dependents,
      undefined,
    ]);
  });

  it("takes a configured object by kind, by namespace, and by its whole key", () => {
    const engines = [argo(appState({ name: "api", namespace: "one" }), appState({ name: "api", namespace: "two" }))];
    for (const object of ["two/api", "application/two/api", "Application/two/api"]) {
      const [first] = told({ configured: [configured("payments", ["x"], object)], engines });
      expect(first).toBe("payments config argo:application/two/api");
    }
    const [{ objects, notes } = { objects: [], notes: [] }] = all({
      configured: [configured("payments", ["x"], "api")],
      engines,
    });
    expect([objects[0]?.key, notes]).toEqual([
      undefined,
      ['argo has 2 objects called "api": write kind/namespace/name'],
    ]);
  });

  it("keeps a manifest's target whose object no engine has, once", () => {
    expect(told({ found: [found("api")], engines: [argo()] })).toEqual(["api repository"]);
    expect(told({ configured: [configured("payments/api", ["apps/api"], "api")], found: [found("api")] })).toEqual([
      "payments/api config argo:api?",
    ]);
  });

  it("tells namespaces apart where the manifest says one, and takes the name alone where an overlay changes it", () => {
    const flux = { name: "flux", states: [appState({ kind: "Kustomization", namespace: "b", name: "api" })] };
    expect(told({ found: [found("a/api", "kustomization")], engines: [flux] })).toEqual([
      "a/api repository flux:kustomization/b/api",
    ]);
    const both = {
      ...flux,
      states: [...flux.states, appState({ kind: "Kustomization", namespace: "a", name: "api" })],
    };
    expect(told({ found: [found("a/api", "kustomization")], engines: [both] })).toEqual([
      "a/api repository flux:kustomization/a/api",
    ]);
  });

  it("makes a target for each cluster that a manifest is applied to", () => {
    const state = appState({ name: "api" });
    const engines = [
      { name: "east", states: [state] },
      { name: "west", states: [{ ...state }] },
    ];
    expect(told({ found: [found("api")], engines })).toEqual([
      "api@east repository east:application/argocd/api",
      "api@west repository west:application/argocd/api",
    ]);
  });

  it("takes what only the cluster knows where somebody has said so, and it is made from this repository", () => {
    const engines = [
      argo(
        appState({ name: "wanted", annotations: { enabled: "true" } }),
        appState({ name: "quiet" }),
        appState({ name: "foreign", annotations: { enabled: "true" }, url: "https://elsewhere.example/x.git" }),
      ),
    ];
    expect(told({ engines })).toEqual(["wanted cluster argo:application/argocd/wanted"]);
    expect(all({ engines })[0]?.target.sources).toEqual([{ path: "apps/wanted", tool: "detect" }]);
  });

  it("takes what a discover selector is about, by labels and by lastgood's own annotations, but for who says no", () => {
    const states = [
      appState({ name: "team", labels: { team: "payments" } }),
      appState({ name: "no", labels: { team: "payments" }, annotations: { enabled: "false" } }),
      appState({ name: "other", labels: { team: "search" } }),
    ];
    expect(told({ engines: [{ name: "argo", states, selector: "team in (payments, web)" }] })).toEqual([
      "team cluster argo:application/argocd/team",
    ]);
    expect(told({ engines: [{ name: "argo", states, selector: "team=(" }] })).toEqual([]);
  });

  it("takes all that is made from this repository where nothing says which are meant, but for who says no", () => {
    const states = [
      appState({ name: "api" }),
      appState({ name: "no", annotations: { enabled: "false" } }),
      appState({ name: "foreign", url: "https://elsewhere.example/x.git" }),
    ];
    const engines = [argo(...states), { name: "west", states: [appState({ name: "web" })], selector: "team=payments" }];
    expect(told({ engines, takesAll: true })).toEqual(["api cluster argo:application/argocd/api"]);
    expect(told({ engines })).toEqual([]);
  });

  it("never takes a path of the cluster that leaves the repository", () => {
    const engines = [argo(appState({ name: "evil", annotations: { enabled: "true" }, path: "../../etc" }))];
    expect(told({ engines })).toEqual([]);
  });

  it("gives every target a name of its own", () => {
    const engines = [
      { name: "east", states: [appState({ name: "api", annotations: { enabled: "true" } })] },
      { name: "west", states: [appState({ name: "api", annotations: { enabled: "true" } })] },
    ];
    const names = all({ engines }).map(({ target }) => target.name);
    expect(names).toEqual(["api", "api@west"]);
  });

  it("lets annotations restrict, of each object that a target has", () => {
    const engines = [
      argo(
        appState({
          name: "one",
          annotations: { mode: "merge", suspend: "2026-08-22T15:00:00Z", "suspend-reason": "load test" },
        }),
        appState({ name: "two", annotations: { mode: "propose", "bake-time": "1h30m", components: "all,-replicas" } }),
      ),
    ];
    const [first] = all({ configured: [configured("both", ["x"], "one", "two")], engines });
    expect(first?.restrictions).toEqual({
      mode: "propose",
      suspended: { untilMs: Date.parse("2026-08-22T15:00:00Z"), reason: "load test" },
      bakeTimeMs: 5_400_000,
      only: [],
      except: [":replicas"],
      notes: [],
    });
  });

  it("does nothing unattended where an annotation is not understood, and stays suspended by a word that is no time", () => {
    const engines = [
      argo(appState({ annotations: { mode: "mrege", components: "imagee", suspend: "yes please", enabled: "true" } })),
    ];
    const [first] = all({ engines });
    expect(first?.restrictions.mode).toBe("observe");
    expect(first?.restrictions.suspended).toEqual({});
    expect(first?.restrictions.notes).toHaveLength(2);
  });

  it("is suspended no longer than until the time that was given", () => {
    const engines = [argo(appState({ annotations: { suspend: "2026-08-22T13:00:00Z", enabled: "true" } }))];
    expect(all({ engines })[0]?.restrictions.suspended).toBeUndefined();
  });

  it("joins thousands of targets and objects", () => {
    const names = Array.from({ length: 3000 }, (_, i) => `app-${i}`);
    const engines = [argo(...names.map((name) => appState({ name })))];
    const list = all({ found: names.map((name) => found(name)), engines });
    expect(list.filter(({ objects }) => objects.length === 1)).toHaveLength(3000);
  });
});
