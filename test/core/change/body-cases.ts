/** Ten pull requests as people meet them: plans, and what is said about them. Their texts are `fixtures/pull-requests/<name>.md`. */
import { createHash } from "node:crypto";

import { type BodyFacts, pullRequestBody } from "../../../src/core/change/pull-request.ts";
import { titleFor } from "../../../src/core/change/message.ts";
import type { UndoFlags } from "../../../src/core/plan/types.ts";
import type { Plan } from "../../../src/core/plan/types.ts";
import { planUndo } from "../../../src/core/plan/plan-undo.ts";
import { id, revision } from "../../support/revisions.ts";
import { type Commit, configMap, deployment, factsOf, planHistory, required, yaml } from "../plan/support.ts";

/** What core is handed for a hash. */
export function testHash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** A commit as commands name it. */
function shown(number: number): string {
  return id(number).slice(0, 12);
}

/** The facts of a body, with the words of a usual job. */
export function bodyFacts(plan: Plan, more: Partial<BodyFacts> = {}): BodyFacts {
  return {
    plan,
    key: "0c9e41d27ab3",
    job: "01J9ZK4T7Q",
    command: `lastgood plan payments/api --to ${shown(1)}`,
    hash: testHash,
    ...more,
  };
}

/** Title and body, as a page shows them. */
export function pageOf(facts: BodyFacts): string {
  return `# ${titleFor(facts.plan, "pull-request")}\n\n${pullRequestBody(facts)}`;
}

const DAY = { target: { name: "payments/api", environment: "prod" } };

/** Undoes the last commit of a history: the files before it are what is wanted. */
export function undoPlan(history: readonly Commit[], flags?: UndoFlags, change = false): Plan {
  const facts = factsOf(history, { target: { ...DAY.target, ...(change ? { origin: { kind: "change" } } : {}) } });
  const last = history.length;
  const commit = revision(last, history.at(-1)?.message);
  return required(
    planUndo({
      ...facts,
      fresh: new Set(facts.wanted.keys()),
      goal: { kind: "undo", commits: [commit], ...(flags === undefined ? {} : { flags }) },
    }),
  );
}

const API = "apps/payments/api/deployment.yaml";
const good = deployment({ image: "acme/api:1.7.4" });

function imageBump(): BodyFacts {
  const bump = "feat(api): bump image to 1.8.0 (#482)\n\nNew payment provider.\n\nReviewed-by: Min-jun Kim\n";
  const plan = required(
    planHistory(
      [{ files: { [API]: good } }, { files: { [API]: deployment({ image: "acme/api:1.8.0" }) }, message: bump }],
      DAY,
    ),
  );
  const original = {
    number: 482,
    commit: id(2),
    title: "feat(api): bump image to 1.8.0",
    body: "New payment provider.\r\n\r\n- [x] tested in staging\r\n\r\nFixes #12. cc @acme/payments",
  };
  return bodyFacts(plan, { by: "Mina Kim", reason: "5xx 12% since 1.8.0", originals: [original] });
}

function severalFacets(): BodyFacts {
  const now = deployment({ image: "acme/api:1.8.0", env: "redis://cache-v2:6379", memory: "512Mi" });
  const plan = required(
    planHistory(
      [
        { files: { [API]: good } },
        { files: { [API]: deployment({ memory: "512Mi" }) }, message: "tune api memory (#479)" },
        { files: { [API]: now }, message: "feat(api): bump image to 1.8.0 (#482)" },
      ],
      { ...DAY, only: [":image", ":env"] },
    ),
  );
  return bodyFacts(plan, {
    command: `lastgood plan payments/api --to ${shown(1)} --only :image,:env`,
    followed: true,
  });
}

function severalComponents(): BodyFacts {
  const files = (image: string, flags: string) => ({
    [API]: deployment({ image }),
    "apps/payments/api/worker.yaml": deployment({ name: "worker", image }),
    "apps/payments/api/flags.yaml": configMap("api-flags", { newCheckout: flags }),
  });
  const plan = required(
    planHistory(
      [
        { files: files("acme/api:1.7.4", "false") },
        { files: files("acme/api:1.8.0", "true"), message: "Release 1.8 (#482)" },
      ],
      { ...DAY, except: ["ConfigMap/api-flags"] },
    ),
  );
  return bodyFacts(plan, { by: "Mina Kim" });
}

function conflictResolved(): BodyFacts {
  const plan = undoPlan(
    [
      { files: { [API]: deployment({ image: "acme/api:1.7.4", env: "redis://cache:6379" }) } },
      {
        files: { [API]: deployment({ image: "acme/api:1.8.1", env: "redis://cache-v2:6379" }) },
        message: "Bump api (#482)",
      },
    ],
    { resolve: ["Deployment/api:containers[api].image=good"] },
  );
  return bodyFacts(plan, {
    by: "Mina Kim",
    command: `lastgood plan payments/api --commit ${shown(2)} --resolve 'Deployment/api:containers[api].image=good'`,
  });
}

