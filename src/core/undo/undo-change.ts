/**
 * Undoes exactly what one change did and keeps everything since: the inverse of the change (good ← bad) on top of now, a
 * three-way merge with `bad` as its base. A conflict is reported, never decided.
 */
import { readManifest, type Manifest } from "../manifest/read-manifest.ts";
import { type Component, componentName } from "../model/component.ts";
import type { FileMode } from "../model/git.ts";
import type { DocumentRules } from "./merge-documents.ts";
import { same } from "./merge-values.ts";
import { showComponents } from "./show-components.ts";
import type { Sides } from "../model/sides.ts";
import type {
  AlreadyUndone,
  FieldConflict,
  UndoFile,
  UndoMethod,
  UndoneFile,
  UndoOptions,
  UndoResult,
  UndoVersion,
} from "./types.ts";
import { type TextManifest, undoText } from "./undo-text.ts";

/** Undoes the change on all files that it touched. With conflicts nothing of the result may be written. */
export function undoChange(files: readonly UndoFile[], options: UndoOptions = {}): UndoResult {
  const outcomes = files.map((file) =>
    undoFile(file, file.chartVersion === undefined ? options : { ...options, chartVersion: file.chartVersion }),
  );
  const undone = outcomes
    .flatMap(({ file }) => (file === undefined ? [] : [file]))
    .sort((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
  return {
    files: undone,
    components: undone.flatMap(showComponents),
    conflicts: outcomes.flatMap(({ conflicts }) => conflicts),
    already: outcomes.flatMap(({ already }) => already),
  };
}

interface Outcome {
  /** Missing: it stays as it is. */
  readonly file?: UndoneFile;
  readonly conflicts: readonly FieldConflict[];
  readonly already: readonly AlreadyUndone[];
}

const NOTHING: Outcome = { conflicts: [], already: [] };

function undoFile(file: UndoFile, options: UndoOptions): Outcome {
  const { good, bad, now } = file;
  const path = (now ?? bad ?? good)?.manifest.path;
  if (path === undefined || sameVersion(good, bad)) return NOTHING;
  if (sameVersion(now, good)) return { ...NOTHING, already: [{ path }] };
  const keepsVersion = options.chartVersion !== undefined && options.chartVersion !== "restore" && isChart(now);
  if (sameVersion(now, bad) && !(keepsVersion && good !== undefined)) return { ...NOTHING, file: back(now, good) };
  if (good === undefined || bad === undefined || now === undefined) return undoWhole(file, path, options);
  const target = mergePath({ good, bad, now });
  const mode = mergeScalar({ good: good.mode, bad: bad.mode, now: now.mode });
  if (target === undefined || mode === undefined || !isRegular(good) || !isRegular(bad) || !isRegular(now)) {
    return wholeConflict(file, path, options);
  }
  return undoContent({ good, bad, now }, { path, target, mode }, options);
}

function isChart(version: UndoVersion | undefined): boolean {
  const [first] = version?.manifest.components ?? [];
  return first?.kind === "file" && first.fileKind === "chart";
}

/** Symbolic links and submodules have no text to merge. */
function isRegular({ mode }: UndoVersion): boolean {
  return mode === "100644" || mode === "100755";
}

/** The same bytes, mode and path; or both missing. */
function sameVersion(a: UndoVersion | undefined, b: UndoVersion | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.mode === b.mode && a.manifest.path === b.manifest.path && sameContent(a, b);
}

function sameContent(a: UndoVersion, b: UndoVersion): boolean {
  if (a.id !== undefined && b.id !== undefined) return a.id === b.id;
  return a.manifest.text !== undefined && a.manifest.text === b.manifest.text;
}

function back(now: UndoVersion | undefined, good: UndoVersion | undefined): UndoneFile {
  return {
    path: (good ?? now)?.manifest.path ?? "",
    ...(now === undefined ? {} : { before: now }),
    ...(good === undefined ? {} : { after: good }),
    method: "blob",
  };
}

/** What only one side changed is that side's; undefined when both did, differently. */
function mergeScalar<T extends string>({ good, bad, now }: Sides<T>): T | undefined {
  if (good === bad || now === good) return now;
  return now === bad ? good : undefined;
}

function mergePath({ good, bad, now }: Sides<UndoVersion>): string | undefined {
  return mergeScalar({ good: good.manifest.path, bad: bad.manifest.path, now: now.manifest.path });
}

/** One of the two came or went, and the other was changed. */
function undoWhole(file: UndoFile, path: string, options: UndoOptions): Outcome {
  const { good, bad, now } = file;
  // Later work on an added file that says the same, or a removed file that was written again: only its form is other.
  if (good === undefined && now !== undefined && bad !== undefined && sameObjects(now.manifest, bad.manifest)) {
    return { ...NOTHING, file: back(now, undefined) };
  }
  if (bad === undefined && now !== undefined && good !== undefined && sameObjects(now.manifest, good.manifest)) {
    return { ...NOTHING, already: [{ path }] };
  }
  return wholeConflict(file, path, options);
}

function sameObjects(a: Manifest, b: Manifest): boolean {
  if (a.stream === undefined || b.stream === undefined || a.text === undefined || b.text === undefined) return false;
  const values = [a, b].map(({ stream }) =>
    (stream?.documents ?? []).flatMap(({ value }) => (value === null ? [] : [value])),
  );
  return (values[0] ?? []).length > 0 && same(values[0], values[1]);
}

function wholeConflict({ good, bad, now }: UndoFile, path: string, { resolve }: UndoOptions): Outcome {
  const [own] = (now ?? bad ?? good)?.manifest.components ?? [];
  const conflict: FieldConflict = {
    path,
    ...componentOf(own),
    display: "file",
    kind: now === undefined ? "parent-gone" : "deleted-modified",
    ...textOf("good", good),
    ...textOf("bad", bad),
    ...textOf("now", now),
  };
  const decision = resolve?.(conflict);
  if (decision === undefined) return { ...NOTHING, conflicts: [conflict] };
  return decision === "good" ? { ...NOTHING, file: back(now, good) } : NOTHING;
}

function componentOf(component: Component | undefined): { readonly component?: string } {
  return component === undefined || component.kind !== "object" ? {} : { component: componentName(component) };
}

function textOf(side: keyof Sides<unknown>, version: UndoVersion | undefined): Partial<Sides<string>> {
  return version?.manifest.text === undefined ? {} : { [side]: version.manifest.text };
}

interface Place {
  /** For messages: where the file is now. */
  readonly path: string;
  /** Where it will be. */
  readonly target: string;
  readonly mode: FileMode;
}

function undoContent(sides: Sides<UndoVersion>, { path, target, mode }: Place, options: UndoOptions): Outcome {
  const { good, bad, now } = sides;
  const write = (after: UndoVersion, method: UndoMethod): UndoneFile => ({ path: target, before: now, after, method });
  const blob = sameContent(good, bad) || sameContent(now, good) ? now : sameContent(now, bad) ? good : undefined;
  if (blob !== undefined && !isChart(now)) return { ...NOTHING, file: write(moved(blob, target, mode), "blob") };
  const manifests = { good: good.manifest, bad: bad.manifest, now: now.manifest };
  if (!isText(manifests.good) || !isText(manifests.bad) || !isText(manifests.now))
    return wholeConflict(sides, path, options);
  let decided = false;
  const rules: DocumentRules = {
    path,
    resolve: (conflict) => {
      const decision = options.resolve?.(conflict);
      decided ||= decision !== undefined;
      return decision;
    },
    chartVersion: options.chartVersion ?? "restore",
  };
  const { text, manifest, method, conflicts, already } = undoText(
    { good: manifests.good, bad: manifests.bad, now: manifests.now },
    rules,
  );
  const after = [good, now].find((version) => version.manifest.text === text);
  const known = manifest?.path === target ? manifest : undefined;
  const version =
    after === undefined ? { mode, manifest: known ?? readText(target, text) } : moved(after, target, mode);
  const nothing = sameVersion(version, now) && !decided && conflicts.length === 0 && already.length === 0;
  return {
    conflicts,
    already: nothing ? [{ path }] : already,
    ...(sameVersion(version, now) ? {} : { file: write(version, after === good ? "blob" : method) }),
  };
}

function isText(manifest: Manifest): manifest is TextManifest {
  return manifest.text !== undefined;
}

function moved(version: UndoVersion, path: string, mode: FileMode): UndoVersion {
  const { manifest } = version;
  const same = manifest.path === path || manifest.text === undefined;
  return { ...version, mode, manifest: same ? { ...manifest, path } : readText(path, manifest.text) };
}

function readText(path: string, text: string): Manifest {
  return readManifest(path, new TextEncoder().encode(text));
}
