import { describe, expect, it } from "vitest";
import { createEventNotifier } from "../../../src/adapters/notifier/kubernetes/event-notifier.ts";
import type { Notification } from "../../../src/core/notification/notification.ts";
import type { Cluster, EventRequest, LiveObject } from "../../../src/ports/cluster.ts";

const id = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name: "api" };
const object: LiveObject = { id, uid: "one", resourceVersion: "1", value: {} };
const told: Notification = {
  event: "RevertMerged",
  key: "k",
  incident: "i",
  target: "api",
  message: "merged\nas 5e2d9a0",
  atMs: 0,
  about: { ...id, uid: "one" },
};

function clusterWith(found: LiveObject | undefined): {
  readonly events: readonly EventRequest[];
  readonly cluster: Pick<Cluster, "name" | "get" | "recordEvent">;
} {
  const events: EventRequest[] = [];
  return {
    events,
    cluster: { name: "prod", get: async () => found, recordEvent: async (event) => void events.push(event) },
  };
}

describe("a Kubernetes Event", () => {
  it("is on the engine's object, with the same words, in one line", async () => {
    const { cluster, events } = clusterWith(object);
    await createEventNotifier(cluster).notify(told);
    await createEventNotifier(cluster).notify({ ...told, event: "RevertFailed" });
    expect(events).toEqual([
      { about: object, type: "Normal", reason: "RevertMerged", message: "merged\\nas 5e2d9a0", key: "k" },
      { about: object, type: "Warning", reason: "RevertFailed", message: "merged\\nas 5e2d9a0", key: "k" },
    ]);
  });

  it.each([
    ["an object that is no more", undefined, told],
    ["one that was made anew under the same name", { ...object, uid: "two" }, told],
    ["no object at all", object, { ...told, about: undefined }],
  ])("is not recorded for %s", async (_, found, { about, ...rest }) => {
    const { cluster, events } = clusterWith(found);
    await createEventNotifier(cluster).notify(about === undefined ? rest : { ...rest, about });
    expect(events).toEqual([]);
  });
});
