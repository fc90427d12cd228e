import { type OfferedChoices, readChoices } from "../../../app/follow-choices.ts";
import type { Hold } from "../../../core/model/hold.ts";
import { LastgoodError } from "../../../errors.ts";
import type { CommandContext } from "../context.ts";
import { openTarget } from "../open-target.ts";
import type { RevertOptions } from "./revert-options.ts";

export interface Followed {
  readonly offered: OfferedChoices;
  /** What the pull request was asked for with. */
  readonly options: RevertOptions;
}

/** Options that the pull request itself answers. */
const ANSWERED = [
  "target",
  "to",
  "toRevision",
  "commit",
  "pr",
  "only",
  "except",
  "trafficFirst",
  "mode",
  "merge",
  "branch",
  "plan",
  "interactive",
  "reason",
  "wait",
] as const satisfies readonly (keyof RevertOptions)[];

/** `--follow N`: reads the pull request of that number. Throws `UsageArgument`. */
export async function readFollowed(
  { follow = "", ...options }: RevertOptions,
  context: CommandContext,
): Promise<Followed | Hold> {
  const number = /^#?(\d{1,9})$/.exec(follow)?.[1];
  const extra = ANSWERED.find((name) => options[name] !== undefined);
  if (number === undefined) {
    throw new LastgoodError("UsageArgument", `--follow ${follow} is not a number`, {
      hint: "For example --follow 491.",
    });
  }
  if (extra !== undefined) {
    throw new LastgoodError("UsageArgument", `--follow takes ${extra} from the pull request`, {
      hint: `Give the number alone: lastgood revert --follow ${number}`,
    });
  }
  const { world } = await openTarget({ reach: "remote", baseIsBranch: true, anything: true }, options, context);
  try {
    const offered = await readChoices(Number(number), world);
    return "kind" in offered ? offered : { offered, options: optionsOf(options, offered) };
  } finally {
    await world.close();
  }
}

function optionsOf(
  options: RevertOptions,
  { mark: { target, whole, goal }, pullRequest }: OfferedChoices,
): RevertOptions {
  const named = whole === true ? {} : { target };
  const base = { base: options.base ?? pullRequest.base };
  if (goal === undefined || goal.kind === "checkpoint")
    return { ...options, ...named, ...base, ...(goal && { to: goal.to }) };
  const { commits, resolve, mainline, chartVersion } = goal;
  return {
    ...options,
    ...named,
    ...base,
    commit: commits,
    ...(resolve.length === 0 ? {} : { resolve }),
    ...(mainline === undefined ? {} : { mainline: String(mainline) }),
    ...(chartVersion === undefined ? {} : { chartVersion }),
  };
}
