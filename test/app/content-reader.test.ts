import { afterEach, describe, expect, it } from "vitest";
import { openRepository } from "../../src/adapters/repository/git/git-repository.ts";
import { createContentReader } from "../../src/app/content-reader.ts";
import { newSurveyMemory } from "../../src/app/find-targets.ts";
import { readRepositoryTargets } from "../../src/app/discover-targets.ts";
import type { BlobId, CommitId } from "../../src/core/model/git.ts";
import type { Target } from "../../src/core/model/target.ts";
import type { Repository } from "../../src/ports/repository.ts";
import { type GitDir, gitdir, gitTestEnv } from "../support/gitdir.ts";

const TARGETS = 120;
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const folder = (target: number): string => `apps/team-${target % 6}/app-${target}`;
const targets = Array.from({ length: TARGETS }, (_, at): Target => ({
  name: `app-${at}`,
  origin: { kind: "path" },
  sources: [{ path: folder(at), tool: "detect" }],
  notes: [],
}));

const application = (name: string): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${name} }
spec:
  destination: { name: prod, namespace: x }
  source: { repoURL: https://example.com/ops.git, path: ${folder(Number(name.slice(4)))} }
`;

function everything(): Readonly<Record<string, string>> {
  const all = targets.flatMap(({ name }, at) => [
    [`${folder(at)}/deployment.yaml`, `kind: Deployment\nname: ${name}\n`],
    [`${folder(at)}/kustomization.yaml`, `resources: [deployment.yaml]\n# ${name}\n`],
    [`engines/${name}.yaml`, application(name)],
  ]);
  return Object.fromEntries(all) as Record<string, string>;
}

interface Counted {
  readonly repository: Repository;
  readonly processes: string[];
  readonly blobs: BlobId[];
  readonly listings: (string | undefined)[];
}

/** A repository that says what is asked of it. */
function counted(repo: GitDir): Counted {
  const [processes, blobs, listings]: [string[], BlobId[], (string | undefined)[]] = [[], [], []];
  const { gitDir } = repo;
  const onRun = (operation: string): void => void processes.push(operation);
  const opened = openRepository({ gitDir, commonDir: gitDir, env: gitTestEnv(), onRun });
  ends.push(async () => opened.close());
  const repository: Repository = {
    ...opened,
    files: async (commit, scope) => {
      listings.push(scope?.map(({ path }) => path).join(" "));
      return opened.files(commit, scope);
    },
    blobs: async (ids, maxBytes) => {
      blobs.push(...ids);
      return opened.blobs(ids, maxBytes);
    },
  };
  return { repository, processes, blobs, listings };
}

describe("the content reader", () => {
  it("reads of a new commit only the targets that it changes, and starts no process", async () => {
    const repo = gitdir([{ files: everything() }]);
    const { repository, processes, blobs, listings } = counted(repo);
    const read = createContentReader(repository);
    const before = await contentsAt(repo.head);
    repo.commit({ files: { [`${folder(17)}/deployment.yaml`]: "kind: Deployment\nname: other\n" } });
    for (const list of [processes, blobs, listings]) list.length = 0;

    const after = await contentsAt(repo.head);

    expect(targets.filter((_, at) => after[at] !== before[at]).map(({ name }) => name)).toEqual(["app-17"]);
    expect(processes).toEqual([]);
    expect(listings).toEqual([folder(17)]);
    const own = ["deployment", "kustomization"].map((name) => repo.blob(`${folder(17)}/${name}.yaml`));
    expect(blobs.filter((id) => !own.includes(id))).toEqual([]);

    async function contentsAt(commit: CommitId): Promise<readonly (string | undefined)[]> {
      const contents: (string | undefined)[] = [];
      for (const target of targets) contents.push(await read(target, commit));
      return contents;
    }
  });

  it("says of every target what one says that has never seen another commit", async () => {
    const repo = gitdir([{ files: everything() }]);
    const { repository } = counted(repo);
    const read = createContentReader(repository);
    const shared = { [`${folder(3)}/kustomization.yaml`]: "resources: [deployment.yaml, ../../shared]\n" };
    const commits = [
      repo.head,
      ...repo.commit(
        { files: shared },
        { files: { "apps/shared/kustomization.yaml": "resources: [x.yaml]\n", "apps/shared/x.yaml": "a: 1\n" } },
        { files: { "apps/shared/x.yaml": "a: 2\n" } },
        { remove: [`${folder(5)}/deployment.yaml`, `${folder(5)}/kustomization.yaml`] },
      ),
      repo.commits[0] as CommitId,
    ];
    for (const commit of commits) {
      const fresh = createContentReader(repository);
      for (const target of targets) expect(await read(target, commit)).toBe(await fresh(target, commit));
    }
  });
});

describe("the targets of a repository", () => {
  it("are found again at a new commit by reading only the manifests that it changes, and no listing", async () => {
    const repo = gitdir([{ files: everything() }]);
    const { repository, processes, blobs } = counted(repo);
    const memory = newSurveyMemory();
    const find = async (own: typeof memory | undefined) =>
      readRepositoryTargets({
        repository,
        commit: repo.head,
        repositoryUrls: ["https://example.com/ops.git"],
        configured: [],
        ...(own === undefined ? {} : { memory: own }),
      });
    expect((await find(memory)).found).toHaveLength(TARGETS);
    repo.commit({
      files: { "engines/app-7.yaml": application("app-8"), "engines/new.yaml": "a: 1\n" },
      remove: ["engines/app-9.yaml"],
    });
    for (const list of [processes, blobs]) list.length = 0;

    const { found } = await find(memory);

    expect(processes).toEqual([]);
    expect(new Set(blobs)).toEqual(new Set([repo.blob("engines/app-7.yaml"), repo.blob("engines/new.yaml")]));
    expect(found).toEqual((await find(undefined)).found);
  });
});
