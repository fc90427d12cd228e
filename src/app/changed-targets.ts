import type { CommitId } from "../core/model/git.ts";
import type { Scope } from "../core/model/target.ts";
import { createScopeIndex } from "../core/target/scope-index.ts";
import type { Repository } from "../ports/repository.ts";
import { keptFew } from "./kept-few.ts";

/** Which targets a step of the branch changes: what that costs grows with the step, not with how many targets there are. */
export interface ChangedTargets {
  /** Takes what belongs to a target, in place of what did. */
  set(name: string, scope: Scope): void;
  /** The names of the targets with a file that differs between two commits. Throws what the repository throws. */
  between(before: CommitId, after: CommitId): Promise<ReadonlySet<string>>;
  /** The same without asking: undefined when it was not found out yet. */
  known(before: CommitId, after: string): ReadonlySet<string> | undefined;
}

/** Differences of so many pairs of commits are kept: a round asks for few, again and again. */
const KEPT = 8;

interface Step {
  readonly before: CommitId;
  readonly after: CommitId;
  /** As of that state of the scopes. */
  readonly version: number;
  readonly touched: ReadonlySet<string>;
}

/** For the targets of one repository. */
export function createChangedTargets(repository: Pick<Repository, "refs">): ChangedTargets {
  const scopes = createScopeIndex();
  /** Counts changes of `scopes`. */
  let version = 0;
  /** The one that was asked for last: most targets take the same. */
  let last: Step | undefined;
  const paths = keptFew(KEPT, async (pair: string): Promise<readonly string[]> => {
    const [before = "", after = ""] = pair.split(" ");
    const changes = await repository.refs.diff(before as CommitId, after as CommitId);
    return changes.map(({ path }) => path);
  });
  const known: ChangedTargets["known"] = (before, after) =>
    last?.before === before && last.after === after && last.version === version ? last.touched : undefined;
  return {
    known,
    set(name, scope) {
      if (scopes.set(name, scope)) version += 1;
    },
    async between(before, after) {
      const changed = await paths(`${before} ${after}`);
      const found = known(before, after);
      if (found !== undefined) return found;
      const touched = scopes.touchedBy(changed);
      last = { before, after, version, touched };
      return touched;
    },
  };
}
