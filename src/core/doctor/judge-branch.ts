/** What the rules of a branch mean for the mode that is configured. */
import { failed, ok, skipped, warning, type Finding } from "./finding.ts";
import type { ForgeRepositoryFacts } from "./judge-sign-in.ts";

/** The rules that hold for a branch, from both kinds, as far as they may be read. */
export interface BranchRulesFacts {
  readonly name: string;
  readonly protected: boolean;
  /** Details of classic protection were not shown: only administrators see them. */
  readonly hidden: boolean;
  readonly checks: readonly string[];
  /** Approving reviews; undefined: none asked for, or not told. */
  readonly approvals?: number;
  readonly codeOwners: boolean;
  readonly conversations: boolean;
  /** Changes come by pull request only. */
  readonly pullRequests: boolean;
  readonly queue: boolean;
  readonly signed: boolean;
  readonly linear: boolean;
  /** The branch has to be up to date with the base. */
  readonly strict: boolean;
  /** Only those whom the rules name may write it. */
  readonly restricted: boolean;
  /** Ways to merge that the rules leave: `squash`. Undefined: any. */
  readonly methods?: readonly string[];
  /** Nobody may make a branch of this name. */
  readonly noCreation: boolean;
  /** Names, messages or addresses have to look like something. */
  readonly patterns: readonly string[];
}

/** What is configured. */
export interface Intent {
  /** The furthest that any target goes. */
  readonly mode: "observe" | "propose" | "merge" | "push";
  readonly via: "auto" | "push" | "api";
  /** GitHub makes and signs commits for Apps. */
  readonly app: boolean;
  readonly actions: boolean;
  /** Teams or people who are asked besides code owners. */
  readonly reviewers: boolean;
  readonly hasCodeOwners: boolean;
}

/** `own`: the rules for lastgood's own branches (`lastgood/…`). */
export interface BranchFacts {
  readonly base: BranchRulesFacts;
  readonly own: BranchRulesFacts;
  readonly repository: Pick<ForgeRepositoryFacts, "autoMerge" | "methods">;
}

export function judgeBranch(facts: BranchFacts, intent: Intent): readonly Finding[] {
  return [
    ...hiddenOf(facts.base),
    ...ownOf(facts.own, intent),
    ...signaturesOf(facts, intent),
    ...(intent.mode === "push" ? pushOf(facts.base) : mergeOf(facts, intent)),
    ...ownersOf(facts.base, intent),
    rulesOf(facts.base),
  ];
}

/** What there is, in words. */
function rulesOf(base: BranchRulesFacts): Finding {
  const { name, checks, approvals = 0 } = base;
  const parts = [
    ...(checks.length === 0 ? [] : [`checks ${checks.join(", ")}`]),
    ...(approvals === 0 ? [] : [`${approvals} ${approvals === 1 ? "approval" : "approvals"}`]),
    ...(base.codeOwners ? ["code owners"] : []),
    ...(base.conversations ? ["resolved conversations"] : []),
    ...(base.queue ? ["a merge queue"] : []),
    ...(base.signed ? ["signed commits"] : []),
    ...(base.linear ? ["linear history"] : []),
    ...(base.strict ? ["branches up to date"] : []),
    ...(base.restricted ? ["named writers"] : []),
  ];
  if (parts.length === 0 && !base.protected) return ok("BranchRules", `${name} has no rules: who may write may push`);
  return ok(
    "BranchRules",
    `${name} asks for ${parts.length === 0 ? "what is not shown to this token" : parts.join(", ")}`,
  );
}

function hiddenOf({ name, hidden }: BranchRulesFacts): readonly Finding[] {
  if (!hidden) return [];
  return [
    skipped("BranchProtection", `${name} has classic protection, whose reviews only administrators may read`, {
      remedy: ["Rulesets can be read by everybody: Settings, Rules, Rulesets"],
    }),
  ];
}

function ownOf(own: BranchRulesFacts, { mode }: Intent): readonly Finding[] {
  if (mode === "observe" || mode === "push") return [];
  if (own.noCreation || own.restricted) {
    return [
      failed("BranchCreation", "the rules let nobody make or write branches named lastgood/**", {
        meaning: "No pull request can be opened.",
        remedy: ["Settings, Rules: exclude lastgood/** from the rule that restricts creations or updates"],
      }),
    ];
  }
  if (own.patterns.length === 0) return [];
  return [
    warning("BranchPatterns", `rules for lastgood/** ask for patterns: ${own.patterns.join(", ")}`, {
      meaning: "A push of a revert is refused when its name, message or address does not match.",
      remedy: [
        "lastgood plan TARGET --show pr    shows message and branch; exclude lastgood/** from the rule otherwise",
      ],
    }),
  ];
}

