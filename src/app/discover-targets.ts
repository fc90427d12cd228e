import { type ConfiguredTarget, discover, type DiscoveredTarget } from "../core/discovery.ts";
import type { EngineState } from "../core/engine/engine-state.ts";
import type { IsHere } from "../core/engine/match-state.ts";
import type { CommitId } from "../core/model/git.ts";
import type { Target } from "../core/model/target.ts";
import { normalizePath } from "../core/target/path.ts";
import { isManagedUrl } from "../core/target/repository-url.ts";
import { buildTree } from "../core/target/tree.ts";
import type { EngineView } from "../ports/engine.ts";
import type { Repository } from "../ports/repository.ts";
import { findTargets, type SurveyMemory } from "./find-targets.ts";

export interface RepositoryTargets {
  readonly configured: readonly ConfiguredTarget[];
  /** What the manifests of the repository define. */
  readonly found: readonly Target[];
  readonly isHere: IsHere;
  /** As in `DiscoveryFacts`. */
  readonly takesAll?: boolean;
}

export interface ReadRepositoryTargets {
  readonly repository: Pick<Repository, "files" | "blobs">;
  readonly commit: CommitId;
  /** All known addresses of this repository; empty: a source is taken for one of it when its path exists there. */
  readonly repositoryUrls: readonly string[];
  readonly configured: readonly ConfiguredTarget[];
  /** As in `FindTargets`. */
  readonly memory?: SurveyMemory;
}

/** The git half of discovery: it changes with the branch, not with the clusters. */
export async function readRepositoryTargets(request: ReadRepositoryTargets): Promise<RepositoryTargets> {
  const { repository, commit, repositoryUrls, configured } = request;
  const [found, files] = await Promise.all([findTargets(request), repository.files(commit)]);
  const tree = buildTree(files);
  return {
    configured,
    found,
    isHere: ({ url, path }) => {
      const managed = isManagedUrl(url, repositoryUrls);
      if (managed !== undefined) return managed;
      const normal = path === undefined ? undefined : normalizePath(path);
      return normal !== undefined && (tree.isFolder(normal) || tree.file(normal) !== undefined);
    },
  };
}

/** An engine as it is looked at: its view, and what it takes targets by. */
export interface LookedAtEngine {
  readonly name: string;
  readonly view: EngineView;
  /** `engines[].discover.selector`. */
  readonly selector?: string;
}

/** All targets there are, from what git and the engines say now. */
export function discoverTargets(
  here: RepositoryTargets,
  engines: readonly LookedAtEngine[],
  nowMs: number,
): readonly DiscoveredTarget[] {
  const seen = engines.map(({ name, view, selector }) => ({
    name,
    states: statesOf(view),
    ...(selector === undefined ? {} : { selector }),
  }));
  return discover({ ...here, engines: seen, nowMs });
}

function statesOf({ states }: EngineView): readonly EngineState[] {
  return [...states.values()];
}
