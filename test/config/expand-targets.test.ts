import { describe, expect, it } from "vitest";
import { expandTargets } from "../../src/config/expand-targets.ts";
import { placeOf } from "../../src/config/place-of.ts";
import { configOf } from "./faults-of.ts";

const CONFIG = configOf(`engines: [{ name: flux, type: flux }]
targets:
  - name: edge/*
    paths: ["edge/app-{name}", "shared/{name}"]
    health:
      - engine: { name: flux, object: "{name}" }
      - prometheus: { url: http://p, query: 'up{app="{name}"}', below: 1 }
      - http: { url: "https://edge.example/{name}/healthz?x={name}" }
      - slo: { url: http://p, query: 'errors{app="{name}"}[{window}]', objective: 99.9 }
      - alerts: { matchLabels: { app: "{name}" } }
    evidence: { tags: "{target}-*", trailers: "Ok: {target}", notes: { match: "{target}" } }
  - { name: edge/cdn, paths: [edge/app-cdn] }
policies:
  default:
    good: { bakeTime: 5m }
  careful: { requireReason: true }
`);

describe("expandTargets", () => {
  it("makes a target of each folder that the first path matches", () => {
    const { targets, refused } = expandTargets(CONFIG, [
      "edge",
      "edge/app-dns",
      "edge/app-dns/base",
      "edge/other",
      "shared/x",
    ]);
    expect(refused).toEqual([]);
    expect(targets.map(({ name }) => name)).toEqual(["edge/dns", "edge/cdn"]);
    expect(targets[0]).toMatchObject({
      wildcard: false,
      paths: ["edge/app-dns", "shared/dns"],
      health: [
        { kind: "engine", object: "dns" },
        { kind: "prometheus", query: 'up{app="dns"}' },
        { kind: "http", url: "https://edge.example/dns/healthz?x=dns" },
        { kind: "slo", query: 'errors{app="dns"}[{window}]' },
        { kind: "alerts", matchLabels: { app: "dns" } },
      ],
      evidence: { tags: ["edge/dns-*"], trailers: [{ key: "Ok", value: "edge/dns" }], notes: { match: "edge/dns" } },
    });
  });

  it("lets a target with its own name win", () => {
    const { targets } = expandTargets(CONFIG, ["edge/app-cdn"]);
    expect(targets).toHaveLength(1);
    expect(targets[0]?.paths).toEqual(["edge/app-cdn"]);
    expect(targets[0]?.health).toEqual([]);
  });

  it.each([
    'edge/app-x"} or vector(0)',
    "edge/app-..",
    "edge/app-a..b",
    "edge/app-\u202e",
    "edge/app--x",
    "edge/app-$&",
    "edge/app-a b",
  ])("refuses a folder that has no plain name: %j", (folder) => {
    const { targets, refused } = expandTargets(CONFIG, [folder]);
    expect(targets.map(({ name }) => name)).toEqual(["edge/cdn"]);
    expect(refused).toEqual([folder]);
  });

  it("looks only at the targets of one repository", () => {
    expect(expandTargets(CONFIG, ["edge/app-dns"], "other").targets).toEqual([]);
  });
});

describe("placeOf", () => {
  it("finds the line of a value, also where it is inherited", () => {
    expect(placeOf(CONFIG, "careful", "requireReason")?.line).toBe(18);
    expect(placeOf(CONFIG, "careful", "good.bakeTime")?.line).toBe(17);
    expect(placeOf(CONFIG, "careful", "bad.for")).toBeUndefined();
  });
});
