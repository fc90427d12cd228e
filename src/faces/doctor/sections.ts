/** From the configuration to the sections of the report: which checks there are, and what each works with. */
import { clockChecks, type TimeSource } from "../../app/doctor/check-clock.ts";
import { forgeChecks } from "../../app/doctor/check-forge.ts";
import { type HealthCheckTarget, healthCheck } from "../../app/doctor/check-health.ts";
import { imageMarkersCheck } from "../../app/doctor/check-images.ts";
import { gitChecks } from "../../app/doctor/check-git.ts";
import type { Check, Section } from "../../app/doctor/run-checks.ts";
import { type Config, MODES, type Mode } from "../../config/config.ts";
import { failed, skipped } from "../../core/doctor/finding.ts";
import type { TargetPaths } from "../../core/doctor/judge-images.ts";
import type { AccountFacts } from "../../core/doctor/judge-sign-in.ts";
import type { Clock } from "../../ports/clock.ts";
import type { DoctorRepository } from "../compose-doctor.ts";
import { configChecks, noConfigCheck, targetFilesCheck } from "./config-checks.ts";

export interface NamedRepository {
  /** In the configuration; undefined: the one at hand. */
  readonly name?: string;
  readonly opened: DoctorRepository;
  readonly branch?: string;
}

export interface Patient {
  readonly config: Config | undefined;
  /** There is one, but it cannot be used. */
  readonly faulty: boolean;
  readonly repositories: readonly NamedRepository[];
  /** Sections about clusters and what they tell of the time. */
  readonly others: readonly { readonly section: Section; readonly times: readonly TimeSource[] }[];
  /** What is asked by HTTP; empty offline. */
  readonly health: readonly HealthCheckTarget[];
  /** Concrete targets, for whoever writes into them. */
  readonly targets: readonly TargetPaths[];
  readonly ledgerRef: string;
  readonly offline: boolean;
  readonly cwd: string;
  readonly clock: Clock;
}

/** All sections, in the order in which a revert needs what they are about. */
export function sectionsOf(patient: Patient): readonly Section[] {
  const { config, repositories, others, cwd } = patient;
  const parts = repositories.map((repository) => repositorySections(repository, patient));
  const own = config === undefined ? [noConfigCheck()] : configChecks(config, cwd);
  const files = config === undefined ? [] : repositories.map(filesOf(config));
  const times = [...parts, ...others].flatMap((part) => part.times);
  const zones = [...(config?.policies.values() ?? [])].flatMap(({ freeze }) => freeze.map(({ timezone }) => timezone));
  return [
    { title: "Configuration", checks: [...own, ...files] },
    ...(repositories.length === 0 ? [NO_REPOSITORY] : parts.flatMap(({ sections }) => sections)),
    ...others.map(({ section }) => section),
    ...healthSection(patient),
    { title: "Clock", checks: clockChecks(times, zones) },
  ];
}

function healthSection({ health }: Patient): readonly Section[] {
  return health.length === 0 ? [] : [{ title: "Health", checks: [healthCheck(health)] }];
}

const NO_REPOSITORY: Section = {
  title: "Git",
  checks: [
    {
      name: "Repository",
      doing: "looking for the repository",
      run: async () => [
        failed("Repository", "there is no git repository here, and none is configured", {
          meaning: "There is nothing to revert.",
          remedy: [
            "Go to a clone of the GitOps repository",
            "lastgood doctor --repo OWNER/REPO",
            "repositories: [{ name: gitops, url: … }]    in lastgood.yaml",
          ],
        }),
      ],
    },
  ],
};

function filesOf(config: Config): (repository: NamedRepository) => Check {
  return ({ name, opened: { open } }) => targetFilesCheck(config, { open, ...(name === undefined ? {} : { name }) });
}

interface Part {
  readonly sections: readonly Section[];
  readonly times: readonly TimeSource[];
}

function repositorySections({ name, opened, branch }: NamedRepository, patient: Patient): Part {
  const { ledgerRef, offline, clock } = patient;
  const { git, open, url, own } = opened;
  const on = branch === undefined ? {} : { branch };
  const title = name === undefined ? "Git" : `Git ${name}`;
  const checks = [
    ...gitChecks({ git, open, url, own, ledgerRef, offline, clock, ...on }),
    imageMarkersCheck(open, patient.targets),
  ];
  const forge = forgePart({ name, opened, branch }, patient);
  return { sections: [{ title, checks }, ...forge.sections], times: forge.times };
}

function forgePart(
  {
    opened,
    branch,
  }: { readonly [K in keyof NamedRepository]: NamedRepository[K] | undefined } & Pick<NamedRepository, "opened">,
  patient: Patient,
): Part {
  const { config, clock } = patient;
  const { forge, open, signIn, url } = opened;
  if (forge === undefined) return { sections: [{ title: "Forge", checks: [noForge(url, patient)] }], times: [] };
  const inspecting = once(forge.inspect);
  const account = once(async (): Promise<AccountFacts> => (await inspecting()).account());
  const publicUrl = config?.server.publicUrl;
  const reviewers = config?.forge.pullRequest.reviewers.teams ?? [];
  const checks = forgeChecks(
    {
      inspection: {
        account,
        repository: async (areas) => (await inspecting()).repository(areas),
        branch: async (of) => (await inspecting()).branch(of),
        webhooks: async () => (await inspecting()).webhooks(),
      },
      open,
      signIn,
      clock,
      intent: { mode: furthestMode(config), via: config?.forge.commit.via ?? "auto", reviewers: reviewers.length > 0 },
      ...(branch === undefined ? {} : { branch }),
      ...(publicUrl === undefined ? {} : { publicUrl }),
    },
    account,
  );
  const time: TimeSource = async () => {
    const { aheadMs } = await account();
    return aheadMs === undefined ? undefined : { from: forge.name.split("/")[0] ?? forge.name, aheadMs };
  };
  return { sections: [{ title: `GitHub ${forge.name}`, checks }], times: [time] };
}

function noForge(url: string | undefined, patient: Patient): Check {
  const why = whyNoForge(url, patient);
  return { name: "SignIn", doing: "looking for the forge", run: async () => [skipped("SignIn", why)] };
}

function whyNoForge(url: string | undefined, { config, faulty, offline }: Patient): string {
  if (config?.forge.type === "none") return "forge.type is none: branches only, no pull requests";
  if (offline) return "offline: nothing leaves this machine";
  if (faulty) return "the configuration comes first: how lastgood signs in stands there";
  return url === undefined
    ? "there is no remote, so no forge"
    : "the remote is on no GitHub: branches only, no pull requests";
}

/** The furthest that any target goes; what a person's command does where nothing is configured. */
function furthestMode(config: Config | undefined): Mode {
  const modes = (config?.targets ?? []).map(({ policy }) => MODES.indexOf(policy.mode));
  return (modes.length === 0 ? "propose" : MODES[Math.max(...modes)]) ?? "propose";
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return async () => {
    asked ??= ask();
    return asked;
  };
}
