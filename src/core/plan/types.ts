/** The nouns of the station *plan*. */
import type { Manifest } from "../manifest/read-manifest.ts";
import type { Checkpoint, JudgedRevision } from "../checkpoint.ts";
import type { EditMethod } from "../edit/edit-text.ts";
import type { Component } from "../model/component.ts";
import type { FieldChange, Patch } from "../model/field.ts";
import type { CommitId, FileState, Revision } from "../model/git.ts";
import type { Restrictions } from "../model/restriction.ts";
import type { Target } from "../model/target.ts";
import type { Selection } from "../selection.ts";
import type { Strategy } from "../strategy/strategy.ts";
import type { TrafficFirst } from "../strategy/traffic-first.ts";

/** A file of the target at one revision, read. */
export interface TargetFile {
  readonly path: string;
  readonly state: FileState;
  readonly manifest: Manifest;
}

/** The target's files that matter for the plan, by path: at least all that differ between the two revisions. */
export type Snapshot = ReadonlyMap<string, TargetFile>;

/** What one undone commit did to one file: who set what. */
export interface Step {
  readonly revision: Revision;
  readonly path: string;
  readonly before?: Manifest;
  readonly after?: Manifest;
}

/** What a revert aims at. */
export type PlanGoal =
  /** Bring the target back to what it held there. */
  | { readonly kind: "checkpoint"; readonly checkpoint: Checkpoint }
  /** Undo exactly these commits, newest first, and keep what came later. */
  | {
      readonly kind: "undo";
      readonly commits: readonly Revision[];
      /** As asked, to be asked again: the flags of the command. */
      readonly flags?: UndoFlags;
    };

export interface UndoFlags {
  readonly mainline?: number;
  /** `FIELD=good`, `FIELD=keep`. */
  readonly resolve?: readonly string[];
  readonly chartVersion?: string;
}

export interface PlanFacts {
  readonly target: Target;
  readonly branch: string;
  /** The commit that the revert will stand on. */
  readonly base: CommitId;
  readonly goal: PlanGoal;
  /** The target's newest revision: what is live, presumed bad. For an undo the newest undone commit. */
  readonly suspect: JudgedRevision;
  /** What goes, newest first: revisions of the target after the checkpoint, or the undone commits. */
  readonly undone: readonly JudgedRevision[];
  /** Commits on the branch after the checkpoint that do not touch the target, or all after the undone one: they stay. */
  readonly unrelated: number;
  readonly current: Snapshot;
  readonly wanted: Snapshot;
  /** Newest first. May be incomplete when history is long; then some fields have no setter. */
  readonly steps: readonly Step[];
  readonly selection: Selection;
  /** What stands beside it in the target, unchanged: it tells where traffic goes, and is never planned. */
  readonly around?: readonly Component[];
  /** A person has named what goes back: what manifests say of components does not narrow that. */
  readonly isChosen?: boolean;
  /** All that the target's manifests ask for, from `declaredBy`. */
  readonly declared?: Restrictions;
}

/** A field, and the commit that gave it its present value. */
export interface AttributedField extends FieldChange {
  readonly setBy?: Revision;
}

export type ComponentChange = "change" | "add" | "remove";

/** One component that the revert changes. */
export interface PlannedComponent {
  readonly component: Component;
  /** The same component on the other side, where there is one. */
  readonly partner?: Component;
  /** Where it stands after the revert. */
  readonly path: string;
  readonly change: ComponentChange;
  /** From the present object to the planned one. Empty for files that are taken whole. */
  readonly patch: Patch;
  readonly fields: readonly AttributedField[];
  /** The commit that last touched it, for parts without fields. */
  readonly setBy?: Revision;
}

/**
 * `Declared`: its manifest asks for it, by an annotation.
 * `NotRestorable`: symbolic links and submodules are never touched.
 * `FollowsFile`: a kustomization's mention of a file that stays, or does not come back.
 */
