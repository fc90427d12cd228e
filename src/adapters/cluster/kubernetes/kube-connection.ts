import { access } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { delimiter, join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { isObject } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import { clusterText } from "./cluster-text.ts";

/** Where the cluster is named. */
export interface KubeSettings {
  /** `--kubeconfig`. */
  readonly kubeconfig?: string;
  /** `--context`; undefined: the current one. */
  readonly context?: string;
  /** The process's variables: KUBECONFIG, HOME, KUBERNETES_SERVICE_HOST. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How one API server is reached, and as whom. */
export interface KubeConnection {
  /** The context's name, or `in-cluster`. */
  readonly name: string;
  readonly namespace: string;
  /** What the next request needs, with a token that is fresh. Throws `EngineAuth` when there is none to be had. */
  connect(): Promise<{ readonly server: string; readonly options: RequestOptions }>;
  /** The server has refused what we showed: read the files and ask the plugins again. */
  forget(): void;
}

const IN_CLUSTER = "in-cluster";
const TOKEN_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/**
 * Reads `--kubeconfig`, else the files of KUBECONFIG, else ~/.kube/config, else the pod's service account. Throws `EngineConfig`.
 * The official client does the reading and signing in (tokens, certificates, exec plugins, OIDC); it is loaded here, on first use.
 */
export async function openKubeConnection(settings: KubeSettings): Promise<KubeConnection> {
  let config: KubeConfig | undefined = await loadConfig(settings);
  const inCluster = config.getCurrentContext() === "inClusterContext";
  const context = config.getContextObject(config.getCurrentContext());
  const name = inCluster ? IN_CLUSTER : config.getCurrentContext();
  return {
    name,
    namespace: context?.namespace ?? "default",
    async connect() {
      config ??= await loadConfig(settings);
      const cluster = config.getCurrentCluster();
      if (cluster === null) throw invalid(`context ${clusterText(name)} names no cluster`);
      const options: RequestOptions = {};
      try {
        await config.applyToHTTPSOptions(options);
      } catch (error) {
        const why = clusterText(error instanceof Error ? error.message : String(error));
        throw new LastgoodError("EngineAuth", `cannot sign in to the cluster ${clusterText(name)}: ${why}`, {
          hint: `Try \`kubectl --context ${clusterText(name)} version\`.`,
        });
      }
      // The client's agents are new each time and keep no connection; only the ones for a proxy know something that others do not.
      const { agent, ...others } = options;
      return {
        server: cluster.server,
        options: cluster.proxyUrl === undefined || agent === undefined ? others : { ...others, agent },
      };
    },
    forget() {
      config = undefined;
    },
  };
}

async function loadConfig(settings: KubeSettings): Promise<KubeConfig> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  const files = await findFiles(settings);
  for (const [index, file] of files.entries()) {
    const other = index === 0 ? config : new KubeConfig();
    readInto(other, file);
    if (other !== config) unite(config, other);
  }
  if (files.length === 0) {
    if (!(await exists(TOKEN_FILE)) || settings.env["KUBERNETES_SERVICE_HOST"] === undefined) {
      throw invalid("there is no kubeconfig, and this is no pod", "Name one with --kubeconfig or KUBECONFIG.");
    }
    config.loadFromCluster();
  }
  if (settings.context !== undefined) config.setCurrentContext(settings.context);
  checkContext(config);
  for (const { exec } of config.getUsers()) tellPlugin(exec);
  return config;
}

/** As kubectl does: of several files in KUBECONFIG those that exist count, but a file that is named alone has to be there. */
async function findFiles({ kubeconfig, env }: KubeSettings): Promise<readonly string[]> {
  if (kubeconfig !== undefined) return [kubeconfig];
  const named = (env["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  if (named.length === 1) return named;
  const candidates = named.length > 0 ? named : [join(env["HOME"] ?? "/", ".kube", "config")];
  const there = await Promise.all(candidates.map(exists));
  const found = candidates.filter((_, index) => there[index] === true);
  if (named.length > 0 && found.length === 0) throw invalid("none of the files in KUBECONFIG exists");
  return found;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** The parser's own message quotes the file, tokens and all: it is not passed on, and is no cause. */
function readInto(config: KubeConfig, file: string): void {
  try {
    config.loadFromFile(file);
  } catch (error) {
    const { code, mark } = error as { readonly code?: unknown; readonly mark?: { readonly line?: unknown } };
    const line = typeof mark?.line === "number" ? mark.line + 1 : undefined;
    const why = typeof code === "string" && /^E[A-Z]+$/.test(code) ? code : "it is no kubeconfig";
    throw new LastgoodError("EngineConfig", `cannot read the kubeconfig ${clusterText(file)}: ${why}`, {
      place: line === undefined ? { file } : { file, line },
    });
  }
}

/** The first file to name something wins (kubernetes.io/docs, "Merging kubeconfig files"). */
function unite(config: KubeConfig, other: KubeConfig): void {
  for (const cluster of other.clusters) if (config.getCluster(cluster.name) === null) config.addCluster(cluster);
  for (const user of other.users) if (config.getUser(user.name) === null) config.addUser(user);
  for (const context of other.contexts) {
    if (config.getContextObject(context.name) === null) config.addContext(context);
  }
  if ((config.currentContext ?? "") === "") config.setCurrentContext(other.currentContext);
}

function checkContext(config: KubeConfig): void {
  const name = config.getCurrentContext() ?? "";
  const known = config.getContexts().map((context) => clusterText(context.name));
  if (config.getContextObject(name) === null) {
    const what = name === "" ? "the kubeconfig has no current context" : `there is no context ${clusterText(name)}`;
    throw invalid(what, known.length === 0 ? "It names none at all." : `Name one with --context: ${known.join(", ")}.`);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw invalid(`context ${clusterText(name)} names a cluster that is not there`);
  if (!URL.canParse(cluster.server)) throw invalid(`the server of context ${clusterText(name)} is no URL`);
  const { protocol, hostname } = new URL(cluster.server);
  if (protocol === "https:") return;
  if (protocol !== "http:" || !/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)) {
    throw invalid(
      `the server of context ${clusterText(name)} is not https`,
      "Only `kubectl proxy` on this machine may be.",
    );
  }
  // The client wants to be told that plain HTTP has no certificate to be verified.
  Object.assign(cluster, { skipTLSVerify: true });
}

/** Plugins are told which version to speak, and that nobody can be asked (kubernetes.io, "client-go credential plugins"); the client does not. */
function tellPlugin(exec: unknown): void {
  if (!isObject(exec)) return;
  const { apiVersion, env } = exec;
  const value = JSON.stringify({ apiVersion, kind: "ExecCredential", spec: { interactive: false } });
  Object.assign(exec, { env: [...(Array.isArray(env) ? env : []), { name: "KUBERNETES_EXEC_INFO", value }] });
}

function invalid(message: string, hint?: string): LastgoodError {
  return new LastgoodError("EngineConfig", message, hint === undefined ? {} : { hint });
}
