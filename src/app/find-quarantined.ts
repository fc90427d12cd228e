import type { JudgedRevision } from "../core/checkpoint.ts";
import { isYamlPath } from "../core/manifest/file-kind.ts";
import type { CommitId, FileEntry } from "../core/model/git.ts";
import { isSameArtifact } from "../core/quarantine/artifact.ts";
import type { Artifact } from "../core/quarantine/record.ts";
import { type QuarantineEntry, quarantineText } from "../core/quarantine/state.ts";
import { type ArtifactUse, usesIn, valuesIn } from "../core/quarantine/uses.ts";
import type { Repository } from "../ports/repository.ts";
import { readKept } from "./kept-manifests.ts";
import { holdsAny, readFiles } from "./read-files.ts";

/** A target's past, as far as it matters here: its files at the newest revision, and the revisions, newest first. */
export interface QuarantinePast {
  readonly files: readonly FileEntry[];
  readonly revisions: readonly JudgedRevision[];
}

/**
 * Which revisions must not come back, and why: those that are quarantined themselves, whose content is, or that name a
 * quarantined image, chart or value. Files are read only when one of them is held. `entries`: those of the target.
 */
export async function findQuarantined(
  past: QuarantinePast,
  entries: readonly QuarantineEntry[],
  repository: Pick<Repository, "blobs">,
): Promise<ReadonlyMap<CommitId, string>> {
  const found = new Map<CommitId, string>();
  if (entries.length === 0) return found;
  const named = await findNaming(past, entries, repository);
  const same = contentsOf(past.revisions, entries);
  const files = new Map(past.files.map((file) => [file.path, keyOf(file)]));
  for (const judged of past.revisions) {
    const entry =
      entries.find(({ artifact }) => isMeant(artifact, judged)) ?? same.get(judged.content) ?? entryIn(files, named);
    if (entry !== undefined) found.set(judged.revision.id, quarantineText(entry));
    for (const { path, before } of judged.changes) {
      if (before === undefined) files.delete(path);
      else files.set(path, keyOf({ path, ...before }));
    }
  }
  return found;
}

/** Good and bad are about content: what a quarantined commit held is held back wherever it stands. */
function contentsOf(
  revisions: readonly JudgedRevision[],
  entries: readonly QuarantineEntry[],
): ReadonlyMap<string, QuarantineEntry> {
  const commits = new Map(entries.flatMap((entry) => namedCommit(entry)));
  return new Map(
    revisions.flatMap(({ revision, content }) => {
      const entry = content === "" ? undefined : commits.get(revision.id);
      return entry === undefined ? [] : [[content, entry] as const];
    }),
  );
}

function namedCommit(entry: QuarantineEntry): readonly (readonly [CommitId, QuarantineEntry])[] {
  return entry.artifact.kind === "commit" ? [[entry.artifact.commit, entry]] : [];
}

function isMeant(artifact: Artifact, { revision, content }: JudgedRevision): boolean {
  if (artifact.kind === "commit") return artifact.commit === revision.id;
  return (
    artifact.kind === "content" &&
    (artifact.revision === revision.id || (artifact.content !== undefined && artifact.content === content))
  );
}

function entryIn(
  files: ReadonlyMap<string, string>,
  named: ReadonlyMap<string, QuarantineEntry>,
): QuarantineEntry | undefined {
  if (named.size === 0) return undefined;
  for (const key of files.values()) {
    const entry = named.get(key);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

/** The versions of files that name something quarantined. */
async function findNaming(
  { files, revisions }: QuarantinePast,
  entries: readonly QuarantineEntry[],
  repository: Pick<Repository, "blobs">,
): Promise<ReadonlyMap<string, QuarantineEntry>> {
  const named = new Map<string, QuarantineEntry>();
  const versions = entries.filter(({ artifact: { kind } }) => kind === "image" || kind === "chart");
  const values = entries.filter(({ artifact: { kind } }) => kind === "value");
  if (versions.length === 0 && values.length === 0) return named;
  const older = revisions.flatMap(({ changes }) =>
    changes.flatMap(({ path, before }) => (before === undefined ? [] : [{ path, ...before }])),
  );
  const valuePaths = new Set(values.flatMap(({ artifact }) => (artifact.kind === "value" ? artifact.path : [])));
  const isRead = ({ path }: FileEntry): boolean => isYamlPath(path) && (versions.length > 0 || valuePaths.has(path));
  const all = new Map([...files, ...older].filter(isRead).map((file) => [keyOf(file), file]));
  const needles = versions.flatMap(({ artifact }) => needlesOf(artifact));
  for await (const { file, bytes } of readFiles(repository, [...all.values()])) {
    const [held, here] = [holdsAny(bytes, needles), valuePaths.has(file.path)];
    if (!held && !here) continue;
    const manifest = readKept(file, bytes);
    const entry =
      (held ? firstIn(versions, (isWanted) => usesIn(manifest, isWanted)) : undefined) ??
      (here ? firstIn(values, (isWanted) => valuesIn(manifest, isWanted)) : undefined);
    if (entry !== undefined) named.set(keyOf(file), entry);
  }
  return named;
}

/** The entry that a file's first use is about. */
function firstIn(
  entries: readonly QuarantineEntry[],
  read: (isWanted: (artifact: Artifact) => boolean) => readonly ArtifactUse[],
): QuarantineEntry | undefined {
  const [use] = read((artifact) => entries.some((entry) => isSameArtifact(entry.artifact, artifact)));
  return use === undefined ? undefined : entries.find(({ artifact }) => isSameArtifact(artifact, use.artifact));
}

/** What a file that names the artifact holds somewhere: cheap to look for. */
function needlesOf(artifact: Artifact): readonly string[] {
  if (artifact.kind === "image") {
    const { repository, digest } = artifact;
    const name = repository.slice(repository.lastIndexOf("/") + 1);
    return digest === undefined ? [name] : [name, digest];
  }
  return artifact.kind === "chart" ? [artifact.name] : [];
}

function keyOf({ path, mode, id }: FileEntry): string {
  return `${mode} ${id} ${path}`;
}
