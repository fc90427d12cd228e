/** What concerns several values at once. Each rule looks at one thing and reports every breach. */
import { FACETS } from "../core/model/field.ts";
import { DEFAULTS } from "./defaults.ts";
import { parseDuration } from "./duration.ts";
import { overlapRule } from "./overlap-rule.ts";
import { NAME } from "./paths.ts";
import { DEFAULT_POLICY, policyChain, resolvePolicy } from "./policies.ts";
import { labelFault, nameFault } from "./scalars.ts";
import type { Rule } from "./rule.ts";
import { suggest } from "./suggest.ts";

const uniqueNames: Rule = ({ config, lineOf, report }) => {
  for (const list of [config.repositories, config.engines, config.targets]) {
    const seen = new Map<string, object>();
    for (const item of list ?? []) {
      const first = seen.get(item.name);
      if (first === undefined) seen.set(item.name, item);
      else report({ owner: item, path: ["name"], message: `is there twice, first in line ${lineOf(first) ?? "?"}` });
    }
  }
};

const knownRepositories: Rule = ({ config, declared, report }) => {
  const known = declared.repositories;
  for (const owner of [...(config.targets ?? []), ...(config.ledger === undefined ? [] : [config.ledger])]) {
    if (owner.repository === undefined || known.includes(owner.repository)) continue;
    const suggestion = suggest(owner.repository, known);
    report({ owner, path: ["repository"], message: "is not in repositories", suggestion });
  }
  if (known.length < 2) return;
  for (const owner of config.targets ?? []) {
    if (owner.repository === undefined) {
      report({ owner, path: ["repository"], message: `is missing: choose one of ${known.join(", ")}` });
    }
  }
};

const knownEngines: Rule = ({ config, declared, report }) => {
  for (const { engine } of (config.targets ?? []).flatMap((target) => target.health ?? [])) {
    if (engine === undefined || declared.engines.includes(engine.name)) continue;
    const suggestion = suggest(engine.name, declared.engines);
    report({ owner: engine, path: ["name"], message: "is not in engines", suggestion });
  }
};

const knownPolicies: Rule = ({ config, declared, report }) => {
  const known = [DEFAULT_POLICY, ...declared.policies];
  for (const owner of config.targets ?? []) {
    if (owner.policy === undefined || known.includes(owner.policy)) continue;
    report({ owner, path: ["policy"], message: "is not in policies", suggestion: suggest(owner.policy, known) });
  }
  for (const owner of Object.values(config.policies ?? {})) {
    if (owner.extends === undefined || known.includes(owner.extends)) continue;
    report({ owner, path: ["extends"], message: "is not in policies", suggestion: suggest(owner.extends, known) });
  }
};

const policiesEndAtDefault: Rule = ({ config, report }) => {
  const policies = config.policies ?? {};
  for (const [name, owner] of Object.entries(policies)) {
    const fault = nameFault(name);
    if (fault !== undefined) report({ owner, path: [], message: `the name ${fault}` });
    if (owner.extends === undefined) continue;
    if (name === DEFAULT_POLICY) {
      report({ owner, path: ["extends"], message: "cannot be extended by default, which all others rest on" });
    } else if (policyChain(name, policies).circular) {
      report({ owner, path: ["extends"], message: "leads back to this policy" });
    }
  }
};

const verificationEnds: Rule = ({ config, report }) => {
  const policies = config.policies ?? {};
  for (const [name, owner] of Object.entries(policies)) {
    if (owner.verify === undefined) continue;
    const { verify } = resolvePolicy(name, policies);
    const forMs = parseDuration(verify?.for ?? DEFAULTS.policy.verify.for) ?? 0;
    const timeoutMs = parseDuration(verify?.timeout ?? DEFAULTS.policy.verify.timeout) ?? Number.POSITIVE_INFINITY;
    if (timeoutMs <= forMs) report({ owner: owner.verify, path: [], message: "timeout has to be longer than for" });
  }
};

const exactlyOne: Rule = ({ config, report }) => {
  const auth = config.forge?.auth;
  const choices = [
    ...(auth === undefined ? [] : [auth]),
    ...(config.targets ?? []).flatMap(({ health }) => health ?? []),
  ];
  for (const owner of choices) {
    const amount = Object.keys(owner).length;
    if (amount === 1) continue;
    const kinds = owner === auth ? "app and tokenFile" : "engine, http, prometheus, slo and alerts";
    report({ owner, path: [], message: `needs exactly one of ${kinds}` });
  }
};

const wildcards: Rule = ({ config, report }) => {
  for (const owner of config.targets ?? []) {
    const wild = owner.name.includes("*");
    for (const [index, path] of owner.paths.entries()) {
      const amount = path.split(NAME).length - 1;
      const odd = path.replaceAll(NAME, "").search(/[{}]/) !== -1;
      if (odd) report({ owner, path: ["paths", index], message: `holds braces; only ${NAME} has a meaning` });
      else if (wild && amount !== 1) {
        report({
          owner,
          path: ["paths", index],
          message: `needs ${NAME} once: it stands for the * of the target's name`,
        });
      } else if (!wild && amount > 0) {
        report({ owner, path: ["paths", index], message: `holds ${NAME}, but the target's name has no *` });
      }
    }
    for (const { engine, http } of owner.health ?? []) {
      const message = `holds ${NAME}, but the target's name has no *`;
      if (!wild && engine?.object.includes(NAME) === true) report({ owner: engine, path: ["object"], message });
      if (!wild && http?.url.includes(NAME) === true) report({ owner: http, path: ["url"], message });
    }
  }
};

