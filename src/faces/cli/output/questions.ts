/** What a person is asked on the terminal. Loaded only where somebody is: commands that ask nothing start without it. */
import { confirm, isCancel, text } from "@clack/prompts";
import type { Questions } from "../../surroundings.ts";

/** False: no, or called off. */
export async function askConfirm(questions: Questions, message: string): Promise<boolean> {
  const answer = await confirm({ ...questions, message, initialValue: false });
  return !isCancel(answer) && answer;
}

/** Undefined: called off. */
export async function askText(questions: Questions, message: string): Promise<string | undefined> {
  const answer = await text({ ...questions, message });
  return isCancel(answer) ? undefined : answer;
}
