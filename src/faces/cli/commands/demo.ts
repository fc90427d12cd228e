import { EXIT, type ExitCode } from "../../../errors.ts";
import type { Command } from "../context.ts";
import type { ColorChoice } from "../output/terminal.ts";

export interface DemoOptions {
  /** A folder for what is left; a new temporary one when missing. */
  readonly keep?: string;
  readonly color?: ColorChoice;
}

/** `demo`: a whole revert, end to end, on this machine alone. Interrupted or failed, it leaves nothing behind. */
export const runDemo: Command<DemoOptions> = async ({ keep, color }, context): Promise<ExitCode> => {
  const [{ createScreen }, { openFolder }, { play }] = await Promise.all([
    import("../../demo/screen.ts"),
    import("../../demo/folder.ts"),
    import("../../demo/play.ts"),
  ]);
  const { surroundings } = context;
  const folder = await openFolder(keep, surroundings.cwd);
  try {
    await play({ screen: createScreen(context, color), folder, surroundings });
  } catch (error) {
    await folder.remove();
    throw error;
  }
  return EXIT.done;
};
