import { describe, expect, it } from "vitest";
import { readManifest } from "../../../src/core/manifest/read-manifest.ts";
import type { Component } from "../../../src/core/model/component.ts";
import { findStrategy } from "../../../src/core/strategy/strategy.ts";
import { destinationOf } from "../../../src/core/strategy/traffic.ts";
import {
  carriesChange,
  type ChangedComponent,
  inTrafficOrder,
  trafficFirst,
} from "../../../src/core/strategy/traffic-first.ts";

function read(...documents: readonly string[]): readonly Component[] {
  return readManifest("all.yaml", Buffer.from(documents.join("\n---\n"))).components;
}

function deployment(name: string, labels: string, strategy = "RollingUpdate"): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  strategy: { type: ${strategy} }
  template: { metadata: { labels: { ${labels} } }, spec: { containers: [{ name: api, image: a }] } }`;
}

function service(name: string, selector: string): string {
  return `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { selector: { ${selector} } }`;
}

function route(stable: number, canary: number): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: api }
spec: { rules: [{ backendRefs: [{ name: stable, weight: ${stable} }, { name: canary, weight: ${canary} }] }] }`;
}

function virtualService(blue: number, green: number): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: api }
spec:
  http:
    - route:
        - { destination: { host: blue.payments.svc.cluster.local }, weight: ${blue} }
        - { destination: { host: green }, weight: ${green} }`;
}

const SPLIT = `apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata: { name: api }
spec: { backends: [{ service: stable, weight: 900m }, { service: canary, weight: 100m }] }`;

const INGRESS = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: api-canary
  annotations: { nginx.ingress.kubernetes.io/canary: "true", nginx.ingress.kubernetes.io/canary-weight: "20" }
spec: { rules: [{ http: { paths: [{ path: /, backend: { service: { name: canary } } }] } }] }`;

function rollout(strategy: string): string {
  return `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: api }\nspec: { strategy: ${strategy} }`;
}

function flagger(spec: string): string {
  return `apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: { name: api }\nspec: ${spec}`;
}

const BLUE_GREEN = [deployment("blue", "app: api, colour: blue"), deployment("green", "app: api, colour: green")];

