/**
 * The configuration as a person writes it. What is described here becomes config/schema.json, and with it the help of every editor.
 * A check of one value stands here; what concerns several values stands in rules.ts.
 */
import { z } from "zod";
import { EVENTS } from "../core/model/event.ts";
import { TEMPLATE_WORDS, templateFault } from "../core/model/template-word.ts";
import { CHART_VERSIONS, COMMIT_VIAS, MODES } from "./config.ts";
import { cronFault } from "../core/model/cron.ts";
import { REVERT_ORDERS } from "../core/model/revert-order.ts";
import { DEFAULTS } from "./defaults.ts";
import { health, kindHealth } from "./health-schema.ts";
import {
  branchFault,
  fullRefFault,
  hostFault,
  listenFault,
  nameFault,
  namespaceFault,
  objectNameFault,
  pathFault,
  patternFault,
  repositoryUrlFault,
  targetNameFault,
  timezoneFault,
  trailerFault,
  webUrlFault,
} from "./scalars.ts";
import { anyText, duration, file, name, optional, positive, text } from "./schema-parts.ts";

const mode = z.enum(MODES);
const tagPattern = text((value) => patternFault(value, ["target"]));
const trailer = text(trailerFault);
const count = z.number().int().min(0).max(1_000_000);

const forge = z.strictObject({
  type: optional(
    z.enum(["github", "none"]),
    "Where pull requests are opened. none: branches only.",
    DEFAULTS.forge.type,
  ),
  host: optional(text(hostFault), "github.com, or your GitHub Enterprise Server.", DEFAULTS.forge.host),
  auth: optional(
    z.strictObject({
      app: optional(
        z.strictObject({
          id: z
            .union([text((value) => (/^[A-Za-z0-9.]+$/.test(value) ? undefined : "is no App id")), positive])
            .meta({ description: "App id or client id." }),
          privateKeyFile: file.meta({ description: "File with the App's private key (PEM)." }),
          installationId: optional(
            z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
            "Id of the App's installation. Default: found by the repository.",
          ),
        }),
        "A GitHub App: the choice for the daemon.",
      ),
      tokenFile: optional(file, "File with a token. Without auth: GH_TOKEN, GITHUB_TOKEN, gh auth token."),
    }),
    "How lastgood signs in: one of app and tokenFile.",
  ),
  caFile: optional(
    file,
    "File with certificates (PEM) to be trusted for the host, by the API's client besides the well-known ones, by git instead of them.",
  ),
  webhookSecretFile: optional(file, "File with the webhook's secret. Without it the endpoint is off."),
  commit: optional(
    z.strictObject({
      style: optional(
        z.enum(["git", "conventional"]),
        'Subject of the commit: git writes Revert "…", conventional writes revert(target): ….',
        DEFAULTS.forge.commit.style,
      ),
      signingKeyFile: optional(z.union([file, z.null()]), "File with the key that signs commits; null: not signed."),
      signoff: optional(z.boolean(), "Add Signed-off-by.", DEFAULTS.forge.commit.signoff),
      via: optional(
        z.enum(COMMIT_VIAS),
        "Who makes it: push, lastgood; api, GitHub, which signs it (Verified); auto, GitHub for an App and where a rule wants signatures.",
        DEFAULTS.forge.commit.via,
      ),
    }),
    "The revert commit.",
  ),
  pullRequest: optional(
    z.strictObject({
      draft: optional(
        z.boolean(),
        "Open as a draft. Code owners are not asked on drafts.",
        DEFAULTS.forge.pullRequest.draft,
      ),
      labels: optional(z.array(text(anyText)), "Labels besides lastgood's own.", DEFAULTS.forge.pullRequest.labels),
      reviewers: optional(
        z.strictObject({
          suspectAuthor: optional(z.boolean(), "Ask who made and who merged the suspect.", true),
          teams: optional(z.array(text(anyText)), "Teams to ask, by slug.", []),
        }),
        "Who is asked for a review, besides the code owners.",
      ),
      assignees: optional(
        z.array(text(anyText)),
        "Logins to whom it is assigned.",
        DEFAULTS.forge.pullRequest.assignees,
      ),
    }),
    "The revert pull request.",
  ),
});

