import { findCheckpoint } from "../../../app/find-checkpoint.ts";
import { markRevision } from "../../../app/mark-revision.ts";
import { publishVerdict } from "../../../app/publish-verdict.ts";
import { readHistory } from "../../../app/read-history.ts";
import { shortId } from "../../../core/model/git.ts";
import { EXIT, type ExitCode, LastgoodError } from "../../../errors.ts";
import type { Command, CommandContext, CommonOptions } from "../context.ts";
import { LEDGER_REF } from "../../ledger-place.ts";
import { type OpenedTarget, openTarget } from "../open-target.ts";
import { whoAmI } from "../who-am-i.ts";
import { shellWord } from "../../../core/model/shell.ts";

export interface MarkOptions extends CommonOptions {
  readonly verdict: string;
  readonly target: string;
  readonly revision: string;
  readonly reason?: string;
  readonly clear?: boolean;
}

/** `mark good|bad TARGET REV`: a person's verdict, with name and time, into the ledger. */
export const runMark: Command<MarkOptions> = async (options, context): Promise<ExitCode> => {
  const { verdict, clear } = options;
  if (verdict !== "good" && verdict !== "bad") {
    throw new LastgoodError("UsageArgument", `"${verdict}" is no verdict`, {
      hint: 'Write lastgood mark good TARGET REV --reason "..." or mark bad.',
    });
  }
  const reason = options.reason ?? (clear === true ? "cleared" : undefined);
  if (reason === undefined || reason.trim() === "") {
    throw new LastgoodError("UsageMissing", "a verdict needs a reason", {
      hint: `lastgood mark ${verdict} ${shellWord(options.target)} ${shellWord(options.revision)} --reason "how you know"`,
    });
  }
  const opened = await openTarget({ query: options.target, reach: "here" }, options, context);
  try {
    const { world, target, patterns } = opened;
    const revision = await revisionOf(options.revision, opened);
    if (!(await mayShare(options, opened, context))) {
      context.say(["Nothing was written."]);
      return EXIT.interrupted;
    }
    const { name } = await whoAmI(context.surroundings);
    const request = {
      target,
      revision,
      verdict: clear === true ? "cleared" : verdict,
      reason,
      by: name,
    } as const;
    const record = await markRevision(request, world);
    const said = clear === true ? "cleared your verdict on" : `marked as ${verdict}:`;
    context.log.done(`${said} ${target.name} at ${shortId(record.revision)}`);
    if (await publishVerdict(record, patterns, world)) {
      context.log.done(`recorded as a deployment to ${patterns.deployments?.environment ?? ""}`);
    }
    if (world.root !== undefined && world.urls.length > 0 && world.ledgerUrl === undefined) {
      const ref = opened.config?.ledger.ref ?? LEDGER_REF;
      context.next(`git push origin ${shellWord(ref)}    shares it with everybody`);
    }
    return EXIT.done;
  } finally {
    await opened.world.close();
  }
};

/** A ledger in a repository of its own is everybody's at once: a person is asked. One in this clone is theirs until they push it. */
async function mayShare(
  { yes }: MarkOptions,
  { world: { ledgerUrl } }: OpenedTarget,
  context: CommandContext,
): Promise<boolean> {
  if (yes === true || ledgerUrl === undefined) return true;
  context.say([`Writes to the ledger of ${ledgerUrl}, where lastgood reads it for everybody.`]);
  return context.confirm("Record the verdict there?", "--yes");
}

/** `#470` and `~1` are found in the target's history; anything else git knows. */
async function revisionOf(text: string, { world, target, base, patterns }: OpenedTarget): Promise<string> {
  if (!/^[#~]/.test(text)) return text;
  const history = await readHistory({ target, base, patterns }, world);
  const found = await findCheckpoint({ kind: "revision", text }, history, world.repository);
  if (found.kind !== "hold") return found.revision.revision.id;
  throw new LastgoodError("UsageRevision", found.message, { hint: found.hints.join("\n") });
}
