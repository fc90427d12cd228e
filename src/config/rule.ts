import type { PathStep } from "./document.ts";
import type { ConfigFaultCode } from "./faults.ts";
import type { WrittenConfig } from "./schema.ts";

/** A breach at `owner`'s `path`. `message` ends the sentence that the typed value begins. */
export interface Breach {
  readonly owner: object;
  readonly path: readonly PathStep[];
  readonly message: string;
  readonly suggestion?: string | undefined;
  readonly code?: ConfigFaultCode;
}

/** Names that the file declares, also where the rest of the declaration is faulty: no fault follows from another one. */
export interface Declared {
  readonly repositories: readonly string[];
  readonly engines: readonly string[];
  readonly policies: readonly string[];
}

export interface RuleContext {
  readonly config: WrittenConfig;
  readonly declared: Declared;
  readonly lineOf: (owner: object) => number | undefined;
  readonly report: (breach: Breach) => void;
}

export type Rule = (context: RuleContext) => void;