const ledgerOffBranch: Rule = ({ config, report }) => {
  const { ledger, repositories, targets = [] } = config;
  if (ledger?.ref === undefined || !ledger.ref.startsWith("refs/heads/")) return;
  const holds = ledger.repository;
  // A repository that holds the ledger and no target is deployed by nobody.
  if (
    holds !== undefined &&
    (repositories?.length ?? 0) > 1 &&
    !targets.some(({ repository }) => repository === holds)
  ) {
    return;
  }
  const taken =
    repositories?.some(({ branch }) => branch === undefined || `refs/heads/${branch}` === ledger.ref) ?? true;
  const message = "may be a branch that is deployed: choose one outside refs/heads/";
  if (taken) report({ owner: ledger, path: ["ref"], message, code: "ConfigRef" });
};

const knownFacets: Rule = ({ config, report }) => {
  for (const { components } of Object.values(config.policies ?? {})) {
    for (const [key, list] of Object.entries(components ?? {})) {
      for (const [index, selector] of (list ?? []).entries()) {
        const facet = /:([^:/]*)$/.exec(selector)?.[1];
        const isShaped = facet === undefined ? /^(?:\.\/.|[^/:]+\/[^:]+$)/.test(selector) : true;
        if (!isShaped) {
          const message = "names no component: write Deployment/api, ns/Deployment/api, ./values.yaml or :image";
          report({ owner: components ?? {}, path: [key, index], message });
        } else if (facet !== undefined && !FACETS.some((known) => known === facet)) {
          const suggestion = suggest(facet, FACETS);
          report({
            owner: components ?? {},
            path: [key, index],
            message: `has no facet of ${FACETS.join(", ")}`,
            suggestion,
          });
        }
      }
    }
  }
};

const alertsHaveLabels: Rule = ({ config, report }) => {
  for (const { alerts } of (config.targets ?? []).flatMap(({ health }) => health ?? [])) {
    if (alerts === undefined) continue;
    const labels = Object.keys(alerts.matchLabels);
    if (labels.length === 0) {
      report({ owner: alerts, path: ["matchLabels"], message: "is empty: every alert would match" });
    }
    for (const label of labels) {
      const fault = labelFault(label);
      const message = `${JSON.stringify(label)} ${fault}`;
      if (fault !== undefined) report({ owner: alerts, path: ["matchLabels"], message });
    }
    const asked = (["watchdog", "tokenFile", "caFile", "interval", "timeout", "for"] as const).find(
      (key) => alerts[key] !== undefined,
    );
    if (alerts.url === undefined && asked !== undefined) {
      report({ owner: alerts, path: [asked], message: "needs url: without it nobody is asked" });
    }
  }
};

const answersComeInTime: Rule = ({ config, report }) => {
  for (const health of (config.targets ?? []).flatMap((target) => target.health ?? [])) {
    for (const owner of [health.http, health.prometheus, health.slo, health.alerts]) {
      const intervalMs = parseDuration(owner?.interval ?? DEFAULTS.health.interval) ?? Number.POSITIVE_INFINITY;
      const timeoutMs = parseDuration(owner?.timeout ?? "") ?? 0;
      if (owner === undefined || timeoutMs <= intervalMs) continue;
      const message = "is longer than interval: it would be asked before it has answered";
      report({ owner, path: ["timeout"], message });
    }
  }
};

const kindsOnce: Rule = ({ config, lineOf, report }) => {
  for (const { health } of config.engines ?? []) {
    const seen = new Map<string, object>();
    for (const owner of health ?? []) {
      const key = `${owner.apiVersion.includes("/") ? owner.apiVersion.replace(/\/.*/, "") : ""}/${owner.kind}`;
      const first = seen.get(key);
      if (first === undefined) seen.set(key, owner);
      else report({ owner, path: ["kind"], message: `is there twice, first in line ${lineOf(first) ?? "?"}` });
    }
  }
};

const figuresHaveLimits: Rule = ({ config, report }) => {
  for (const { prometheus, slo } of (config.targets ?? []).flatMap(({ health }) => health ?? [])) {
    if (prometheus !== undefined && prometheus.below === undefined && prometheus.above === undefined) {
      report({ owner: prometheus, path: [], message: "needs below or above: what is healthy" });
    }
    if (slo !== undefined && !slo.query.includes("{window}")) {
      report({ owner: slo, path: ["query"], message: "needs {window}: it is asked for several lengths of time" });
    }
  }
};

export const RULES: readonly Rule[] = [
  uniqueNames,
  knownRepositories,
  knownEngines,
  knownPolicies,
  policiesEndAtDefault,
  verificationEnds,
  exactlyOne,
  wildcards,
  overlapRule,
  ledgerOffBranch,
  knownFacets,
  alertsHaveLabels,
  answersComeInTime,
  figuresHaveLimits,
  kindsOnce,
];
