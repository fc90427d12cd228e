/** What the suite of a cluster works with: requests as lastgood's own transport sends them, and manifests. */
import { stringAt, type JsonObject, type JsonValue } from "../../src/core/model/json.ts";
import type { KubeConnection } from "../../src/adapters/cluster/kubernetes/kube-connection.ts";
import type { KubeTransport } from "../../src/adapters/cluster/kubernetes/kube-transport.ts";
import type { Cluster } from "../../src/ports/cluster.ts";

/** A server with the engines' kinds (engine-crds.ts), a Widget (widget-crd.ts) and an empty namespace. */
export interface ClusterWorld {
  readonly cluster: Cluster;
  readonly connection: KubeConnection;
  readonly transport: KubeTransport;
  readonly namespace: string;
  /** How long a watch lives at least in which a bookmark has to come: a real server sends one shortly before the end. */
  readonly bookmarkSeconds: number;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

export interface ApiTools extends ClusterWorld {
  readonly send: (
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    body?: unknown,
    type?: string,
  ) => Promise<ApiAnswer>;
  /** The first `count` events of a watch, or all until it ends. `meanwhile` is done once it is open. */
  readonly watch: (
    path: string,
    query: Readonly<Record<string, string>>,
    count: number,
    meanwhile?: () => Promise<unknown>,
  ) => Promise<readonly JsonObject[]>;
  /** The collections in the world's namespace. */
  readonly at: Readonly<
    Record<"configMaps" | "applications" | "kustomizations" | "deployments" | "widgets" | "events" | "leases", string>
  >;
}

export const MERGE = "application/merge-patch+json";
export const JSON_PATCH = "application/json-patch+json";

export function toolsFor(world: ClusterWorld): ApiTools {
  const { transport, namespace } = world;
  const collection = (root: string, plural: string): string => `${root}/namespaces/${namespace}/${plural}`;
  return {
    ...world,
    async send(method, path, body, type) {
      const [plain = "", search = ""] = path.split("?");
      const answer = await transport.send({
        method: method as "GET",
        path: plain,
        query: Object.fromEntries(new URLSearchParams(search)),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(type === undefined ? {} : { contentType: type }),
      });
      return { status: answer.status, body: JSON.parse(answer.text) as JsonObject };
    },
    async watch(path, query, count, meanwhile) {
      const events: JsonObject[] = [];
      let done: Promise<unknown> | undefined;
      const enough = new Error("enough");
      await transport
        .stream({
          method: "GET",
          path,
          query: { watch: "true", timeoutSeconds: "30", ...query },
          idleMs: 60_000,
          dueAtMs: Number.POSITIVE_INFINITY,
          onOpen() {
            done = meanwhile?.();
          },
          onLine(line) {
            events.push(JSON.parse(line) as JsonObject);
            if (events.length === count) throw enough;
          },
        })
        .catch((error: unknown) => {
          if (error !== enough) throw error;
        });
      await done;
      return events;
    },
    at: {
      configMaps: collection("/api/v1", "configmaps"),
      events: collection("/api/v1", "events"),
      applications: collection("/apis/argoproj.io/v1alpha1", "applications"),
      kustomizations: collection("/apis/kustomize.toolkit.fluxcd.io/v1", "kustomizations"),
      deployments: collection("/apis/apps/v1", "deployments"),
      leases: collection("/apis/coordination.k8s.io/v1", "leases"),
      widgets: collection("/apis/lastgood.test/v1", "widgets"),
    },
  };
}

export function configMap(name: string, more: object = {}): JsonObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...more }, data: { key: "value" } };
}

export function application(name: string, more: object = {}): JsonObject {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name },
    spec: { project: "default" },
    ...more,
  };
}

export function kustomization(name: string, more: object = {}): JsonObject {
  return {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { name },
    spec: { path: "./" },
    ...more,
  };
}

export function widget(name: string, spec: object): JsonObject {
  return { apiVersion: "lastgood.test/v1", kind: "Widget", metadata: { name }, spec: spec as JsonObject };
}

export const versionOf = (object: JsonValue): string => stringAt(object, "metadata", "resourceVersion") ?? "";
