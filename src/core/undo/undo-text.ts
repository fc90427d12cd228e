/** One text without the change: lines first, the objects decide, everything proved by reading it again. */
import { LastgoodError } from "../../errors.ts";
import { isYamlPath } from "../manifest/file-kind.ts";
import { readManifest, type Manifest } from "../manifest/read-manifest.ts";
import { isHelmChartPath } from "../manifest/template.ts";
import { splitLines } from "../edit/lines.ts";
import { isSound } from "./check-merge.ts";
import { mergeDocuments, type DocumentRules, type ReadableManifest } from "./merge-documents.ts";
import { cleanLines, mergeLines, type Region } from "../edit/merge-lines.ts";
import { mergeEntries, mergeWords } from "./merge-words.ts";
import type { Sides } from "../model/sides.ts";
import type { AlreadyUndone, FieldConflict, UndoMethod } from "./types.ts";
import { writeDocuments } from "./write-documents.ts";

/** A manifest that is text. */
export type TextManifest = Manifest & { readonly text: string };

export interface TextUndo {
  /** With conflicts: later work stays where nothing was decided. */
  readonly text: string;
  /** The text, read, where that was needed to know it. */
  readonly manifest?: Manifest;
  readonly method: UndoMethod;
  readonly conflicts: readonly FieldConflict[];
  readonly already: readonly AlreadyUndone[];
}

/** The present text without the change, when all three versions differ. Throws nothing but bugs. */
export function undoText(manifests: Sides<TextManifest>, rules: DocumentRules): TextUndo {
  const regions = mergeLines({
    good: splitLines(manifests.good.text),
    bad: splitLines(manifests.bad.text),
    now: splitLines(manifests.now.text),
  });
  const clean = cleanLines(regions)?.join("");
  const { good, bad, now } = manifests;
  if (isReadable(good) && isReadable(bad) && isReadable(now)) {
    return undoReadable({ good, bad, now }, { clean, regions, rules });
  }
  const breaks = clean !== undefined && isReadable(good) && isReadable(now) && !isReadable(read(rules.path, clean));
  if (clean !== undefined && !breaks) return { text: clean, method: "lines", conflicts: [], already: [] };
  return undoLines(regions, { rules, refine: !breaks && !isEncrypted(manifests), all: breaks });
}

function isReadable<M extends Manifest>(manifest: M): manifest is M & ReadableManifest {
  return manifest.stream !== undefined && manifest.text !== undefined;
}

/** Nothing is put together out of two encrypted texts: no key opens it. */
function isEncrypted(manifests: Sides<Manifest>): boolean {
  return Object.values(manifests).some(({ components }: Manifest) =>
    components.some((component) => component.kind === "opaque" && component.left.code === "ManifestEncrypted"),
  );
}

function read(path: string, text: string): Manifest {
  return readManifest(path, new TextEncoder().encode(text));
}

/** With more conflicts than this in one file there is no preview of the rest. */
const MAX_PREVIEW = 20;

interface ReadableFacts {
  readonly clean: string | undefined;
  readonly regions: readonly Region[];
  readonly rules: DocumentRules;
}

function undoReadable(manifests: Sides<ReadableManifest>, { clean, regions, rules }: ReadableFacts): TextUndo {
  const plan = tryPlan(manifests, rules);
  const merged = clean === undefined || plan?.invented === true ? undefined : readSound(manifests, rules.path, clean);
  if (merged !== undefined) {
    return { text: merged.text, manifest: merged, method: "lines", conflicts: [], already: plan?.already ?? [] };
  }
  if (plan === undefined) return undoLines(regions, { rules, refine: false, all: true });
  const { conflicts, already } = plan;
  const kept: TextUndo = { text: manifests.now.text, method: "nodes", conflicts, already };
  if (conflicts.length > MAX_PREVIEW) return kept;
  const [first] = manifests.now.components;
  const written = writeDocuments({
    path: rules.path,
    streams: { good: manifests.good.stream, bad: manifests.bad.stream, now: manifests.now.stream },
    documents: plan.documents,
    context: first?.kind === "file" ? { file: first.fileKind } : undefined,
  });
  if (written !== undefined) return { ...written, conflicts, already };
  if (conflicts.length > 0) return kept;
  return undoLines(regions, { rules, refine: false, all: clean !== undefined });
}

/** Values that are nested too deep, or hold keys that are not allowed, are only text. */
function tryPlan(
  manifests: Sides<ReadableManifest>,
  rules: DocumentRules,
): ReturnType<typeof mergeDocuments> | undefined {
  try {
    return mergeDocuments(manifests, rules);
  } catch (error) {
    if (error instanceof LastgoodError) return undefined;
    throw error;
  }
}

/** The text, read; undefined when it is not what undoing gives. */
function readSound(manifests: Sides<ReadableManifest>, path: string, text: string): ReadableManifest | undefined {
  const merged = read(path, text);
  return isReadable(merged) && isSound(manifests, merged) ? merged : undefined;
}

interface LineFacts {
  readonly rules: DocumentRules;
  /** May conflicts be looked into, word by word? */
  readonly refine: boolean;
  /** Is everything that the change did in dispute, also where the lines would merge? */
  readonly all: boolean;
}

/** Without fields: what touches is a conflict, line by line. */
function undoLines(regions: readonly Region[], { rules, refine, all }: LineFacts): TextUndo {
  const conflicts: FieldConflict[] = [];
  const isYaml = isYamlPath(rules.path) && !isHelmChartPath(rules.path);
  let method: UndoMethod = "lines";
  const lines = regions.flatMap((region): readonly string[] => {
    const disputed = region.kind === "conflict" || (all && region.kind === "good");
    if (!disputed) return region.kind === "good" ? region.lines.good : region.lines.now;
    const finer = refine ? mergeWords(region) : undefined;
    if (finer !== undefined) {
      if (method !== "tokens") method = finer.words ? "tokens" : "hunks";
      return finer.lines;
    }
    const entries = refine && isYaml ? mergeEntries(region) : undefined;
    if (entries !== undefined) {
      if (method === "lines") method = "hunks";
      return entries;
    }
    const conflict = conflictOf(region, rules.path);
    const decision = rules.resolve(conflict);
    if (decision === undefined) conflicts.push(conflict);
    return decision === "good" ? region.lines.good : region.lines.now;
  });
  return { text: lines.join(""), method, conflicts, already: [] };
}

function conflictOf({ lines, from }: Region, path: string): FieldConflict {
  const [first, last] = [from.now + 1, from.now + lines.now.length];
  const display = last <= first ? `line ${first}` : `line ${first}-${last}`;
  const texts = { good: lines.good.join(""), bad: lines.bad.join(""), now: lines.now.join("") };
  return { path, display, kind: "text", ...texts };
}