const repository = z.strictObject({
  name: name.meta({ description: "What targets call it." }),
  url: text(repositoryUrlFault, "ConfigUrl").meta({
    description: "https://…, ssh://… or git@host:owner/repo. Never with credentials.",
    examples: ["https://github.com/acme/gitops.git"],
  }),
  branch: optional(
    text(branchFault, "ConfigRef"),
    "The branch that is deployed. Default: what the remote's HEAD names.",
  ),
});

const engine = z.strictObject({
  name: name.meta({ description: "What targets call it." }),
  type: z.enum(["argocd", "flux", "workloads"]).meta({
    description: "Who deploys. workloads: nobody lastgood knows; the workloads themselves are looked at.",
  }),
  context: optional(
    text(anyText),
    "Context of the kubeconfig. Default: the current one, or the cluster lastgood runs in.",
  ),
  namespace: optional(name, "Where the engine's objects are. Default: all namespaces."),
  discover: optional(
    z.strictObject({
      selector: text(anyText).meta({ description: "Label or annotation selector, lastgood.dev/enabled=true." }),
    }),
    "Take the engine's own objects as targets.",
  ),
  health: optional(z.array(kindHealth), "How kinds are judged that lastgood has no rule for."),
});

const notes = z.strictObject({
  ref: optional(text(fullRefFault, "ConfigRef"), "Full ref of the notes.", DEFAULTS.notes.ref),
  match: tagPattern.meta({ description: "Pattern of the note's text; {target} is filled in." }),
});

const logins = z.array(text(anyText));

const deployments = z.strictObject({
  environment: tagPattern.meta({ description: "Name of the environment; {target} is filled in." }),
  by: optional(logins, "Logins whose deployments count. Without any: everybody who may deploy.", []),
  record: optional(z.boolean(), "A verdict of `lastgood mark` is recorded there as a deployment, too.", false),
});

const checks = z.strictObject({
  names: z.union([tagPattern, z.array(tagPattern)]).meta({ description: "Patterns of names; {target} is filled in." }),
  by: optional(logins, "Apps and logins whose results count. Without any: everybody's.", []),
});

const evidence = z.strictObject({
  tags: optional(
    z.union([tagPattern, z.array(tagPattern)]),
    "Tags that mark good revisions, as patterns with * and ?; {target} is filled in.",
  ),
  notes: optional(notes, "Git notes that mark good revisions."),
  trailers: optional(
    z.union([trailer, z.array(trailer)]),
    'Commit trailers that mark good revisions: "Verified-In: prod".',
  ),
  deployments: optional(
    z.union([tagPattern, deployments]),
    "GitHub's deployments to this environment: success is strong evidence of good, failure of bad.",
  ),
  checks: optional(
    z.union([tagPattern, z.array(tagPattern), checks]),
    "Commit statuses and check runs that mark good revisions, as patterns of their names. Weak.",
  ),
});

const target = z.strictObject({
  name: text(targetNameFault).meta({
    description: "What people call it. With one *, a target for every folder that its paths match.",
    examples: ["payments/api", "edge/*"],
  }),
  environment: optional(text(nameFault), "prod, staging, …: told apart in titles, labels and checks."),
  repository: optional(name, "Name in repositories. Not needed when there is one at most."),
  paths: z.array(text(pathFault)).min(1).meta({
    description: "Folders or files, from the root of the repository. {name} stands for what * is in the name.",
  }),
  health: optional(z.array(health), "What says whether it is well; all of them together."),
  policy: optional(name, "Name in policies.", "default"),
  evidence: optional(evidence, "Laid over the policy's good.evidence for this target."),
});

const freeze = z.strictObject({
  cron: text(cronFault).meta({ description: "When it begins: five fields, 0 16 * * FRI." }),
  for: duration.meta({ description: "How long it lasts." }),
  timezone: optional(text(timezoneFault), "Time zone of cron.", DEFAULTS.freeze.timezone),
  mode: optional(mode, "The most that lastgood does meanwhile.", DEFAULTS.freeze.mode),
});

const defaults = DEFAULTS.policy;

