/** Does a change bring something back that is in quarantine? */
import type { Place } from "../../errors.ts";
import type { Manifest } from "../manifest/read-manifest.ts";
import type { BlobId, CommitId, Revision } from "../model/git.ts";
import { admitsArtifact, isMovedValue, isSameArtifact } from "./artifact.ts";
import type { Artifact } from "./record.ts";
import type { QuarantineEntry } from "./state.ts";
import { type ArtifactUse, usesIn, valuesIn } from "./uses.ts";

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
  /** A value, in a namesake of the file that the record names: sure only within a target. */
  readonly moved?: true;
  /** It is not named, but a range of versions lets it in: which one comes is decided when it is rolled out. */
  readonly admits?: true;
}

/**
 * Finds quarantined images, charts and values in what changed. Those that stood at the same place before are not introduced.
 * `isGone`: is there no file any more at a path that a record names? Its value is then looked for in files of the same name.
 */
export function findUses(
  files: readonly ChangedManifest[],
  entries: readonly QuarantineEntry[],
  isGone: (path: string) => boolean = () => false,
): readonly Finding[] {
  const wanted = entries.filter(({ artifact: { kind } }) => kind === "image" || kind === "chart" || kind === "value");
  if (wanted.length === 0) return [];
  const isMoved = (bad: Artifact, used: Artifact): boolean =>
    !isSameArtifact(bad, used) && bad.kind === "value" && isGone(bad.path) && isMovedValue(bad, used);
  const isBad = (bad: Artifact, used: Artifact): boolean =>
    isSameArtifact(bad, used) || isMoved(bad, used) || admitsArtifact(bad, used);
  const usesOf = usesReader(wanted, isBad);
  // What only moves from one file to another is not brought in by that.
  const gone = byKey(files.filter(({ after }) => after === undefined).flatMap(({ before }) => usesOf(before)));
  return files.flatMap(({ path, before, after }) => {
    const now = usesOf(after);
    if (now.length === 0) return [];
    const was = byKey(usesOf(before));
    return now.flatMap((use) => {
      const found = wanted.filter((entry) => isBad(entry.artifact, use.artifact));
      return found.map((entry) => {
        const stood = was.get(keyOf(use)) ?? gone.get(keyOf(use)) ?? [];
        const introduced = !stood.some(({ artifact }) => isBad(entry.artifact, artifact));
        const moved = isMoved(entry.artifact, use.artifact);
        const admits = admitsArtifact(entry.artifact, use.artifact);
        const how = { ...(moved ? { moved } : {}), ...(admits ? { admits } : {}) };
        return findingOf(use, { path, entry, introduced, ...how });
      });
    });
  });
}

/** Reads only what somebody looks for: a walk through every field is for values alone. */
function usesReader(
  wanted: readonly QuarantineEntry[],
  isBad: (bad: Artifact, used: Artifact) => boolean,
): (manifest: Manifest | undefined) => readonly ArtifactUse[] {
  const isWanted = (artifact: Artifact): boolean => wanted.some((entry) => isBad(entry.artifact, artifact));
  const hasValues = wanted.some(({ artifact: { kind } }) => kind === "value");
  const hasOthers = wanted.some(({ artifact: { kind } }) => kind !== "value");
  return (manifest) => {
    if (manifest === undefined) return [];
    return [...(hasOthers ? usesIn(manifest, isWanted) : []), ...(hasValues ? valuesIn(manifest, isWanted) : [])];
  };
}

function byKey(uses: readonly ArtifactUse[]): ReadonlyMap<string, readonly ArtifactUse[]> {
  const groups = new Map<string, ArtifactUse[]>();
  for (const use of uses) {
    const group = groups.get(keyOf(use));
    if (group === undefined) groups.set(keyOf(use), [use]);
    else group.push(use);
  }
  return groups;
}

function keyOf({ component, display, artifact }: ArtifactUse): string {
  const name = artifact.kind === "image" ? artifact.repository : artifact.kind === "chart" ? artifact.name : "";
  return JSON.stringify([component, display, name]);
}

function findingOf(
  { display, component, text, place }: ArtifactUse,
  { path, ...rest }: { readonly path: string } & Pick<Finding, "entry" | "introduced" | "moved" | "admits">,
): Finding {
  const named = component === undefined ? {} : { component };
  return { place: { ...place(), file: path }, display, ...named, text, ...rest };
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
