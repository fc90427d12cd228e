import { array, assert, asyncProperty, constantFrom, nat, option, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { openRepository } from "../../../../../src/adapters/repository/git/git-repository.ts";
import { openHistoryIndex } from "../../../../../src/adapters/repository/git/index/open-index.ts";
import { openGit } from "../../../../../src/adapters/repository/git/run-git.ts";
import type { CommitId, RevisionChange } from "../../../../../src/core/model/git.ts";
import type { Scope } from "../../../../../src/core/model/target.ts";
import type { Repository } from "../../../../../src/ports/repository.ts";
import { type CommitSpec, type GitDir, gitdir, gitTestEnv, temporaryFolder } from "../../../../support/gitdir.ts";

const PATHS = [
  "apps/a/x.yaml",
  "apps/a/deep/y.yaml",
  "apps/b/x.yaml",
  "apps/é/\u{1f600}.yaml",
  "base/x.yaml",
  "root.yaml",
];
const SCOPES: readonly Scope[] = [
  [folder("apps/a")],
  [folder("apps/é"), { kind: "file", path: "base/x.yaml" }],
  [{ ...folder("apps"), recurse: false }],
  [{ kind: "file", path: "root.yaml" }],
  [folder("apps/b"), folder("apps/a/deep")],
  [folder("")],
  [{ kind: "file", path: "apps/none" }],
];

function folder(path: string) {
  return { kind: "folder", path, recurse: true, files: "all" } as const;
}

/** What happens to the branch: a commit, a merge of a side branch, a file that moves, a step back and another commit. */
const step = record({
  kind: constantFrom("write", "write", "write", "merge", "move", "empty", "force"),
  path: constantFrom(...PATHS),
  other: constantFrom(...PATHS),
  text: nat(3),
});
type Step = typeof step extends { generate(...args: never[]): { value: infer V } } ? V : never;

function apply(repo: GitDir, { kind, path, other, text }: Step, present: Map<string, string>): void {
  switch (kind) {
    case "empty":
      return void repo.commit({});
    case "write":
      present.set(path, String(text));
      return void repo.commit({ files: { [path]: String(text) } });
    case "merge": {
      const [side] = repo.commit({
        files: { [path]: `side ${text}` },
        branch: `side-${repo.commits.length}`,
        from: "main",
      });
      present.set(path, `side ${text}`);
      repo.commit({ files: { [other]: String(text) } });
      present.set(other, String(text));
      return void repo.commit({ merge: [side ?? ""], files: { [path]: `side ${text}` } });
    }
    case "move": {
      const held = present.get(path);
      if (held === undefined || path === other) return;
      present.delete(path);
      present.set(other, held);
      return void repo.commit({ remove: [path], files: { [other]: held } });
    }
    case "force": {
      if (repo.git(["rev-list", "--count", "--first-parent", "main"]) === "1") return;
      repo.git(["update-ref", "refs/heads/main", "main~1"]);
      const files = repo.git(["ls-tree", "-r", "-z", "--name-only", "main"]).split("\0").filter(Boolean);
      present.clear();
      for (const file of files) present.set(file, repo.text(file));
      return void repo.commit({ files: { [other]: `forced ${text}` } });
    }
  }
}

async function collect(repository: Repository, query: Parameters<Repository["history"]>[0]) {
  const all: RevisionChange[] = [];
  for await (const change of repository.history(query)) all.push(change);
  return all;
}

describe("history with an index", () => {
  it("is what it is without one: merges, moves, histories that were pushed over, any two ends", async () => {
    let answered = 0;
    const steps = array(step, { minLength: 3, maxLength: 14 });
    const ask = record({
      scope: constantFrom(...SCOPES),
      from: nat(40),
      until: option(nat(40)),
      limit: option(nat(4)),
    });
    await assert(
      asyncProperty(steps, array(ask, { minLength: 4, maxLength: 8 }), nat(14), async (all, asks, cut) => {
        const first: CommitSpec = { files: { "root.yaml": "0" } };
        const repo = gitdir([first]);
        const present = new Map([["root.yaml", "0"]]);
        const env = gitTestEnv();
        const index = openHistoryIndex(openGit({ gitDir: repo.gitDir, env }), `${temporaryFolder("index")}/index`);
        for (const [at, one] of all.entries()) {
          apply(repo, one, present);
          if (at === cut) await index.update(repo.head);
        }
        if (cut % 3 > 0) await index.update(repo.head);
        const own = { gitDir: repo.gitDir, commonDir: repo.gitDir, env };
        const plain = openRepository(own);
        const quick = openRepository({ ...own, index: () => index.current() });
        for (const { scope, from, until, limit } of asks) {
          const commitAt = (number: number): CommitId => repo.commits[number % repo.commits.length] ?? repo.head;
          const query = {
            from: from % 3 === 0 ? commitAt(from) : repo.head,
            scope,
            ...(until === null ? {} : { until: commitAt(until) }),
            ...(limit === null ? {} : { limit }),
          };
          const found = await collect(quick, query);
          expect(found).toEqual(await collect(plain, query));
          answered += found.length;
        }
        await Promise.all([plain.close(), quick.close()]);
      }),
      { numRuns: 25 },
    );
    expect(answered).toBeGreaterThan(0);
  });

  it("starts no git at all for what no commit has touched", async () => {
    const repo = gitdir([{ files: { "apps/a/x.yaml": "1" } }, { files: { "apps/b/x.yaml": "1" } }]);
    const env = gitTestEnv();
    const index = openHistoryIndex(openGit({ gitDir: repo.gitDir, env }), `${temporaryFolder("index")}/index`);
    await index.update(repo.head);
    const runs: string[] = [];
    const repository = openRepository({
      gitDir: repo.gitDir,
      commonDir: repo.gitDir,
      env,
      index: () => index.current(),
      onRun: (operation) => runs.push(operation),
    });
    expect(await collect(repository, { from: repo.head, scope: [folder("apps/none")] })).toEqual([]);
    expect(await collect(repository, { from: repo.head, until: repo.head, scope: [folder("apps/a")] })).toEqual([]);
    expect(runs).toEqual([]);
    expect(await collect(repository, { from: repo.head, scope: [folder("apps/a")] })).toHaveLength(1);
    expect(runs).toEqual(["log"]);
    await repository.close();
  });
});
