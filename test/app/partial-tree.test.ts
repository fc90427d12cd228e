import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openTree } from "../../src/app/partial-tree.ts";
import { blobId, type CommitId, type FileEntry } from "../../src/core/model/git.ts";
import { buildTree, type FileTree } from "../../src/core/target/tree.ts";
import type { FolderEntries } from "../../src/ports/repository.ts";

const COMMIT = "1".repeat(40) as CommitId;

function entriesOf(paths: readonly string[]): readonly FileEntry[] {
  const found = paths.filter((path) => !paths.some((other) => other.startsWith(`${path}/`)));
  return [...new Set(found)].toSorted().map((path) => ({ path, mode: "100644", id: blobId("0".repeat(40)) }));
}

/** A repository of these files that counts which folders it was asked for. */
function repositoryOf(files: readonly FileEntry[]) {
  const tree = buildTree(files);
  const asked: string[] = [];
  return {
    asked,
    files: async () => Promise.reject(new Error("all of it was listed")),
    folders: async (_: CommitId, paths: readonly string[]): Promise<readonly (FolderEntries | undefined)[]> => {
      asked.push(...paths);
      return paths.map((path) =>
        tree.isFolder(path) ? { files: tree.filesOf(path), folders: tree.foldersOf(path) } : undefined,
      );
    },
  };
}

const path = fc
  .array(fc.constantFrom("a", "b", "c.yaml", "a-b", "kustomization.yaml"), { minLength: 1, maxLength: 4 })
  .map((names) => names.join("/"));

const QUESTIONS: readonly ((tree: FileTree, path: string) => unknown)[] = [
  (tree, at) => tree.file(at),
  (tree, at) => tree.isFolder(at),
  (tree, at) => tree.below(at),
  (tree, at) => tree.filesOf(at),
  (tree, at) => tree.foldersOf(at),
  (tree) => tree.folders().toSorted(),
  (tree) => tree.isFolder(""),
];

describe("openTree", () => {
  it("answers as if all of it had been listed", async () => {
    const question = fc.tuple(fc.constantFrom(...QUESTIONS), path);
    await fc.assert(
      fc.asyncProperty(fc.array(path, { maxLength: 12 }), fc.array(question, { maxLength: 6 }), async (paths, asks) => {
        const files = entriesOf(paths);
        const partial = openTree(repositoryOf(files), COMMIT);
        for (const [ask, at] of asks) {
          expect(await partial.answer((tree) => ask(tree, at))).toEqual(ask(buildTree(files), at));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("looks only into folders that are asked about, each once", async () => {
    const repository = repositoryOf(entriesOf(["apps/api/a.yaml", "apps/api/base/b.yaml", "apps/web/c.yaml"]));
    const partial = openTree(repository, COMMIT);
    const look = (tree: FileTree): unknown => [tree.below("apps/api"), tree.file("apps/api/a.yaml")];
    const answer = await partial.answer(look);
    expect(await partial.answer(look)).toEqual(answer);
    expect(repository.asked).toEqual(["apps/api", "apps/api/base"]);
  });

  it("lists all of it where folders cannot be read one by one", async () => {
    const files = entriesOf(["apps/api/a.yaml"]);
    const partial = openTree({ files: async () => files }, COMMIT);
    expect(await partial.answer((tree) => tree.file("apps/api/a.yaml"))).toEqual(files[0]);
  });

  it("ends where folders hold one another without end", async () => {
    const endless = async (_: CommitId, paths: readonly string[]): Promise<readonly FolderEntries[]> =>
      paths.map((at) => ({ files: [], folders: Array.from({ length: 1000 }, (__, n) => `${at}/${n}`) }));
    const partial = openTree({ files: async () => [], folders: endless }, COMMIT);
    await expect(partial.answer((tree) => tree.below("apps"))).rejects.toMatchObject({ code: "LimitFiles" });
  });
});
