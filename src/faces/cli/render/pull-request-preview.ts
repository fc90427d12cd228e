import { commandFor } from "../../../app/delivery.ts";
import { sha256 } from "../../../app/hash.ts";
import { titleFor } from "../../../core/change/message.ts";
import { pullRequestBody } from "../../../core/change/pull-request.ts";
import type { Plan } from "../../../core/plan/types.ts";

/** Title and body of the pull request that a revert would open, as Markdown. */
export function previewPullRequest(plan: Plan): readonly string[] {
  const body = pullRequestBody({ plan, key: "preview", job: "preview", command: commandFor(plan), hash: sha256 });
  return [`# ${titleFor(plan, "pull-request")}`, "", ...body.trimEnd().split("\n")];
}
