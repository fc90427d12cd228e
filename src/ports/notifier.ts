import type { EventName } from "../core/model/event.ts";
import type { Notification } from "../core/notification/notification.ts";

/** Somebody who is told. Decisions never wait for one. */
export interface Notifier {
  /** For logs, without secrets: `slack`, `webhook hooks.example`. */
  readonly name: string;
  /** What it wants to hear. */
  readonly on: ReadonlySet<EventName>;
  /** Tells it once. Throws `Notification*`: transient ones may be tried again with the same notification. */
  notify(notification: Notification, signal?: AbortSignal): Promise<void>;
}
