/** What a face is told of the process it runs in. Only main.ts takes it from there. */

import type { Readable, Writable } from "node:stream";

export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** A terminal, where questions are asked and answered: what is written to it is no result. */
export interface Questions {
  readonly input: Readable;
  readonly output: Writable & { readonly columns?: number };
}

export interface Surroundings {
  /** The name it was called by: `lastgood`, `kubectl lastgood`, `git lastgood`. */
  readonly calledAs: string;
  readonly version: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Missing: nobody can be asked. */
  readonly questions?: Questions;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Calls `reload` at each SIGHUP, until the answer is called. Missing: nobody can ask. */
  readonly onReload?: (reload: () => void) => () => void;
  /** `node 20.19.0, linux x64`: for bug reports. */
  readonly platform: string;
  /** The folder that holds `dist/`, `config/` and `fixtures/`. */
  readonly packageRoot: string;
  /** The URL of what the program runs in threads of its own (thread.ts); missing when it is not built (tests). */
  readonly thread?: string;
}

/** Where lastgood keeps what it can make again. */
export function cacheFolder({ env, home }: Pick<Surroundings, "env" | "home">): string {
  const base = env["XDG_CACHE_HOME"];
  return `${base !== undefined && base.startsWith("/") ? base : `${home}/.cache`}/lastgood`;
}
