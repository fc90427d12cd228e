/** One request → one answer, for everything but watches. */
import { isObject, stringAt, valueAt, type JsonObject } from "../../../src/core/model/json.ts";
import { apiVersionOf, type ServedKind } from "./kube-kinds.ts";
import { isApply, patchObject, readBody } from "./kube-patches.ts";
import { readSelectors } from "./kube-selectors.ts";
import { badRequest, expired, invalid, KubeRefusal, noSuchPath } from "./kube-status.ts";
import type { KubeStore, Stored } from "./kube-store.ts";
import { createObject, deleteObject, mustFind, replaceObject, type WriteTarget } from "./kube-writes.ts";

export interface ApiRequest {
  readonly method: string;
  readonly url: URL;
  readonly contentType: string;
  readonly text: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Where a path leads. */
export interface Place {
  readonly kind: ServedKind;
  /** Undefined: all namespaces, or the kind has none. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly part: "status" | "whole";
}

export interface KubeApi {
  readonly kinds: ServedKind[];
  /** Undefined: it is not about objects. */
  readonly place: (url: URL) => Place | undefined;
  readonly answer: (request: ApiRequest, nowMs: number) => ApiAnswer;
  /** From now on no continue token is good any more. */
  readonly expireLists: () => void;
}

interface Snapshot {
  readonly version: number;
  readonly objects: readonly Stored[];
  good: boolean;
}

export function createKubeApi(store: KubeStore, builtIn: readonly ServedKind[]): KubeApi {
  const kinds = [...builtIn];
  const snapshots: Snapshot[] = [];

  function place(url: URL): Place | undefined {
    const parts = url.pathname.split("/").slice(1).map(decodeURIComponent);
    const core = parts[0] === "api";
    if (!core && parts[0] !== "apis") return undefined;
    const [group, version, ...rest] = core ? ["", ...parts.slice(1)] : parts.slice(1);
    const isScoped = rest[0] === "namespaces" && rest.length > 2;
    const [plural, name, part] = isScoped ? rest.slice(2) : rest;
    const kind = kinds.find((one) => one.group === group && one.version === version && one.plural === plural);
    if (kind === undefined || (part !== undefined && !(part === "status" && kind.statusApart))) return undefined;
    if (isScoped !== kind.namespaced && (isScoped || name !== undefined)) return undefined;
    return { kind, namespace: isScoped ? rest[1] : undefined, name, part: part === "status" ? "status" : "whole" };
  }

  function discover(url: URL): ApiAnswer {
    if (url.pathname === "/version") return ok({ major: "1", minor: "34", gitVersion: "v1.34.0" });
    if (url.pathname === "/readyz") return ok("ok");
    const apiVersion = url.pathname.replace(/^\/apis?\//, "");
    const served = kinds.filter((kind) => apiVersionOf(kind) === apiVersion);
    if (served.length === 0) throw noSuchPath();
    const verbs = ["create", "delete", "get", "list", "patch", "update", "watch"];
    const resources = served.flatMap(({ plural, kind, namespaced, statusApart }) => {
      const resource = { name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs };
      const part = { ...resource, name: `${plural}/status`, singularName: "", verbs: ["get", "patch", "update"] };
      return statusApart ? [resource, part] : [resource];
    });
    return ok({ kind: "APIResourceList", apiVersion: "v1", groupVersion: apiVersion, resources });
  }

  function list({ kind, namespace }: Place, query: URLSearchParams): ApiAnswer {
    const matches = readSelectors(query, kind);
    const limit = Number(query.get("limit") ?? "0");
    const token = query.get("continue") ?? "";
    const { snapshot, from } = token === "" ? begin() : resume(token);
    const objects = snapshot.objects.filter(matches);
    const page = limit > 0 ? objects.slice(from, from + limit) : objects.slice(from);
    const left = objects.length - from - page.length;
    const rest = left > 0 ? { continue: tokenOf(snapshot, from + page.length), remainingItemCount: left } : {};
    return ok({
      kind: `${kind.kind}List`,
      apiVersion: apiVersionOf(kind),
      metadata: { resourceVersion: String(snapshot.version), ...rest },
      items: page.map((object) => (kind.custom ? object : withoutKind(object))),
    });

    function begin(): { snapshot: Snapshot; from: number } {
      return { snapshot: { version: store.version(), objects: store.all(kind, namespace), good: true }, from: 0 };
    }
  }

  function tokenOf(snapshot: Snapshot, from: number): string {
    if (!snapshots.includes(snapshot)) snapshots.push(snapshot);
    return Buffer.from(JSON.stringify([snapshots.indexOf(snapshot), from])).toString("base64url");
  }

  function resume(token: string): { snapshot: Snapshot; from: number } {
    const [index, from] = readToken(token);
    const snapshot = snapshots[index];
    if (snapshot === undefined) throw badRequest("continue key is not valid");
    if (snapshot.good) return { snapshot, from };
    throw expired("The provided continue parameter is too old to display a consistent list result.", token);
  }

  function write(request: ApiRequest, at: Place, nowMs: number): ApiAnswer {
    const { kind, namespace = "", name, part } = at;
    const target: WriteTarget = { store, kind, namespace, nowMs };
    const { method, contentType, text } = request;
    if (name === undefined) {
      if (method !== "POST" || (kind.namespaced && at.namespace === undefined)) throw notAllowed();
      return { status: 201, body: createObject(target, readBody(text)) };
    }
    switch (method) {
      case "PUT":
        return ok(
          replaceObject(target, mustFind(target, name), checked(kind, withVersion(kind, readBody(text))), part),
        );
      case "PATCH":
        return patch(request, target, { name, part });
      case "DELETE": {
        const options = text === "" ? {} : readBody(text);
        const object = deleteObject(target, mustFind(target, name), stringAt(options, "preconditions", "uid"));
        if (object.metadata["deletionTimestamp"] !== undefined) return ok(object);
        const details = { name, group: kind.group, kind: kind.plural, uid: object.metadata["uid"] };
        return ok({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details });
      }
      default:
        throw notAllowed();
    }

    function patch(
      { url }: ApiRequest,
      to: WriteTarget,
      { name, part }: { name: string; part: Place["part"] },
    ): ApiAnswer {
      const before = to.store.find(to.kind, to.namespace, name);
      if (isApply(contentType)) {
        if (!url.searchParams.get("fieldManager")) {
          throw invalid("PatchOptions", "", [
            { field: "fieldManager", message: "Required value: is required for apply patch" },
          ]);
        }
        if (before === undefined) return { status: 201, body: createObject(to, readBody(text)) };
      }
      const found = before ?? mustFind(to, name);
      const patched = patchObject(to.kind, found, { contentType, text });
      return ok(replaceObject(to, found, checked(to.kind, patched, "patched"), part));
    }
  }

  return {
    kinds,
    place,
    answer(request, nowMs) {
      const at = place(request.url);
      if (at === undefined) return discover(request.url);
      if (request.method !== "GET") return write(request, at, nowMs);
      if (at.name === undefined) return list(at, request.url.searchParams);
      return ok(mustFind({ store, kind: at.kind, namespace: at.namespace ?? "", nowMs }, at.name));
    },
    expireLists() {
      for (const snapshot of snapshots) snapshot.good = false;
    },
  };
}

function ok(body: unknown): ApiAnswer {
  return { status: 200, body };
}

function notAllowed(): KubeRefusal {
  return new KubeRefusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
}

function withoutKind(object: JsonObject): JsonObject {
  const { apiVersion: _, kind: __, ...rest } = object;
  return rest;
}

function checked<V>(kind: ServedKind, value: V, how: "given" | "patched" = "given"): V {
  if (isObject(value)) kind.check?.(value, how);
  return value;
}

/** Custom objects are never replaced without saying which version. */
function withVersion(kind: ServedKind, value: unknown): unknown {
  if (!kind.custom || !isObject(value) || valueAt(value, "metadata", "resourceVersion") !== undefined) return value;
  const name = stringAt(value, "metadata", "name") ?? "";
  throw invalid(`${kind.kind}.${kind.group}`, name, [
    { field: "metadata.resourceVersion", message: "Invalid value: 0x0: must be specified for an update" },
  ]);
}

function readToken(token: string): readonly [number, number] {
  try {
    const [index, from] = JSON.parse(Buffer.from(token, "base64url").toString()) as readonly unknown[];
    if (typeof index === "number" && typeof from === "number") return [index, from];
  } catch {
    // Falls through: not one of ours.
  }
  throw badRequest("continue key is not valid");
}
