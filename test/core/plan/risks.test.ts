import { describe, expect, it } from "vitest";
import { shortId } from "../../../src/core/model/git.ts";
import { findRisks } from "../../../src/core/plan/risks.ts";
import type { PlanFacts, PlannedFile } from "../../../src/core/plan/types.ts";
import {
  configMap,
  deployment,
  factsOf,
  type Files,
  planHistory,
  planned,
  type PlanOptions,
  required,
} from "./support.ts";
import { hour, id, revision } from "../../support/revisions.ts";

function risks(now: Files, then: Files, options: PlanOptions = {}): readonly string[] {
  return planned(now, then, options).risks.map(
    ({ code, message, blocks }) => `${blocks ? "!" : "-"} ${code}: ${message}`,
  );
}

function object(kind: string, more: string, apiVersion = "v1"): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: x\n${more}`;
}

describe("the risks of a plan", () => {
  const irreversible: readonly (readonly [string, string, string, string])[] = [
    [
      "Job",
      object("Job", "spec: {a: 1}\n", "batch/v1"),
      object("Job", "spec: {a: 2}\n", "batch/v1"),
      "Job/x: a Job that ran",
    ],
    [
      "PersistentVolumeClaim",
      object("PersistentVolumeClaim", "spec: {a: 1}\n"),
      "",
      "PersistentVolumeClaim/x: volumes do not shrink",
    ],
    ["PersistentVolume", object("PersistentVolume", ""), "", "PersistentVolume/x: removing it"],
    ["Namespace", object("Namespace", ""), "", "Namespace/x: removing it removes everything"],
    ["Secret", object("Secret", "data: {a: Yg==}\n"), "", "Secret/x: its values are lost"],
    [
      "CustomResourceDefinition",
      object("CustomResourceDefinition", "spec: {a: 1}\n", "apiextensions.k8s.io/v1"),
      object("CustomResourceDefinition", "spec: {a: 2}\n", "apiextensions.k8s.io/v1"),
      "CustomResourceDefinition/x: stored objects",
    ],
    [
      "StatefulSet's immutable fields",
      object("StatefulSet", "spec: {serviceName: a}\n", "apps/v1"),
      object("StatefulSet", "spec: {serviceName: b}\n", "apps/v1"),
      "StatefulSet/x: serviceName cannot be changed in place",
    ],
    [
      "Deployment's selector",
      object("Deployment", "spec: {selector: {matchLabels: {a: b}}}\n", "apps/v1"),
      object("Deployment", "spec: {selector: {matchLabels: {a: c}}}\n", "apps/v1"),
      "Deployment/x: selector.matchLabels.a cannot be changed in place",
    ],
    [
      "Service's address",
      object("Service", "spec: {clusterIP: 10.0.0.1}\n"),
      object("Service", "spec: {clusterIP: 10.0.0.2}\n"),
      "Service/x: spec.clusterIP cannot",
    ],
    ["finalizers", object("Thing", "  finalizers: [a]\n", "acme.dev/v1"), "", "Thing/x: it has finalizers"],
    [
      "hook",
      object("Thing", "  annotations: {helm.sh/hook: pre-upgrade}\na: 1\n", "acme.dev/v1"),
      object("Thing", "a: 2\n", "acme.dev/v1"),
      "Thing/x: it is a hook (helm.sh/hook)",
    ],
    [
      "manifest that says so",
      object("Thing", "a: 1\n", "acme.dev/v1"),
      object(
        "Thing",
        '  annotations: {lastgood.dev/irreversible: "drops\\ta column, password=hunter2hunter2"}\na: 2\n',
        "acme.dev/v1",
      ),
      'Thing/x: its manifest says so: "drops\\ta column',
    ],
  ];

  it.each(irreversible)("hold unattended modes for a %s", (_, now, then, message) => {
    const found = risks(
      { "x.yaml": now, "b.yaml": configMap("b", { a: "2" }) },
      then === "" ? { "b.yaml": configMap("b") } : { "x.yaml": then, "b.yaml": configMap("b") },
    );
    expect(found[0]).toContain(`! Irreversible: ${message}`);
  });

  it("stay silent about what is only brought back", () => {
    expect(risks({}, { "ns.yaml": object("Namespace", ""), "s.yaml": object("Secret", "data: {a: Yg==}\n") })).toEqual(
      [],
    );
  });

  it("name commits that say that they cannot be undone", () => {
    const history = [
      { files: { "a.yaml": configMap("a") } },
      {
        files: { "a.yaml": configMap("a", { a: "2" }) },
        message: "Drop it\n\nLastgood-Irreversible: the column is\u001b[2J gone",
      },
    ];
    expect(required(planHistory(history)).risks).toEqual([
      {
        code: "Irreversible",
        message: `${shortId(id(2))} says that it cannot be undone: "the column is\\x1b[2J gone"`,
        blocks: true,
      },
    ]);
  });

  it("name a checkpoint that is weak, unproven or known to be bad", () => {
    const at = (verdict: "good" | "bad" | "unproven", detail?: string): Partial<PlanFacts> => ({
      goal: {
        kind: "checkpoint",
        checkpoint: {
          kind: "checkpoint",
          by: "chosen",
          weak: true,
          revision: {
            revision: revision(1),
            changes: [],
            number: 1,
            content: "",
            liveForMs: 0,
            verdict,
            evidence:
              detail === undefined ? [] : [{ revision: id(1), verdict: "good", kind: "tag", detail, atMs: hour(1) }],
          },
        },
      },
    });
    const [now, then] = [{ "a.yaml": configMap("a", { a: "2" }) }, { "a.yaml": configMap("a") }];
    expect(risks(now, then, { facts: at("good", "tag v1") })).toEqual([
      `! WeakEvidence: that ${shortId(id(1))} was good rests on weak evidence only (tag v1)`,
    ]);
    expect(risks(now, then, { facts: at("unproven") })).toEqual([
      `! WeakEvidence: nothing proves that ${shortId(id(1))} was good: it is the revision you chose`,
    ]);
    expect(risks(now, then, { facts: at("bad", "reverted by 1234567") })).toEqual([
      `! KnownBad: ${shortId(id(1))} is known to be bad (reverted by 1234567)`,
    ]);
  });

  it("name tags that do not say which image it was", () => {
    const mutable = (text: string): readonly string[] =>
      risks({ "app.yaml": deployment({ image: "acme/api:1.8.0" }) }, { "app.yaml": deployment({ image: text }) });
    const digest = `sha256:${"0".repeat(64)}`;
    expect(mutable("acme/api:latest")).toEqual([
      "! MutableTag: Deployment/api: acme/api:latest names whatever was pushed last: git cannot bring back the image that ran",
    ]);
    expect(mutable("acme/api")).toHaveLength(1);
    expect(mutable("acme/api:1.7.4")).toEqual([]);
    expect(mutable(`acme/api:latest@${digest}`)).toEqual([]);
    const values = (tag: string): string => `image:\n  repository: acme/api\n  tag: ${tag}\n`;
    expect(risks({ "values.yaml": values("1.8.0") }, { "values.yaml": values("main") })).toHaveLength(1);
  });

  it("name image automation that may write the image again", () => {
    const marked = (tag: string): string =>
      deployment({ image: `acme/api:${tag}` }).replace(/(image: .*)/, '$1 # {"$imagepolicy": "flux-system:api"}');
    expect(risks({ "app.yaml": marked("1.8.0") }, { "app.yaml": marked("1.7.4") })[0]).toMatch(
      /^- ImageAutomation: app.yaml: /,
    );
    const other = (memory: string): string => marked("1").replace("256Mi", memory);
    expect(risks({ "app.yaml": other("2Gi") }, { "app.yaml": other("1Gi") })).toEqual([]);
  });

  it("name files outside of the target's folder", () => {
    const target = { sources: [{ path: "apps/api", tool: "kustomize" as const }] };
    const now = { "apps/api/a.yaml": configMap("a", { a: "2" }), "base/b.yaml": configMap("b", { a: "2" }) };
    const then = { "apps/api/a.yaml": configMap("a"), "base/b.yaml": configMap("b") };
    expect(risks(now, then, { target })).toEqual([
      "- OutsideFolder: base/b.yaml is outside of the target's folder: other targets may use it",
    ]);
  });

  it("name the targets that wait for this one, the first few of many", () => {
    const now = { "a.yaml": configMap("a", { a: "2" }) };
    const dependents = [
      { by: "dependsOn", names: ["shop/web"], count: 1 },
      { by: "sync-wave", names: ["a", "b", "c", "d", "e"], count: 12 },
    ] as const;
    expect(risks(now, { "a.yaml": configMap("a") }, { target: { dependents } })).toEqual([
      "- Dependents: shop/web depends on it (dependsOn): it is not reconciled until this is ready again",
      "- Dependents: a, b, c, d and 8 more are in a later sync wave: a sync of the parent reaches them only when this is healthy",
    ]);
    const workload = { kind: "Deployment", name: "api" };
    expect(risks(now, { "a.yaml": configMap("a") }, { target: { dependents, workload } })).toEqual([]);
  });

  it("name what goes back whole, and why", () => {
    expect(risks({ "t.yaml": "a: {{ x }}\n" }, { "t.yaml": "a: {{ y }}\n" })[0]).toMatch(
      /^- TakenWhole: t.yaml goes back whole: .* \(Manifest\w+ at t.yaml/,
    );
  });

  it("name a revert of many revisions", () => {
    const files = (n: number): Files => ({ "a.yaml": configMap("a", { a: String(n) }) });
    const history = Array.from({ length: 22 }, (_, n) => ({ files: files(n) }));
    expect(required(planHistory(history)).risks.map(({ message }) => message)).toEqual([
      "21 revisions over 20h are undone together",
    ]);
  });

  it("name a document that had to be printed anew", () => {
    const [now, then] = [{ "a.yaml": configMap("a", { a: "2", b: "2" }) }, { "a.yaml": configMap("a") }];
    const facts = factsOf([{ files: then }, { files: now }], { only: [":config"] });
    const found = planned(now, { "a.yaml": `${then["a.yaml"]}  c: "1"\n` }, { only: ["ConfigMap/a"] });
    const files = found.files.map((file): PlannedFile => ({
      ...file,
      action: "edit",
      method: "document",
      after: { mode: "100644", text: file.afterText ?? "" },
    }));
    expect(findRisks(facts, { ...found, files }).map(({ message, blocks }) => `${blocks}: ${message}`)).toEqual([
      "true: a.yaml: a document had to be printed anew; lines beyond the change differ in form",
    ]);
  });
});

describe("a plan of traffic alone", () => {
  const carrier = (colour: string): string =>
    `apiVersion: v1\nkind: Service\nmetadata: { name: api }\nspec: { selector: { colour: ${colour} } }\n`;
  const now = { "s.yaml": carrier("green"), "d.yaml": deployment({ image: "api:2" }) };
  const then = { "s.yaml": carrier("blue"), "d.yaml": deployment({ image: "api:1" }) };

  it("names what stays as it is, once, and the command for the rest", () => {
    const { risks } = planned(now, then, { only: ["Service/api"] });
    expect(risks).toEqual([
      {
        code: "TrafficOnly",
        message: expect.stringMatching(
          /^only traffic goes back: Deployment\/api stays as it is; the rest goes back with: lastgood revert payments\/api --to [0-9a-f]{7}$/,
        ),
        blocks: false,
      },
    ]);
  });

  it("is none when workloads go back, too", () => {
    expect(planned(now, then).risks.filter(({ code }) => code === "TrafficOnly")).toEqual([]);
    expect(planned(now, then, { only: ["Deployment/api"] }).risks.map(({ code }) => code)).toEqual(["NotIncluded"]);
  });
});
