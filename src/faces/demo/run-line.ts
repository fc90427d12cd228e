import { EXIT, type ExitCode } from "../../errors.ts";
import { runHistory } from "../cli/commands/history.ts";
import { runPlan } from "../cli/commands/plan.ts";
import { runRevertCommand } from "../cli/commands/revert.ts";
import type { CommandContext } from "../cli/context.ts";
import { buildProgram, type CommandName } from "../cli/program.ts";

/**
 * Runs one command line as main.ts would: the same parser, the same commands. What the demo shows after `$` is what it runs.
 * Throws what the command throws, and a plain Error (a bug) when it does not end with 0.
 */
export async function runLine(words: readonly string[], context: CommandContext): Promise<void> {
  const ended: ExitCode[] = [];
  const program = buildProgram({
    calledAs: context.surroundings.calledAs,
    version: context.surroundings.version,
    run: async (name, options) => {
      const exit = await dispatch(name, options, context);
      ended.push(exit);
      return exit;
    },
  });
  for (const command of [program, ...program.commands]) command.exitOverride();
  await program.parseAsync([...words], { from: "user" });
  if (ended[0] !== EXIT.done) throw new Error(`lastgood ${words.join(" ")} ended with ${ended[0]}`);
}

async function dispatch(name: CommandName, options: object, context: CommandContext): Promise<ExitCode> {
  if (name === "history") return runHistory(options, context);
  if (name === "plan") return runPlan(options, context);
  if (name === "revert") return runRevertCommand(options, context);
  throw new Error(`the demo does not show ${name}`);
}