const policy = z.strictObject({
  extends: optional(name, "The policy that fills what this one leaves open.", "default"),
  mode: optional(mode, "How far lastgood goes: observe < propose < merge < push.", defaults.mode),
  good: optional(
    z.strictObject({
      bakeTime: optional(
        duration,
        "How long a revision stays healthy before it counts as good.",
        defaults.good.bakeTime,
      ),
      requireAll: optional(z.boolean(), "All health sources are needed, not just one.", defaults.good.requireAll),
      evidence: optional(
        evidence,
        "Statements in git and on the forge that mark good revisions. But for deployments weak: never enough unattended.",
      ),
    }),
    "What makes a checkpoint.",
  ),
  bad: optional(
    z.strictObject({
      for: optional(duration, "How long it has to be bad.", defaults.bad.for),
      samples: optional(positive, "How often in a row it has to be seen.", defaults.bad.samples),
      on: optional(
        z.array(z.enum(["Failed", "InProgress"])).min(1),
        "Which status is bad. Never Unknown or NotFound: no data is no verdict.",
        defaults.bad.on,
      ),
    }),
    "What makes a suspect.",
  ),
  components: optional(
    z.strictObject({
      only: optional(z.array(text(anyText)), "Revert only these: Deployment/api, :image, ./values.yaml.", []),
      except: optional(z.array(text(anyText)), "Never revert these.", []),
    }),
    "What is reverted. What others own (replicas under an HPA) is kept anyway.",
  ),
  limits: optional(
    z.strictObject({
      suspectAge: optional(duration, "An older suspect is left to people.", defaults.limits.suspectAge),
      checkpointAge: optional(duration, "An older checkpoint is left to people.", defaults.limits.checkpointAge),
      commits: optional(positive, "The most commits one revert may drop.", defaults.limits.commits),
      cooldown: optional(duration, "Time between two reverts of a target.", defaults.limits.cooldown),
      perTarget: optional(count, "Reverts of a target in 24 hours.", defaults.limits.perTarget),
      perRepository: optional(count, "Reverts in a repository in 24 hours.", defaults.limits.perRepository),
      total: optional(count, "Reverts in 24 hours, in all.", defaults.limits.total),
    }),
    "How much lastgood may do by itself.",
  ),
  never: optional(
    z.strictObject({
      authors: optional(z.array(text(anyText)), "Whose changes are never reverted unattended.", []),
      paths: optional(
        z.array(text((value) => patternFault(value, []))),
        "Changes to these files are never reverted unattended.",
        [],
      ),
    }),
    "What is left to people.",
  ),
  quarantine: optional(
    z.strictObject({ for: optional(duration, "How long a bad artifact must not come back.", defaults.quarantine.for) }),
    "What happens to what was bad.",
  ),
  verify: optional(
    z.strictObject({
      for: optional(duration, "How long it has to be healthy after the revert.", defaults.verify.for),
      timeout: optional(duration, "When lastgood calls for a person.", defaults.verify.timeout),
    }),
    "When a revert has worked.",
  ),
  requireReason: optional(z.boolean(), "A person's command needs --reason.", defaults.requireReason),
  runbook: optional(
    text(webUrlFault, "ConfigUrl"),
    "Where it is written what people do: linked in the incident issue.",
  ),
  chartVersion: optional(
    z.enum(CHART_VERSIONS),
    "Undoing a change of a chart: its version goes back, one patch up (for repositories where it may only rise), or stays. Default: back, or up where CI (ct.yaml) refuses anything else and earlier reverts of the chart raised it.",
  ),
  freeze: optional(z.array(freeze), "Times at which lastgood does less.", []),
  strategy: optional(
    z.enum(REVERT_ORDERS),
    "What goes back by itself: all, or traffic-first: only what carries traffic (a Service's selector, the weights of a route, a canary Ingress) while the version that gets it still runs.",
    defaults.strategy,
  ),
});

const on = optional(
  z.array(z.enum([...EVENTS, "*"])).min(1),
  "Which events are told; * is all.",
  DEFAULTS.notification.on,
);

const template = optional(
  text(templateFault),
  `Instead of lastgood's own sentence. Words: ${TEMPLATE_WORDS.map((word) => `{${word}}`).join(" ")}.`,
);

