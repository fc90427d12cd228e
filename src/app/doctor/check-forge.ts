/** The sign-in, the repository, the rules of its branches and its webhooks. */
import { skipped, type Finding } from "../../core/doctor/finding.ts";
import { judgeBranch, type Intent } from "../../core/doctor/judge-branch.ts";
import { judgeAccess, judgeAccount, type AccountFacts, type SignInFacts } from "../../core/doctor/judge-sign-in.ts";
import { judgeWebhooks } from "../../core/doctor/judge-webhooks.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ForgeInspection } from "../../ports/forge-inspection.ts";
import type { OpenRepository } from "./opened-repository.ts";
import { OPENING_MS } from "./opened-repository.ts";
import type { Check } from "./run-checks.ts";

export interface ForgeCheckWorld {
  readonly inspection: ForgeInspection;
  readonly open: OpenRepository;
  readonly signIn: Omit<SignInFacts, "actions">;
  readonly intent: Omit<Intent, "actions" | "hasCodeOwners" | "app">;
  /** From the configuration or `--base`. */
  readonly branch?: string;
  readonly publicUrl?: string;
  readonly clock: Clock;
}

/** As GitHub calls whom a job's own token belongs to. */
const ACTIONS_LOGIN = "github-actions[bot]";

/** `account`: asked once, for the clock too. */
export function forgeChecks(world: ForgeCheckWorld, account: () => Promise<AccountFacts>): readonly Check[] {
  const { inspection, clock, publicUrl, signIn } = world;
  const signInOf = (facts: AccountFacts): SignInFacts => ({ ...signIn, actions: isActions(facts, signIn) });
  /** That nobody is signed in is said once. */
  const signedIn = async (
    name: string,
    look: (facts: AccountFacts) => Promise<readonly Finding[]>,
  ): Promise<readonly Finding[]> => {
    const facts = await account().catch(() => undefined);
    if (facts === undefined) return [skipped(name, "not signed in")];
    return facts.limit?.remaining === 0 ? [skipped(name, "no requests are left this hour")] : look(facts);
  };
  return [
    {
      name: "SignIn",
      doing: "asking the forge who we are",
      meaning: "Nothing can be pushed, opened or merged.",
      run: async () => {
        const facts = await account();
        return judgeAccount(facts, signInOf(facts), clock.nowMs());
      },
    },
    {
      name: "Permissions",
      doing: "asking the forge for the repository",
      meaning: "No pull request can be opened or merged there.",
      run: async () =>
        signedIn("Permissions", async (facts) => {
          const areas = facts.granted === undefined ? Object.keys({ ...signIn.required, ...signIn.useful }) : [];
          return judgeAccess(await inspection.repository(areas), facts, signInOf(facts));
        }),
    },
    {
      name: "BranchRules",
      doing: "reading the rules of the branch",
      timeoutMs: OPENING_MS,
      run: async () => signedIn("BranchRules", async (facts) => checkBranch(world, isActions(facts, signIn))),
    },
    {
      name: "Webhooks",
      doing: "reading the webhooks",
      run: async () =>
        publicUrl === undefined
          ? judgeWebhooks(undefined, undefined)
          : signedIn("Webhooks", async () => judgeWebhooks(await inspection.webhooks(), publicUrl)),
    },
  ];
}

function isActions({ login }: AccountFacts, { app }: Pick<SignInFacts, "app">): boolean {
  return !app && login === ACTIONS_LOGIN;
}

/** docs.github.com, "About code owners". */
const CODE_OWNERS = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];
/** Named like lastgood's branches; it is never made. */
const OWN_BRANCH = "lastgood/doctor/000000000000";

async function checkBranch(world: ForgeCheckWorld, actions: boolean): Promise<readonly Finding[]> {
  const { inspection, open, intent, signIn } = world;
  const opened = await open().catch(() => undefined);
  const branch = world.branch ?? opened?.branch;
  if (branch === undefined) return [skipped("BranchRules", "it is not known which branch is meant")];
  const [base, own, repository] = [
    await inspection.branch(branch),
    await inspection.branch(OWN_BRANCH),
    await inspection.repository([]),
  ];
  const paths = new Set((await opened?.repository.files(opened.base))?.map(({ path }) => path));
  // Without the files nobody can say that there are none.
  const hasCodeOwners = opened === undefined || CODE_OWNERS.some((path) => paths.has(path));
  return judgeBranch({ base, own, repository }, { ...intent, app: signIn.app, actions, hasCodeOwners });
}
