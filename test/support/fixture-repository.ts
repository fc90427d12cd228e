import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { openRepository } from "../../src/adapters/repository/git/git-repository.ts";
import type { Repository } from "../../src/ports/repository.ts";
import { gitdir, type CommitSpec, type FileSpec, type GitDir } from "./gitdir.ts";

/** The GitOps repositories under `fixtures/`. */
export type FixtureName = "plain" | "kustomize" | "helm" | "argocd" | "flux";

/** Every file of a fixture folder, byte for byte, by its path in that folder. */
export function fixtureFiles(name: FixtureName): Readonly<Record<string, FileSpec>> {
  const root = new URL(`../../fixtures/${name}/`, import.meta.url);
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const prefix = fileURLToPath(root);
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath.replace(/\/?$/, "/")}${entry.name}`.slice(prefix.length));
  return Object.fromEntries(paths.sort().map((path) => [path, new Uint8Array(readFileSync(new URL(path, root)))]));
}

/** A real repository whose first commit is the fixture, followed by `commits`. */
export function fixtureRepository(name: FixtureName, commits: readonly CommitSpec[] = []): GitDir {
  return gitdir([{ files: fixtureFiles(name), message: `Add the ${name} fixture` }, ...commits]);
}

const opened: { readonly close: () => Promise<void> }[] = [];

afterAll(async () => {
  await Promise.all(opened.map((repository) => repository.close()));
});

/** The port over a test repository; closed when the test file ends. */
export function openGitDir({ gitDir }: GitDir): Repository {
  const repository = openRepository({ gitDir, commonDir: gitDir, env: { PATH: process.env["PATH"] } });
  opened.push(repository);
  return repository;
}
