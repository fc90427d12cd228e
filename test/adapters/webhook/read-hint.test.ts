import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDeliveries } from "../../../src/adapters/webhook/deliveries.ts";
import {
  type ReadHint,
  readHint,
  type WebhookRequest,
  type WebhookSecrets,
} from "../../../src/adapters/webhook/read-hint.ts";

const FOLDER = new URL("../../../fixtures/payloads/", import.meta.url);
const SECRETS: WebhookSecrets = {
  github: ["github secret"],
  argocd: ["argocd-token"],
  flux: ["flux secret"],
  alertmanager: ["alertmanager-token"],
  signals: ["signals-token"],
};
const LABELS = { service: "api", env: "prod" };
const COMMIT = "3".repeat(40);
const IN_GITOPS = { kind: "repository", repository: "acme/gitops" };

type Headers = WebhookRequest["headers"];
type Sign = (body: Uint8Array) => Headers;

function hmac(secret: string, body: Uint8Array): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

const github =
  (event: string): Sign =>
  (body) => ({
    "x-github-event": event,
    "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
    "x-hub-signature-256": hmac("github secret", body),
    "content-type": "application/json",
  });
const bearer =
  (token: string): Sign =>
  () => ({ authorization: `Bearer ${token}` });
const basic: Sign = () => ({
  authorization: `Basic ${Buffer.from("alertmanager:alertmanager-token").toString("base64")}`,
});
const signed =
  (secret: string): Sign =>
  (body) => ({ "x-signature": hmac(secret, body), "gotk-component": "kustomize-controller" });

/** Who sends the file where, and how they prove it. */
const SENDERS: Readonly<Record<string, { readonly path: string; readonly sign: Sign; readonly expected: object }>> = {
  "alertmanager-firing.json": {
    path: "/webhooks/alertmanager",
    sign: bearer("alertmanager-token"),
    expected: {
      kind: "hints",
      cut: false,
      hints: [
        { about: { kind: "labels", labels: LABELS }, says: "bad", message: "HighErrorRate fires: errors at 40 %" },
        { about: { kind: "labels", labels: LABELS }, says: "good", message: "SlowRequests is resolved" },
      ],
    },
  },
  "grafana-firing.json": {
    path: "/webhooks/alertmanager",
    sign: basic,
    expected: { kind: "hints", cut: true, hints: [{ about: { labels: { service: "api" } }, says: "bad" }] },
  },
  "argocd-degraded.json": {
    path: "/webhooks/argocd",
    sign: bearer("argocd-token"),
    expected: {
      hints: [
        {
          about: {
            kind: "object",
            engine: "argocd",
            objectKind: "Application",
            name: "payments-api",
            namespace: "argocd",
          },
          says: "bad",
          revision: "1".repeat(40),
        },
      ],
    },
  },
  "flux-health-check-failed.json": {
    path: "/webhooks/flux",
    sign: signed("flux secret"),
    expected: {
      hints: [
        {
          about: {
            kind: "object",
            engine: "flux",
            objectKind: "Kustomization",
            name: "shop",
            namespace: "flux-system",
          },
          says: "bad",
          revision: "2".repeat(40),
        },
      ],
    },
  },
  "flux-source.json": { path: "/webhooks/flux", sign: signed("flux secret"), expected: { kind: "ignored" } },
  "github-deployment-status.json": {
    path: "/webhooks/github",
    sign: github("deployment_status"),
    expected: {
      hints: [{ about: { kind: "deployment", environment: "prod", task: "deploy" }, says: "bad", revision: COMMIT }],
      delivery: "github 72d3162e-cc78-11e3-81ab-4c9367dc0958",
    },
  },
  "github-check-run.json": {
    path: "/webhooks/github",
    sign: github("check_run"),
    expected: { hints: [{ about: IN_GITOPS, says: "bad", revision: COMMIT, message: "smoke-test/prod: failure" }] },
  },
  "github-check-suite.json": {
    path: "/webhooks/github",
    sign: github("check_suite"),
    expected: { hints: [{ about: IN_GITOPS, says: "good", revision: COMMIT }] },
  },
  "github-status.json": {
    path: "/webhooks/github",
    sign: github("status"),
    expected: { hints: [{ about: IN_GITOPS, says: "bad", message: "e2e/prod: error" }] },
  },
  "github-ping.json": { path: "/webhooks/github", sign: github("ping"), expected: { kind: "ignored" } },
  "signal-bad.json": {
    path: "/api/v1/targets/payments%2Fapi/signals",
    sign: bearer("signals-token"),
    expected: { hints: [{ about: { kind: "target", name: "payments/api" }, says: "bad", revision: "4".repeat(40) }] },
  },
};
const FILES = Object.entries(SENDERS).map(
  ([file, sender]) => [file, sender, readFileSync(new URL(file, FOLDER))] as const,
);

