import { shellLine } from "../../core/model/shell.ts";
import { placeWords } from "./commands/asked.ts";
import type { CommonOptions } from "./context.ts";

/** A command of ours, and what is said of it behind four spaces or a `#`. */
const COMMAND =
  /^(lastgood (?:status|history|checkpoints|plan|revert|undo|mark|quarantine|check|replay|jobs|ledger|drill) \S.*?)((?: {4,}.*)?)$/;

/**
 * Hints name commands without the place that this one was given: `--repo`, `--config`, `--namespace` are added, so that they can be
 * pasted as they stand. Other lines, and commands that say their place or are for a clone (`--mode branch`), stay as they are.
 */
export function withPlace(line: string, { config, repo, namespace }: CommonOptions): string {
  const [, command, rest = ""] = COMMAND.exec(line) ?? [];
  if (command === undefined || / --(?:help|config|repo|namespace|mode branch)\b/.test(command)) return line;
  const place = placeWords({
    ...(config === undefined ? {} : { config }),
    ...(repo === undefined ? {} : { repo }),
    ...(namespace === undefined ? {} : { namespace }),
  });
  return place.length === 0 ? line : `${command} ${shellLine(place)}${rest}`;
}
