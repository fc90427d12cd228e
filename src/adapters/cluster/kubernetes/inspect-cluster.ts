import type { Right } from "../../../core/doctor/rights.ts";
import { stringAt, valueAt } from "../../../core/model/json.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { ClusterVersions } from "../../../ports/cluster.ts";
import { clusterText } from "./cluster-text.ts";
import { judgeAnswer, valueOf, type KubeAnswer } from "./kube-answer.ts";
import type { KubeRequest, KubeTransport } from "./kube-transport.ts";

/** How many questions are open at once. */
const LANES = 8;

/**
 * Asks for each right with a SelfSubjectAccessReview, which everybody who is signed in may create (kubernetes.io/docs, "Checking API
 * access"). Nothing is kept of it. Throws `Engine*`.
 */
export async function askRights(
  rights: readonly Right[],
  ask: (request: KubeRequest, what: string) => Promise<KubeAnswer>,
  signal?: AbortSignal,
): Promise<readonly boolean[]> {
  const answers = new Map<number, boolean>();
  const queue = [...rights.entries()];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, { verb, group, resource, subresource, namespace, name }] = next;
      const attributes = { verb, group, resource, subresource, namespace, name };
      const body = JSON.stringify({
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: attributes },
      });
      const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
      const value = valueOf(await ask({ method: "POST", path, body, signal }, "ask what we may do"));
      answers.set(index, valueAt(value, "status", "allowed") === true);
    }
  };
  await Promise.all(Array.from({ length: Math.min(LANES, rights.length) }, lane));
  return rights.map((_, index) => answers.get(index) === true);
}

/** `GET /version`, which everybody may read, and the time of the answer. Throws `Engine*`. */
export async function readVersions(
  { send }: Pick<KubeTransport, "send">,
  clock: Clock,
  signal?: AbortSignal,
): Promise<ClusterVersions> {
  const answer = await send({ method: "GET", path: "/version", signal });
  const value = valueOf(judgeAnswer(answer, "read the version"));
  const { date } = answer.headers;
  const atMs = typeof date === "string" ? Date.parse(date) : Number.NaN;
  return {
    kubernetes: clusterText(stringAt(value, "gitVersion") ?? "of unknown version", 40),
    // Whole seconds: on the average it is half of one later.
    ...(Number.isNaN(atMs) ? {} : { aheadMs: atMs + 500 - clock.nowMs() }),
  };
}