describe("findStrategy", () => {
  it.each([
    ["an ordinary Deployment", [deployment("api", "app: api")], "rolling", /one after the other/],
    [
      "a Deployment that is recreated",
      [deployment("api", "app: api", "Recreate")],
      "recreate",
      /^recreate: Deployment\/api is down/,
    ],
    [
      "a Service that selects by colour",
      [...BLUE_GREEN, service("api", "app: api, colour: green")],
      "blue/green",
      /Service\/api/,
    ],
    ["a Service that selects both colours", [...BLUE_GREEN, service("api", "app: api")], "rolling", /rolling/],
    ["a Service of another name", [...BLUE_GREEN, service("db", "app: db, colour: red")], "rolling", /rolling/],
    ["a route with two weights", [deployment("api", "app: api"), route(90, 10)], "canary", /HTTPRoute\/api/],
    ["a route that is switched", [deployment("api", "app: api"), route(100, 0)], "blue/green", /HTTPRoute\/api/],
    ["a VirtualService", [virtualService(50, 50)], "canary", /VirtualService\/api/],
    ["a TrafficSplit", [SPLIT], "canary", /TrafficSplit\/api/],
    ["an Ingress that is a canary", [INGRESS], "canary", /Ingress\/api-canary/],
    [
      "a Rollout, blue and green",
      [rollout("{ blueGreen: {} }"), route(90, 10)],
      "blue/green",
      /when its pods are ready$/,
    ],
    [
      "one that a person promotes",
      [rollout("{ blueGreen: { autoPromotionEnabled: false } }")],
      "blue/green",
      /promote/,
    ],
    [
      "a Rollout with steps",
      [rollout("{ canary: { steps: [{ setWeight: 5 }, { pause: {} }] } }")],
      "canary",
      /its 2 steps again/,
    ],
    ["a Rollout without steps", [rollout("{ canary: {} }")], "canary", /at once$/],
    ["a Canary with weights", [flagger("{ analysis: { stepWeight: 10 } }")], "canary", /after its analysis/],
    [
      "a Canary that switches",
      [flagger("{ skipAnalysis: true, analysis: { iterations: 5 } }")],
      "blue/green",
      /without an/,
    ],
    ["nothing that runs pods", [service("api", "app: api")], "unknown", /not in git/],
    ["nothing", [], "unknown", /not in git/],
  ] as const)("reads %s", (_, documents, kind, message) => {
    const strategy = findStrategy(read(...documents));
    expect(strategy.kind).toBe(kind);
    expect(strategy.message).toMatch(message);
  });

  it("takes what stands unchanged beside it into account, and says when traffic stays as it is", () => {
    const [blue = "", green = ""] = BLUE_GREEN;
    const around = read(blue, service("api", "app: api, colour: green"));
    expect(findStrategy(read(green), { around, moving: [] })).toEqual({
      kind: "blue/green",
      carriers: ["Service/api"],
      message: "blue/green by Service/api: stays as it is, and so does the way that traffic goes",
    });
    expect(findStrategy(read(green), { around: read(route(90, 10)), moving: [] }).kind).toBe("canary");
    expect(findStrategy(read(service("x", "a: b")), { around: read(deployment("api", "a: b", "Recreate")) }).kind).toBe(
      "unknown",
    );
  });

  it("takes an unchanged Canary for what moves the traffic of what it is about, and of nothing else", () => {
    const around = read(flagger("{ targetRef: { kind: Deployment, name: api }, analysis: { stepWeight: 10 } }"));
    expect(findStrategy(read(deployment("api", "app: api")), { around }).controller).toBe("Flagger");
    expect(findStrategy(read(deployment("other", "app: api")), { around }).controller).toBeUndefined();
  });

  it("does not take parts of an application for its colours", () => {
    const parts = [
      [
        deployment("api", "app: x, component: api"),
        deployment("worker", "app: x, component: worker"),
        "component: api",
      ],
      [
        deployment("api", "app: x, name: api"),
        deployment("worker", "app: x, name: worker").replace("name: api, image", "name: worker, image"),
        "name: api",
      ],
    ] as const;
    for (const [api, worker, label] of parts) {
      expect(findStrategy(read(api, worker, service("api", `app: x, ${label}`))).kind).toBe("rolling");
    }
  });

  it("leaves the weights alone that a controller owns", () => {
    const strategy = findStrategy(read(rollout("{ canary: {} }"), route(90, 10)));
    expect(strategy).toMatchObject({ controller: "Argo Rollouts", carriers: [] });
  });

  it("names the carriers that are git's", () => {
    expect(findStrategy(read(route(90, 10), SPLIT)).carriers).toEqual(["HTTPRoute/api", "TrafficSplit/api"]);
  });

  it("says that somebody has to delete pods where nobody else does", () => {
    const set = `apiVersion: apps/v1\nkind: StatefulSet\nmetadata: { name: db }\nspec: { updateStrategy: { type: OnDelete } }`;
    expect(findStrategy(read(set)).message).toBe(
      "rolling, by hand: StatefulSet/db takes the old version only where somebody deletes a pod",
    );
  });
});

describe("destinationOf", () => {
  it.each([
    [service("api", "app: api"), { labels: { app: "api" }, backends: [] }],
    [`apiVersion: v1\nkind: Service\nmetadata: { name: x }\nspec: {}`, { backends: [] }],
    [
      virtualService(90, 10),
      {
        backends: [
          { name: "blue", weight: 90 },
          { name: "green", weight: 10 },
        ],
      },
    ],
    [
      SPLIT,
      {
        backends: [
          { name: "stable", weight: 0.9 },
          { name: "canary", weight: 0.1 },
        ],
      },
    ],
    [INGRESS, { backends: [{ name: "canary", weight: 20 }] }],
    [deployment("api", "app: api"), undefined],
  ])("reads where it sends requests: %s", (document, destination) => {
    const [component] = read(document);
    expect(component === undefined ? undefined : destinationOf(component)).toEqual(destination);
  });
});

function image(): string {
  return "/spec/template/spec/containers/0/image";
}

function changed(component: Component | undefined, pointer: string): ChangedComponent {
  if (component === undefined) throw new Error("no component");
  return { component, change: "change", fields: [{ pointer }] };
}

