import { describe, expect, it } from "vitest";
import type { CommitId, FileWrite } from "../../src/core/model/git.ts";
import type { Scope } from "../../src/core/model/target.ts";
import type { Repository } from "../../src/ports/repository.ts";
import { openGitDir } from "../support/fixture-repository.ts";
import { gitdir } from "../support/gitdir.ts";
import {
  createGitClone,
  createGitServer,
  createObjects,
  type MakeCommit,
  type Objects,
  writeFiles,
} from "./git-model.ts";
import { randomOf } from "./random.ts";

const PATHS = ["a.yaml", "a/b.yaml", "apps/api/x.yaml", "apps/api/y.yaml", "apps/web/z.yaml"];
const SCOPES: readonly (Scope | undefined)[] = [
  undefined,
  [{ kind: "folder", path: "apps/api", recurse: true, files: "all" }],
  [
    { kind: "file", path: "a/b.yaml" },
    { kind: "file", path: "apps/web/z.yaml" },
  ],
];
const START_MS = Date.parse("2026-01-01T00:00:00Z");

/** A history made by chance, with merges: the same in the model and, by its objects, in real git. */
function makeHistory(seed: number, objects: Objects): readonly CommitId[] {
  const random = randomOf(seed);
  const made: CommitId[] = [];
  for (let n = 0; n < 9; n += 1) {
    const parent = n === 0 ? undefined : random.chance(`${n} side`, 0.3) ? random.pick(`${n} from`, made) : made.at(-1);
    const other = n > 3 && random.chance(`${n} merge`, 0.3) ? random.pick(`${n} other`, made) : undefined;
    const parents = [...new Set([parent, other].filter((id) => id !== undefined))];
    const writes = Array.from({ length: random.between(`${n} writes`, 0, 2) }, (_, index): FileWrite => {
      const path = random.pick(`${n} ${index} path`, PATHS);
      if (random.chance(`${n} ${index} gone`, 0.2)) return { path, remove: true };
      const bytes = Buffer.from(`value: ${random.between(`${n} ${index} value`, 0, 5)}\n`);
      return { path, mode: random.chance(`${n} ${index} mode`, 0.1) ? "100755" : "100644", bytes };
    });
    const files = writeFiles(
      (parent === undefined ? undefined : objects.commit(parent)?.files) ?? new Map(),
      writes,
      objects,
    );
    const author = { name: "Mina Kim", email: "mina@example.com" };
    made.push(
      objects.make({
        parents,
        files,
        message: `commit ${n}\n`,
        author,
        atMs: START_MS + n * 3_600_000,
      } satisfies MakeCommit),
    );
  }
  return made;
}

async function answers(repository: Repository, commits: readonly CommitId[]): Promise<unknown> {
  const all: unknown[] = [];
  for (const [index, from] of commits.entries()) {
    const other = commits[(index * 7 + 3) % commits.length] ?? from;
    for (const scope of SCOPES) {
      const asked = { from, ...(scope === undefined ? {} : { scope }) };
      const [whole, since]: unknown[][] = [[], []];
      for await (const one of repository.history(asked)) whole?.push(one);
      for await (const one of repository.history({ ...asked, until: other, limit: 3 })) since?.push(one);
      const files = await repository.files(from, scope);
      all.push(whole, since, files, await repository.refs.diff(other, from, scope));
    }
    const files = await repository.files(from);
    const folders = new Set(["", "nowhere", ...files.flatMap(({ path }) => [path, path.replace(/\/?[^/]*$/, "")])]);
    all.push(await repository.folders(from, [...folders]));
    all.push(await repository.refs.distance(other, from), await repository.refs.revision(from));
    all.push(await repository.resolve(from), await repository.resolve(from.slice(0, 12)));
  }
  return all;
}

describe("the model of git", () => {
  it.each([1, 2])("answers as real git does, object ids and all (history %i)", async (seed) => {
    const objects = createObjects();
    const commits = makeHistory(seed, objects);
    const real = gitdir([{ files: { "seed.txt": "1\n" }, branch: "seed" }]);
    for (const id of commits) {
      const stored = objects.commit(id);
      if (stored === undefined) throw new Error("a commit that was made is not there");
      for (const { id: blob } of stored.entries) real.git(["hash-object", "-w", "--stdin"], objects.blob(blob));
      const index = stored.entries.map(({ mode, id: blob, path }) => `${mode} ${blob} 0\t${path}\n`).join("");
      real.git(["read-tree", "--empty"]);
      real.git(["update-index", "--index-info"], index);
      const tree = real.git(["write-tree"]);
      const { message, parents, committedAtMs, author, authorEmail } = stored.revision;
      const who = `${author} <${authorEmail}> ${committedAtMs / 1000} +0000`;
      const text = [
        `tree ${tree}`,
        ...parents.map((one) => `parent ${one}`),
        `author ${who}`,
        `committer ${who}`,
        "",
        message,
      ];
      expect(real.git(["hash-object", "-t", "commit", "-w", "--stdin"], text.join("\n"))).toBe(id);
      real.git(["update-ref", `refs/heads/at-${id}`, id]);
    }
    const clone = createGitClone(objects);
    clone.take(new Map(commits.map((id) => [`refs/heads/at-${id}`, id])));
    const repository = openGitDir(real);
    expect(await answers(clone.repository, commits)).toEqual(await answers(repository, commits));

    const [parent] = commits.slice(-1);
    if (parent === undefined) throw new Error("there is no commit");
    const request = {
      parent,
      writes: [
        { path: "apps/api/x.yaml", mode: "100644", bytes: Buffer.from("new: 1\n") },
        { path: "a.yaml", mode: "100644", bytes: Buffer.from("x") },
      ],
      message: "Revert\n\nLastgood-Job: 1\n",
      author: { name: "lastgood", email: "lastgood@example.com" },
      atMs: START_MS,
    } as const;
    expect(await clone.repository.commit(request)).toBe(await repository.commit(request));
  });

  it("tells refs as they were, and swaps only what is as expected", () => {
    const objects = createObjects();
    const [one, two] = makeHistory(1, objects);
    if (one === undefined || two === undefined) throw new Error("there is no commit");
    let nowMs = 0;
    const server = createGitServer(objects, { nowMs: () => nowMs });
    const ref = "refs/heads/main";
    expect(server.update({ ref, next: one, expected: undefined, by: "mina" })).toBe(true);
    nowMs = 10;
    expect(server.update({ ref, next: two, expected: undefined, by: "mina" })).toBe(false);
    expect(server.update({ ref, next: two, expected: one, by: "mina" })).toBe(true);
    expect([server.refsAt(5).get(ref), server.refsAt(10).get(ref)]).toEqual([one, two]);
  });

  it("knows in a clone only what was fetched", async () => {
    const objects = createObjects();
    const commits = makeHistory(2, objects);
    const [first, last] = [commits[0], commits.at(-1)];
    if (first === undefined || last === undefined) throw new Error("there is no commit");
    const clone = createGitClone(objects);
    clone.take(new Map([["refs/heads/main", first]]));
    expect(await clone.repository.resolve(last)).toBeUndefined();
    await expect(clone.repository.files(last)).rejects.toMatchObject({ code: "RepositoryObject" });
  });
});
