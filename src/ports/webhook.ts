import type { Hint } from "../core/hints/hint.ts";

/** One endpoint that others tell something by. */
export interface WebhookEndpoint {
  /** `/webhooks/github`; `{target*}` stands for the name of a target, slashes too. */
  readonly path: string;
  /** Who sends there: for metrics. */
  readonly source: string;
  readonly maxBytes: number;
}

export interface WebhookRequest {
  /** Of the URL, without query. */
  readonly path: string;
  /** With names in lower case, as Node.js gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As it came. */
  readonly body: Uint8Array;
}

/** `hints`: those that are new; none for what was told before, and for what is about nothing of ours. */
export interface WebhookAnswer {
  /** HTTP status: 202 for whatever is proved and sound. */
  readonly status: number;
  readonly why?: string;
  readonly hints: readonly Hint[];
}

/** Proves, reads and remembers what others send. A hint is never a fact: it only makes lastgood look. */
export interface WebhookReader {
  readonly endpoints: readonly WebhookEndpoint[];
  /** Is there anything in the headers that could prove the sender? Asked before a body is read. */
  brings(headers: WebhookRequest["headers"]): boolean;
  /** Never throws. */
  read(request: WebhookRequest): WebhookAnswer;
}
