import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { openObjectReader } from "../../../../src/adapters/repository/git/cat-file.ts";
import { checkGit, openGit, type Git } from "../../../../src/adapters/repository/git/run-git.ts";
import { gitdir, temporaryFolder } from "../../../support/gitdir.ts";

const surroundings = {
  PATH: process.env["PATH"],
  HOME: "/home/mina",
  HTTPS_PROXY: "http://proxy:3128",
  GIT_DIR: "/elsewhere",
  GIT_EXTERNAL_DIFF: "evil",
  GIT_CONFIG_COUNT: "1",
  GITHUB_TOKEN: "s3cret",
  LD_PRELOAD: "evil.so",
};

/** A program in the place of git. */
function standIn(script: string): { readonly program: string; readonly folder: string } {
  const folder = temporaryFolder("bin");
  const program = join(folder, "git");
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  return { program, folder };
}

function fake(script: string, options: Partial<Parameters<typeof openGit>[0]> = {}): Git {
  return openGit({ gitDir: temporaryFolder("dir"), env: surroundings, program: standIn(script).program, ...options });
}

/** Things of this process that would keep it alive. */
function active(kind: string): number {
  return process.getActiveResourcesInfo().filter((name) => name === kind).length;
}

describe("the runner", () => {
  it("leaves no timer behind when its reader is slower than git", async () => {
    const git = fake("echo done");
    const [timers, processes] = [active("Timeout"), active("ProcessWrap")];
    for await (const chunk of git.stream(["log"])) {
      expect(chunk.toString()).toBe("done\n");
      // git has ended, and nobody has asked for more yet.
      while (active("ProcessWrap") > processes) await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
    // The test runner has short timers of its own; git's would stay for two minutes.
    for (let turn = 0; turn < 5000 && active("Timeout") > timers; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(active("Timeout")).toBeLessThanOrEqual(timers);
  });

  it("gives git exactly this command line and environment", async () => {
    const { program, folder } = standIn(`printf '%s\\n' "$@"; env | sort`);
    const git = openGit({ gitDir: folder, env: surroundings, program });
    const { stdout } = await git.run(["log", "--end-of-options", "$(id)", "--", ";x"]);
    const lines = stdout.toString().trimEnd().split("\n");
    expect(lines.slice(0, 11)).toEqual([
      `--git-dir=${folder}`,
      `--work-tree=${folder}`,
      "-c",
      "core.hooksPath=/dev/null",
      "-c",
      "core.fsmonitor=false",
      "log",
      "--end-of-options",
      "$(id)",
      "--",
      ";x",
    ]);
    expect(lines.slice(11).filter((line) => !/^(?:PWD|OLDPWD|SHLVL|_)=/.test(line))).toEqual(
      [
        "GIT_ALLOW_PROTOCOL=none",
        "GIT_ATTR_NOSYSTEM=1",
        "GIT_COMMITTER_EMAIL=lastgood@localhost",
        "GIT_COMMITTER_NAME=lastgood",
        "GIT_CONFIG_GLOBAL=/dev/null",
        "GIT_CONFIG_NOSYSTEM=1",
        "GIT_GRAFT_FILE=/dev/null",
        "GIT_LITERAL_PATHSPECS=1",
        "GIT_NO_LAZY_FETCH=1",
        "GIT_NO_REPLACE_OBJECTS=1",
        "GIT_OPTIONAL_LOCKS=0",
        "GIT_TERMINAL_PROMPT=0",
        "HOME=/home/mina",
        "HTTPS_PROXY=http://proxy:3128",
        "LC_ALL=C",
        `PATH=${process.env["PATH"]}`,
      ].sort(),
    );
  });

  it("hands over input, and takes agreed exit codes for answers", async () => {
    const { stdout, code } = await fake("cat; exit 1").run(["x"], { input: "hello", answers: [1] });
    expect([stdout.toString(), code]).toEqual(["hello", 1]);
    await expect(fake("exit 1").run(["x"])).rejects.toMatchObject({ code: "RepositoryGit" });
  });

  it("escapes what git says and names what it means", async () => {
    const saying = (text: string) => fake(`printf '${text}\\n' >&2; exit 128`).run(["x"]);
    await expect(saying("warning: x\\nfatal: odd \\033[31mthing")).rejects.toThrow("odd \\u001b[31mthing");
    await expect(saying("fatal: not a git repository")).rejects.toMatchObject({ code: "RepositoryNotFound" });
    await expect(saying("fatal: bad object 123")).rejects.toMatchObject({ code: "RepositoryObject" });
    await expect(saying("fatal: empty filename in tree entry")).rejects.toMatchObject({ code: "RepositoryTree" });
  });

  it("ends what takes too long, says too much, or is no longer wanted", async () => {
    await expect(fake("exec sleep 60", { timeoutMs: 100 }).run(["x"])).rejects.toMatchObject({ code: "LimitTime" });
    await expect(fake("exec yes").run(["x"], { maxBytes: 1000 })).rejects.toMatchObject({ code: "LimitFiles" });
    const stop = new AbortController();
    const running = fake("exec sleep 60", { signal: stop.signal }).run(["x"]);
    stop.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    await expect(fake("", { signal: stop.signal }).run(["x"])).rejects.toThrow("enough");
  });

  it("streams, and ends the command when the caller stops", async () => {
    for await (const chunk of fake("exec yes").stream(["x"])) {
      expect(chunk.toString()).toContain("y\n");
      break;
    }
    const drain = async (git: Git): Promise<void> => {
      for await (const chunk of git.stream(["x"])) expect(chunk.length).toBeGreaterThan(0);
    };
    await expect(drain(fake("echo a; exit 3"))).rejects.toMatchObject({ code: "RepositoryGit" });
    await expect(drain(fake("exec sleep 60", { timeoutMs: 100 }))).rejects.toMatchObject({ code: "LimitTime" });
    await expect(drain(fake("", { program: "/nonexistent/git" }))).rejects.toMatchObject({ code: "ConfigGit" });
  });

  it("says when git is missing or too old", async () => {
    const check = (script: string) => checkGit({ env: surroundings, program: standIn(script).program });
    await expect(check("echo git version 2.37.9")).rejects.toMatchObject({ code: "ConfigGit" });
    await expect(check("echo hello")).rejects.toMatchObject({ code: "ConfigGit" });
    await expect(checkGit({ env: {}, program: "/nonexistent/git" })).rejects.toMatchObject({ code: "ConfigGit" });
    await check("echo git version 2.38.0.windows.1");
    await check("echo git version 3.0");
    await expect(
      fake('case "$*" in *--version*) echo git version 2.30.2;; *) exit 129;; esac').run(["cat-file"]),
    ).rejects.toMatchObject({ code: "ConfigGit" });
  });
});

describe("the object reader", () => {
  it("fails the questions that its process dies on, then starts anew", async () => {
    const repo = gitdir([{ files: { a: "1" } }]);
    const count = join(temporaryFolder(), "count");
    const script = `echo x >> ${count}; [ $(wc -l < ${count}) = 1 ] && { read line; echo 'fatal: broken' >&2; exit 128; }; exec git "$@"`;
    const reader = openObjectReader(
      openGit({ gitDir: repo.path, env: surroundings, program: standIn(script).program }),
    );
    await expect(reader.info([repo.head])).rejects.toMatchObject({ code: "RepositoryGit" });
    expect(await reader.info([repo.head])).toMatchObject([{ id: repo.head, type: "commit" }]);
    expect(readFileSync(count, "utf8")).toBe("x\nx\n");
    await reader.close();
  });

  it("refuses nonsense and silence", async () => {
    await expect(openObjectReader(fake("echo nonsense; exec cat")).info(["abcdef1"])).rejects.toMatchObject({
      code: "RepositoryGit",
    });
    await expect(openObjectReader(fake("exec sleep 60"), 100).info(["abcdef1"])).rejects.toMatchObject({
      code: "LimitTime",
    });
    await expect(openObjectReader(fake("")).info(["HEAD\nflush"])).rejects.toThrow("not an object id");
    await expect(openObjectReader(fake("", { program: "/nonexistent/git" })).info(["abcdef1"])).rejects.toMatchObject({
      code: "ConfigGit",
    });
  });

  it("does not keep a program alive that forgets to close it", () => {
    const repo = gitdir([{ files: { a: "1" } }]);
    const script = `
      import { openClone } from ${JSON.stringify(new URL("../../../../src/adapters/repository/git/clone.ts", import.meta.url).href)};
      const { repository } = await openClone(${JSON.stringify(repo.path)}, { env: process.env });
      process.stdout.write(String(await repository.blobs([${JSON.stringify(repo.blob("a"))}])));`;
    const done = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
      timeout: 20_000,
    });
    expect([done.status, done.stdout.toString()]).toEqual([0, "1"]);
  });
});
