/** A real kube-apiserver on a real etcd, as envtest starts them: no controllers, nothing but the API. */
import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { openKubeConnection } from "../../../src/adapters/cluster/kubernetes/kube-connection.ts";
import { createKubeTransport } from "../../../src/adapters/cluster/kubernetes/kube-transport.ts";
import { createSystemClock } from "../../../src/faces/system-clock.ts";
import { kubeconfigFor } from "./kubeconfig.ts";

export interface RealKubernetes {
  /** Of somebody who may do anything. */
  readonly adminKubeconfig: string;
  /** Of an account that may do only what somebody has bound it to. */
  readonly userKubeconfig: string;
  readonly user: string;
  readonly stop: () => Promise<void>;
}

/** The folder with both programs; undefined when the variable is not set. Throws when one of them is not there. */
export function findAssets(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const folder = env["KUBEBUILDER_ASSETS"];
  if (folder === undefined || folder === "") return undefined;
  for (const program of ["etcd", "kube-apiserver"]) accessSync(join(folder, program), constants.X_OK);
  return folder;
}

const READY_WITHIN_MS = 90_000;
const USER = "lastgood";

/** Starts both and waits until the API is ready. Throws with the end of what they have said. */
export async function startRealKubernetes(assets: string): Promise<RealKubernetes> {
  const folder = await mkdtemp(join(tmpdir(), "lastgood-apiserver-"));
  const programs: Program[] = [];
  const stop = async (): Promise<void> => {
    for (const program of programs.toReversed()) await program.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const [client, peer, secure] = [await freePort(), await freePort(), await freePort()];
    const etcdUrl = `http://127.0.0.1:${client}`;
    programs.push(
      startProgram(join(assets, "etcd"), etcdFlags({ folder, url: etcdUrl, peer: `http://127.0.0.1:${peer}` })),
    );
    const tokens = [`admin-token,admin,1,"system:masters"`, `user-token,${USER},2`];
    await writeFile(join(folder, "tokens.csv"), `${tokens.join("\n")}\n`);
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    await writeFile(join(folder, "sa.key"), privateKey.export({ type: "pkcs8", format: "pem" }));
    programs.push(startProgram(join(assets, "kube-apiserver"), apiServerFlags({ folder, etcdUrl, port: secure })));
    const kubeconfig = async (token: string): Promise<string> => {
      const path = join(folder, `${token}.yaml`);
      const cluster = { "certificate-authority": join(folder, "certs", "apiserver.crt") };
      await writeFile(path, kubeconfigFor(`https://127.0.0.1:${secure}`, { token }, cluster));
      return path;
    };
    const adminKubeconfig = await kubeconfig("admin-token");
    await awaitReady(adminKubeconfig, programs);
    return { adminKubeconfig, userKubeconfig: await kubeconfig("user-token"), user: USER, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function etcdFlags({
  folder,
  url,
  peer,
}: {
  readonly folder: string;
  readonly url: string;
  readonly peer: string;
}): readonly string[] {
  return [
    `--data-dir=${join(folder, "etcd")}`,
    "--unsafe-no-fsync",
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ];
}

function apiServerFlags({
  folder,
  etcdUrl,
  port,
}: {
  readonly folder: string;
  readonly etcdUrl: string;
  readonly port: number;
}): readonly string[] {
  const key = join(folder, "sa.key");
  return [
    `--etcd-servers=${etcdUrl}`,
    `--cert-dir=${join(folder, "certs")}`,
    `--secure-port=${port}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    "--endpoint-reconciler-type=none",
    "--service-cluster-ip-range=10.0.0.0/24",
    "--allow-privileged=true",
    "--disable-admission-plugins=ServiceAccount",
    "--authorization-mode=RBAC",
    `--token-auth-file=${join(folder, "tokens.csv")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
  ];
}

interface Program {
  /** The end of what it has said; with its exit, once there is one. */
  readonly words: () => string;
  readonly isOver: () => boolean;
  readonly stop: () => Promise<void>;
}

function startProgram(path: string, flags: readonly string[]): Program {
  const child: ChildProcess = spawn(path, flags, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const hear = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-4000);
  };
  child.stdout?.on("data", hear);
  child.stderr?.on("data", hear);
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      said += error.message;
      resolve();
    });
    child.once("exit", () => resolve());
  });
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  return {
    words: () => `${path}: ${said}`,
    isOver,
    async stop() {
      if (isOver()) return;
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(late);
    },
  };
}

/** `/readyz` says so when everything has started, RBAC's own roles included. */
async function awaitReady(kubeconfig: string, programs: readonly Program[]): Promise<void> {
  const endMs = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const over = programs.find((program) => program.isOver());
    if (over !== undefined) throw new Error(over.words());
    if (await isReady(kubeconfig)) return;
    if (Date.now() > endMs) throw new Error(programs.map((program) => program.words()).join("\n"));
    await wait(250);
  }
}

async function isReady(kubeconfig: string): Promise<boolean> {
  try {
    const transport = createKubeTransport(await openKubeConnection({ kubeconfig, env: {} }), createSystemClock());
    return (await transport.send({ method: "GET", path: "/readyz" })).status === 200;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
