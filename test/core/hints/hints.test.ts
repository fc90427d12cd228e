import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelsMatch, readAlertmanager } from "../../../src/core/hints/alertmanager.ts";
import { readArgocd } from "../../../src/core/hints/argocd.ts";
import { readFlux } from "../../../src/core/hints/flux.ts";
import { readGeneric } from "../../../src/core/hints/generic.ts";
import { readGithub } from "../../../src/core/hints/github.ts";
import { type Hint, MOST_HINTS, type ReadPayload } from "../../../src/core/hints/hint.ts";

const COMMIT = "1".repeat(40);

const ALERT = {
  status: "firing",
  labels: { alertname: "HighErrorRate", service: "api", env: "prod" },
  annotations: { summary: "errors at 40 %" },
  startsAt: "2026-08-22T13:46:40Z",
  endsAt: "0001-01-01T00:00:00Z",
  fingerprint: "c0ffee",
};
const ALERTMANAGER = {
  version: "4",
  groupKey: "{}",
  truncatedAlerts: 0,
  status: "firing",
  receiver: "lastgood",
  alerts: [ALERT],
};
const ARGOCD = {
  name: "payments-api",
  namespace: "argocd",
  health: { status: "Degraded", lastTransitionTime: "2026-08-22T13:46:40Z" },
  sync: { status: "Synced", revision: COMMIT },
  operation: {
    phase: "Succeeded",
    finishedAt: "2026-08-22T13:40:00Z",
    syncResult: { revision: COMMIT },
    message: "successfully synced",
  },
};
const FLUX = {
  involvedObject: {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    name: "api",
    namespace: "flux-system",
  },
  severity: "error",
  timestamp: "2026-08-22T13:46:40Z",
  message: "health check failed after 30s",
  reason: "HealthCheckFailed",
  metadata: { "kustomize.toolkit.fluxcd.io/revision": `main@sha1:${COMMIT}` },
  reportingController: "kustomize-controller",
};
const DEPLOYMENT = {
  action: "created",
  deployment_status: { id: 7, state: "failure", environment: "prod", description: "smoke test failed" },
  deployment: { id: 3, sha: COMMIT, task: "deploy", environment: "prod" },
  repository: { full_name: "acme/gitops" },
};

function hintsIn(read: ReadPayload): readonly Hint[] {
  return read.kind === "hints" ? read.hints : [];
}

function first(read: ReadPayload): Hint | undefined {
  return hintsIn(read)[0];
}

