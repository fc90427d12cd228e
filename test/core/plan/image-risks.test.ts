import { describe, expect, it } from "vitest";
import { type ImageFacts, imageRisks, returningImages } from "../../../src/core/plan/image-risks.ts";
import type { Plan } from "../../../src/core/plan/types.ts";
import { NOTHING_SEEN, type SeenImages } from "../../../src/core/seen-images.ts";
import { checkpointRecord } from "../../support/checkpoint-record.ts";
import { hour } from "../../support/revisions.ts";
import { deployment, type Files, planned, type PlanOptions, yaml } from "./support.ts";

const DAY = 86_400_000;
const DIGEST = `sha256:${"a".repeat(64)}`;
const OTHER = `sha256:${"b".repeat(64)}`;
/** The bad commit is an hour old then. */
const NOW = hour(3);

function bringsBack(image: string, now = "registry.example.com/acme/api:1.8.0"): Plan {
  return planned({ "api.yaml": deployment({ image: now }) }, { "api.yaml": deployment({ image }) });
}

const WANTED = "registry.example.com/acme/api:1.7.4";
/** The workload was read whole, and has only what is bad. */
const TOLD: SeenImages = { ...NOTHING_SEEN, told: ["registry.example.com/acme/api:1.8.0"] };

function said(facts: Partial<ImageFacts>, plan: Plan = bringsBack(WANTED)): readonly string[] {
  return imageRisks(plan, { records: [], nowMs: NOW, ...facts }).map(({ message }) => message);
}

function ran(image: string, atMs: number): ImageFacts["records"][number] {
  return checkpointRecord(1, { at: new Date(atMs).toISOString(), images: [image] });
}

describe("the risk that an image cannot be pulled any more", () => {
  it("is told when neither a pod nor a revision that the cluster keeps has it, and never holds a revert", () => {
    expect(imageRisks(bringsBack(WANTED), { seen: TOLD, records: [], nowMs: NOW })).toEqual([
      {
        code: "ImageNotSeen",
        message:
          "Deployment/api: nothing shows that registry.example.com/acme/api:1.7.4 can still be pulled: no pod and no revision that the cluster keeps has it, and registries clean up old tags",
        blocks: false,
      },
    ]);
  });

  const silent: readonly (readonly [string, Partial<ImageFacts>])[] = [
    ["no cluster was asked", {}],
    [
      "the cluster has no workload with such an image",
      { seen: { ...TOLD, told: ["registry.example.com/acme/web:2"] } },
    ],
    ["the revisions of the workload may not be read", { seen: NOTHING_SEEN }],
    ["a pod has it", { seen: { ...TOLD, pulled: [`${WANTED}@${DIGEST}`] } }],
    ["a pod has it by a mirror's name", { seen: { ...TOLD, pulled: ["mirror.local/cache/acme/api:1.7.4"] } }],
    [
      "a revision that is kept had it a week ago",
      { seen: { ...TOLD, kept: [{ image: WANTED, untilMs: NOW - 7 * DAY }] } },
    ],
    ["a revision that runs has it", { seen: { ...TOLD, kept: [{ image: WANTED }] } }],
    ["the ledger saw it run a week ago", { seen: TOLD, records: [ran(`${WANTED}@${DIGEST}`, NOW - 7 * DAY)] }],
    ["the ledger saw it run long ago, and git wanted it until now", { records: [ran(WANTED, NOW - 90 * DAY)] }],
    [
      "one pod has it and another waits for it",
      { seen: { ...TOLD, pulled: [WANTED], refused: [{ image: WANTED, why: "ImagePullBackOff" }] } },
    ],
  ];

  it.each(silent)("is not told where %s", (_, facts) => {
    expect(said(facts)).toEqual([]);
  });

  it("is told of what ran long ago, by the cluster's word and by the ledger's", () => {
    const old = "it was last known to run 40d ago";
    expect(said({ seen: { ...TOLD, kept: [{ image: WANTED, untilMs: NOW - 40 * DAY }] } })[0]).toContain(old);
    const later = { nowMs: hour(2) + 40 * DAY };
    expect(said({ ...later, records: [ran(WANTED, hour(1))] })[0]).toContain(old);
  });

  it("believes a pod that waits for the image more than what ran before", () => {
    const refused = [{ image: WANTED, why: "ErrImagePull" }];
    const [message] = said({
      seen: { ...TOLD, kept: [{ image: WANTED }], refused },
      records: [ran(WANTED, NOW - DAY)],
    });
    expect(message).toContain("can still be pulled: a pod waits for it (ErrImagePull), and");
  });

  it("compares by digest where git names one, whatever the tag", () => {
    const plan = bringsBack(`acme/api:1.7.4@${DIGEST}`, `acme/api:1.8.0@${OTHER}`);
    const told = ["acme/api:1.8.0"];
    expect(said({ seen: { ...TOLD, told, pulled: [`acme/api:1.7.4@${OTHER}`] } }, plan)).toHaveLength(1);
    expect(said({ seen: { ...TOLD, told, pulled: [`mirror/api:other@${DIGEST}`] } }, plan)).toEqual([]);
  });

  it("compares by tag where git names no digest", () => {
    expect(said({ seen: { ...TOLD, pulled: ["registry.example.com/acme/api:1.7.40"] } })).toHaveLength(1);
    expect(said({ seen: { ...TOLD, pulled: ["registry.example.com/acme/web:1.7.4"] } })).toHaveLength(1);
  });

  it("leaves a tag that moves to the risk that is about that", () => {
    expect(said({ seen: TOLD }, bringsBack("registry.example.com/acme/api:latest"))).toEqual([]);
  });

  it("does not count a good word without images, nor a bad one with", () => {
    const bad = { ...ran(WANTED, NOW - DAY), verdict: "bad" } as const;
    expect(said({ seen: TOLD, records: [bad as ImageFacts["records"][number]] })).toHaveLength(1);
    expect(said({ seen: TOLD, records: [checkpointRecord(1)] })).toHaveLength(1);
  });

  it("names five of many", () => {
    const files = (tag: string): Files =>
      Object.fromEntries(
        Array.from({ length: 7 }, (_, i) => [`${i}.yaml`, deployment({ name: `w${i}`, image: `acme/w${i}:${tag}` })]),
      );
    const told = Array.from({ length: 7 }, (_, i) => `acme/w${i}:2`);
    const found = said({ seen: { ...NOTHING_SEEN, told } }, planned(files("2"), files("1")));
    expect(found).toHaveLength(6);
    expect(found.at(-1)).toBe("and 2 more images of which nothing shows that they can still be pulled");
  });
});

