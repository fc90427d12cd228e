import { describe, expect, it } from "vitest";
import { fieldRows, fileDiff, keptPath, keptText, shownPatches } from "../../../src/core/plan/show.ts";
import { toJson } from "../../../src/core/model/json.ts";
import type { Plan } from "../../../src/core/plan/types.ts";
import { type Files, planned, yaml } from "./support.ts";

/** Everything that people or programs are shown of a plan. */
function shown(plan: Plan): string {
  return [
    ...fieldRows(plan).map((row) => toJson(row)),
    ...plan.kept.flatMap((kept) => [keptText(kept), keptPath(kept) ?? ""]),
    ...plan.files.flatMap((file) => fileDiff(file)),
    ...shownPatches(plan).flatMap(({ patch, json }) => [toJson(patch), json]),
    ...plan.risks.map(({ message }) => message),
  ].join("\n");
}

/** What is shown of a plan from `now` to `then`, whole and of every part. */
function shownOf(now: Files, then: Files): string {
  const whole = shown(planned(now, then));
  const back = shown(planned(then, now));
  const kept = shown(
    planned({ ...now, "z.yaml": EXTRA("2") }, { ...then, "z.yaml": EXTRA("1") }, { only: ["ConfigMap/extra"] }),
  );
  return `${whole}\n${back}\n${kept}`;
}

const EXTRA = (a: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: extra\ndata:\n  a: "${a}"\n`;

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("what is shown of a plan", () => {
  const cases: Readonly<Record<string, readonly [string, readonly string[]]>> = {
    "data of a Secret": [
      `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  host: ${base64("CANARY-host")}\n  dsn: "${base64("CANARY-dsn")}"\n`,
      [base64("CANARY-host"), base64("CANARY-dsn")],
    ],
    "stringData of a Secret, in every style": [
      yaml`
        apiVersion: v1
        kind: Secret
        metadata:
          name: db
        stringData:
          plain: CANARY-plain # CANARY-plain
          short: k9Z
          double: "CAN\x41RY-escaped \
            CANARY-folded"
          number: 0012345
          hex: "0x1F"
          literal: |
            user=CANARY-literal
            a: b7
          folded: >-
            CANARY-one
            CANARY-two
          flow: { "a": "CANARY-flow" }
      `.replace('          flow: { "a": "CANARY-flow" }\n', ""),
      ["CANARY", "RY-escaped", "k9Z", "0012345", "5349", "0x1F", "b7"],
    ],
    "a Secret in flow style and in a List": [
      yaml`
        apiVersion: v1
        kind: List
        items:
          - {apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {a: CANARY-flow}}
          - apiVersion: v1
            kind: Secret
            metadata: {name: other}
            data:
              x: Q0FOQVJZ
      `,
      ["CANARY", "Q0FOQVJZ"],
    ],
    "environment variables, anchors and arguments of a workload": [
      yaml`
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: api
          annotations:
            note: &shared CANARY-anchored
        spec:
          template:
            spec:
              containers:
                - name: api
                  image: acme/api:1
                  args: ["--db-password", "CANARY-flag", "--token=CANARY-joined"]
                  env:
                    - {name: DB_PASSWORD, value: CANARY-env}
                    - name: API_TOKEN
                      value: *shared
                    - name: DATABASE_URL
                      value: postgres://app:CANARY-url@db:5432/app
      `,
      ["CANARY"],
    ],
    "keys of a ConfigMap, and files in it": [
      yaml`
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: api
        data:
          password: CANARY-key
          app.properties: |
            db.host=db
            db.password=CANARY-property
          config.json: "{\"apiKey\": \"CANARY-json\", \"host\": \"db\"}"
          tls.txt: |
            -----BEGIN RSA PRIVATE KEY-----
            Q0FOQVJZLXBlbQ
            -----END RSA PRIVATE KEY-----
      `,
      ["CANARY", "Q0FOQVJZLXBlbQ"],
    ],
    "what the last apply left in an annotation": [
      yaml`
        apiVersion: v1
        kind: Secret
        metadata:
          name: db
          annotations:
            kubectl.kubernetes.io/last-applied-configuration: |
              {"data":{"a":"Q0FOQVJZ"}}
        data:
          a: Q0FOQVJZ
      `,
      ["Q0FOQVJZ"],
    ],
    "values of a chart": [
      yaml`
        replicaCount: 1
        auth:
          existingSecret: db
          password: CANARY-values
          tokens:
            - CANARY-list
      `,
      ["CANARY"],
    ],
  };

  it.each(Object.entries(cases))("never holds %s", (_, [text, canaries]) => {
    const path = text.startsWith("replicaCount") ? "values.yaml" : "app.yaml";
    const changed = text.replaceAll(/^(\s*(?:#.*)?)$/gm, "$1").replace(/^/, "# new\n");
    const more = changed
      .replaceAll("CANARY", "CANARY-B")
      .replaceAll(base64("CANARY-host"), base64("CANARY-B-host"))
      .replaceAll("Q0FOQVJZ", "Q0FOQVJZQg")
      .replaceAll("k9Z", "k9Y")
      .replaceAll("b7", "b8")
      .replaceAll("0012345", "0012346");
    const said = shownOf({ [path]: more }, { [path]: text });
    expect(said.split("\n").filter((line) => canaries.some((canary) => line.includes(canary)))).toEqual([]);
    expect(said).toContain("••••");
  });

  it("never holds a neighbour's secret in the lines around a change", () => {
    const secret = "stringData:\n  a: CANARY\napiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n";
    const said = shownOf({ "all.yaml": `${EXTRA("2")}---\n${secret}` }, { "all.yaml": `${EXTRA("1")}---\n${secret}` });
    expect(said).toContain("a: ••••");
    expect(said).not.toContain("CANARY");
  });

  it("shows nothing of a Secret that cannot be read", () => {
    const broken = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  a: Q0FOQVJZ\n  a: Q0FOQVJZ\n";
    const said = shownOf({ "s.yaml": `${broken}  b: Q0FOQVJZ\n` }, { "s.yaml": broken });
    expect(said).toContain("(not shown: it holds a Secret that cannot be read)");
    expect(said).not.toContain("Q0FOQVJZ");
  });

  it("shows names, and that a secret changed", () => {
    const secret = (value: string): string =>
      `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: ${value}\n`;
    const plan = planned({ "s.yaml": secret("new-one") }, { "s.yaml": secret("old-one") });
    expect(fieldRows(plan)).toMatchObject([
      { component: "Secret/db", display: "stringData.password", from: "••••", to: "•••• (changed)", secret: true },
    ]);
    const [file] = plan.files;
    expect(file === undefined ? [] : fileDiff(file).slice(-2)).toEqual(["-  password: ••••", "+  password: ••••"]);
  });

  it("shows everything else as it is", () => {
    const text = (tag: string): string => `# image\n${EXTRA(tag)}`;
    const [file] = planned({ "a.yaml": text("2") }, { "a.yaml": text("1") }).files;
    expect(file === undefined ? [] : fileDiff(file)).toEqual([
      "--- a/a.yaml",
      "+++ b/a.yaml",
      "@@ -4,4 +4,4 @@",
      " metadata:",
      "   name: extra",
      " data:",
      '-  a: "2"',
      '+  a: "1"',
    ]);
  });
});
