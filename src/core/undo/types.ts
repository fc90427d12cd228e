/** The nouns of the undo: what one change did, and what undoing it on top of later work gives. */
import type { Manifest } from "../manifest/read-manifest.ts";
import type { Component } from "../model/component.ts";
import type { Facet, FieldChange, Segment } from "../model/field.ts";
import type { BlobId, FileMode } from "../model/git.ts";
import type { JsonValue } from "../model/json.ts";

/** A file at one moment. */
export interface UndoVersion {
  readonly mode: FileMode;
  /** Missing for a text that is not in git yet: the result of another undo. */
  readonly id?: BlobId;
  readonly manifest: Manifest;
}

/**
 * A file that the change touched, at the three moments that count. Missing: there was none. Where it was moved, the paths of the
 * manifests differ.
 */
export interface UndoFile {
  /** Right before the change. */
  readonly good?: UndoVersion;
  /** Right after it. */
  readonly bad?: UndoVersion;
  /** Now. */
  readonly now?: UndoVersion;
  /** Decided for this chart; missing: as the options say. */
  readonly chartVersion?: ChartVersion;
}

/**
 * `same-field`: the change and later work set the same field to different values ·
 * `deleted-modified`: one of the two removed or added what the other one changed ·
 * `parent-gone`: later work removed what holds the field · `text`: the same lines of a text that has no fields.
 */
export type ConflictKind = "same-field" | "deleted-modified" | "parent-gone" | "text";

/** One place where undoing the change would overwrite later work. A person decides. */
export interface FieldConflict {
  /** The file, where it is now, or was last. */
  readonly path: string;
  /** `Deployment/api`; missing for a file that is taken as text. */
  readonly component?: string;
  /** `containers[api].image`, or `line 12-15` of the present file. */
  readonly display: string;
  /** The same as steps; missing for a file or lines of it. */
  readonly at?: readonly Segment[];
  readonly facet?: Facet;
  readonly kind: ConflictKind;
  /** Missing: there was nothing. */
  readonly good?: JsonValue;
  readonly bad?: JsonValue;
  readonly now?: JsonValue;
}

/**
 * `good`: what stood there before the change (in a text or a list without keys only where the two differ; later work beside it stays);
 * `keep`: what stands there now.
 */
export type Resolution = "good" | "keep";

/** A part of the change that later work has undone already. */
export interface AlreadyUndone {
  readonly path: string;
  readonly component?: string;
  /** Missing: the whole file. */
  readonly display?: string;
}

/**
 * `blob`: bytes from before the change · `lines`: a clean merge of lines · `hunks`: lines that later work stands next to ·
 * `tokens`: words within a line · `nodes`: single places of the YAML · `document`: a document printed anew.
 */
export type UndoMethod = "blob" | "lines" | "hunks" | "tokens" | "nodes" | "document";

/** One file of the result that differs from now. */
export interface UndoneFile {
  readonly path: string;
  /** It stands now at `before.manifest.path`: another path means that the file moves. */
  readonly before?: UndoVersion;
  /** Missing: it goes. With an `id` the blob is there already. */
  readonly after?: UndoVersion;
  readonly method: UndoMethod;
}

/** A component that the undo changes, for people. Values are missing for what is taken as text. */
export interface UndoneComponent {
  readonly component: Component;
  readonly change: "change" | "add" | "remove";
  readonly before?: JsonValue;
  readonly after?: JsonValue;
  readonly fields: readonly FieldChange[];
}

export interface UndoResult {
  /** In path order. With conflicts they are only a preview: later work stays wherever nothing was decided. */
  readonly files: readonly UndoneFile[];
  readonly components: readonly UndoneComponent[];
  /** Not empty: nothing may be written. */
  readonly conflicts: readonly FieldConflict[];
  readonly already: readonly AlreadyUndone[];
}

/** What becomes of a chart's version that may only go up: back as everything else, one patch above the present one, or untouched. */
export type ChartVersion = "restore" | "bump" | "keep";

export interface UndoOptions {
  /** A person's decision about a conflict; undefined: none. */
  readonly resolve?: (conflict: FieldConflict) => Resolution | undefined;
  /** Default: restore. */
  readonly chartVersion?: ChartVersion;
}
