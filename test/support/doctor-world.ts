import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { onTestFinished } from "vitest";

import type { NewToken } from "../../src/standins/github/control.ts";
import { startGitHub, type GitHub } from "../../src/standins/github/start-github.ts";
import { payments } from "../faces/cli/world.ts";
import { temporaryFolder } from "./gitdir.ts";
import { executeGraphQL } from "./github-graphql.ts";
import { runCli, type CliOptions } from "./run-cli.ts";

/** A finding as `-o json` shows it. */
export interface ShownFinding {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly meaning?: string;
  readonly remedy?: readonly string[];
  readonly place?: { readonly file: string; readonly line?: number };
}

export interface Diagnosis {
  readonly exit: number;
  readonly stderr: string;
  /** `GitHub 127.0.0.1:1/acme/gitops`, in order. */
  readonly titles: readonly string[];
  readonly findings: readonly ShownFinding[];
  /** `failed Permissions`, of those that are not ok. */
  readonly faults: readonly string[];
  /** The first finding of that name. Throws when there is none. */
  readonly find: (name: string) => ShownFinding;
}

/** `lastgood doctor -o json …` */
export async function diagnose(args: readonly string[], options: CliOptions): Promise<Diagnosis> {
  const { stdout, stderr, exit } = await runCli(["doctor", "-o", "json", ...args], options);
  if (stdout === "") throw new Error(stderr);
  const { status } = JSON.parse(stdout) as {
    readonly status: {
      readonly sections: readonly { readonly title: string; readonly findings: readonly ShownFinding[] }[];
    };
  };
  const findings = status.sections.flatMap((section) => section.findings);
  return {
    exit,
    stderr,
    titles: status.sections.map(({ title }) => title),
    findings,
    faults: findings.flatMap(({ name, status: state }) =>
      state === "warning" || state === "failed" ? [`${state} ${name}`] : [],
    ),
    find: (name) => {
      const found = findings.find((finding) => finding.name === name);
      if (found === undefined)
        throw new Error(`no finding ${name}, but ${findings.map((each) => each.name).join(", ")}`);
      return found;
    },
  };
}

/** What a configuration may hold besides repository and targets, as YAML. */
export interface ConfigParts {
  readonly forge?: string;
  readonly policy?: string;
  readonly more?: string;
}

export interface DoctorWorld {
  readonly github: GitHub;
  readonly folder: string;
  readonly env: NonNullable<CliOptions["env"]>;
  /** Writes lastgood.yaml anew. */
  readonly configure: (parts: ConfigParts) => void;
  readonly diagnose: (args?: readonly string[], env?: NonNullable<CliOptions["env"]>) => Promise<Diagnosis>;
}

export const TOKEN = "ghp_minas-token-of-thirty-six-characters";

/** `acme/gitops` on a look-alike, a configuration for it in a folder that is no clone, and a token in the environment. */
export async function doctorWorld(
  parts: ConfigParts = {},
  token: Partial<NewToken> = {},
  clock: () => number = Date.now,
): Promise<DoctorWorld> {
  const github = await startGitHub({
    root: temporaryFolder("doctor"),
    clock,
    graphql: executeGraphQL,
    searchPath: process.env["PATH"] ?? "",
  });
  onTestFinished(() => github.close());
  await github.control.createRepository("acme", "gitops", {
    from: payments().path,
    private: true,
    allowAutoMerge: true,
  });
  github.control.addToken(TOKEN, { user: "mina", permissions: "write", ...token });
  const folder = temporaryFolder("configuration");
  const env = { GH_TOKEN: TOKEN, XDG_CACHE_HOME: temporaryFolder("cache") };
  const configure: DoctorWorld["configure"] = ({ forge = "", policy = "mode: propose", more = "" }) =>
    writeFileSync(
      join(folder, "lastgood.yaml"),
      `apiVersion: lastgood.dev/v1alpha1
kind: Config
${forge}
targets:
  - name: payments/api
    paths: [apps/payments/api]
    health: [{ alerts: { matchLabels: { service: api } } }]
policies:
  default: { ${policy} }
${more}
`,
    );
  configure(parts);
  return {
    github,
    folder,
    env,
    configure,
    diagnose: async (args = [], more = {}) =>
      diagnose(["-R", github.gitUrl("acme", "gitops"), ...args], { cwd: folder, env: { ...env, ...more } }),
  };
}