function undoOne(): BodyFacts {
  const plan = undoPlan(
    [
      { files: { [API]: good, "apps/web/web.yaml": deployment({ name: "web", image: "acme/web:1" }) } },
      {
        files: {
          [API]: deployment({ image: "acme/api:1.8.0" }),
          "apps/web/web.yaml": deployment({ name: "web", image: "acme/web:2" }),
        },
        message: "Bump everything (#482)",
      },
    ],
    undefined,
    true,
  );
  return bodyFacts(plan, { by: "Dana Lee", command: `lastgood plan --commit ${shown(2)}` });
}

function wholeTarget(): BodyFacts {
  const plan = required(
    planHistory(
      [
        { files: { [API]: good, "apps/payments/api/flags.yaml": configMap("flags", { a: "1" }) } },
        {
          files: {
            [API]: deployment({ image: "acme/api:1.7.5" }),
            "apps/payments/api/flags.yaml": configMap("flags", { a: "2" }),
          },
          message: "Bump (#480)",
        },
        {
          files: {
            [API]: deployment({ image: "acme/api:1.8.0", replicas: 4 }),
            "apps/payments/api/job.yaml": migration(),
          },
          message: "Migrate the database (#482)",
        },
      ],
      DAY,
    ),
  );
  return bodyFacts(plan);
}

function migration(): string {
  return yaml`
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: migrate
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: migrate
              image: acme/migrate:1.8.0
  `;
}

function secrets(): BodyFacts {
  const secret = (password: string): string => yaml`
    apiVersion: v1
    kind: Secret
    metadata:
      name: api
    stringData:
      password: ${password}
  `;
  const files = (password: string, dsn: string) => ({
    "apps/payments/api/secret.yaml": secret(password),
    [API]: deployment({ env: dsn }),
  });
  const plan = required(
    planHistory(
      [
        { files: files("correct-horse-battery", "postgres://api:correct-horse-battery@db:5432/api") },
        { files: files("hunter2-hunter2", "postgres://api:hunter2-hunter2@db:5432/api"), message: "Rotate (#482)" },
      ],
      DAY,
    ),
  );
  return bodyFacts(plan);
}

function huge(): BodyFacts {
  const data = (value: string) =>
    Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`flag${i}`, value.repeat(40)]));
  const plan = required(
    planHistory(
      [
        { files: { "flags.yaml": configMap("flags", data("v")) } },
        { files: { "flags.yaml": configMap("flags", data("w")) }, message: "Flip all flags (#482)" },
      ],
      DAY,
    ),
  );
  return bodyFacts(plan);
}

/** What nothing on the page may act on. */
export const HOSTILE =
  "Fixes #12 </details><script>alert(1)</script> @acme/all --> ![x](http://beacon.example/p.png) [y](javascript:alert(1)) \\| `z` https://evil.example \u202e";

function hostile(): BodyFacts {
  const now = deployment({ image: "acme/api:1.8.0", env: JSON.stringify(HOSTILE) });
  const plan = required(
    planHistory(
      [
        { files: { [API]: good } },
        {
          files: { [API]: now },
          message: `${HOSTILE}\n\n\`\`\`\n</details>\n${HOSTILE}\n- [x] <!-- lastgood:facet=image -->\n`,
        },
      ],
      DAY,
    ),
  );
  return bodyFacts(plan, { by: HOSTILE, reason: HOSTILE });
}

function helmValues(): BodyFacts {
  const values = (tag: string, url: string): string => yaml`
    image:
      repository: acme/api
      tag: "${tag}"
    env:
      CACHE_URL: ${url}
    replicaCount: 3
  `;
  const chart = "apiVersion: v2\nname: api\nversion: 1.0.0\n";
  const plan = required(
    planHistory(
      [
        { files: { "charts/api/Chart.yaml": chart, "charts/api/values.yaml": values("1.7.4", "redis://cache:6379") } },
        {
          files: { "charts/api/Chart.yaml": chart, "charts/api/values.yaml": values("1.8.0", "redis://cache-v2:6379") },
          message: "Bump api (#482)",
        },
      ],
      DAY,
    ),
  );
  return bodyFacts(plan, { by: "Mina Kim" });
}

function reapply(): BodyFacts {
  const plan = undoPlan(
    [
      { files: { [API]: deployment({ image: "acme/api:1.8.0" }) } },
      {
        files: { [API]: good },
        message: 'Revert "feat(api): bump image to 1.8.0 (#482)" in payments/api (prod) (#491)',
      },
    ],
    undefined,
    true,
  );
  return bodyFacts(plan, { by: "Mina Kim", reason: "fixed by 1.8.1 of the chart", command: "lastgood plan --pr 491" });
}

/** By name, so that one that fails to plan fails its own test only. */
export const BODY_CASES: Readonly<Record<string, () => BodyFacts>> = {
  "image-bump": imageBump,
  "several-facets": severalFacets,
  "several-components": severalComponents,
  "conflict-resolved": conflictResolved,
  "undo-one-commit": undoOne,
  "whole-target": wholeTarget,
  secrets,
  huge,
  "hostile-texts": hostile,
  "helm-values": helmValues,
  reapply,
};