describe("returningImages", () => {
  function back(now: Files, then: Files, options: PlanOptions = {}): readonly string[] {
    return returningImages(planned(now, then, options)).map(({ component, text }) => `${component} ${text}`);
  }

  it("finds the images of values, kustomizations and releases", () => {
    const values = (tag: string): string => `image:\n  repository: acme/api\n  tag: "${tag}"\n`;
    const kustomization = (tag: string): string => `kind: Kustomization\nimages:\n  - {name: api, newTag: "${tag}"}\n`;
    const release = (tag: string): string => yaml`
      apiVersion: helm.toolkit.fluxcd.io/v2
      kind: HelmRelease
      metadata: {name: web}
      spec: {values: {image: {repository: acme/web, tag: "${tag}"}}}
    `;
    const files = (tag: string): Files => ({
      "Chart.yaml": "name: api\nversion: 1.0.0\n",
      "kustomization.yaml": kustomization(tag),
      "release.yaml": release(tag),
      "values.yaml": values(tag),
    });
    expect(back(files("2.0"), files("1.0"))).toEqual([
      "./kustomization.yaml api:1.0",
      "HelmRelease/web acme/web:1.0",
      "./values.yaml acme/api:1.0",
    ]);
  });

  it("finds those of a workload that comes back whole, and none of one that goes", () => {
    const other = { "b.yaml": deployment({ name: "b", replicas: 1 }) };
    const then = { "b.yaml": deployment({ name: "b", replicas: 2 }) };
    const api = { "api.yaml": deployment({ image: "acme/api:1" }) };
    expect(back(other, { ...then, ...api })).toEqual(["Deployment/api acme/api:1"]);
    expect(back({ ...other, ...api }, then)).toEqual([]);
  });

  it("finds a container that comes back, with its image", () => {
    const pod = (more: string): string => yaml`
      apiVersion: v1
      kind: Pod
      metadata: {name: api}
      spec:
        containers:
          - {name: api, image: acme/api:1}
          ${more}
    `;
    const sidecar = "- {name: proxy, image: acme/proxy:3}";
    expect(back({ "pod.yaml": pod("# none") }, { "pod.yaml": pod(sidecar) })).toEqual(["Pod/api acme/proxy:3"]);
  });

  it("finds none where only other fields go back", () => {
    const [now, then] = [
      { image: "acme/api:2", env: "b" },
      { image: "acme/api:1", env: "a" },
    ].map((fields) => ({
      "api.yaml": deployment(fields),
    }));
    expect(back(now ?? {}, then ?? {}, { only: [":env"] })).toEqual([]);
  });
});
