/** What a revert takes back, as artifacts: what must not come back by itself. */
import { readManifest } from "../manifest/read-manifest.ts";
import { artifactKey, isSameArtifact } from "../quarantine/artifact.ts";
import { type Artifact, type ContentArtifact, MAX_CONTENT_FILES } from "../quarantine/record.ts";
import { type ArtifactUse, usesIn } from "../quarantine/uses.ts";
import type { Plan, PlannedFile } from "./types.ts";

/**
 * Images and charts whose version the plan changes, and the content that was live. What the plan's files still name afterwards
 * is left out: it was not taken back.
 */
export function artifactsOf(plan: Plan): readonly Artifact[] {
  const files = plan.files.map((file) => ({
    was: usesOf(file.path, file.beforeText),
    is: usesOf(file.path, file.afterText),
  }));
  const stays = files.flatMap(({ is }) => is.map(({ artifact }) => artifact));
  const changed = files.flatMap(({ was, is }) => {
    const after = new Map(is.map((use) => [keyOf(use), use.artifact]));
    return was.flatMap((use) => {
      const now = after.get(keyOf(use));
      return now === undefined || isSameArtifact(use.artifact, now) ? [] : [use.artifact];
    });
  });
  const gone = changed.filter((artifact) => !stays.some((known) => isSameArtifact(artifact, known)));
  const distinct = new Map(gone.map((artifact) => [artifactKey(artifact), artifact]));
  return [...distinct.values(), ...contentOf(plan)];
}

function usesOf(path: string, text: string | undefined): readonly ArtifactUse[] {
  if (text === undefined) return [];
  const uses = usesIn(readManifest(path, new TextEncoder().encode(text)), () => true);
  return uses.filter(isCertain);
}

/** `host:8080` reads as an image too: what is only spelled out counts below `image:`, or with a registry before its path. */
function isCertain({ display, text, spelledOut }: ArtifactUse): boolean {
  return spelledOut !== true || /image$/i.test(display) || /^[^/]*\.[^/]*\/./.test(text);
}

function keyOf({ component, display }: ArtifactUse): string {
  return JSON.stringify([component, display]);
}

/** The files as they are before the revert; nothing when there are more than a record holds. */
function contentOf({ suspect, files }: Plan): readonly ContentArtifact[] {
  if (files.length === 0 || files.length > MAX_CONTENT_FILES) return [];
  const { content } = suspect;
  const known = files.map(fileOf);
  const whole = content === "" ? {} : { content };
  return [{ kind: "content", revision: suspect.revision.id, ...whole, files: known }];
}

function fileOf({ path, before }: PlannedFile): ContentArtifact["files"][number] {
  return before === undefined ? { path } : { path, blob: before.id };
}
