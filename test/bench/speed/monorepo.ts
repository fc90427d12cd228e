/** Monorepos of any size, the same bytes at every run: what the speed of lastgood is measured on. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** How large. */
export interface Size {
  readonly targets: number;
  readonly commits: number;
}

export interface Monorepo extends Size {
  readonly gitDir: string;
  /** Folder of the target with this number. */
  readonly folder: (target: number) => string;
}

/** Changes when the repositories do: older ones are not used then. */
const VERSION = 2;
const FIRST_S = 1_735_689_600;
const EVERY_S = 600;
const TEAM = 100;

/** `1k/50k`. */
export function sizeName({ targets, commits }: Size): string {
  return `${short(targets)}/${short(commits)}`;
}

function short(count: number): string {
  return count % 1000 === 0 ? `${count / 1000}k` : String(count);
}

/** Where a target's files lie. */
export function folderOf(target: number): string {
  const team = String(Math.floor(target / TEAM)).padStart(3, "0");
  return `apps/team-${team}/app-${String(target).padStart(5, "0")}`;
}

/** A bare clone of this size below `cache`, made by fast-import when it is not there yet, with a commit graph that has path filters. */
export async function openMonorepo(size: Size, cache: string): Promise<Monorepo> {
  const gitDir = join(cache, `monorepo-${VERSION}-${size.targets}-${size.commits}.git`);
  if (!existsSync(gitDir)) await make(size, gitDir);
  return { ...size, gitDir, folder: folderOf };
}

async function make(size: Size, gitDir: string): Promise<void> {
  const aside = `${gitDir}.tmp`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", aside]);
  const git = spawn("git", ["-C", aside, "fast-import", "--quiet"], { stdio: ["pipe", "ignore", "inherit"] });
  const ended = once(git, "close");
  for (const text of commits(size)) if (!git.stdin.write(text)) await once(git.stdin, "drain");
  git.stdin.end();
  const [code] = (await ended) as [number];
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`);
  execFileSync("git", ["-C", aside, "repack", "-adq", "--depth=20", "--window=5"]);
  execFileSync("git", ["-C", aside, "commit-graph", "write", "--reachable", "--changed-paths", "--no-progress"]);
  renameSync(aside, gitDir);
}

function* commits({ targets, commits: count }: Size): Generator<string> {
  const random = generator(targets * 31 + count);
  const versions = new Uint32Array(targets);
  const everything = Array.from({ length: targets }, (_, target) => filesOf(target));
  yield commit(0, "Add all applications", everything);
  for (let at = 1; at < count; at += 1) {
    // Most changes are of one application, some of a few; a tenth of the applications see half of the changes.
    const width = random() < 0.85 ? 1 : 2 + Math.floor(random() * 4);
    const changed = new Set<number>();
    while (changed.size < width) {
      const among = random() < 0.5 ? Math.max(1, Math.floor(targets / 10)) : targets;
      changed.add(Math.floor(random() * among));
    }
    const files = [...changed].map((target) => {
      versions[target] = (versions[target] ?? 0) + 1;
      return file(`${folderOf(target)}/deployment.yaml`, deployment(target, versions[target] ?? 0));
    });
    const [first = 0] = changed;
    yield commit(at, `Update app-${first} to 1.${versions[first]}.0 (#${at})`, files);
  }
}

function commit(at: number, message: string, files: readonly string[]): string {
  const who = `Bench <bench@example.com> ${FIRST_S + at * EVERY_S} +0000`;
  return `commit refs/heads/main\nauthor ${who}\ncommitter ${who}\n${data(message)}${files.join("")}\n`;
}

function file(path: string, text: string): string {
  return `M 100644 inline ${path}\n${data(text)}`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

function filesOf(target: number): string {
  const folder = folderOf(target);
  const name = `app-${target}`;
  const kustomization = `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: team-${Math.floor(target / TEAM)}\nresources:\n  - deployment.yaml\n  - service.yaml\n`;
  const service = `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n  selector:\n    app: ${name}\n  ports:\n    - port: 80\n      targetPort: 8080\n`;
  return [
    file(`${folder}/deployment.yaml`, deployment(target, 0)),
    file(`${folder}/kustomization.yaml`, kustomization),
    file(`${folder}/service.yaml`, service),
  ].join("");
}

function deployment(target: number, version: number): string {
  const name = `app-${target}`;
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels:
    app: ${name}
spec:
  replicas: 3
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
        - name: main
          image: registry.example.com/acme/${name}:1.${version}.0
          env:
            - name: LOG_LEVEL
              value: ${version % 7 === 3 ? "debug" : "info"}
            - name: RELEASE
              value: "${version}"
          ports:
            - containerPort: 8080
          resources:
            requests: { cpu: 100m, memory: ${128 + (version % 5) * 64}Mi }
            limits: { memory: 512Mi }
          readinessProbe:
            httpGet: { path: /ready, port: 8080 }
`;
}

/** The same numbers at every run (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
