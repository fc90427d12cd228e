import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { gitTestEnv, temporaryFolder, type GitDir } from "../support/gitdir.ts";
import { API, deployment, lastgood, payments, TARGET } from "./cli/world.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

interface ActionStep {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly required?: boolean; readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly ActionStep[] };
}

const ACTION = parse(readFileSync(join(ROOT, "action.yml"), "utf8")) as Action;
const SAMPLES = readdirSync(join(ROOT, "config/github")).filter((name) => name.endsWith(".yml"));

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, { readonly steps: readonly ActionStep[] }>>;
}

function stepsOf(sample: string): readonly ActionStep[] {
  const { jobs } = parse(readFileSync(join(ROOT, "config/github", sample), "utf8")) as Workflow;
  return Object.values(jobs).flatMap(({ steps }) => steps);
}

/** A step of the action, as a runner starts it: `bash` over the script, inputs in the environment. */
async function runStep(
  id: string,
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<{ readonly exit: number; readonly log: string; readonly outputs: Readonly<Record<string, string>> }> {
  const step = ACTION.runs.steps.find((candidate) => candidate.id === id);
  const folder = temporaryFolder("runner");
  const [script, output] = [join(folder, "script.sh"), join(folder, "output")];
  writeFileSync(script, step?.run ?? "exit 99");
  writeFileSync(output, "");
  // docs.github.com, workflow syntax: shell: bash.
  const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", script], {
    cwd,
    env: { GITHUB_ACTION_PATH: ROOT, GITHUB_OUTPUT: output, RUNNER_TEMP: folder, ...env },
  });
  let log = "";
  child.stdout.on("data", (chunk: Buffer) => (log += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const exit = await new Promise<number>((done) => child.on("close", (code) => done(code ?? -1)));
  const lines = readFileSync(output, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return { exit, log, outputs: Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2))) };
}

/** The program from its source, as a file that node can start. */
function programFromSource(): string {
  const path = join(temporaryFolder("program"), "lastgood.mjs");
  const [tsx, main] = [join(ROOT, "node_modules/tsx/dist/esm/index.mjs"), join(ROOT, "src/main.ts")];
  writeFileSync(
    path,
    `await import(${JSON.stringify(pathToFileURL(tsx))});\nawait import(${JSON.stringify(pathToFileURL(main))});\n`,
  );
  return path;
}

/** Inputs by name, as step 2 gets them, beside what a runner sets. */
function inputs(given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const named = Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value] as const);
  const { GIT_AUTHOR_NAME: _, GIT_AUTHOR_EMAIL: __, ...env } = gitTestEnv() as Record<string, string>;
  const cache = { XDG_CACHE_HOME: temporaryFolder("cache"), HOME: temporaryFolder("home") };
  const runner = { GITHUB_ACTOR: "dlee", GITHUB_ACTOR_ID: "7", LASTGOOD_PROGRAM: programFromSource() };
  return { ...env, ...cache, ...runner, ...Object.fromEntries(named) };
}

/** As CI has it: a clone whose origin holds the ledger, standing on the change. */
async function quarantined(): Promise<GitDir> {
  const repo = payments();
  const add = ["quarantine", "add", TARGET, "--image", "ghcr.io/acme/api:1.9.0", "--reason", "leaks", "-y"];
  expect((await lastgood(repo, add)).exit).toBe(0);
  return repo;
}

