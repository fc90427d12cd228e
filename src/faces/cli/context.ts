/** What a command works with: options that all commands share, where its result goes, and the world it opens. */
import { type ExitCode, LastgoodError } from "../../errors.ts";
import type { Hold } from "../../core/model/hold.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";
import type { Questions, Surroundings } from "../surroundings.ts";
import type { Table } from "./output/table.ts";
import type { Envelope, OutputFormat } from "./output/yaml-json.ts";
import type { Style } from "./render/style.ts";

/** Options of every command that looks at a repository. */
export interface CommonOptions {
  readonly config?: string;
  readonly repo?: string;
  readonly namespace?: string;
  readonly base?: string;
  readonly kubeconfig?: string;
  /** Of the kubeconfig. */
  readonly context?: string;
  readonly yes?: boolean;
  readonly input?: boolean;
  /** Notes on everything, not only on the target. */
  readonly verbose?: boolean;
}

export interface CommandContext {
  readonly surroundings: Surroundings;
  readonly format: OutputFormat;
  /** Is the result read by a person? */
  readonly interactive: boolean;
  /** For stdout. */
  readonly style: Style;
  /** For stderr. */
  readonly talk: Style;
  readonly log: Log;
  /** Counts what goes on outside; missing: nobody does. */
  readonly meter?: Meter;
  /** Where a person can be asked; undefined without a terminal, and with --no-input. */
  readonly questions: (Questions & { readonly signal: AbortSignal }) | undefined;
  /** Result lines on stdout. */
  print(lines: readonly string[]): void;
  table(table: Table): void;
  document(document: Envelope): void;
  /** Draws a table, and lines below it, in place of what it drew last, as much as the screen holds; missing where the cursor cannot be moved, or a document is asked for. */
  readonly redraw: ((table: Table, below?: readonly string[]) => void) | undefined;
  /** Has the reader of stdout gone? */
  isClosed(): boolean;
  /** Tells a person why lastgood does not act. */
  hold(hold: Hold): void;
  /** `Next: …` on stderr: what people do now. Names in it are escaped. */
  next(command: string): void;
  /** Talk on stderr, ready to be shown. */
  say(lines: readonly string[]): void;
  /** A yes-or-no question on the terminal. Without one, or with --no-input: throws `UsageMissing` naming `flag`. */
  confirm(question: string, flag: string): Promise<boolean>;
  ask(question: string): Promise<string | undefined>;
}

export type Command<O> = (options: O, context: CommandContext) => Promise<ExitCode>;

/** Where `-i` asks. Throws `UsageMissing` where nobody can be asked; `hint`: the flags that answer instead. */
export function requireQuestions(
  { questions }: Pick<CommandContext, "questions">,
  hint: string,
): NonNullable<CommandContext["questions"]> {
  if (questions !== undefined) return questions;
  throw new LastgoodError("UsageMissing", "-i needs a terminal", { hint });
}
