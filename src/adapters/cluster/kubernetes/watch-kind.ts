import { isObject, property, stringAt, valueAt, type JsonObject } from "../../../core/model/json.ts";
import type { KindQuery } from "../../../ports/cluster.ts";
import { judgeAnswer, refusedBy, resourceVersionOf, type KubeAnswer } from "./kube-answer.ts";
import type { KubeKind } from "./kube-kinds.ts";
import type { KubeTransport } from "./kube-transport.ts";
import { describeList, selectors } from "./list-kind.ts";

/** How one watch ended. */
export type WatchEnd =
  /** Go on from the last version: the server was done, or it fell silent. */
  | { readonly kind: "closed" | "silent" }
  /** The time for a new list has come. */
  | { readonly kind: "due" }
  /** The version is too old (410), or the server says what we cannot read: only a new list can help. */
  | { readonly kind: "lost"; readonly why: string }
  | { readonly kind: "failed"; readonly answer: KubeAnswer & { readonly kind: "refused" } };

export interface WatchRequest {
  readonly kind: KubeKind;
  readonly query: KindQuery;
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
  readonly idleMs: number;
  readonly dueAtMs: number;
  readonly signal: AbortSignal;
  /** Something was heard: the watch was opened, or a line has come. */
  readonly onHeard: () => void;
  /** `resourceVersion`: from here on, after this event. What it throws is thrown. */
  readonly onEvent: (event: WatchEvent, resourceVersion: string) => void;
}

export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: JsonObject }
  | { readonly type: "BOOKMARK" };

/** Ends the reading of a stream with an answer. */
class StopReading extends Error {
  readonly end: WatchEnd;
  constructor(end: WatchEnd) {
    super("the watch ends");
    this.end = end;
  }
}

/**
 * One watch, from one version on, until it ends: every end is an answer but a connection that breaks (`EngineUnreachable`).
 * A 410 comes as the answer's status or, in a stream that has begun with 200, as an `ERROR` event (kubernetes.io/docs, "API concepts").
 */
export async function watchKind(transport: KubeTransport, request: WatchRequest): Promise<WatchEnd> {
  const { kind, query, onHeard, onEvent } = request;
  const what = describeList(kind, query, "watch");
  try {
    const end = await transport.stream({
      method: "GET",
      path: kind.collection(query.namespace),
      query: {
        ...selectors(query),
        watch: "true",
        allowWatchBookmarks: "true",
        resourceVersion: request.resourceVersion,
        timeoutSeconds: String(request.timeoutSeconds),
      },
      signal: request.signal,
      idleMs: request.idleMs,
      dueAtMs: request.dueAtMs,
      onOpen: onHeard,
      onLine(line) {
        const { event, version } = readLine(line, what);
        onHeard();
        onEvent(event, version);
      },
    });
    if (end.kind === "answered") return judgeEnd(judgeAnswer(end.answer, what), what);
    return { kind: end.kind === "idle" ? "silent" : end.kind };
  } catch (error) {
    if (error instanceof StopReading) return error.end;
    throw error;
  }
}

function judgeEnd(answer: KubeAnswer, what: string): WatchEnd {
  if (answer.kind === "ok") return { kind: "lost", why: `cannot ${what}: the answer is no watch` };
  // 422: the server does not understand the version. Too large: it was set back, as by a restored etcd (k8s.io/apiserver, storage/errors.go).
  const isOtherTime = answer.status === 410 || answer.causes.includes("ResourceVersionTooLarge");
  if (isOtherTime || answer.status === 400 || answer.status === 422) return { kind: "lost", why: answer.error.message };
  return { kind: "failed", answer };
}

/** A line that is no event may have been one: nothing after it can be trusted. */
function readLine(line: string, what: string): { readonly event: WatchEvent; readonly version: string } {
  const value = parse(line);
  const type = stringAt(value, "type");
  const object = isObject(value) ? property(value, "object") : undefined;
  if (isObject(object)) {
    const version = resourceVersionOf(object);
    if (type === "ERROR") {
      const code = valueAt(object, "code");
      throw new StopReading(judgeEnd(refusedBy(object, { status: typeof code === "number" ? code : 500, what }), what));
    }
    if (version !== undefined && type === "BOOKMARK") return { event: { type }, version };
    if (version !== undefined && (type === "ADDED" || type === "MODIFIED" || type === "DELETED")) {
      return { event: { type, object }, version };
    }
  }
  throw new StopReading({ kind: "lost", why: `cannot ${what}: a line is no event` });
}

function parse(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
