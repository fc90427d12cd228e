import type { CommitVia } from "../../../config/config.ts";
import type { SelectionOptions } from "./plan.ts";

/** `revert`, as typed. */
export interface RevertOptions extends SelectionOptions {
  readonly mode?: string;
  readonly merge?: boolean;
  readonly branch?: string;
  readonly wait?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly plan?: string;
  readonly interactive?: boolean;
  readonly timeout?: string;
  readonly commitVia?: CommitVia;
  /** Number of a pull request whose boxes are to be followed. */
  readonly follow?: string;
}
