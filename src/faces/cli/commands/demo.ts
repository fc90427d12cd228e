import type { Command } from "../context.ts";
import { EXIT } from "../../../errors.ts";
export const runDemo: Command<object> = async () => EXIT.done;
