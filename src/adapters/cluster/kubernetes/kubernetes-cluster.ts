import { createHash } from "node:crypto";
import type { ObjectId } from "../../../core/model/component.ts";
import { LastgoodError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Cluster, EventRequest, KindQuery, LiveObject } from "../../../ports/cluster.ts";
import { clusterText } from "./cluster-text.ts";
import { DEFAULT_PACE, followKind, type FollowPace } from "./follow-kind.ts";
import { askRights, readVersions } from "./inspect-cluster.ts";
import { judgeAnswer, valueOf, type KubeAnswer } from "./kube-answer.ts";
import { openKubeConnection, type KubeConnection, type KubeSettings } from "./kube-connection.ts";
import { createKubeKinds, segment } from "./kube-kinds.ts";
import { createKubeTransport, type KubeRequest } from "./kube-transport.ts";
import { describeList, listKind } from "./list-kind.ts";
import { toLiveObject } from "./live-object.ts";
import { lookPatch } from "./look-patch.ts";

export interface KubernetesOptions extends KubeSettings {
  readonly clock: Clock;
  /** 0 ≤ x < 1, for jitter. `Math.random` when missing. */
  readonly random?: () => number;
  readonly pace?: Partial<FollowPace>;
}

/** A cluster as the kubeconfig, or the pod, names it. Nothing is sent yet. Throws `EngineConfig`. */
export async function openKubernetesCluster(options: KubernetesOptions): Promise<Cluster> {
  return createKubernetesCluster(await openKubeConnection(options), options);
}

export type ClusterTools = Pick<KubernetesOptions, "clock" | "random" | "pace">;

/** As many times a list that expires between its pages is begun again; then in one page. */
const LIST_ATTEMPTS = 3;

export function createKubernetesCluster(connection: KubeConnection, tools: ClusterTools): Cluster {
  const { clock, random = Math.random } = tools;
  const pace = { ...DEFAULT_PACE, ...tools.pace };
  const transport = createKubeTransport(connection, clock);
  const kinds = createKubeKinds(transport);

  /** A token that was refused is asked for again, once: it may have been renewed since. Nothing was done by a request so refused. */
  async function ask(request: KubeRequest, what: string): Promise<KubeAnswer> {
    const answer = judgeAnswer(await transport.send(request), what);
    if (answer.kind === "ok" || answer.status !== 401) return answer;
    connection.forget();
    return judgeAnswer(await transport.send(request), what);
  }

  async function list(query: KindQuery, signal?: AbortSignal): Promise<readonly LiveObject[]> {
    const kind = await kinds.find(query, signal);
    for (let attempt = 1; attempt <= LIST_ATTEMPTS; attempt += 1) {
      const pageSize = attempt === 1 ? pace.pageSize : 0;
      const result = await listKind(transport, { kind, query, signal, pageSize });
      if (result.kind === "whole") return result.list.objects;
      if (result.kind === "failed") {
        if (result.answer.status === 404) kinds.forget(kind);
        if (result.answer.status !== 401 || attempt > 1) throw result.answer.error;
        connection.forget();
      }
    }
    throw new LastgoodError(
      "EngineUnreachable",
      `cannot ${describeList(kind, query)}: the list expires again and again`,
    );
  }

  async function pathOf(id: ObjectId): Promise<string> {
    const kind = await kinds.find(id);
    if (kind.namespaced && id.namespace === undefined) {
      throw new LastgoodError("EngineValidation", `${describe(id)} has no namespace`);
    }
    return `${kind.collection(id.namespace)}/${segment(id.name)}`;
  }

  return {
    name: connection.name,
    namespace: connection.namespace,
    list,

    async get(id) {
      const answer = await ask({ method: "GET", path: await pathOf(id) }, `read ${describe(id)}`);
      if (answer.kind === "refused" && answer.status === 404) return undefined;
      return toLiveObject(valueOf(answer), id);
    },

    follow(query, options) {
      const onRefusedLogin = (): void => connection.forget();
      return followKind({ transport, kinds, clock, random, pace, onRefusedLogin }, query, options);
    },

    async askToLook({ id, uid }, request) {
      const body = JSON.stringify(lookPatch(id, uid, request));
      const path = await pathOf(id);
      const what = `ask ${request.engine === "argocd" ? "Argo CD" : "Flux"} to look at ${describe(id)}`;
      const answer = await ask({ method: "PATCH", path, contentType: "application/merge-patch+json", body }, what);
      // A uid cannot be changed: a patch that says another one is refused as invalid (k8s.io/apimachinery, ValidateObjectMetaAccessorUpdate).
      if (answer.kind === "refused" && answer.fields.includes("metadata.uid")) {
        throw new LastgoodError("EngineConflict", `cannot ${what}: it is another object of the same name by now`);
      }
      valueOf(answer);
    },

    async recordEvent(event) {
      const { namespace = "default" } = event.about.id;
      const kind = await kinds.find({ apiVersion: "v1", kind: "Event" });
      const body = JSON.stringify(buildEvent(event, namespace, new Date(clock.nowMs()).toISOString()));
      const what = `create an Event on ${describe(event.about.id)}`;
      const answer = await ask({ method: "POST", path: kind.collection(namespace), body }, what);
      if (answer.kind === "refused" && answer.reason === "AlreadyExists") return;
      valueOf(answer);
    },

    canI: async (rights, signal) => askRights(rights, ask, signal),
    versions: async (signal) => readVersions(transport, clock, signal),
  };
}

/** `name` follows from the object and the key, so that the same Event is not there twice (`AlreadyExists`). */
function buildEvent({ about, type, reason, message, key }: EventRequest, namespace: string, at: string): object {
  const { apiVersion, kind, name } = about.id;
  const hash = createHash("sha256")
    .update(JSON.stringify([about.uid, reason, key]))
    .digest("hex")
    .slice(0, 16);
  // Seconds: metav1.Time takes no fractions in what it prints, and Events of the core group carry no others.
  const time = `${at.slice(0, 19)}Z`;
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${name.slice(0, 200).replace(/[^a-z0-9]+$/, "")}.${hash}`, namespace },
    involvedObject: {
      apiVersion,
      kind,
      name,
      ...(about.id.namespace === undefined ? {} : { namespace: about.id.namespace }),
      uid: about.uid,
      resourceVersion: about.resourceVersion,
    },
    type,
    reason,
    message: clusterText(message, 1024),
    source: { component: "lastgood" },
    reportingComponent: "lastgood.dev/lastgood",
    reportingInstance: "lastgood",
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}

function describe({ kind, namespace, name }: ObjectId): string {
  return clusterText(`${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`);
}
