import type { BranchRulesFacts } from "../core/doctor/judge-branch.ts";
import type { AccountFacts, ForgeRepositoryFacts } from "../core/doctor/judge-sign-in.ts";
import type { WebhookFacts } from "../core/doctor/judge-webhooks.ts";

/** What `doctor` asks of a forge about one repository. Writes nothing. Throws `Forge*`. */
export interface ForgeInspection {
  /** Who asks, and what is left of the hour. */
  account(): Promise<AccountFacts>;
  /** The repository, and which of `areas` (names of permissions) may be read there. */
  repository(areas: readonly string[]): Promise<ForgeRepositoryFacts>;
  branch(name: string): Promise<BranchRulesFacts>;
  /** undefined: they may not be read. */
  webhooks(): Promise<readonly WebhookFacts[] | undefined>;
}
