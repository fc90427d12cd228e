import { type EventName, EVENTS, isWarning } from "../../../core/model/event.ts";
import { clean } from "../../../core/notification/notification.ts";
import type { Cluster } from "../../../ports/cluster.ts";
import type { Notifier } from "../../../ports/notifier.ts";

/**
 * Kubernetes Events on the engine's object, where `kubectl describe` and every dashboard show them. A target without an object in this
 * cluster is not told about.
 */
export function createEventNotifier(cluster: Pick<Cluster, "name" | "get" | "recordEvent">): Notifier {
  const on: ReadonlySet<EventName> = new Set(EVENTS);
  return {
    name: `events ${cluster.name}`,
    on,
    async notify({ event, key, about, message }) {
      if (about === undefined) return;
      const object = await cluster.get(about);
      // Made anew under the same name: it is not the one that this is about.
      if (object === undefined || (about.uid !== undefined && about.uid !== object.uid)) return;
      const type = isWarning(event) ? "Warning" : "Normal";
      await cluster.recordEvent({ about: object, type, reason: event, message: clean(message), key });
    },
  };
}
