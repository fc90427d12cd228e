import type { JsonValue } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import {
  closerOf,
  convertPull,
  convertPulls,
  convertRepository,
  type GitHubPull,
  type GitHubRepository,
} from "./convert.ts";
import { convertChecks, convertReviews, convertRules, type BranchRules } from "./convert-rules.ts";
import type { Answer } from "./forge-answer.ts";
import type { GitHubClient } from "./github-client.ts";
import { convertMergeFacts, MERGE_FACTS, type MergeFacts, NO_QUEUES, QUEUE_FACTS } from "./merge-facts.ts";
import type { BlockingFacts } from "./merge-readiness.ts";

/** What we ask GitHub about one repository: every read, each converted. */
export interface GitHubApi {
  readonly client: GitHubClient;
  readonly clock: Clock;
  /** The path parameters of the repository, under its present name. */
  at(): Promise<RepositoryPath>;
  /** Fresh: settings change. */
  repository(): Promise<GitHubRepository>;
  pull(number: number): Promise<GitHubPull>;
  /** The newest pull request from a branch of the repository itself. */
  findPull(branch: string): Promise<GitHubPull | undefined>;
  /** Who closed or merged it; undefined when that cannot be read. */
  endedBy(number: number): Promise<string | undefined>;
  rules(branch: string): Promise<BranchRules>;
  /** What only GraphQL tells of a merge, as much as it answers; undefined when it answers nothing. */
  mergeFacts(number: number): Promise<MergeFacts | undefined>;
  blockingFacts(pull: GitHubPull, rules: BranchRules): Promise<BlockingFacts>;
}

export interface RepositoryPath {
  readonly owner: string;
  readonly repo: string;
}

export function createGitHubApi(client: GitHubClient, clock: Clock, named: RepositoryPath): GitHubApi {
  let known: Promise<GitHubRepository> | undefined;

  async function repository(): Promise<GitHubRepository> {
    const asked = client
      .read("read the repository", async (rest) => rest.repos.get({ ...named }))
      .then(convertRepository);
    known = asked;
    asked.catch(() => (known = undefined));
    return asked;
  }

  // A renamed repository still answers reads, but filters by the owner and writes only work under the new name.
  async function at(): Promise<RepositoryPath> {
    const { owner, name } = await (known ?? repository());
    return { owner, repo: name };
  }

  async function pull(number: number): Promise<GitHubPull> {
    const path = { ...(await at()), pull_number: number };
    return convertPull(await client.read(`read pull request #${number}`, async (rest) => rest.pulls.get(path)));
  }

  async function findPull(branch: string): Promise<GitHubPull | undefined> {
    const path = await at();
    // Without `owner:` GitHub ignores the filter silently (argoproj-labs/gitops-promoter#1417): what comes back is checked.
    const query = { ...path, head: `${path.owner}:${branch}`, state: "all", per_page: 100 } as const;
    const found = await client.poll("look for the pull request", `pulls ${query.head}`, async (rest, headers) =>
      rest.pulls.list({ ...query, headers }),
    );
    return convertPulls(found)
      .filter((each) => each.ownBranch && each.pullRequest.branch === branch)
      .toSorted((a, b) => b.pullRequest.number - a.pullRequest.number)[0];
  }

  async function rules(branch: string): Promise<BranchRules> {
    const path = { ...(await at()), branch };
    const all = { ...path, per_page: 100 };
    return convertRules(
      await optional(client.readAll("read the branch's rules", async (rest) => rest.repos.getBranchRules(all))),
      await optional(client.read("read the branch", async (rest) => rest.repos.getBranch(path))),
    );
  }

  return {
    client,
    clock,
    at,
    repository,
    pull,
    findPull,
    rules,
    async endedBy(number) {
      const path = { ...(await at()), issue_number: number };
      const issue = await optional(client.read(`read issue #${number}`, async (rest) => rest.issues.get(path)));
      return issue === undefined ? undefined : closerOf(issue);
    },
    async mergeFacts(number) {
      const { owner, repo: name } = await at();
      const variables = { owner, name, number };
      const whole = await client.graphql("read what keeps it from being merged", MERGE_FACTS, variables);
      const facts = factsOf(whole);
      if (facts !== undefined || !isAnswered(whole)) return facts;
      const least = await client.graphql("read its place in the merge queue", QUEUE_FACTS, variables);
      return factsOf(least) ?? (isTooOld(least) ? NO_QUEUES : undefined);
    },
    async blockingFacts({ pullRequest: { number, head, base }, asked }, baseRules) {
      const path = await at();
      const commit = { ...path, ref: head, per_page: 100 };
      const reviews = { ...path, pull_number: number, per_page: 100 };
      return {
        base,
        asked,
        rules: baseRules,
        checks: convertChecks(
          await optional(client.read("read the checks", async (rest) => rest.checks.listForRef(commit))),
          await optional(client.read("read the status", async (rest) => rest.repos.getCombinedStatusForRef(commit))),
        ),
        reviews: convertReviews(
          await optional(client.readAll("read the reviews", async (rest) => rest.pulls.listReviews(reviews))),
        ),
      };
    },
  };
}

function factsOf(answer: Answer): MergeFacts | undefined {
  return convertMergeFacts(answer.kind === "ok" ? answer.data : answer.partial);
}

/** GraphQL said something, be it no: what did not come at all was repeated already. */
function isAnswered(answer: Answer): boolean {
  return answer.kind === "refused" ? answer.status === 200 : answer.kind === "unclear" && answer.partial !== undefined;
}

/** "Field 'isMergeQueueEnabled' doesn't exist on type 'PullRequest'" */
function isTooOld(answer: Answer): boolean {
  return (
    answer.kind === "refused" && answer.reasons.some((words) => /'?isMergeQueueEnabled'? doesn't exist/.test(words))
  );
}

/** What only makes an answer better: a token that may not read it, or an older server without it, is no failure. */
async function optional<T extends JsonValue>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof LastgoodError) return undefined;
    throw error;
  }
}
