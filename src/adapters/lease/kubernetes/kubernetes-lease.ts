/** A Lease of Kubernetes (coordination.k8s.io/v1), the one that client-go's leader election keeps too. */
import type { LeaseRecord } from "../../../core/lease.ts";
import { type JsonObject, stringAt, valueAt } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { LeaseStore, StoredLease } from "../../../ports/lease.ts";
import { clusterText } from "../../cluster/kubernetes/cluster-text.ts";
import { judgeAnswer, resourceVersionOf, valueOf, type KubeAnswer } from "../../cluster/kubernetes/kube-answer.ts";
import {
  openKubeConnection,
  type KubeConnection,
  type KubeSettings,
} from "../../cluster/kubernetes/kube-connection.ts";
import { segment } from "../../cluster/kubernetes/kube-kinds.ts";
import { createKubeTransport, type KubeRequest } from "../../cluster/kubernetes/kube-transport.ts";

export interface KubernetesLeaseOptions extends KubeSettings {
  readonly lease: LeaseId;
  readonly clock: Clock;
}

export interface LeaseId {
  readonly name: string;
  /** Missing: where the pod, or the context, stands. */
  readonly namespace?: string;
}

const API = "coordination.k8s.io/v1";

/** By a connection of its own: what follows kinds there never keeps it waiting. Nothing is sent yet. Throws `EngineConfig`. */
export async function openKubernetesLease(options: KubernetesLeaseOptions): Promise<LeaseStore> {
  return createKubernetesLease(await openKubeConnection(options), options);
}

export function createKubernetesLease(
  connection: KubeConnection,
  { lease, clock }: Pick<KubernetesLeaseOptions, "lease" | "clock">,
): LeaseStore {
  const { name, namespace = connection.namespace } = lease;
  const called = clusterText(`${namespace}/${name}`);
  const transport = createKubeTransport(connection, clock);
  const all = `/apis/${API}/namespaces/${segment(namespace)}/leases`;
  const path = `${all}/${segment(name)}`;

  /** A token that was refused is asked for again, once: it may have been renewed since. */
  async function ask(request: KubeRequest, what: string): Promise<KubeAnswer> {
    const answer = judgeAnswer(await transport.send(request), what);
    if (answer.kind === "ok" || answer.status !== 401) return answer;
    connection.forget();
    return judgeAnswer(await transport.send(request), what);
  }

  return {
    name: `${called} in ${clusterText(connection.name)}`,

    async read(signal) {
      const answer = await ask({ method: "GET", path, signal }, `read Lease ${called}`);
      if (answer.kind === "refused" && answer.status === 404) return undefined;
      return toStored(valueOf(answer), called);
    },

    async write(record, version, signal) {
      if (version === undefined) {
        const body = JSON.stringify({ apiVersion: API, kind: "Lease", metadata: { name }, spec: toSpec(record) });
        const what = `create Lease ${called}`;
        return toStored(valueOf(await ask({ method: "POST", path: all, body, signal }, what)), called);
      }
      // A patch that names a version is refused at any other (kubernetes.io/docs, "API concepts"), and leaves alone what others keep there.
      const body = JSON.stringify({ metadata: { resourceVersion: version }, spec: toSpec(record) });
      const request: KubeRequest = { method: "PATCH", path, contentType: "application/merge-patch+json", body, signal };
      return toStored(valueOf(await ask(request, `renew Lease ${called}`)), called);
    },
  };
}

function toSpec({ holder, acquiredAt, renewedAt, durationMs, transitions }: LeaseRecord): JsonObject {
  return {
    holderIdentity: holder,
    ...(acquiredAt === undefined ? {} : { acquireTime: toMicroTime(acquiredAt) }),
    ...(renewedAt === undefined ? {} : { renewTime: toMicroTime(renewedAt) }),
    ...(durationMs === undefined ? {} : { leaseDurationSeconds: Math.max(1, Math.ceil(durationMs / 1000)) }),
    leaseTransitions: transitions,
  };
}

/** Kubernetes takes no MicroTime without its six digits (k8s.io/apimachinery, metav1.RFC3339Micro). */
function toMicroTime(iso: string): string {
  const [, seconds, digits = ""] = /^(.{19})(?:\.(\d{1,6}))?/.exec(iso) ?? [];
  return `${seconds ?? ""}.${digits.padEnd(6, "0")}Z`;
}

function toStored(value: JsonObject, called: string): StoredLease {
  const version = resourceVersionOf(value);
  if (version === undefined) {
    throw new LastgoodError("EngineAnswer", `the cluster has sent Lease ${called} without a version`);
  }
  const [acquiredAt, renewedAt] = ["acquireTime", "renewTime"].map((key) => stringAt(value, "spec", key));
  const seconds = wholeAt(value, "leaseDurationSeconds");
  return {
    version,
    record: {
      holder: stringAt(value, "spec", "holderIdentity") ?? "",
      ...(acquiredAt === undefined ? {} : { acquiredAt }),
      ...(renewedAt === undefined ? {} : { renewedAt }),
      ...(seconds === undefined ? {} : { durationMs: seconds * 1000 }),
      transitions: wholeAt(value, "leaseTransitions") ?? 0,
    },
  };
}

/** Both are int32; at its end it begins anew. */
function wholeAt(value: JsonObject, key: string): number | undefined {
  const found = valueAt(value, "spec", key);
  return typeof found === "number" && Number.isInteger(found) && found > 0 && found < 2 ** 31 - 1 ? found : undefined;
}
