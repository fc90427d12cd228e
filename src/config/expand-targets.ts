import type { EvidencePatterns } from "../core/model/evidence.ts";
import type { HealthConfig } from "../core/model/health-config.ts";
import type { Config, TargetConfig } from "./config.ts";
import { NAME, nameIn } from "./paths.ts";

export interface ExpandedTargets {
  /** Every concrete target of the repository, in the order of the config; those of a wildcard by name. */
  readonly targets: readonly TargetConfig[];
  /** Folders that match a wildcard but whose names are no names of targets: never taken, to be told. */
  readonly refused: readonly string[];
}

/**
 * The targets of one repository, with a target for each of its `directories` (all, from the root) that a wildcard's first path
 * matches. A target that is written with its own name wins over a wildcard. `repository` undefined: all that name none.
 */
export function expandTargets(
  config: Pick<Config, "targets">,
  directories: readonly string[],
  repository?: string,
): ExpandedTargets {
  const here = config.targets.filter((target) => target.repository === repository);
  const taken = new Set(here.filter((target) => !target.wildcard).map((target) => target.name));
  const refused: string[] = [];
  const targets = here.flatMap((target) => {
    if (!target.wildcard) return [target];
    return namesFor(target, directories, refused).flatMap((name) => {
      const concrete = concreteOf(target, name);
      if (taken.has(concrete.name)) return [];
      taken.add(concrete.name);
      return [concrete];
    });
  });
  return { targets, refused };
}

/** A folder's name comes from the managed repository: only plain ones become part of names, queries and branches. */
const PLAIN_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.)){0,99}$/;

function namesFor(target: TargetConfig, directories: readonly string[], refused: string[]): readonly string[] {
  const pattern = (target.paths[0] ?? "").split("/");
  const names = new Set<string>();
  for (const directory of directories) {
    const name = matchFolder(pattern, directory.split("/"));
    if (name === undefined) continue;
    if (PLAIN_NAME.test(name)) names.add(name);
    else refused.push(directory);
  }
  return [...names].sort();
}

function matchFolder(pattern: readonly string[], folder: readonly string[]): string | undefined {
  if (pattern.length !== folder.length) return undefined;
  let name: string | undefined;
  for (const [index, part] of pattern.entries()) {
    const segment = folder[index] ?? "";
    if (part.includes(NAME)) name = nameIn(part, segment);
    else if (part !== segment) return undefined;
    if (part.includes(NAME) && name === undefined) return undefined;
  }
  return name;
}

function concreteOf(target: TargetConfig, name: string): TargetConfig {
  const fill = (text: string): string => text.replaceAll(NAME, () => name);
  const full = target.name.replace("*", () => name);
  return {
    ...target,
    name: full,
    wildcard: false,
    paths: target.paths.map(fill),
    health: target.health.map((source) => fillHealth(source, fill)),
    evidence: fillEvidence(target.evidence, full),
  };
}

function fillHealth(source: HealthConfig, fill: (text: string) => string): HealthConfig {
  switch (source.kind) {
    case "engine":
      return { ...source, object: fill(source.object) };
    case "http":
      return { ...source, url: fill(source.url) };
    case "prometheus":
    case "slo":
      return { ...source, query: fill(source.query) };
    case "alerts": {
      const labels = Object.entries(source.matchLabels).map(([label, value]) => [label, fill(value)]);
      return { ...source, matchLabels: Object.fromEntries(labels) as { readonly [label: string]: string } };
    }
  }
}

/** Patterns with `{target}` filled in. Names of targets hold nothing that a pattern would read. */
export function fillEvidence(evidence: EvidencePatterns, target: string): EvidencePatterns {
  const { tags, notes, trailers, deployments, checks } = evidence;
  const fill = (pattern: string): string => pattern.replaceAll("{target}", () => target);
  return {
    tags: tags.map(fill),
    ...(notes === undefined ? {} : { notes: { ref: notes.ref, match: fill(notes.match) } }),
    trailers: trailers.map(({ key, value }) => ({ key, value: fill(value) })),
    ...(deployments === undefined
      ? {}
      : { deployments: { ...deployments, environment: fill(deployments.environment) } }),
    ...(checks === undefined ? {} : { checks: { ...checks, names: checks.names.map(fill) } }),
  };
}