describe("action.yml", () => {
  it("puts no expression into a script", () => {
    for (const { run = "" } of ACTION.runs.steps) expect(run).not.toContain("${{");
    for (const sample of SAMPLES) for (const { run = "" } of stepsOf(sample)) expect(run).not.toContain("${{");
  });

  it("hands every input on, and only through the environment", () => {
    const handed = ACTION.runs.steps.flatMap(({ env = {} }) => Object.values(env));
    for (const name of Object.keys(ACTION.inputs)) expect(handed).toContain(`\${{ inputs.${name} }}`);
    const script = readFileSync(join(ROOT, "config/github/run.mjs"), "utf8");
    for (const key of ACTION.runs.steps.flatMap(({ env = {} }) => Object.keys(env))) {
      if (!key.startsWith("INPUT_")) continue;
      expect(script).toContain(`"${key.slice("INPUT_".length).toLowerCase()}"`);
    }
  });

  it("uses no action of others, and its samples pin theirs by commit", () => {
    expect(ACTION.runs).toMatchObject({ using: "composite" });
    expect(ACTION.runs.steps.flatMap(({ uses = [] }) => uses)).toEqual([]);
    for (const { uses } of SAMPLES.flatMap(stepsOf)) {
      if (uses === undefined || uses.startsWith("OWNER/lastgood@")) continue;
      expect(uses).toMatch(/^[\w-]+\/[\w.-]+@[0-9a-f]{40}$/);
    }
  });

  it("is given by its samples only inputs that it has, and the whole history", () => {
    expect(SAMPLES).toEqual(["check.yml", "plan-comment.yml", "revert.yml"]);
    for (const sample of SAMPLES) {
      const steps = stepsOf(sample);
      const own = steps.find(({ uses }) => uses?.startsWith("OWNER/lastgood@"));
      expect(Object.keys(ACTION.inputs)).toEqual(expect.arrayContaining(Object.keys(own?.with ?? { none: 1 })));
      expect(steps.find(({ uses }) => uses?.startsWith("actions/checkout@"))?.with).toMatchObject({ "fetch-depth": 0 });
    }
  });

  it("takes its outputs from what its steps write", () => {
    const script = readFileSync(join(ROOT, "config/github/run.mjs"), "utf8");
    for (const [name, { value }] of Object.entries(ACTION.outputs)) {
      expect(value).toBe(`\${{ steps.run.outputs.${name} }}`);
      expect(script).toContain(`output("${name}"`);
    }
  });
});

describe("the action's install", () => {
  function actionFolder(files: Readonly<Record<string, string>>): string {
    const folder = temporaryFolder("action");
    cpSync(join(ROOT, "config/github"), join(folder, "config/github"), { recursive: true });
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), text, { mode: 0o755 });
    }
    return folder;
  }
  const path = process.env["PATH"] ?? "";

  it("takes the program that lies with it", async () => {
    const folder = actionFolder({ "dist/main.js": "" });
    const { exit, outputs } = await runStep("install", { PATH: path, GITHUB_ACTION_PATH: folder }, folder);
    expect({ exit, outputs }).toEqual({ exit: 0, outputs: { program: join(folder, "dist/main.js") } });
  });

  it("installs its own version, or the one that is asked for, and lets no package run anything", async () => {
    const folder = actionFolder({
      "package.json": '{"version":"1.2.3"}',
      "bin/npm": `#!/bin/sh\necho "$@" >> "$CALLS"\n`,
    });
    const calls = join(folder, "calls");
    const env = { PATH: `${folder}/bin:${path}`, CALLS: calls, GITHUB_ACTION_PATH: folder };
    const { exit, outputs } = await runStep("install", env, folder);
    expect(exit).toBe(0);
    expect(outputs["program"]).toMatch(/node_modules\/lastgood\/dist\/main\.js$/);
    await runStep("install", { ...env, LASTGOOD_VERSION: "2.0.0-rc.1" }, folder);
    const lines = readFileSync(calls, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => line.split(" ").at(-1))).toEqual(["lastgood@1.2.3", "lastgood@2.0.0-rc.1"]);
    for (const line of lines) expect(line).toContain("--ignore-scripts");
  });

  it.each(["latest", "1.0.0; touch pwned", "--registry=https://evil.example", "1.0.0\nprogram=/tmp/x"])(
    "refuses %s as a version",
    async (version) => {
      const folder = actionFolder({ "package.json": '{"version":"1.2.3"}' });
      const env = { PATH: path, GITHUB_ACTION_PATH: folder, LASTGOOD_VERSION: version };
      const { exit, outputs } = await runStep("install", env, folder);
      expect({ exit, outputs }).toEqual({ exit: 1, outputs: {} });
      expect(existsSync(join(folder, "pwned"))).toBe(false);
    },
  );
});

