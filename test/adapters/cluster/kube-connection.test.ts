import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { openKubeConnection, type KubeSettings } from "../../../src/adapters/cluster/kubernetes/kube-connection.ts";
import { openKubernetesCluster } from "../../../src/adapters/cluster/kubernetes/kubernetes-cluster.ts";
import { makeCertificates } from "../../support/certificates.ts";
import { ENGINE_CRDS } from "../../support/kubernetes/engine-crds.ts";
import { kubeconfigFor } from "../../support/kubernetes/kubeconfig.ts";
import { startKubernetes, type LookAlike } from "../../support/kubernetes/start-kubernetes.ts";
import { manualClock } from "../../support/manual-clock.ts";

const APPLICATIONS = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "lastgood-kube-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function file(text: string, path = join(folder(), "config")): string {
  writeFileSync(path, text);
  return path;
}

/** A kubeconfig whose context, cluster and user have one name. */
function named(name: string, server: string): string {
  return kubeconfigFor(server, { token: `${name}-token` }).replaceAll(/\b(test|me)\b/g, name);
}

async function open(
  settings: Omit<KubeSettings, "env"> & { readonly env?: KubeSettings["env"] },
): Promise<{ name: string; server: string; headers: unknown }> {
  const connection = await openKubeConnection({ env: {}, ...settings });
  const { server, options } = await connection.connect();
  return { name: connection.name, server, headers: options.headers };
}

async function started(options: Parameters<typeof startKubernetes>[0] = {}): Promise<LookAlike> {
  const server = await startKubernetes(options);
  for (const crd of ENGINE_CRDS) server.install(crd);
  onTestFinished(() => server.close());
  return server;
}

describe("the cluster", () => {
  it("is that of --kubeconfig before KUBECONFIG before ~/.kube/config", async () => {
    const [a, b] = [file(named("a", "https://a")), file(named("b", "https://b"))];
    const home = folder();
    mkdirSync(join(home, ".kube"));
    file(named("home", "https://home"), join(home, ".kube", "config"));
    expect(await open({ kubeconfig: a, env: { KUBECONFIG: b, HOME: home } })).toMatchObject({ name: "a" });
    expect(await open({ env: { KUBECONFIG: b, HOME: home } })).toMatchObject({ name: "b" });
    expect(await open({ env: { HOME: home } })).toMatchObject({ name: "home", server: "https://home" });
  });

  it("may be in any file of KUBECONFIG: the first to name something wins, one that is not there does not count", async () => {
    const [a, b] = [file(named("a", "https://a")), file(named("b", "https://b"))];
    const again = file(named("a", "https://other"));
    const env = { KUBECONFIG: ["/nowhere/config", a, b, again].join(delimiter) };
    expect(await open({ env })).toMatchObject({ name: "a", server: "https://a" });
    expect(await open({ env, context: "b" })).toMatchObject({
      name: "b",
      server: "https://b",
      headers: { Authorization: "Bearer b-token" },
    });
  });

  it("stands in the namespace of its context, or in default", async () => {
    const text = named("a", "https://a");
    expect((await openKubeConnection({ kubeconfig: file(text), env: {} })).namespace).toBe("gitops");
    const without = text.replace(/\n\s+namespace: gitops/, "");
    expect((await openKubeConnection({ kubeconfig: file(without), env: {} })).namespace).toBe("default");
  });

  it.each([
    ["no file", { kubeconfig: "/nowhere/config" }, "ENOENT"],
    ["none of KUBECONFIG", { env: { KUBECONFIG: `/nowhere/a${delimiter}/nowhere/b` } }, "none of the files"],
    ["nothing at all", { env: { HOME: "/nowhere" } }, "there is no kubeconfig, and this is no pod"],
  ])("is not guessed: %s", async (_, settings, message) => {
    const failing = open(settings);
    await expect(failing).rejects.toMatchObject({ code: "EngineConfig", exit: 2 });
    await expect(failing).rejects.toThrow(message);
  });

  it("is one of those the kubeconfig names, and says which", async () => {
    const failing = open({ kubeconfig: file(named("a", "https://a")), context: "prod" });
    await expect(failing).rejects.toMatchObject({
      message: "there is no context prod",
      hint: "Name one with --context: a.",
    });
  });

  it.each(["http://api.example.com", "ftp://api", "not a url"])(
    "is not reached without encryption: %s",
    async (server) => {
      await expect(open({ kubeconfig: file(named("a", server)) })).rejects.toMatchObject({ code: "EngineConfig" });
    },
  );

  it("may be `kubectl proxy` on this machine", async () => {
    expect(await open({ kubeconfig: file(named("a", "http://127.0.0.1:8001")) })).toMatchObject({ name: "a" });
  });
});

