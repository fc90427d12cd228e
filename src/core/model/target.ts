import type { Place } from "../../errors.ts";

/** How the files of one source become objects; decides which files of a folder belong to it. */
export type SourceTool =
  /** Decide from the folder: `Chart.yaml` Helm, `kustomization.yaml` Kustomize, else every manifest below it. */
  | "detect"
  | "directory"
  | "kustomize"
  | "helm"
  /** Every file below the path, whatever it is (config management plugins: inputs unknown). */
  | "everything";

/** One place that a target is read from. Paths are from the root of the repository, "" is the root; a file is a place too. */
export interface TargetSource {
  readonly path: string;
  readonly tool: SourceTool;
  /** `directory` only: subfolders too. */
  readonly recurse?: boolean;
  /** `directory` only: doublestar globs relative to `path`; `exclude` wins. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** Files, folders or globs that belong to it besides `path` (Helm value files, kustomize components, `.argocd-source…`); may be missing. */
  readonly files?: readonly string[];
}

/** Where a target was named. */
export interface TargetOrigin {
  readonly kind:
    | "config"
    | "path"
    | "workload"
    | "application"
    | "applicationset"
    | "kustomization"
    | "helmrelease"
    /** No target was named: all that a commit touched. */
    | "change";
  /** The manifest in the repository that defines it. */
  readonly place?: Place;
}

/** Targets that wait for another. */
export interface Dependents {
  /** `dependsOn`: of Flux. `sync-wave`: of Argo CD, in a sync of the parent that they share. */
  readonly by: "dependsOn" | "sync-wave";
  /** The first few of their names. */
  readonly names: readonly string[];
  readonly count: number;
}

/** One thing that is deployed and reverted as a unit. */
export interface Target {
  /** As the config or the engine names it: `payments/api`. */
  readonly name: string;
  readonly environment?: string;
  readonly origin: TargetOrigin;
  readonly sources: readonly TargetSource[];
  /** Only these objects belong to it (a target named by workload). */
  readonly workload?: { readonly kind: string; readonly name: string; readonly namespace?: string };
  /** Who waits for it, as far as manifests of the repository say so. */
  readonly dependents?: readonly Dependents[];
  /** What lastgood could not follow (a remote base, a chart from a registry), for people. */
  readonly notes: readonly string[];
}

/** One rule of a scope. */
export type ScopeRule =
  | { readonly kind: "file"; readonly path: string }
  | {
      readonly kind: "folder";
      readonly path: string;
      readonly recurse: boolean;
      /** `manifests`: .yaml .yml .json. `deployable`: all but documentation (README, *.md, OWNERS, LICENSE, …). `all`. */
      readonly files: "manifests" | "deployable" | "all";
      readonly include?: readonly string[];
      readonly exclude?: readonly string[];
    };

/** The files of a target at one revision, as rules: the closure of its kustomizations and value files is resolved. */
export type Scope = readonly ScopeRule[];

/** `payments/api (prod)`. */
export function titleOf(target: Pick<Target, "name" | "environment">): string {
  return target.environment === undefined ? target.name : `${target.name} (${target.environment})`;
}
