/** What is wrong with the arguments, in the words and the shape of every other failure. */
import type { CommanderError, Command as Program } from "commander";
import { shorten } from "../../core/model/escape.ts";
import { closest } from "../../core/target/closest.ts";
import { LastgoodError } from "../../errors.ts";

/** `program`: to name the command whose help tells more. */
export function usageError(
  { code, message }: CommanderError,
  program: Program,
  args: readonly string[],
): LastgoodError {
  const [what = "", ...suggestions] = message.replace(/^error: /, "").split("\n");
  const command = program.commands.find((known) => args[0] !== undefined && namesOf(known).includes(args[0]));
  const help = [program.name(), command?.name(), "--help"].filter((word) => word !== undefined).join(" ");
  const [first = ""] = args;
  const isLater = command === undefined && code === "commander.unknownOption" && takenByAll(first, program);
  const hints = [
    ...(isLater ? [`Options stand after the command: ${program.name()} history ${first} ...`] : []),
    ...suggestions.map((text) => text.replace(/^\((.*)\)$/, "$1")),
    `${help}    shows what there is`,
  ];
  const isMissing = code === "commander.missingArgument" || code === "commander.optionMissingArgument";
  return new LastgoodError(isMissing ? "UsageMissing" : "UsageArgument", shorten(what.replace(/\.$/, ""), 300), {
    hint: hints.join("\n"),
  });
}

/** `help NAME` for what is no command and no topic: commander shows its general help, as if nothing were wrong. */
export function requireHelpTopic(program: Program, args: readonly string[]): void {
  const [help, name] = args;
  if (help !== "help" || name === undefined || name.startsWith("-")) return;
  const known = [...program.commands.flatMap(namesOf), "help"];
  if (known.includes(name)) return;
  const near = closest(name, known);
  throw new LastgoodError("UsageArgument", `there is no help on "${shorten(name, 60)}"`, {
    hint: [
      ...(near.length === 0 ? [] : [`Did you mean ${near.join(", ")}?`]),
      `${program.name()} --help    shows what there is`,
    ].join("\n"),
  });
}

/** Is it an option of the commands, as `history` has it? */
function takenByAll(word: string, program: Program): boolean {
  const history = program.commands.find((command) => command.name() === "history");
  return history?.options.some(({ short, long }) => word === short || word.split("=")[0] === long) ?? false;
}

function namesOf(command: Program): readonly string[] {
  return [command.name(), ...command.aliases()];
}
