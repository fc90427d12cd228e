/** The built program at a cluster: of the client of Kubernetes only what reads kubeconfigs and signs in is built into it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { API_CONFIG } from "../support/api-config.ts";
import { buildProgram, runBuilt } from "../support/build-program.ts";
import { makeCertificates } from "../support/certificates.ts";
import { connectProxy } from "../support/connect-proxy.ts";
import { gitdir, gitTestEnv, temporaryFolder } from "../support/gitdir.ts";
import { ENGINE_CRDS } from "../support/kubernetes/engine-crds.ts";
import { kubeconfigFor } from "../support/kubernetes/kubeconfig.ts";
import { putObjects } from "../support/kubernetes/put-objects.ts";
import { startKubernetes, type LookAlike } from "../support/kubernetes/start-kubernetes.ts";
import { liveApplication } from "../support/live-application.ts";
import { deployment } from "../support/manifests.ts";

const EXEC = "client.authentication.k8s.io/v1";

let main: string;

beforeAll(() => {
  main = buildProgram();
});

async function started(options: Parameters<typeof startKubernetes>[0] = {}): Promise<LookAlike> {
  const server = await startKubernetes(options);
  onTestFinished(() => server.close());
  for (const crd of ENGINE_CRDS) server.install(crd);
  putObjects(server, liveApplication({ url: "https://git.example.com/a.git", revision: "main", health: "Healthy" }));
  return server;
}

/** What it says of the one Application that there is. */
async function status(kubeconfig: string): Promise<unknown> {
  const files = { "lastgood.yaml": API_CONFIG, "apps/api/deployment.yaml": deployment("api:1.8.0") };
  const repository = gitdir([{ files }], { worktree: true });
  const file = join(temporaryFolder("kube"), "config");
  writeFileSync(file, kubeconfig);
  const env = { ...gitTestEnv(), KUBECONFIG: file, XDG_CACHE_HOME: temporaryFolder("cache") };
  const { stdout, stderr } = await runBuilt(main, ["status", "-o", "json"], { cwd: repository.path, env });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

const HEALTHY = { status: { targets: [{ name: "api", status: "Current", message: "Argo CD calls it Healthy" }] } };

describe("the built program", () => {
  it("signs in with a token", async () => {
    const server = await started();
    server.token = "a-token";
    expect(await status(kubeconfigFor(server.url, { token: "a-token" }))).toMatchObject(HEALTHY);
  });

  it("signs in by a plugin", async () => {
    const server = await started();
    server.token = "from-a-plugin";
    const credential = { apiVersion: EXEC, kind: "ExecCredential", status: { token: server.token } };
    const args = ["-e", `console.log(${JSON.stringify(JSON.stringify(credential))})`];
    const exec = { apiVersion: EXEC, command: process.execPath, args };
    expect(await status(kubeconfigFor(server.url, { exec }))).toMatchObject(HEALTHY);
  });

  it("goes through the proxy of its kubeconfig, and trusts whom that trusts", async () => {
    const { ca, ...tls } = makeCertificates("kube.example.com");
    const server = await started({ tls });
    const proxy = await connectProxy({ "kube.example.com:443": Number(new URL(server.url).port) });
    const cluster = { "certificate-authority-data": Buffer.from(ca).toString("base64"), "proxy-url": proxy.url };
    const kubeconfig = kubeconfigFor("https://kube.example.com", { token: "x" }, cluster);
    expect(await status(kubeconfig)).toMatchObject(HEALTHY);
    expect(proxy.asked).toContain("kube.example.com:443");
  });
});
