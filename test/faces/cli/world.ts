/** A small repository as people have it, for the tests of single commands. */
import { gitdir, type GitDir } from "../../support/gitdir.ts";
import { type CliOptions, type CliRun, runCli } from "../../support/run-cli.ts";

export const API = "apps/payments/api/deployment.yaml";

export function deployment(image: string, replicas = 2): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  replicas: ${replicas}
  template:
    spec:
      containers:
        - name: api
          image: ghcr.io/acme/api:${image}
`;
}

/** Four revisions of `apps/payments/api`, the newest presumed bad, and a commit of somebody else. With a work tree. */
export function payments(config?: string): GitDir {
  const files = config === undefined ? {} : { "lastgood.yaml": config };
  return gitdir(
    [
      {
        files: { ...files, [API]: deployment("1.7.2") },
        message: "Add api (#440)",
        author: "Mina Kim <mina@example.com>",
      },
      {
        files: { [API]: deployment("1.7.4") },
        message: "fix(api): bump image to 1.7.4 (#470)",
        author: "renovate[bot] <r@example.com>",
      },
      { files: { "apps/web/web.yaml": "a: 1\n" }, message: "Add web" },
      { files: { [API]: deployment("1.7.4", 4) }, message: "scale api out", author: "Dana Lee <dana@example.com>" },
      {
        files: { [API]: deployment("1.8.0", 4) },
        message: "feat(api): bump image to 1.8.0 (#482)",
        author: "renovate[bot] <r@example.com>",
      },
    ],
    { worktree: true },
  );
}

export const TARGET = "./apps/payments/api";

/** `lastgood …` in the repository. */
export function lastgood(repo: GitDir, args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  return runCli(args, { cwd: repo.path, ...options });
}

/** A terminal that shows UTF-8, without colours. */
export const TERMINAL: CliOptions = { tty: true, env: { LC_ALL: "C.UTF-8", NO_COLOR: "1" } };

/** A table without ages, which grow while tests run, and the room they take. */
export function ageless(text: string): string {
  return text
    .replaceAll(/\b\d+[smhd] ago +/g, "AGO  ")
    .replaceAll(/\b\d+d +/g, "DAYS  ")
    .replaceAll(/(WHEN|LIVE FOR) +/g, "$1  ");
}

/** A document of `-o json`, as far as tests walk into it. */
export interface Shown {
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: {
    readonly revisions: readonly { readonly revision: string; readonly verdict: string }[];
    readonly changes: readonly unknown[];
    readonly files: readonly unknown[];
    readonly undone: readonly { readonly revision: string }[];
  };
}

export function json(run: CliRun): Shown {
  return JSON.parse(run.stdout) as Shown;
}