function signaturesOf({ base, own }: BranchFacts, { via, app, mode }: Intent): readonly Finding[] {
  if (!(base.signed || own.signed) || mode === "observe") return [];
  if (via !== "push") return [];
  return [
    failed(
      "Signatures",
      `${own.signed ? "lastgood/**" : base.name} takes signed commits only, and lastgood pushes unsigned ones`,
      {
        meaning: "The push is refused, or the pull request cannot be merged.",
        remedy: [`forge.commit.via: ${app ? "auto" : "api"}    GitHub then makes and signs the commit`],
      },
    ),
  ];
}

function pushOf(base: BranchRulesFacts): readonly Finding[] {
  const { name, pullRequests, queue, restricted, checks, approvals = 0 } = base;
  if (!pullRequests && !queue && !restricted && checks.length === 0 && approvals === 0) return [];
  return [
    failed("PushRefused", `the mode is push, but the rules of ${name} do not let it be pushed to`, {
      meaning: "The revert is refused at the last step; nothing is restored.",
      remedy: ["mode: merge    opens a pull request and merges it as the rules allow"],
    }),
  ];
}

function mergeOf(facts: BranchFacts, intent: Intent): readonly Finding[] {
  const { base, repository } = facts;
  if (intent.mode !== "merge") return intent.mode === "observe" ? [] : checksOf(base, intent);
  const findings: Finding[] = [...checksOf(base, intent)];
  if (base.restricted) {
    findings.push(
      failed("MergeRefused", `only those whom the rules name may write ${base.name}`, {
        meaning: "lastgood cannot merge: the pull request waits for one of them.",
        remedy: [
          "Settings, Rules (or Branches): add lastgood's App to those who may",
          "mode: propose    when people merge",
        ],
      }),
    );
  }
  const methods = repository.methods.filter((method) => base.methods?.includes(method) ?? true);
  if (methods.length === 0) {
    findings.push(
      failed(
        "MergeMethods",
        `no way to merge is left: the repository allows ${repository.methods.join(", ") || "none"}, the rules ${(base.methods ?? []).join(", ") || "none"}`,
        {
          meaning: "No pull request can be merged, whoever tries.",
          remedy: ["Settings, General, Pull Requests: allow squash merging"],
        },
      ),
    );
  }
  return [...findings, ...reviewsOf(base), ...autoMergeOf(facts)];
}

function reviewsOf({ name, approvals = 0, codeOwners }: BranchRulesFacts): readonly Finding[] {
  if (approvals === 0 && !codeOwners) return [];
  const many = approvals > 1 ? `${approvals} approving reviews` : "an approving review";
  return [
    warning(
      "ReviewsRequired",
      `the mode is merge, but ${name} asks for ${many}${codeOwners ? " of code owners" : ""}`,
      {
        meaning: "Its pull requests wait for people: at night nothing is restored before somebody approves.",
        remedy: [
          "Make who is on call a code owner: they are asked for review, and the phone rings",
          "mode: propose    says what happens anyway",
          "Settings, Rules: ask for fewer approvals on the branch that engines deploy from",
        ],
      },
    ),
  ];
}

function autoMergeOf({ base, repository }: BranchFacts): readonly Finding[] {
  if (repository.autoMerge !== false || base.queue || !base.protected) return [];
  return [
    warning("AutoMergeOff", "auto-merge is not allowed in the repository", {
      meaning:
        "A revert is merged only while lastgood runs and waits; one made by hand stays open after its checks have passed.",
      remedy: ["Settings, General, Pull Requests: Allow auto-merge", "lastgood revert TARGET --merge --wait=merged"],
    }),
  ];
}

function checksOf({ checks, name, queue }: BranchRulesFacts, { actions }: Intent): readonly Finding[] {
  if (actions && checks.length > 0) {
    return [
      failed("ChecksNeverRun", `${name} asks for checks (${checks.join(", ")}), and GITHUB_TOKEN starts none`, {
        meaning: "The pull request can never be merged as it is.",
        remedy: [
          "Sign in as a GitHub App: forge.auth.app",
          "or close and reopen the pull request by hand: then they run",
        ],
      }),
    ];
  }
  if (!queue || checks.length === 0) return [];
  return [ok("MergeQueue", `${name} has a merge queue: its checks have to run on merge_group, too`)];
}

function ownersOf({ name }: BranchRulesFacts, { mode, reviewers, hasCodeOwners }: Intent): readonly Finding[] {
  if (mode === "observe" || mode === "push") return [];
  if (hasCodeOwners) return [ok("CodeOwners", `${name} has CODEOWNERS: they are asked for review`)];
  if (reviewers) return [];
  return [
    warning("CodeOwners", `${name} has no CODEOWNERS`, {
      meaning: "Only author and merger of the suspect are asked for a review: nobody, where a bot made it.",
      remedy: ["Write .github/CODEOWNERS", "forge.pullRequest.reviewers.teams: [on-call]"],
    }),
  ];
}
