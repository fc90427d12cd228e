/** What a person, or a program, sees of how a revert ended. */
import type { Delivery } from "../../../app/delivery.ts";
import type { FollowOutcome } from "../../../app/follow-choices.ts";
import { HOLD_EXITS, type Hold } from "../../../core/model/hold.ts";
import { EXIT, type ExitCode } from "../../../errors.ts";
import type { CommandContext } from "../context.ts";
import type { OpenedTarget } from "../open-target.ts";
import { holdDocument, nothingDocument, revertDocument, sameDocument } from "../render/documents.ts";
import { nothingText } from "../render/plan-text.ts";
import { withLedger } from "./plan.ts";
import { quarantineDelivery } from "./quarantine-delivery.ts";
import type { RevertOptions } from "./revert-options.ts";
import type { Stayed } from "./wait.ts";

export interface OutcomeParts {
  readonly options: RevertOptions;
  readonly opened: OpenedTarget;
  readonly context: CommandContext;
  /** How it ended after it landed; missing: nobody waited for that. */
  readonly stayed: Stayed | undefined;
}

export async function showOutcome(outcome: FollowOutcome, parts: OutcomeParts): Promise<ExitCode> {
  const { opened, context, options, stayed } = parts;
  const isDocument = context.format === "json" || context.format === "yaml";
  switch (outcome.kind) {
    case "hold":
      return showHold(withLedger(outcome, opened.world), opened, context);
    case "same":
      context.say([`The boxes say what #${outcome.pullRequest.number} does already.`]);
      if (isDocument) context.document(sameDocument(outcome.pullRequest, opened.target.name));
      else context.print([outcome.pullRequest.url]);
      return EXIT.done;
    case "declined":
      context.say(["Nothing was written."]);
      return EXIT.interrupted;
    case "nothing-to-do":
      if (isDocument) context.document(nothingDocument(outcome));
      else context.say(nothingText(outcome));
      return EXIT.done;
    case "delivered": {
      await quarantineDelivery(outcome, opened, { reason: options.reason, context });
      if (isDocument) context.document(revertDocument(outcome, stayed?.verification));
      else context.print([resultOf(outcome, context)]);
      if (stayed !== undefined) return stayed.show();
      return showEnd(outcome, options, context);
    }
  }
}

export function showHold(
  found: Hold,
  { target }: { readonly target: { readonly name: string } },
  context: CommandContext,
): ExitCode {
  if (context.format === "json" || context.format === "yaml") context.document(holdDocument(found, target.name));
  context.hold(found);
  return HOLD_EXITS[found.reason];
}

/** The one line on stdout: the pull request, or the commit. */
function resultOf({ pullRequest, commit, branch, mode }: Delivery, context: CommandContext): string {
  if (pullRequest !== undefined) return pullRequest.url;
  if (context.format === "name") return commit;
  return mode === "branch" ? `${commit} ${branch}` : commit;
}

function showEnd(delivery: Delivery, { wait }: RevertOptions, context: CommandContext): ExitCode {
  const { pending, mode, pullRequest, landed, branch, plan } = delivery;
  if (pending !== undefined) {
    context.log.warn(`not merged yet: ${pending}`);
    const longer = wait === undefined ? "--wait merged" : "a longer --timeout";
    if (pullRequest?.state !== "closed")
      context.next(`the same command with ${longer}, or merge it on the page of the pull request`);
    return EXIT.pending;
  }
  if (mode === "branch") context.next(`git diff ${plan.base.slice(0, 7)} ${branch}`);
  else if (landed === undefined && pullRequest !== undefined) context.next(`merge ${pullRequest.url} to restore`);
  return EXIT.done;
}
