import type { CommitId } from "../../../core/model/git.ts";
import type { MergeResult, MergeStanding } from "../../../ports/forge.ts";
import { isSame, queued } from "./forge-merges-later.ts";
import { safeText } from "./forge-text.ts";
import type { GitHubApi } from "./github-api.ts";
import { blocking, judgeReadiness } from "./merge-readiness.ts";

/** Each answer costs up to seven requests: asked again at once, the last one holds for so long. */
const HOLDS_MS = 60_000;

export interface MergeStandings {
  readonly read: (number: number, head: CommitId) => Promise<MergeStanding>;
  /** Something was ordered, or taken back: the next answer is a fresh one. */
  readonly forget: (number: number) => void;
}

/** What keeps pull requests from being merged, without asking for it. */
export function createMergeStandings(api: GitHubApi): MergeStandings {
  const known = new Map<number, { readonly head: CommitId; readonly atMs: number; readonly standing: MergeStanding }>();
  return {
    forget: (number) => void known.delete(number),
    async read(number, head) {
      const last = known.get(number);
      const atMs = api.clock.nowMs();
      if (last !== undefined && last.head === head && Math.abs(atMs - last.atMs) < HOLDS_MS) return last.standing;
      const { isSettled, ...standing } = await readStanding(api, number, head);
      if (isSettled) known.set(number, { head, atMs, standing });
      else known.delete(number);
      return standing;
    },
  };
}

/** Not settled: GitHub says more in a moment. */
interface Looked extends MergeStanding {
  readonly isSettled: boolean;
}

async function readStanding(api: GitHubApi, number: number, head: CommitId): Promise<Looked> {
  const pull = await api.pull(number);
  const { armedBy, author, base } = pull.pullRequest;
  const rules = await api.rules(base);
  const facts = rules.isProtected ? await api.mergeFacts(number) : undefined;
  const ordered = [armedBy, facts?.queued?.by].some((login) => login !== undefined && isSame(login, author));
  const settled = { ordered, isSettled: true };
  if (facts?.queued !== undefined) return { ...settled, waitingFor: queued(facts, base).reason };
  if (facts?.thrownOut !== undefined) {
    return { ...settled, refused: `the merge queue of ${safeText(base)} threw it out: ${safeText(facts.thrownOut)}` };
  }
  const judged = judgeReadiness(pull, head);
  switch (judged.kind) {
    case "ready":
    case "merged":
      return settled;
    case "blocked": {
      const { reason, stops } = blocking({ ...(await api.blockingFacts(pull, rules)), more: facts });
      return stops ? { ...settled, refused: reason } : { ...settled, waitingFor: reason };
    }
    case "unsettled":
      return { ordered, isSettled: false, ...wordsOf(judged.otherwise) };
    case "base-moved":
    case "waiting":
    case "refused":
    case "armed":
    case "queued":
      return { ...settled, ...wordsOf(judged) };
  }
}

function wordsOf(result: MergeResult): Omit<MergeStanding, "ordered"> {
  if (result.kind === "merged") return {};
  return result.kind === "refused" ? { refused: result.reason } : { waitingFor: result.reason };
}
