import { isObject, listAt, property, stringAt } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import type { KindName } from "../../../ports/cluster.ts";
import { clusterText } from "./cluster-text.ts";
import { judgeAnswer, valueOf } from "./kube-answer.ts";
import type { KubeTransport } from "./kube-transport.ts";

/** How a kind is asked for. */
export interface KubeKind extends KindName {
  /** For people: `applications.argoproj.io`. */
  readonly resource: string;
  readonly namespaced: boolean;
  /** The encoded path of the collection in a namespace, or of all of it. */
  collection(namespace: string | undefined): string;
}

/** What the API server says about its kinds (discovery), asked once per group and version. */
export interface KubeKinds {
  /** Throws `EngineKind` when the cluster has no such kind, and for Secrets. */
  find(name: KindName, signal?: AbortSignal): Promise<KubeKind>;
  /** Ask again: a CRD has come, gone or changed. */
  forget(name: KindName): void;
}

const API_VERSION = /^(?:[a-z0-9][a-z0-9.-]*\/)?v[a-z0-9]+$/;

export function createKubeKinds(transport: KubeTransport): KubeKinds {
  const known = new Map<string, readonly KubeKind[]>();

  async function discover(apiVersion: string, signal: AbortSignal | undefined): Promise<readonly KubeKind[]> {
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const answer = judgeAnswer(
      await transport.send({ method: "GET", path: root, signal }),
      `read the kinds of ${apiVersion}`,
    );
    if (answer.kind === "refused" && answer.status === 404) return [];
    const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0]}` : "";
    return listAt(valueOf(answer), "resources").flatMap((resource) => {
      const [plural, kind] = [stringAt(resource, "name"), stringAt(resource, "kind")];
      // `deployments/status` is a part of a resource.
      if (plural === undefined || kind === undefined || !isObject(resource) || !/^[a-z0-9-]+$/.test(plural)) return [];
      const namespaced = property(resource, "namespaced") === true;
      const collection = (namespace: string | undefined): string =>
        namespaced && namespace !== undefined
          ? `${root}/namespaces/${segment(namespace)}/${plural}`
          : `${root}/${plural}`;
      return [{ apiVersion, kind, resource: plural + group, namespaced, collection }];
    });
  }

  return {
    async find({ apiVersion, kind }, signal) {
      if (!API_VERSION.test(apiVersion)) throw unknown(apiVersion, kind);
      if (apiVersion === "v1" && kind === "Secret") {
        throw new LastgoodError("EngineKind", "lastgood reads no Secrets from a cluster");
      }
      const kinds = known.get(apiVersion) ?? (await discover(apiVersion, signal));
      const found = kinds.find((candidate) => candidate.kind === kind);
      if (found === undefined) throw unknown(apiVersion, kind);
      // What is missing is asked for again: it may be installed any time.
      known.set(apiVersion, kinds);
      return found;
    },
    forget({ apiVersion }) {
      known.delete(apiVersion);
    },
  };
}

/** A name as one segment of a path. Throws `EngineValidation` for one that would be another path. */
export function segment(name: string): string {
  if (name === "" || name === "." || name === "..") {
    throw new LastgoodError("EngineValidation", `"${name}" is no name of an object or namespace`);
  }
  return encodeURIComponent(name);
}

function unknown(apiVersion: string, kind: string): LastgoodError {
  return new LastgoodError("EngineKind", `the cluster has no kind ${clusterText(kind)} in ${clusterText(apiVersion)}`, {
    hint: "Is its CustomResourceDefinition installed, in this version? See `kubectl api-resources`.",
  });
}
