import { property, stringAt, type JsonObject } from "../../../core/model/json.ts";
import { isList } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import type { KindQuery, LiveObject } from "../../../ports/cluster.ts";
import { judgeAnswer, resourceVersionOf, type KubeAnswer } from "./kube-answer.ts";
import type { KubeKind } from "./kube-kinds.ts";
import type { KubeTransport } from "./kube-transport.ts";
import { toLiveObject } from "./live-object.ts";

export interface WholeList {
  readonly objects: readonly LiveObject[];
  /** From here a watch tells everything that comes later. */
  readonly resourceVersion: string;
}

/** Not ok: nothing is known, whatever pages had come. `expired`: from the beginning, please. */
export type ListResult =
  | { readonly kind: "whole"; readonly list: WholeList }
  | { readonly kind: "expired" }
  | { readonly kind: "failed"; readonly answer: KubeAnswer & { readonly kind: "refused" } };

export interface ListRequest {
  readonly kind: KubeKind;
  readonly query: KindQuery;
  readonly trim?: ((value: JsonObject) => JsonObject) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** 0: all in one page. */
  readonly pageSize: number;
}

/** A whole list costs a continue token at most this often: more pages than that are a server that goes in circles. */
const MOST_PAGES = 10_000;

/**
 * One list, page by page, of one moment: without resourceVersion the server answers from a quorum, and the continue token keeps to
 * that moment until it expires (410, after etcd's compaction: 5 min).
 */
export async function listKind(transport: KubeTransport, request: ListRequest): Promise<ListResult> {
  const { kind, query, trim, signal, pageSize } = request;
  const what = describeList(kind, query);
  const objects: LiveObject[] = [];
  let resourceVersion: string | undefined;
  let token = "";
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const raw = await transport.send({
      method: "GET",
      path: kind.collection(query.namespace),
      query: {
        ...selectors(query),
        ...(pageSize > 0 ? { limit: String(pageSize) } : {}),
        ...(token === "" ? {} : { continue: token }),
      },
      signal,
    });
    const answer = judgeAnswer(raw, what);
    if (answer.kind === "refused") return answer.status === 410 ? { kind: "expired" } : { kind: "failed", answer };
    const items = property(answer.value, "items");
    const version = resourceVersionOf(answer.value);
    // An empty list of Go is written `null` by some aggregated servers.
    if (version === undefined || (!isList(items) && items !== null)) throw noList(what);
    // A token that was renewed ("inconsistent continue") goes on at another moment: what went between the two would never be seen.
    if (resourceVersion !== undefined && version !== resourceVersion) return { kind: "expired" };
    resourceVersion = version;
    for (const item of items ?? []) objects.push(toLiveObject(item, kind, trim));
    token = stringAt(answer.value, "metadata", "continue") ?? "";
    if (token === "") return { kind: "whole", list: { objects, resourceVersion } };
  }
  throw noList(what);
}

export function selectors({ labels, fields }: KindQuery): Readonly<Record<string, string>> {
  return {
    ...(labels === undefined ? {} : { labelSelector: labels }),
    ...(fields === undefined ? {} : { fieldSelector: fields }),
  };
}

export function describeList({ resource }: KubeKind, { namespace }: KindQuery, verb = "list"): string {
  return `${verb} ${resource} in ${namespace === undefined ? "all namespaces" : namespace}`;
}

function noList(what: string): LastgoodError {
  return new LastgoodError("EngineAnswer", `cannot ${what}: the answer is no whole list`);
}
