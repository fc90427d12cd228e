/** Is the configuration what it is meant to be? Judged against the files that the repository has. */
import type { Place } from "../../errors.ts";
import { failed, ok, warning, type Finding } from "./finding.ts";

/** A configuration, as far as it can be doubted. */
export interface ConfigFacts {
  readonly path: string;
  readonly targets: readonly TargetFacts[];
  readonly policies: readonly PolicyFacts[];
  readonly places: ReadonlyMap<string, Place>;
}

/** A target as it is written: a wildcard is one. */
export interface TargetFacts {
  readonly name: string;
  readonly wildcard: boolean;
  readonly paths: readonly string[];
  readonly policy: string;
  readonly healthSources: number;
  /** May lastgood act on it without a person? */
  readonly unattended: boolean;
}

export interface PolicyFacts {
  readonly name: string;
  /** The policy it rests on. */
  readonly extends?: string;
}

/** Says what holds without looking at any file: counts, health sources, policies. */
export function judgeConfig(config: ConfigFacts): readonly Finding[] {
  const { targets, policies, path } = config;
  const count = (n: number, one: string): string => `${n} ${one}${n === 1 ? "" : "s"}`;
  return [
    ok(
      "ConfigFound",
      `${path}: ${count(targets.length, "target")}, ${count(policies.length, "policy").replace(/ys$/, "ies")}`,
    ),
    ...targets.flatMap((target, index) => healthOf(target, placeOf(config, `targets[${index}]`))),
    ...unusedPolicies(config),
  ];
}

function healthOf(target: TargetFacts, place: Pick<Finding, "place">): readonly Finding[] {
  if (target.healthSources > 0 || !target.unattended) return [];
  return [
    warning("NoHealthSource", `${target.name} has no health source`, {
      meaning: "Nobody tells lastgood that it is ill: nothing is reverted unless a person asks.",
      remedy: ["health: [{ engine: { name: …, object: … } }]    or http, prometheus, slo, alerts"],
      ...place,
    }),
  ];
}

/** `default` is what all rest on: it is always used. */
function unusedPolicies(config: ConfigFacts): readonly Finding[] {
  const { targets, policies } = config;
  const named = new Set(["default", ...targets.map(({ policy }) => policy)]);
  for (const { name } of policies) if (named.has(name)) addParents(name, policies, named);
  return policies
    .filter(({ name }) => !named.has(name))
    .map(({ name }) =>
      warning("PolicyUnused", `no target uses policy ${name}`, {
        meaning: "What it says holds for nobody; a target that was meant to use it follows another one.",
        remedy: [`policy: ${name}    at the targets that it is for, or take it out`],
        ...placeOf(config, `policies.${name}`),
      }),
    );
}

function addParents(name: string, policies: readonly PolicyFacts[], named: Set<string>): void {
  const parent = policies.find((policy) => policy.name === name)?.extends;
  if (parent === undefined || named.has(parent)) return;
  named.add(parent);
  addParents(parent, policies, named);
}

/** What the repository has for a target. */
export interface TargetFiles {
  /** Index in `ConfigFacts.targets`. */
  readonly index: number;
  /** Names that a wildcard stands for. */
  readonly names: readonly string[];
  /** Each path with how many files lie there; of a wildcard: of all its names. */
  readonly paths: readonly { readonly path: string; readonly files: number }[];
  /** Folders whose names are no names of targets. */
  readonly refused: readonly string[];
}

/** Says which targets match nothing. `branch`: where was looked. */
export function judgeTargetFiles(
  config: ConfigFacts,
  found: readonly TargetFiles[],
  branch: string,
): readonly Finding[] {
  const findings = found.flatMap((files) => {
    const target = config.targets[files.index];
    return target === undefined ? [] : filesOf(target, files, { config, branch });
  });
  if (findings.length > 0 || found.length === 0) return findings;
  return [ok("TargetFiles", `every target has files on ${branch}`)];
}

function filesOf(
  { name, wildcard, paths: written }: TargetFacts,
  { index, names, paths, refused }: TargetFiles,
  { config, branch }: { readonly config: ConfigFacts; readonly branch: string },
): readonly Finding[] {
  const at = placeOf(config, `targets[${index}].paths`);
  const [shown = ""] = written;
  if (wildcard && names.length === 0) {
    const finding = failed("WildcardEmpty", `${name} matches no folder on ${branch} (${shown})`, {
      meaning: "It stands for no target at all: nothing there is watched or reverted.",
      remedy: [
        `${shown === "" ? "paths" : shown} has to be the folders as they are in git, with {name} for one of their parts`,
      ],
      ...at,
    });
    return [finding, ...refusedOf(name, refused, at)];
  }
  const empty = paths.filter(({ files }) => files === 0);
  const all = empty.length === paths.length;
  const missing = empty.map(({ path }) =>
    (all ? failed : warning)("NoFiles", `${name}: there is no file at ${path === "" ? "/" : path} on ${branch}`, {
      meaning: all
        ? "A revert of it would find nothing to change."
        : "What once lay there is not reverted with it; perhaps it was moved.",
      remedy: ["Correct the path in the configuration, or the branch that it is looked for on."],
      ...at,
    }),
  );
  return [...missing, ...refusedOf(name, refused, at)];
}

function refusedOf(name: string, refused: readonly string[], at: Pick<Finding, "place">): readonly Finding[] {
  if (refused.length === 0) return [];
  const more = refused.length > 3 ? ` and ${refused.length - 3} more` : "";
  return [
    warning("FolderRefused", `${name}: ${refused.slice(0, 3).join(", ")}${more} cannot be names of targets`, {
      meaning: "These folders match, but are left out: they are neither watched nor reverted.",
      remedy: ["Rename them (letters, digits, - _ .), or write a target of their own."],
      ...at,
    }),
  ];
}

function placeOf({ places }: ConfigFacts, key: string): Pick<Finding, "place"> {
  const place = places.get(key);
  return place === undefined ? {} : { place };
}
