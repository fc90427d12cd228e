import type { ServerResponse } from "node:http";
import { apiVersionOf, resourceOf, type ServedKind } from "./kube-kinds.ts";
import type { Matcher } from "./kube-selectors.ts";
import { expired, noVersion, tooLargeVersion } from "./kube-status.ts";
import { tellThrough, type Happening, type KubeStore } from "./kube-store.ts";

/** One watch that is open, for tests to do things to. */
export interface OpenWatch {
  readonly resource: string;
  /** A line as it is; to a deaf watch, too. */
  readonly write: (line: string) => void;
  /** A bookmark at the version of now. */
  readonly bookmark: () => void;
  /** The connection stays, and carries nothing any more. */
  readonly deafen: () => void;
  /** The server is done: its timeout. */
  readonly end: () => void;
  /** Reset. */
  readonly destroy: () => void;
}

export interface WatchStart {
  readonly kind: ServedKind;
  readonly namespace: string | undefined;
  readonly matches: Matcher;
  readonly query: URLSearchParams;
  readonly deaf: boolean;
}

/** Serves watches from a store; the open ones are in `open`. */
export function createKubeWatches(store: KubeStore): {
  readonly open: readonly OpenWatch[];
  readonly start: (response: ServerResponse, start: WatchStart) => void;
} {
  const open: OpenWatch[] = [];

  function start(response: ServerResponse, { kind, namespace, matches, query, deaf }: WatchStart): void {
    const resource = resourceOf(kind);
    const from = query.get("resourceVersion") ?? "";
    if (!/^\d*$/.test(from)) throw noVersion(from);
    let mute = deaf;
    response.writeHead(200, { "content-type": "application/json", "transfer-encoding": "chunked" }).flushHeaders();

    function write(line: string): void {
      response.write(`${line}\n`);
    }
    function tell(type: string, object: object): void {
      if (!mute) write(JSON.stringify({ type, object }));
    }
    function concerns({ object, resource: of }: Happening): boolean {
      return of === resource && (namespace === undefined || object.metadata["namespace"] === namespace);
    }
    function hear(happening: Happening): void {
      const told = concerns(happening) ? tellThrough(happening, matches) : undefined;
      if (told !== undefined) tell(told.type, { ...told.object, apiVersion: apiVersionOf(kind), kind: kind.kind });
    }
    function bookmark(): void {
      const metadata = { resourceVersion: String(store.version()), creationTimestamp: null };
      if (query.get("allowWatchBookmarks") === "true") {
        tell("BOOKMARK", { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata });
      }
    }

    if (Number(from) > store.version()) {
      tell("ERROR", tooLargeVersion(from, store.version()).body);
      response.end();
      return;
    }
    const past = from === "" || from === "0" ? [] : store.since(Number(from));
    if (past === undefined) {
      tell("ERROR", expired(`too old resource version: ${from} (${store.version()})`).body);
      response.end();
      return;
    }
    if (from === "" || from === "0") {
      for (const object of store.all(kind, namespace).filter(matches)) tell("ADDED", object);
    }
    for (const happening of past) hear(happening);

    const unsubscribe = store.subscribe(hear);
    const seconds = Number(query.get("timeoutSeconds") ?? "1800");
    const timer = setTimeout(() => watch.end(), seconds * 1000).unref();
    const watch: OpenWatch = {
      resource,
      write,
      bookmark,
      deafen() {
        mute = true;
      },
      end() {
        // A server tells where it stood shortly before it ends (k8s.io/apiserver, cacheWatcher.nextBookmarkTime).
        bookmark();
        leave();
        response.end();
      },
      destroy() {
        leave();
        response.destroy();
      },
    };
    function leave(): void {
      clearTimeout(timer);
      unsubscribe();
      if (open.includes(watch)) open.splice(open.indexOf(watch), 1);
    }
    open.push(watch);
    response.once("close", leave);
  }

  return { open, start };
}
