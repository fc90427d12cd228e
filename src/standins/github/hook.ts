/** A webhook and what was sent to it. */

export interface Hook {
  readonly id: number;
  readonly url: string;
  readonly secret: string | undefined;
  readonly contentType: "json" | "form";
  /** `*` is every event. */
  readonly events: readonly string[];
  readonly active: boolean;
  /** How the client that made it reaches us: links in payloads lead back that way. */
  readonly site: { readonly web: string; readonly api: string };
  readonly createdAtMs: number;
  /** Oldest first. */
  readonly deliveries: Delivery[];
  /** The end of what is being sent: one at a time. */
  sending: Promise<void>;
}

export interface HookEvent {
  readonly event: "ping" | "push" | "pull_request";
  readonly action?: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface Delivery {
  readonly id: number;
  /** `X-GitHub-Delivery`; a redelivery keeps it. */
  readonly guid: string;
  readonly redelivery: boolean;
  readonly occurred: HookEvent;
  readonly headers: Readonly<Record<string, string>>;
  readonly atMs: number;
  /** 0: nobody answered. */
  readonly status: number;
}
