/** `targets[].health`: what says whether a target is well. */
import { z } from "zod";
import { DEFAULTS } from "./defaults.ts";
import { apiVersionFault, kindFault, networkFault, probeUrlFault, webUrlFault } from "./scalars.ts";
import { anyText, duration, file, interval, name, optional, positive, text } from "./schema-parts.ts";

const defaults = DEFAULTS.health;

const every = optional(
  interval,
  "How often it is asked: 10m at most. What it says counts until it should have been asked twice.",
  defaults.interval,
);
const longer = optional(duration, "How long it has to be bad, where that is longer than the policy's bad.for.");
const status = z.number().int().min(100).max(599);

const engine = z.strictObject({
  name: name.meta({ description: "Name in engines." }),
  object: text(anyText).meta({ description: "Name of the engine's object; {name} in a wildcard target." }),
});

const http = z.strictObject({
  url: text(probeUrlFault, "ConfigUrl").meta({
    description:
      "Asked with GET; {name} in a wildcard target, behind the host. Redirects are followed within the same host only.",
    examples: ["https://shop.example/healthz"],
  }),
  interval: every,
  timeout: optional(interval, "For name, connection and answer; at most the interval.", defaults.timeout),
  failureThreshold: optional(
    positive,
    "How often in a row it has to fail, where that is more than the policy's bad.samples.",
  ),
  for: longer,
  expect: optional(
    z.strictObject({
      status: optional(z.union([status, z.array(status).min(1)]), "Statuses that are well. Default: 200 to 299."),
      body: optional(text(anyText), "Text that has to be in the first 64 KB of the body."),
    }),
    "What a healthy answer is.",
  ),
  allowNetworks: optional(
    z.array(text(networkFault)),
    "Private addresses and networks (CIDR) that may be asked: 10.96.0.0/12. Without any: public ones only.",
    [],
  ),
  showBody: optional(
    z.boolean(),
    "Messages show the first 200 characters of a body. Only where it holds no secrets.",
    false,
  ),
  caFile: optional(file, "File with certificates (PEM) to be trusted besides the well-known ones."),
});

/** Where a query is asked. */
const server = {
  url: text(webUrlFault, "ConfigUrl").meta({ description: "Address of Prometheus, or of what has its API." }),
  tokenFile: optional(file, "File with a token that it wants."),
  caFile: optional(file, "File with certificates (PEM) to be trusted besides the well-known ones."),
  interval: every,
  timeout: optional(interval, "For one query; at most the interval.", defaults.timeout),
  for: longer,
};

const prometheus = z.strictObject({
  ...server,
  query: text(anyText).meta({ description: "PromQL that gives one number. No data is no verdict." }),
  below: optional(z.number(), "Healthy while the number is below this."),
  above: optional(z.number(), "Healthy while the number is above this."),
  baseline: optional(
    z.strictObject({
      factor: z
        .number()
        .gt(1)
        .max(1_000_000)
        .meta({ description: "So many times worse than before the deploy is bad." }),
      noise: optional(z.number().min(0), "A difference up to this is none, whatever the factor.", defaults.noise),
    }),
    "Also compare with the same query just before the revision came.",
  ),
});

const slo = z.strictObject({
  ...server,
  query: text(anyText).meta({
    description: "PromQL that gives the share of errors, 0 to 1, over {window}.",
    examples: ["sum(rate(errors[{window}])) / sum(rate(requests[{window}]))"],
  }),
  objective: z.number().gt(0).lt(100).meta({ description: "What share is to be well, in percent: 99.9." }),
});

const alerts = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).meta({ description: "Labels the alert has." }),
  url: optional(text(webUrlFault, "ConfigUrl"), "Address of Alertmanager, which is asked what fires."),
  watchdog: optional(
    text(anyText),
    "Name of an alert that always fires (Watchdog): while it does not, that nothing else fires says nothing.",
  ),
  tokenFile: server.tokenFile,
  caFile: server.caFile,
  interval: every,
  timeout: optional(interval, "For one question; at most the interval.", defaults.timeout),
  for: longer,
});

const expression = text(anyText);

/** One source. */
export const health = z.strictObject({
  engine: optional(engine, "What the engine says."),
  http: optional(http, "What a URL answers."),
  prometheus: optional(prometheus, "What a metric says."),
  slo: optional(slo, "How fast an error budget burns: 14.4 times over 1h and 5m, or 6 times over 6h and 30m."),
  alerts: optional(
    alerts,
    "Alerts of Alertmanager. Without url only what it sends to lastgood, which makes lastgood look and is no verdict.",
  ),
});

/** One kind of objects. */
export const kindHealth = z.strictObject({
  apiVersion: text(apiVersionFault).meta({
    description: "apiVersion of the objects; any version of its group is meant.",
    examples: ["postgresql.cnpg.io/v1"],
  }),
  kind: text(kindFault).meta({ description: "Kind of the objects.", examples: ["Cluster"] }),
  current: expression.meta({
    description: "True when it is well. CEL over metadata, spec, status, data and object, as Flux' healthCheckExprs.",
    examples: ["status.readyInstances == spec.instances"],
  }),
  failed: optional(expression, "True when it has failed."),
  inProgress: optional(expression, "True while it is on its way; asked first."),
});

/** One source, as typed. */
export type WrittenHealth = z.infer<typeof health>;

/** One kind, as typed. */
export type WrittenKindHealth = z.infer<typeof kindHealth>;
