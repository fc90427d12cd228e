/** What a revert takes back, as artifacts: what must not come back by itself. */
import { type Manifest, readManifest } from "../manifest/read-manifest.ts";
import { componentKey } from "../model/component.ts";
import { artifactKey, isSameArtifact } from "../quarantine/artifact.ts";
import { type Artifact, type ContentArtifact, MAX_CONTENT_FILES } from "../quarantine/record.ts";
import { type ArtifactUse, usesIn, valuesIn } from "../quarantine/uses.ts";
import { valueFieldsOf } from "../quarantine/value-fields.ts";
import type { Plan, PlannedFile } from "./types.ts";

/**
 * Images, charts and lone versions that the plan changes, and the content that was live. What the plan's files still name
 * afterwards is left out: it was not taken back.
 */
export function artifactsOf(plan: Plan): readonly Artifact[] {
  const files = plan.files.map(({ path, beforeText, afterText }) => ({
    was: readText(path, beforeText),
    is: readText(path, afterText),
  }));
  const stays = files.flatMap(({ is }) => usesOf(is).map(({ artifact }) => artifact));
  const changed = files.flatMap(({ was, is }) => [...changedUses(was, is), ...changedValues(was, is)]);
  const gone = changed.filter((artifact) => !stays.some((known) => isSameArtifact(artifact, known)));
  const distinct = new Map(gone.map((artifact) => [artifactKey(artifact), artifact]));
  return [...distinct.values(), ...contentOf(plan)];
}

function readText(path: string, text: string | undefined): Manifest | undefined {
  return text === undefined ? undefined : readManifest(path, new TextEncoder().encode(text));
}

/** What gives way to another version: what leaves with its workload was not bad for that. */
function changedUses(was: Manifest | undefined, is: Manifest | undefined): readonly Artifact[] {
  const after = new Map(usesOf(is).map((use) => [keyOf(use), use.artifact]));
  return usesOf(was).flatMap((use) => {
    const now = after.get(keyOf(use));
    return now === undefined || isSameArtifact(use.artifact, now) ? [] : [use.artifact];
  });
}

/** A value gives way to another, or to the default: its field goes and its object stays. */
function changedValues(was: Manifest | undefined, is: Manifest | undefined): readonly Artifact[] {
  if (was === undefined || is === undefined) return [];
  const stays = new Set(is.components.map(componentKey));
  const after = new Map(valuesIn(is, () => true).map((use) => [keyOf(use), use.artifact]));
  return valueFieldsOf(was).flatMap(({ artifact, component }) => {
    const now = after.get(keyOf({ component: artifact.component, display: artifact.field }));
    const isKept = now === undefined ? !stays.has(componentKey(component)) : isSameArtifact(artifact, now);
    return isKept ? [] : [artifact];
  });
}

function usesOf(manifest: Manifest | undefined): readonly ArtifactUse[] {
  return manifest === undefined ? [] : usesIn(manifest, () => true).filter(isCertain);
}

/** `host:8080` reads as an image too: what is only spelled out counts below `image:`, or with a registry before its path. */
function isCertain({ display, text, spelledOut }: ArtifactUse): boolean {
  return spelledOut !== true || /image$/i.test(display) || /^[^/]*\.[^/]*\/./.test(text);
}

function keyOf({ component, display }: { readonly component?: string | undefined; readonly display: string }): string {
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