describe("the action's run", () => {
  it("fails a change that brings a quarantined image back, with its line and a summary", async () => {
    const repo = await quarantined();
    repo.commit({ files: { [API]: deployment("1.9.0", 4) }, message: "bump" });
    const summary = join(temporaryFolder("summary"), "summary.md");
    const env = { ...inputs({ command: "check", base: "HEAD~1" }), GITHUB_STEP_SUMMARY: summary };
    const { exit, log, outputs } = await runStep("run", env, repo.path);
    expect(exit).toBe(5);
    expect(outputs).toEqual({ changed: "false" });
    expect(log).toContain(
      `::error file=${API},line=11,col=18,title=In quarantine::ghcr.io/acme/api:1.9.0 is quarantined`,
    );
    const page = readFileSync(summary, "utf8");
    expect(page).toContain("1 quarantined artifact would come back");
    expect(page).toMatch(/### The way back of this change\n[^]*\| `apps\/payments\/api` \| .* Deployment\/api \|/);
  });

  it("passes a change that brings nothing back", async () => {
    const repo = await quarantined();
    const { exit, log } = await runStep("run", inputs({ command: "check", base: "HEAD~1" }), repo.path);
    expect({ exit, log }).toMatchObject({ exit: 0 });
  });

  it("reverts as the person who started it, and says where", async () => {
    const repo = payments();
    const given = { command: "revert", target: TARGET, to: "#470", mode: "branch", reason: '"; touch pwned #' };
    const { exit, log, outputs } = await runStep("run", inputs(given), repo.path);
    expect({ exit, log }).toMatchObject({ exit: 0 });
    expect(outputs).toEqual({ changed: "true", checkpoint: repo.commits[1], "pr-url": "" });
    const [branch = ""] = repo.git(["for-each-ref", "--format=%(refname:short)", "refs/heads/lastgood"]).split("\n");
    expect(repo.git(["log", "-1", "--format=%an <%ae>", branch])).toBe("dlee <7+dlee@users.noreply.github.com>");
    expect(repo.git(["log", "-1", "--format=%B", branch])).toContain('"; touch pwned #');
    expect(existsSync(join(repo.path, "pwned"))).toBe(false);
  });

  it("takes no input for a flag, a command or a shell word", async () => {
    const repo = payments();
    const target = await runStep("run", inputs({ command: "plan", target: "--help" }), repo.path);
    expect(target.exit).toBe(2);
    const to = await runStep("run", inputs({ command: "plan", target: TARGET, to: "--config=/etc/passwd" }), repo.path);
    expect(to.exit).toBe(2);
    expect(to.log).toContain("UsageRevision");
    for (const command of ["daemon", "constructor", "check --base x"]) {
      expect((await runStep("run", inputs({ command }), repo.path)).exit).toBe(2);
    }
  });

  it("tells a plan in one comment that is edited in place", async () => {
    const repo = payments();
    const comments: { id: number; body: string; user: { login: string; type: string } }[] = [
      { id: 1, body: "<!-- lastgood: plan -->\nmine", user: { login: "mallory", type: "User" } },
    ];
    const calls: string[] = [];
    const server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString()));
      request.on("end", () => {
        calls.push(`${request.method} ${request.url}`);
        if (request.url === "/user") return response.writeHead(403).end("{}");
        const body = text === "" ? undefined : (JSON.parse(text) as { readonly body: string }).body;
        if (request.method === "POST" && body !== undefined) {
          comments.push({ id: 2, body, user: { login: "github-actions[bot]", type: "Bot" } });
        }
        const edited = comments.find(({ id }) => request.url?.endsWith(`/comments/${id}`));
        if (request.method === "PATCH" && edited !== undefined && body !== undefined) edited.body = body;
        return response.end(JSON.stringify(request.method === "GET" ? comments : {}));
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const event = join(temporaryFolder("event"), "event.json");
    writeFileSync(event, JSON.stringify({ issue: { number: 7, pull_request: {} } }));
    const env = {
      ...inputs({ command: "plan", target: TARGET, to: "#470", comment: "true" }),
      GITHUB_EVENT_PATH: event,
      GITHUB_REPOSITORY: "acme/gitops",
      GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      GH_TOKEN: "t0ken",
    };
    try {
      const first = await runStep("run", env, repo.path);
      expect(first).toMatchObject({ exit: 0, outputs: { changed: "true", checkpoint: repo.commits[1] } });
      await runStep("run", env, repo.path);
    } finally {
      server.close();
    }
    expect(calls.filter((call) => !call.startsWith("GET"))).toEqual([
      "POST /repos/acme/gitops/issues/7/comments",
      "PATCH /repos/acme/gitops/issues/comments/2",
    ]);
    expect(comments.map(({ body }) => body.split("\n")[0])).toEqual([
      "<!-- lastgood: plan -->",
      "<!-- lastgood: plan -->",
    ]);
    expect(comments[0]?.body).toContain("mine");
    expect(comments[1]?.body).toContain("ghcr.io/acme/api:1.8.0");
  });
});