function read(path: string, body: Uint8Array, headers: Headers, secrets = SECRETS): ReadHint {
  return readHint({ path, headers, body, secrets });
}

function statusOf(answer: ReadHint): number | string {
  return answer.kind === "refused" ? answer.status : answer.kind;
}

describe("what senders send", () => {
  it("is all of fixtures/payloads", () => {
    expect(readdirSync(FOLDER).sort()).toEqual(Object.keys(SENDERS).sort());
  });

  it.each(FILES)("is read as %s has it", (_, { path, sign, expected }, body) => {
    expect(read(path, body, sign(body))).toMatchObject(expected);
  });

  it.each(FILES)(
    "is refused as %s has it, when nothing proves the sender, or another one is proved",
    (_, { path, sign }, body) => {
      expect(statusOf(read(path, body, {}))).toBe(401);
      const others = [
        bearer("another-token")(body),
        signed("another secret")(body),
        github("ping")(Buffer.from("other")),
      ];
      for (const headers of others) expect(statusOf(read(path, body, headers))).toBe(401);
      const twice = Object.fromEntries(
        Object.entries(sign(body)).map(([name, value]) => [name, [value, value] as string[]]),
      );
      expect(statusOf(read(path, body, twice))).toBe(401);
    },
  );

  it.each(FILES)("is not there as %s has it, when there is no secret (H98)", (_, { path, sign }, body) => {
    expect(statusOf(read(path, body, sign(body), {}))).toBe(404);
    const empty = { github: [], argocd: [], flux: [], alertmanager: [], signals: [] };
    expect(statusOf(read(path, body, sign(body), empty))).toBe(404);
    const blank = { github: [""], argocd: [""], flux: [""], alertmanager: [""], signals: [""] };
    expect(statusOf(read(path, body, sign(body), blank))).toBe(401);
  });

  it.each(FILES)("is refused as %s has it, when it says it is anything but JSON (H101)", (_, { path, sign }, body) => {
    const types = [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/json\t",
      "",
      "application/json; charset=utf-16",
      "application/jsonp",
    ];
    for (const type of types) {
      expect([type, statusOf(read(path, body, { ...sign(body), "content-type": type }))]).toEqual([type, 415]);
    }
    const packed = gzipSync(body);
    expect(statusOf(read(path, packed, { ...sign(packed), "content-encoding": "gzip" }))).toBe(415);
  });

  it.each(FILES)(
    "is malformed as %s has it, when the bytes are no text, or half of them are missing",
    (_, { path, sign }, body) => {
      for (const broken of [
        Buffer.concat([body, Buffer.from([0xff])]),
        body.subarray(0, body.length / 2),
        Buffer.alloc(0),
      ]) {
        expect(read(path, broken, sign(broken)).kind).toBe("malformed");
      }
    },
  );

  it.each(FILES)(
    "pollutes no prototype, and survives any type of any field, as %s has it (H102)",
    (file, { path, sign }, body) => {
      const text = body.toString();
      const fields = [...text.matchAll(/: ("[^"]*"|\d+|\{\}|\[\])/g)];
      for (const nasty of [
        '{"__proto__":{"polluted":1}}',
        "null",
        "[[]]",
        "1e999",
        "18446744073709551616",
        '"\\u0000\\u202e"',
      ]) {
        for (const field of fields) {
          const broken = Buffer.from(
            text.slice(0, field.index) + `: ${nasty}` + text.slice(field.index + field[0].length),
          );
          expect(["hints", "ignored", "malformed"]).toContain(read(path, broken, sign(broken)).kind);
        }
      }
      const own = Buffer.from(
        text.replace("{", '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},'),
      );
      expect(read(path, own, sign(own))).toMatchObject(SENDERS[file]?.expected ?? {});
      expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    },
  );
});

describe("a webhook", () => {
  const alertmanager = "/webhooks/alertmanager";

  it("takes 1 MB, GitHub's 25 MB, and refuses more before it looks who sends it (H100)", () => {
    const large = Buffer.alloc(1_048_577, " ");
    expect(statusOf(read(alertmanager, large, {}))).toBe(413);
    expect(statusOf(read(alertmanager, large.subarray(1), {}))).toBe(401);
    expect(statusOf(read("/webhooks/github", large, {}))).toBe(401);
    expect(statusOf(read("/webhooks/github", Buffer.alloc(25 * 1_048_576 + 1), {}))).toBe(413);
  });

  it("gives two hundred hints of ten thousand alerts, and says that there were more", () => {
    const alert = { status: "firing", labels: { alertname: "A" } };
    const body = Buffer.from(JSON.stringify({ version: "4", alerts: Array.from({ length: 10_000 }, () => alert) }));
    const answer = read(alertmanager, body, bearer("alertmanager-token")(body));
    expect(answer).toMatchObject({ kind: "hints", cut: true });
    expect(answer.kind === "hints" ? answer.hints.length : 0).toBe(200);
  });

  it("takes either of two secrets while one is being replaced", () => {
    const body = Buffer.from('{"zen":"x"}');
    const secrets = { github: ["the next secret", "github secret"] };
    expect(read("/webhooks/github", body, github("ping")(body), secrets).kind).toBe("ignored");
  });

  it("is proved over the bytes as they came (H97)", () => {
    const body = Buffer.from('{ "zen": "x" }');
    const headers = github("ping")(body);
    expect(statusOf(read("/webhooks/github", Buffer.from('{"zen":"x"}'), headers))).toBe(401);
  });

  it("does not let one endpoint's secret open another", () => {
    const body = Buffer.from("{}");
    for (const path of ["/webhooks/argocd", "/webhooks/flux", "/webhooks/github", "/api/v1/targets/a/signals"]) {
      expect(statusOf(read(path, body, { ...bearer("alertmanager-token")(body) }))).toBe(401);
    }
  });

  it("has the same name when it is delivered again, and hints have the same keys (H99)", () => {
    const { isFirst } = createDeliveries();
    const body = readFileSync(new URL("github-check-run.json", FOLDER));
    const names = [1, 2].map(() => {
      const answer = read("/webhooks/github", body, github("check_run")(body));
      return answer.kind === "refused" ? "" : (answer.delivery ?? "");
    });
    expect(names.map(isFirst)).toEqual([true, false]);
    const keys = FILES.flatMap(([, sender, bytes]) =>
      [1, 2].map(() => {
        const answer = read(sender.path, bytes, sender.sign(bytes));
        return answer.kind === "hints" ? answer.hints.map(({ key }) => key).join() : "";
      }),
    );
    const told = keys.filter((key) => key !== "");
    expect(new Set(told).size).toBe(told.length / 2);
  });

  it.each([
    "/",
    "/webhooks",
    "/webhooks/gitlab",
    "/webhooks/github/",
    "/webhooks/GitHub",
    "/webhooks/__proto__",
    "/api/v1/targets//signals",
    "/api/v1/targets/../signals",
    "/api/v1/targets/a/../b/signals",
    "/api/v1/targets/%2e%2e/signals",
    "/api/v1/targets/a%2F..%2Fb/signals",
    "/api/v1/targets/%ff/signals",
    "/api/v1/targets/a/signals/",
    `/api/v1/targets/${"a".repeat(700)}/signals`,
  ])("is not there: %s", (path) => {
    const body = Buffer.from('{"status":"bad","source":"x"}');
    expect(statusOf(read(path, body, bearer("signals-token")(body)))).toBe(404);
  });

  it.each(["payments/api", "payments%2Fapi"])(
    "of one's own is about the target in its path, proved by token or key: %s",
    (name) => {
      const body = Buffer.from('{"status":"bad","source":"smoke","revision":"abc"}');
      for (const sign of [bearer("signals-token"), signed("signals-token")]) {
        const answer = read(`/api/v1/targets/${name}/signals`, body, sign(body));
        expect(answer).toMatchObject({ hints: [{ about: { kind: "target", name: "payments/api" }, says: "bad" }] });
      }
    },
  );

  it("never throws, whatever comes", () => {
    const paths = fc.constantFrom(...new Set(FILES.map(([, { path }]) => path)), "/x");
    const value = fc.oneof(fc.string(), fc.array(fc.string()), fc.constant(undefined));
    const names = ["authorization", "x-signature", "x-hub-signature-256", "x-github-event", "content-type"];
    const headers = fc.record(Object.fromEntries(names.map((name) => [name, value])));
    fc.assert(
      fc.property(paths, headers, fc.uint8Array({ maxLength: 200 }), (path, given, body) => {
        expect([401, 404]).toContain(statusOf(read(path, body, given as Headers)));
      }),
      { numRuns: 500 },
    );
  });
});
