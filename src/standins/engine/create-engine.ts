/**
 * A GitOps engine to look at, for the demo and for tests: it watches one folder on a branch of a bare repository, as an
 * Argo CD Application does, but starts nothing. How a workload fares is told beforehand, by image. It acts when it is asked
 * (`sync`), never by itself, and it is no port: lastgood reads no cluster yet.
 */
import { parseAllDocuments } from "yaml";
import { gitText, type GitDir } from "../github/git/run-git.ts";

export interface EngineOptions {
  /** The bare repository. */
  readonly repository: GitDir;
  /** Without `refs/heads/`. */
  readonly branch: string;
  /** The manifest of the Deployment, from the root of the repository. */
  readonly manifest: string;
  /** Image → why its pods fail. Every other image runs. */
  readonly failures: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/** What is live, and how it fares. Status in kstatus words. */
export interface Observation {
  /** The commit that brought the folder's content. */
  readonly revision: string;
  readonly images: readonly string[];
  readonly status: "Current" | "Failed";
  /** Why; for Current `all pods ready`. */
  readonly message: string;
  readonly sinceMs: number;
}

export interface Engine {
  /** Takes over the branch's tip and says what is live now. The same content again is no new observation. */
  sync(): Promise<Observation>;
  /** Everything that was live, oldest first. */
  history(): readonly Observation[];
}

/** Makes an engine that has not looked yet. `sync` throws a plain Error when there is no such branch or manifest. */
export function createEngine({ repository, branch, manifest, failures, clock }: EngineOptions): Engine {
  const observed: Observation[] = [];
  let live: string | undefined;
  return {
    async sync() {
      const revision = await gitText(repository, ["rev-parse", "--verify", `refs/heads/${branch}`]);
      const content = await gitText(repository, ["rev-parse", "--verify", `${revision}:${folderOf(manifest)}`]);
      const last = observed.at(-1);
      if (last !== undefined && content === live) return last;
      const images = imagesIn(await gitText(repository, ["cat-file", "blob", `${revision}:${manifest}`]));
      const message = images.map((image) => failures[image]).find((failure) => failure !== undefined);
      const status = message === undefined ? "Current" : "Failed";
      const next: Observation = { revision, images, status, message: message ?? "all pods ready", sinceMs: clock() };
      observed.push(next);
      live = content;
      return next;
    },
    history: () => [...observed],
  };
}

function folderOf(path: string): string {
  return path.split("/").slice(0, -1).join("/");
}

interface Deployment {
  readonly kind?: string;
  readonly spec?: {
    readonly template?: { readonly spec?: { readonly containers?: readonly { readonly image?: string }[] } };
  };
}

function imagesIn(text: string): readonly string[] {
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Deployment | null);
  const containers = documents.flatMap((document) =>
    document?.kind === "Deployment" ? (document.spec?.template?.spec?.containers ?? []) : [],
  );
  return containers.flatMap(({ image }) => image ?? []);
}