describe("a kubeconfig that is none", () => {
  it.each([
    ["bad YAML", 'apiVersion: v1\nusers:\n- user: {token: "hunter2hunter2\n'],
    ["a list", "- token: hunter2hunter2\n"],
    ["a text", "token hunter2hunter2"],
    ["users that are none", "clusters: []\ncontexts: []\nusers: hunter2hunter2\n"],
  ])("is named, and nothing of it is shown: %s", async (_, text) => {
    const error = await open({ kubeconfig: file(text) }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "EngineConfig" });
    expect(inspect(error, { depth: 9 })).not.toContain("hunter2");
  });
});

describe("signing in", () => {
  it("trusts the kubeconfig's authority, and no server without it", async () => {
    const { ca, ...tls } = makeCertificates("localhost");
    const server = await started({ tls });
    const data = Buffer.from(ca).toString("base64");
    const trusting = file(kubeconfigFor(server.url, { token: "x" }, { "certificate-authority-data": data }));
    const cluster = await openKubernetesCluster({ kubeconfig: trusting, env: {}, clock: manualClock() });
    expect(await cluster.list(APPLICATIONS)).toEqual([]);
    const doubting = file(kubeconfigFor(server.url, { token: "hunter2hunter2" }));
    const other = await openKubernetesCluster({ kubeconfig: doubting, env: {}, clock: manualClock() });
    const error = await other.list(APPLICATIONS).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "EngineUnreachable" });
    expect(inspect(error, { depth: 9 })).not.toContain("hunter2");
  });

  it("asks a plugin, and tells it which version to speak", async () => {
    const server = await started();
    server.token = "v1-false";
    const script =
      'const {apiVersion,spec}=JSON.parse(process.env.KUBERNETES_EXEC_INFO);console.log(JSON.stringify({apiVersion,kind:"ExecCredential",status:{token:apiVersion.split("/")[1]+"-"+spec.interactive}}))';
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: process.execPath, args: ["-e", script] };
    const kubeconfig = file(kubeconfigFor(server.url, { exec }));
    const cluster = await openKubernetesCluster({ kubeconfig, env: {}, clock: manualClock() });
    expect(await cluster.list(APPLICATIONS)).toEqual([]);
  });

  it("that fails says how to try it, and which plugin is missing", async () => {
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "/nowhere/plugin", args: [] };
    const kubeconfig = file(kubeconfigFor("https://127.0.0.1:1", { exec }));
    const cluster = await openKubernetesCluster({ kubeconfig, env: {}, clock: manualClock() });
    await expect(cluster.list(APPLICATIONS)).rejects.toMatchObject({
      code: "EngineAuth",
      exit: 4,
      message: expect.stringContaining("/nowhere/plugin") as string,
      hint: "Try `kubectl --context test version`.",
    });
  });

  it("reads the kubeconfig again when the token is refused", async () => {
    const server = await started();
    const kubeconfig = file(kubeconfigFor(server.url, { token: "old" }));
    const cluster = await openKubernetesCluster({ kubeconfig, env: {}, clock: manualClock() });
    await cluster.list(APPLICATIONS);
    server.token = "new";
    await expect(cluster.list(APPLICATIONS)).rejects.toMatchObject({ code: "EngineAuth" });
    file(kubeconfigFor(server.url, { token: "new" }), kubeconfig);
    expect(await cluster.list(APPLICATIONS)).toEqual([]);
    expect(await cluster.get({ ...APPLICATIONS, namespace: "x", name: "none" })).toBeUndefined();
  });
});