describe("trafficFirst", () => {
  const before = read(...BLUE_GREEN, service("api", "app: api, colour: green"));
  const after = read(...BLUE_GREEN, service("api", "app: api, colour: blue"));
  const [blue, green, api] = before;
  const plan = [changed(green, "/spec/template/spec/containers/0/image"), changed(api, "/spec/selector/colour")];

  it("selects what carries traffic, and names what has to run for it", () => {
    expect(trafficFirst(plan, { before, after })).toEqual({
      only: ["Service/api"],
      needs: ["Deployment/blue"],
      stay: ["Deployment/green"],
    });
  });

  it("finds what has to run behind the Services of a route, as it will be", () => {
    const services = [service("stable", "colour: blue"), service("canary", "colour: green")];
    const [was, will] = [route(0, 100), route(100, 0)].map((own) => read(...BLUE_GREEN, ...services, own));
    const moved = [changed(was?.at(-1), "/spec/rules/0/backendRefs/0/weight"), changed(green, "/spec/replicas")];
    expect(trafficFirst(moved, { before: was ?? [], after: will ?? [] })).toEqual({
      only: ["HTTPRoute/api"],
      needs: ["Deployment/blue"],
      stay: ["Deployment/green"],
    });
  });

  it("has nothing to say where no traffic moves, or nothing else changes", () => {
    expect(trafficFirst([changed(green, "/spec/replicas")], { before, after })).toBeUndefined();
    expect(trafficFirst([changed(api, "/spec/selector/colour")], { before, after })).toBeUndefined();
    const [image, ports] = [changed(green, "/spec/replicas"), changed(api, "/spec/ports/0/port")];
    expect(trafficFirst([image, ports], { before, after })).toBeUndefined();
  });

  it("does not send traffic alone to pods that the revert has to mend, start or bring back first", () => {
    const [selector, image] = ["/spec/selector/colour", "/spec/template/spec/containers/0/image"];
    for (const pointer of [image, "/spec/replicas", "/spec/template"]) {
      expect(trafficFirst([changed(blue, pointer), changed(api, selector)], { before, after })).toBeUndefined();
    }
    expect(
      trafficFirst([changed(blue, "/spec/replicasOfOthers"), changed(api, selector)], { before, after }),
    ).toBeDefined();
    const idle = read(BLUE_GREEN[0]?.replace("spec:", "spec:\n  replicas: 0") ?? "", ...BLUE_GREEN.slice(1));
    expect(trafficFirst(plan, { before: [...idle, ...before.slice(2)], after })).toBeUndefined();
  });

  it("does not know what has to run where a part of it is not in git, or nothing in git gets the traffic", () => {
    const gone = before.slice(1);
    expect(trafficFirst(plan, { before: gone, after })).toMatchObject({ needs: [] });
    const [was, will] = [route(0, 100), route(50, 50)].map((own) =>
      read(...BLUE_GREEN, service("stable", "colour: blue"), own),
    );
    const moved = [changed(was?.at(-1), "/spec/rules/0/backendRefs/0/weight"), changed(green, image())];
    expect(trafficFirst(moved, { before: was ?? [], after: will ?? [] })).toMatchObject({ needs: [] });
  });

  it("keeps namespaces apart", () => {
    const far = BLUE_GREEN.map((text) => text.replace("metadata: {", "metadata: { namespace: other,"));
    const near = service("api", "app: api, colour: blue").replace("metadata: {", "metadata: { namespace: payments,");
    const will = read(...far, near);
    const moved = [changed(will[2], "/spec/selector/colour"), changed(will[1], "/spec/replicas")];
    expect(trafficFirst(moved, { before: will, after: will })).toMatchObject({ needs: [] });
    expect(findStrategy(will).kind).toBe("rolling");
  });

  it("puts first what moves traffic, and leaves the rest in its order", () => {
    const all = [changed(blue, "/a"), ...plan];
    expect(inTrafficOrder(all).map(({ component }) => component)).toEqual([api, blue, green]);
    expect(inTrafficOrder([changed(blue, "/a")])).toHaveLength(1);
  });

  it("takes a carrier that comes or goes for one that moves traffic", () => {
    expect(carriesChange({ ...changed(api, "/"), fields: [], change: "remove" })).toBe(true);
    expect(carriesChange({ ...changed(blue, "/"), fields: [], change: "remove" })).toBe(false);
  });
});