export type KeptReason =
  | "NotSelected"
  | "OwnedByHPA"
  | "OwnedByKEDA"
  | "OwnedByRollout"
  | "Declared"
  | "NotRestorable"
  | "FollowsFile";

/** A difference that the revert leaves as it is. */
export interface Kept {
  readonly component: Component;
  /** The same component at the checkpoint, where it is compared field by field. */
  readonly partner?: Component;
  /** Missing when the whole component is kept. */
  readonly field?: AttributedField;
  readonly reason: KeptReason;
  /** `HPA/api` */
  readonly owner?: string;
  /** The commit that last touched the component, when it is kept whole. */
  readonly setBy?: Revision;
}

export type RiskCode =
  | "Irreversible"
  | "Pruned"
  | "NotIncluded"
  | "ImageAutomation"
  | "OutsideFolder"
  | "Dependents"
  | "TakenWhole"
  | "Reprinted"
  | "WeakEvidence"
  | "ManyCommits"
  | "KnownBad"
  | "Quarantined"
  | "MutableTag"
  | "WorkloadRef"
  | "Moved"
  | "ChartVersion"
  | "TrafficOnly"
  | "ImageNotSeen";

/** Something a person has to know before merging. `blocks`: unattended modes hold. */
export interface Risk {
  readonly code: RiskCode;
  readonly message: string;
  readonly blocks: boolean;
}

/** One file of the revert. */
export type PlannedFile = PlannedWrite & {
  readonly path: string;
  readonly before?: FileState;
  readonly linesAdded: number;
  readonly linesRemoved: number;
  /** Texts before and after, for the diff that people see; missing for binary files. */
  readonly beforeText?: string;
  readonly afterText?: string;
};

type PlannedWrite =
  /** The checkpoint's own blob. */
  | { readonly action: "restore"; readonly after: FileState }
  | {
      readonly action: "edit";
      readonly after: { readonly mode: FileState["mode"]; readonly text: string };
      readonly method: EditMethod;
    }
  | { readonly action: "remove" };

/** What goes back, what stays, and what that risks. */
export interface Plan {
  readonly kind: "plan";
  readonly target: Target;
  readonly branch: string;
  readonly base: CommitId;
  readonly goal: PlanGoal;
  readonly suspect: JudgedRevision;
  readonly selection: Selection;
  readonly files: readonly PlannedFile[];
  readonly components: readonly PlannedComponent[];
  readonly kept: readonly Kept[];
  readonly risks: readonly Risk[];
  /** How the target brings a version to its users, and what its revert does so. */
  readonly strategy?: Strategy;
  /** Traffic can go back alone, as far as git tells: what to select for that, and what has to run. */
  readonly trafficFirst?: TrafficFirst;
  /** What the target's manifests ask for: it only ever restricts. A suspension may be over by now. */
  readonly declared?: Restrictions;
  /** Revisions of the target that are undone, wholly or in part, newest first. */
  readonly undone: readonly JudgedRevision[];
  /** The commits that set what goes back, newest first: what the title names. */
  readonly suspects: readonly Revision[];
  readonly unrelated: number;
  /** An undo: parts of the commits that were put back before, and stay as they are. */
  readonly already?: readonly PutBack[];
}

/** A part of a commit that was undone before, and by whom, as far as that was found. */
export interface PutBack {
  readonly path: string;
  readonly component?: string;
  /** Missing: the whole file. */
  readonly display?: string;
  readonly commit: CommitId;
  readonly by?: Revision;
}

/** The target already holds what was asked for. */
export interface NothingToDo {
  readonly kind: "nothing-to-do";
  readonly target: Target;
  readonly base: CommitId;
  readonly goal: PlanGoal;
  /** Differences that are kept, when there are any. */
  readonly kept: readonly Kept[];
  /** What was found, as one clause, where more is known than that nothing differs. */
  readonly found?: string;
  /** What a person can do now, best first. */
  readonly hints?: readonly string[];
}