const notification = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("slack").meta({ description: "A Slack channel." }),
    urlFile: file.meta({ description: "File with Slack's incoming webhook URL, which is a secret." }),
    template,
    on,
  }),
  z.strictObject({
    type: z
      .literal("pagerduty")
      .meta({ description: "A PagerDuty service: paged by warnings, resolved when the target is well again." }),
    routingKeyFile: file.meta({ description: "File with the integration key (Events API v2)." }),
    url: optional(text(webUrlFault, "ConfigUrl"), "Where events go.", DEFAULTS.notification.pagerDutyUrl),
    template,
    on,
  }),
  z.strictObject({
    type: z.literal("webhook").meta({ description: "Any HTTP endpoint." }),
    url: text(webUrlFault, "ConfigUrl").meta({ description: "Called with Flux's Event shape." }),
    hmacSecretFile: optional(file, "File with the key of X-Signature."),
    template,
    on,
  }),
]);

const listen = text(listenFault);

const proof = z.strictObject({ secretFile: file.meta({ description: "File with what the sender proves itself by." }) });

/** The whole file. */
export const writtenConfigSchema = z
  .strictObject({
    apiVersion: z.literal("lastgood.dev/v1alpha1").meta({ description: "Version of this format." }),
    kind: z.literal("Config").meta({ description: "Always Config." }),
    forge: optional(forge, "Where the pull requests go."),
    repositories: optional(z.array(repository), "The managed repositories. None: the repository at hand."),
    engines: optional(z.array(engine), "Who deploys, and where."),
    targets: optional(z.array(target), "What is deployed and reverted as a unit."),
    policies: optional(z.record(z.string(), policy), "How far lastgood goes, by name. All rest on default."),
    ledger: optional(
      z.strictObject({
        ref: optional(text(fullRefFault, "ConfigRef"), "Full ref of the ledger.", DEFAULTS.ledger.ref),
        repository: optional(name, "Name in repositories. Default: each target's own repository."),
      }),
      "Where checkpoints, jobs and quarantine are recorded, in git.",
    ),
    notifications: optional(z.array(notification), "Who is told."),
    server: optional(
      z.strictObject({
        listen: optional(listen, "Webhooks, API and dashboard.", DEFAULTS.server.listen),
        publicUrl: optional(text(webUrlFault, "ConfigUrl"), "How people reach it: for links."),
        dashboard: optional(
          z.strictObject({ readOnly: optional(z.boolean(), "Nobody starts a revert there.", true) }),
          "The dashboard.",
        ),
        webhooks: optional(
          z.strictObject({
            argocd: optional(proof, "Argo CD's notifications: a bearer token."),
            flux: optional(proof, "Flux' generic-hmac provider: the key of X-Signature."),
            alertmanager: optional(proof, "Alertmanager or Grafana: a bearer token, or the password of alertmanager."),
            signals: optional(proof, "Smoke tests and others: a bearer token, or the key of X-Signature."),
          }),
          "Who may say that there is something to look at. GitHub: forge.webhookSecretFile. Without a secret an endpoint is off.",
        ),
        api: optional(
          z.strictObject({
            tokenFile: file.meta({ description: "File with the bearer token of those who may read." }),
          }),
          "The read-only JSON API. Without a token: only on a loopback address.",
        ),
        metrics: optional(listen, "Prometheus metrics.", DEFAULTS.server.metrics),
        probes: optional(listen, "/healthz and /readyz.", DEFAULTS.server.probes),
        lease: optional(
          z.strictObject({
            name: optional(
              text(objectNameFault),
              "Of the Lease. It is made when it is missing.",
              DEFAULTS.server.lease.name,
            ),
            namespace: optional(text(namespaceFault), "Default: where lastgood runs, or the namespace of the context."),
            context: optional(
              text(anyText),
              "Context of the kubeconfig. Default: the current one, or the cluster lastgood runs in.",
            ),
          }),
          "A Lease of Kubernetes that several replicas share: who holds it acts, the others look. Without it there is one replica.",
        ),
      }),
      "What lastgood daemon listens on.",
    ),
  })
  .meta({ title: "lastgood.yaml", description: "Configuration of lastgood." });

/** As typed: nothing filled in. */
export type WrittenConfig = z.infer<typeof writtenConfigSchema>;
export type WrittenEngine = NonNullable<WrittenConfig["engines"]>[number];
export type WrittenTarget = NonNullable<WrittenConfig["targets"]>[number];
export type WrittenPolicy = z.infer<typeof policy>;
export type WrittenEvidence = z.infer<typeof evidence>;
