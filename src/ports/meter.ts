/** A request to the forge, as it was answered. */
export interface ForgeRequest {
  readonly api: "rest" | "graphql";
  /** HTTP status; undefined: no answer came. */
  readonly status: number | undefined;
  readonly seconds: number;
  /** What the answer says of the limit that the request counted for. */
  readonly limit?: { readonly resource: string; readonly remaining: number; readonly resetAtSeconds: number };
}

/** Counts what goes on outside. Called right after it has ended; returns at once, and never throws. */
export interface Meter {
  /** A process of git: its subcommand, as `fetch` or `rev-list`. */
  readonly git: (operation: string, result: "done" | "failed", seconds: number) => void;
  readonly forge: (request: ForgeRequest) => void;
  /** An attempt to move the shared ledger; `moved`: another writer was faster. */
  readonly ledgerPush: (result: "done" | "moved" | "failed") => void;
}