describe("Alertmanager's webhook", () => {
  it("is a hint for each alert, bad while it fires and good when it is resolved", () => {
    const read = readAlertmanager(
      JSON.stringify({ ...ALERTMANAGER, alerts: [ALERT, { ...ALERT, status: "resolved", annotations: {} }] }),
    );
    expect(hintsIn(read).map(({ says, message }) => ({ says, message }))).toEqual([
      { says: "bad", message: "HighErrorRate fires: errors at 40 %" },
      { says: "good", message: "HighErrorRate is resolved" },
    ]);
    expect(first(read)?.key).toBe("alertmanager c0ffee 2026-08-22T13:46:40Z firing");
    expect(first(read)?.about).toMatchObject({ kind: "labels", labels: ALERT.labels });
  });

  it("takes Grafana's superset, and tells when alerts were left out", () => {
    const grafana = {
      ...ALERTMANAGER,
      version: "1",
      orgId: 1,
      title: "x",
      state: "alerting",
      truncatedAlerts: 3,
      alerts: [{ ...ALERT, values: { A: 1 } }],
    };
    expect(readAlertmanager(JSON.stringify(grafana))).toMatchObject({ kind: "hints", cut: true });
  });

  it("takes two hundred alerts of ten thousand", () => {
    const read = readAlertmanager(
      JSON.stringify({ ...ALERTMANAGER, alerts: Array.from({ length: 10_000 }, () => ALERT) }),
    );
    expect(hintsIn(read)).toHaveLength(MOST_HINTS);
    expect(read).toMatchObject({ cut: true });
  });

  it.each([
    ["no labels", { labels: {} }],
    ["a label that is no text", { labels: { service: 5 } }],
    ["a label's name that is none", { labels: { "a b": "c" } }],
    ["a hundred labels", { labels: Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`l${index}`, "x"])) }],
    ["a label of 5000 characters", { labels: { service: "x".repeat(5000) } }],
    ["another status", { status: "suppressed" }],
  ])("leaves out an alert with %s, and keeps the others", (_, broken) => {
    const read = readAlertmanager(JSON.stringify({ ...ALERTMANAGER, alerts: [{ ...ALERT, ...broken }, ALERT] }));
    expect(hintsIn(read)).toHaveLength(1);
  });

  it("matches labels exactly, all that are wanted, and none when nothing is wanted", () => {
    expect(labelsMatch(ALERT.labels, { service: "api", env: "prod" })).toBe(true);
    expect(labelsMatch(ALERT.labels, { service: "api", env: "staging" })).toBe(false);
    expect(labelsMatch(ALERT.labels, { team: "a" })).toBe(false);
    expect(labelsMatch(ALERT.labels, {})).toBe(false);
    expect(labelsMatch(ALERT.labels, { constructor: "x" })).toBe(false);
  });

  it("keeps a label that is called as a prototype's property", () => {
    const body = JSON.stringify(ALERTMANAGER).replace('"service"', '"__proto__":"polluted","service"');
    const about = first(readAlertmanager(body))?.about;
    expect(about?.kind === "labels" && Object.hasOwn(about.labels, "service")).toBe(true);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("Argo CD's notification", () => {
  it.each([
    ["Degraded", "Succeeded", "bad"],
    ["Healthy", "Failed", "bad"],
    ["Healthy", "Error", "bad"],
    ["Healthy", "Succeeded", "good"],
    ["Progressing", "Succeeded", "unclear"],
    ["Healthy", "Running", "unclear"],
    ["Missing", "Succeeded", "unclear"],
  ])("of health %s after an operation %s is %s", (status, phase, says) => {
    const body = JSON.stringify({ ...ARGOCD, health: { status }, operation: { ...ARGOCD.operation, phase } });
    expect(first(readArgocd(body))).toMatchObject({
      about: { kind: "object", engine: "argocd", objectKind: "Application", name: "payments-api", namespace: "argocd" },
      says,
      revision: COMMIT,
    });
  });

  it("names no revision of an Application of several sources", () => {
    const body = JSON.stringify({
      ...ARGOCD,
      sync: { revisions: [COMMIT, COMMIT] },
      operation: { phase: "Succeeded", syncResult: { revisions: [COMMIT] } },
    });
    expect(first(readArgocd(body))).not.toHaveProperty("revision");
  });

  it("is there without an operation, and is ignored without anything", () => {
    expect(first(readArgocd(JSON.stringify({ ...ARGOCD, operation: null })))?.says).toBe("bad");
    expect(readArgocd(JSON.stringify({ name: "api" })).kind).toBe("ignored");
  });
});

describe("Flux's event", () => {
  it("is a hint about its object, bad when it is an error", () => {
    expect(first(readFlux(JSON.stringify(FLUX)))).toEqual({
      about: { kind: "object", engine: "flux", objectKind: "Kustomization", name: "api", namespace: "flux-system" },
      says: "bad",
      revision: COMMIT,
      key: `flux Kustomization flux-system/api HealthCheckFailed ${COMMIT} 2026-08-22T13:46:40Z`,
      message: "Flux says HealthCheckFailed: health check failed after 30s",
    });
    expect(first(readFlux(JSON.stringify({ ...FLUX, severity: "info" })))?.says).toBe("unclear");
  });

  it.each([
    [`main@sha1:${COMMIT}`, COMMIT],
    [`feature/x@sha1:${COMMIT}`, COMMIT],
    [`main/${COMMIT}`, COMMIT],
    [`sha1:${COMMIT}`, COMMIT],
    [`v1@sha256:${"a".repeat(64)}`, "a".repeat(64)],
    ["6.5.0", "6.5.0"],
  ])("reads the revision %s", (text, revision) => {
    const metadata = { "helm.toolkit.fluxcd.io/revision": text };
    expect(first(readFlux(JSON.stringify({ ...FLUX, metadata })))?.revision).toBe(revision);
  });

  it("is ignored when it is about what is no target", () => {
    const involvedObject = { ...FLUX.involvedObject, kind: "GitRepository" };
    expect(readFlux(JSON.stringify({ ...FLUX, involvedObject })).kind).toBe("ignored");
  });
});

describe("GitHub's webhook", () => {
  it.each([
    ["success", "good"],
    ["failure", "bad"],
    ["error", "bad"],
  ])("of a deployment that ended with %s is %s", (state, says) => {
    const body = { ...DEPLOYMENT, deployment_status: { ...DEPLOYMENT.deployment_status, state } };
    expect(first(readGithub("deployment_status", JSON.stringify(body)))).toMatchObject({
      about: { kind: "deployment", repository: "acme/gitops", environment: "prod", task: "deploy" },
      says,
      revision: COMMIT,
      key: "github deployment_status acme/gitops 7",
    });
  });

  it.each(["inactive", "pending", "queued", "in_progress", "waiting"])(
    "of a deployment that is %s is ignored",
    (state) => {
      const body = { ...DEPLOYMENT, deployment_status: { ...DEPLOYMENT.deployment_status, state } };
      expect(readGithub("deployment_status", JSON.stringify(body)).kind).toBe("ignored");
    },
  );

  it.each([
    ["check_run", "success", "good"],
    ["check_run", "timed_out", "bad"],
    ["check_run", "neutral", "unclear"],
    ["check_suite", "failure", "bad"],
    ["check_suite", "cancelled", "unclear"],
  ] as const)("of a %s that ended with %s is %s", (event, conclusion, says) => {
    const body = {
      action: "completed",
      [event]: { id: 1, head_sha: COMMIT, conclusion, name: "e2e" },
      repository: { full_name: "acme/gitops" },
    };
    expect(first(readGithub(event, JSON.stringify(body)))).toMatchObject({
      says,
      revision: COMMIT,
      about: { kind: "repository", repository: "acme/gitops" },
    });
  });

  it("of a commit status is a hint when it is decided", () => {
    const body = { id: 1, sha: COMMIT, state: "failure", context: "e2e", repository: { full_name: "acme/gitops" } };
    expect(first(readGithub("status", JSON.stringify(body)))).toMatchObject({ says: "bad", message: "e2e: failure" });
    expect(readGithub("status", JSON.stringify({ ...body, state: "pending" })).kind).toBe("ignored");
  });

  it("of another event is ignored, and of a ping too", () => {
    expect(readGithub("issues", JSON.stringify(DEPLOYMENT)).kind).toBe("ignored");
    expect(readGithub("ping", '{"zen":"Keep it simple."}').kind).toBe("ignored");
  });
});

describe("a signal of one's own", () => {
  it("is a hint about the target it was sent to", () => {
    const body = JSON.stringify({
      status: "bad",
      revision: COMMIT,
      source: "smoke",
      url: "https://ci.example/7",
      message: "3 of 40 failed",
    });
    expect(first(readGeneric("payments/api", body))).toMatchObject({
      about: { kind: "target", name: "payments/api" },
      says: "bad",
      revision: COMMIT,
      message: `smoke says bad of ${COMMIT}: 3 of 40 failed`,
    });
  });

  it("says nothing without a revision but that something is to be looked at", () => {
    expect(first(readGeneric("api", '{"status":"bad","source":"smoke"}'))?.says).toBe("unclear");
  });

  it.each([
    '{"source":"smoke"}',
    '{"status":"bad"}',
    '{"status":"constructor","source":"smoke"}',
    '{"status":["bad"],"source":"smoke"}',
    '{"status":"bad","source":"a\\u202eb"}',
  ])("is malformed as %s", (body) => {
    expect(readGeneric("api", body).kind).toBe("malformed");
  });
});

describe("every payload, hostile or not", () => {
  const readers: readonly (readonly [string, (body: string) => ReadPayload, object])[] = [
    ["alertmanager", readAlertmanager, ALERTMANAGER],
    ["argocd", readArgocd, ARGOCD],
    ["flux", readFlux, FLUX],
    ["deployment_status", (body) => readGithub("deployment_status", body), DEPLOYMENT],
    [
      "check_run",
      (body) => readGithub("check_run", body),
      { action: "completed", check_run: { head_sha: COMMIT, conclusion: "success" }, repository: { full_name: "a/b" } },
    ],
    [
      "status",
      (body) => readGithub("status", body),
      { sha: COMMIT, state: "error", context: "x", repository: { full_name: "a/b" } },
    ],
    ["generic", (body) => readGeneric("api", body), { status: "bad", source: "smoke", revision: COMMIT }],
  ];
  const nasty = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      "",
      -1,
      2 ** 63,
      true,
      [],
      {},
      "__proto__",
      "\u001b[2J\u202e",
      "x".repeat(10_000),
      [[[]]],
      { constructor: {} },
    ),
    fc.jsonValue(),
  );

  it.each(readers)("of %s is answered, whatever stands in place of any of its fields (H102)", (_, read, sound) => {
    expect(read(JSON.stringify(sound)).kind).toBe("hints");
    const paths = pathsOf(sound);
    fc.assert(
      fc.property(fc.constantFrom(...paths), nasty, (path, value) => {
        const answer = read(JSON.stringify(replaced(sound, path, value)));
        for (const hint of hintsIn(answer)) {
          expect(hint.message.length).toBeLessThanOrEqual(2000);
          expect(JSON.stringify({ ...hint, about: undefined })).not.toMatch(/[\u0000-\u001f\u202e]|\\u001b/);
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each(readers)("of %s is malformed when it is no JSON object", (_, read) => {
    for (const body of [
      "",
      "null",
      "[]",
      "5",
      '"x"',
      "{",
      '{"a":1,}',
      "<xml/>",
      "[".repeat(200_000),
      `{"a":${"[".repeat(200_000)}`,
      "\u0000",
    ]) {
      expect(read(body).kind).toBe("malformed");
    }
  });

  it("pollutes no prototype", () => {
    for (const [, read] of readers) read('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("shows no secret of a message", () => {
    const body = JSON.stringify({ ...FLUX, message: `cannot pull: ghp_${"a".repeat(36)}` });
    expect(first(readFlux(body))?.message).toBe("Flux says HealthCheckFailed: cannot pull: ***");
  });
});

function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [
    ...(path.length === 0 ? [] : [path]),
    ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key])),
  ];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}
