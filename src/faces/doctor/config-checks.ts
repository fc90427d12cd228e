/** Checks of lastgood.yaml: the files it names, and what it says of the repository. */
import { resolve } from "node:path";
import { OPENING_MS, whenOpened, type OpenRepository } from "../../app/doctor/opened-repository.ts";
import type { Check } from "../../app/doctor/run-checks.ts";
import type { Config, HealthConfig, TargetConfig } from "../../config/config.ts";
import { expandTargets } from "../../config/expand-targets.ts";
import { NAME } from "../../config/paths.ts";
import { readCertificates, readSecretFile } from "../../config/read-secret-file.ts";
import { failedBy, ok, warning, type Finding } from "../../core/doctor/finding.ts";
import { judgeConfig, judgeTargetFiles, type ConfigFacts, type TargetFiles } from "../../core/doctor/judge-config.ts";

/** A repository that targets lie in. */
export interface CheckedRepository {
  /** Name in the configuration; undefined: the one at hand. */
  readonly name?: string;
  readonly open: OpenRepository;
}

/** What only needs the configuration and files of this machine. */
export function configChecks(config: Config, cwd: string): readonly Check[] {
  return [
    { name: "Config", doing: "reading the configuration", run: async () => judgeConfig(factsOf(config)) },
    { name: "SecretFiles", doing: "reading secret files", run: async () => checkSecretFiles(config, cwd) },
  ];
}

/** Do the targets of a repository have files there? */
export function targetFilesCheck(config: Config, { name, open }: CheckedRepository): Check {
  return {
    name: "TargetFiles",
    doing: "looking for the files of targets",
    timeoutMs: OPENING_MS,
    run: async () =>
      whenOpened("TargetFiles", open, async ({ repository, base, branch }) => {
        const files = await repository.files(base);
        const found = findFiles(
          config,
          name,
          files.map(({ path }) => path),
        );
        return judgeTargetFiles(factsOf(config), found, branch);
      }),
  };
}

/** No configuration is no fault: a person's commands work without. */
export function noConfigCheck(): Check {
  return {
    name: "Config",
    doing: "looking for the configuration",
    run: async () => [
      warning("NoConfig", "there is no lastgood.yaml", {
        meaning: "A person can revert anything by hand; nothing is watched, and nothing happens without one.",
        remedy: [
          "write lastgood.yaml: apiVersion, kind, and one target with paths    lastgood help environment: where",
        ],
      }),
    ],
  };
}

/** A configuration that lastgood refuses: with all its faults, where they stand. */
export function faultyConfigCheck(error: unknown): Check {
  return {
    name: "ConfigFaults",
    doing: "reading the configuration",
    run: async () => [failedBy("ConfigFaults", error, "Every command and the daemon refuse to start with it.")],
  };
}

/** As far as core looks at it. */
export function factsOf({ path, targets, policies, places }: Config): ConfigFacts {
  return {
    path,
    places,
    targets: targets.map(({ name, wildcard, paths, policy, health }) => ({
      name,
      wildcard,
      paths,
      policy: policy.name,
      healthSources: health.length,
      unattended: policy.mode !== "observe",
    })),
    policies: [...policies.values()].map((policy) => ({
      name: policy.name,
      ...(policy.extends === undefined ? {} : { extends: policy.extends }),
    })),
  };
}

function findFiles(config: Config, repository: string | undefined, paths: readonly string[]): readonly TargetFiles[] {
  const counts = countFiles(paths);
  const folders = [...counts.keys()];
  return config.targets.flatMap((target, index) => {
    if (repository !== undefined && target.repository !== repository) return [];
    const { targets, refused } = expandTargets({ targets: [target] }, folders, target.repository);
    const names = target.wildcard ? targets.map(({ name }) => name) : [target.name];
    return [{ index, names, refused, paths: countsOf(target, targets, counts) }];
  });
}

/** Each path as it is written; of a wildcard with the files of all that it stands for. */
function countsOf(
  { paths, wildcard }: TargetConfig,
  concrete: readonly TargetConfig[],
  counts: ReadonlyMap<string, number>,
): TargetFiles["paths"] {
  const at = (path: string): number => counts.get(path) ?? 0;
  return paths.map((path, index) => {
    const meant = wildcard && path.includes(NAME) ? concrete.map((each) => each.paths[index] ?? "") : [path];
    return { path, files: meant.reduce((sum, each) => sum + at(each), 0) };
  });
}

/** Files and folders → how many files there are; "" is the root. */
function countFiles(paths: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>([["", paths.length]]);
  for (const path of paths) {
    for (let end = path.indexOf("/"); end !== -1; end = path.indexOf("/", end + 1)) {
      const folder = path.slice(0, end);
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  return counts;
}

interface NamedFile {
  readonly key: string;
  readonly file: string;
  readonly certificates?: boolean;
}

async function checkSecretFiles(config: Config, cwd: string): Promise<readonly Finding[]> {
  const files = filesIn(config);
  const judged = await Promise.all(
    files.map(async ({ key, file, certificates }): Promise<Finding | undefined> => {
      const path = resolve(cwd, file);
      const place = config.places.get(key);
      try {
        await (certificates === true ? readCertificates(path, place) : readSecretFile(path, place));
        return undefined;
      } catch (error) {
        return failedBy("SecretFile", error, `Whatever needs ${key} does not work.`);
      }
    }),
  );
  const faults = judged.filter((finding) => finding !== undefined);
  if (faults.length > 0 || files.length === 0) return faults;
  const one = files.length === 1;
  return [
    ok(
      "SecretFiles",
      `${files.length} ${one ? "file" : "files"} with ${one ? "a secret" : "secrets"}: readable, and not by everybody`,
    ),
  ];
}

/** Every `*File` of a configuration, by its key. */
function filesIn({ forge, targets, notifications }: Config): readonly NamedFile[] {
  const { auth, webhookSecretFile, commit, caFile } = forge;
  const named = (key: string, file: string | undefined, certificates = false): readonly NamedFile[] =>
    file === undefined ? [] : [{ key, file, certificates }];
  return [
    ...(auth?.kind === "app" ? named("forge.auth.app.privateKeyFile", auth.privateKeyFile) : []),
    ...(auth?.kind === "token" ? named("forge.auth.tokenFile", auth.tokenFile) : []),
    ...named("forge.webhookSecretFile", webhookSecretFile),
    ...named("forge.commit.signingKeyFile", commit.signingKeyFile),
    ...named("forge.caFile", caFile, true),
    ...notifications.flatMap((each, index) =>
      Object.entries(each).flatMap(([key, file]) =>
        key.endsWith("File") && typeof file === "string" ? named(`notifications[${index}].${key}`, file) : [],
      ),
    ),
    ...targets.flatMap(({ health }, target) =>
      health.flatMap((source, index) => healthFiles(source, `targets[${target}].health[${index}]`)),
    ),
  ];
}

function healthFiles(source: HealthConfig, at: string): readonly NamedFile[] {
  if (source.kind === "engine" || source.kind === "alerts") return [];
  const token = source.kind === "http" ? undefined : source.tokenFile;
  return [
    ...(token === undefined ? [] : [{ key: `${at}.${source.kind}.tokenFile`, file: token }]),
    ...(source.caFile === undefined
      ? []
      : [{ key: `${at}.${source.kind}.caFile`, file: source.caFile, certificates: true }]),
  ];
}
