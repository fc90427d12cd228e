/** Does a change bring something back that is in quarantine? */
import type { Place } from "../../errors.ts";
import type { Manifest } from "../manifest/read-manifest.ts";
import type { BlobId, CommitId, Revision } from "../model/git.ts";
import { isSameArtifact } from "./artifact.ts";
import type { Artifact } from "./record.ts";
import type { QuarantineEntry } from "./state.ts";
import { type ArtifactUse, usesIn } from "./uses.ts";

/** A changed file, read on both sides. */
export interface ChangedManifest {
  readonly path: string;
  readonly before?: Manifest;
  readonly after?: Manifest;
}

/** A quarantined artifact that a change holds. */
export interface Finding {
  readonly entry: QuarantineEntry;
  /** Without a line for what is found by its bytes or by its commit. */
  readonly place: Place;
  /** `containers[api].image`. */
  readonly display: string;
  readonly component?: string;
  /** As it stands there. */
  readonly text: string;
  /** The change brings it in; false: it was there before. */
  readonly introduced: boolean;
}

/** Finds quarantined images and charts in what changed. Those that stood at the same place before are not introduced. */
export function findUses(files: readonly ChangedManifest[], entries: readonly QuarantineEntry[]): readonly Finding[] {
  const wanted = entries.filter(({ artifact: { kind } }) => kind === "image" || kind === "chart");
  if (wanted.length === 0) return [];
  const isWanted = (artifact: Artifact): boolean => wanted.some((entry) => isSameArtifact(entry.artifact, artifact));
  const usesOf = (manifest: Manifest | undefined): readonly ArtifactUse[] =>
    manifest === undefined ? [] : usesIn(manifest, isWanted);
  // What only moves from one file to another is not brought in by that.
  const gone = new Map(
    files.filter(({ after }) => after === undefined).flatMap(({ before }) => usesOf(before).map(keyed)),
  );
  return files.flatMap(({ path, before, after }) => {
    const now = usesOf(after);
    if (now.length === 0) return [];
    const was = new Map(usesOf(before).map(keyed));
    return now.flatMap((use) => {
      const found = wanted.filter((entry) => isSameArtifact(entry.artifact, use.artifact));
      return found.map((entry) => {
        const stood = was.get(keyOf(use)) ?? gone.get(keyOf(use));
        const introduced = stood === undefined || !isSameArtifact(entry.artifact, stood.artifact);
        return findingOf(use, { path, entry, introduced });
      });
    });
  });
}

function keyed(use: ArtifactUse): readonly [string, ArtifactUse] {
  return [keyOf(use), use];
}

function keyOf({ component, display, artifact }: ArtifactUse): string {
  const name = artifact.kind === "image" ? artifact.repository : artifact.kind === "chart" ? artifact.name : "";
  return JSON.stringify([component, display, name]);
}

function findingOf(
  { display, component, text, place }: ArtifactUse,
  { path, entry, introduced }: { readonly path: string; readonly entry: QuarantineEntry; readonly introduced: boolean },
): Finding {
  const named = component === undefined ? {} : { component };
  return { entry, place: { ...place(), file: path }, display, ...named, text, introduced };
}

/** The blob at a path; undefined when there is no file. */
export type BlobAt = (path: string) => BlobId | undefined;

/** Finds content that comes back byte for byte: every file as it was when it was bad, and not all of them so before. */
export function findContents(
  sides: { readonly before: BlobAt; readonly after: BlobAt },
  entries: readonly QuarantineEntry[],
): readonly Finding[] {
  return entries.flatMap((entry): readonly Finding[] => {
    const { artifact } = entry;
    if (artifact.kind !== "content") return [];
    const holds = (side: BlobAt): boolean => artifact.files.every(({ path, blob }) => side(path) === blob);
    if (!holds(sides.after) || holds(sides.before)) return [];
    const file = artifact.files.find(({ path, blob }) => sides.before(path) !== blob) ?? artifact.files[0];
    const place = { file: file?.path ?? "" };
    return [{ entry, place, display: "content", text: artifact.revision, introduced: true }];
  });
}

/** Finds commits that are quarantined themselves, or name one that is (`git cherry-pick -x`). */
export function findCommits(
  commits: readonly { readonly revision: Revision; readonly path: string }[],
  entries: readonly QuarantineEntry[],
): readonly Finding[] {
  return entries.flatMap((entry) => {
    const { artifact } = entry;
    if (artifact.kind !== "commit") return [];
    const found = commits.filter(({ revision }) => brings(revision, artifact.commit));
    return found.map(({ revision, path }): Finding => {
      return { entry, place: { file: path }, display: "commit", text: revision.id, introduced: true };
    });
  });
}

function brings({ id, message }: Revision, bad: CommitId): boolean {
  return id === bad || message.slice(-20_000).includes(`(cherry picked from commit ${bad})`);
}

/** Without findings of content where the same revert, or the same record, says it better already. */
export function withoutRepeats(findings: readonly Finding[]): readonly Finding[] {
  const better = new Set(
    findings.flatMap(({ entry: { record }, display, introduced }) => {
      return introduced && display !== "content" ? [record.job ?? record.id] : [];
    }),
  );
  const seen = new Set<string>();
  return findings.filter(({ entry, place, display }) => {
    if (display === "content" && better.has(entry.record.job ?? entry.record.id)) return false;
    const key = JSON.stringify([place, display, entry.record.id]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
