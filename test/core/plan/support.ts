/** Plans over texts: two maps of path → text, a selection, and what came of it. */
import { createHash } from "node:crypto";
import { readManifest } from "../../../src/core/manifest/read-manifest.ts";
import type { JudgedRevision } from "../../../src/core/checkpoint.ts";
import { blobId, type FileMode, type Revision } from "../../../src/core/model/git.ts";
import type { Target } from "../../../src/core/model/target.ts";
import { planRevert } from "../../../src/core/plan/plan-revert.ts";
import type { NothingToDo, Plan, PlanFacts, Snapshot, Step, TargetFile } from "../../../src/core/plan/types.ts";
import { parseSelectors, type Selection } from "../../../src/core/selection.ts";
import { hour, id, revision } from "../../support/revisions.ts";

/** Path → text, bytes, or a link. */
export type Files = Readonly<Record<string, string | Uint8Array | { readonly link: FileMode }>>;

/** `yaml` without the margin of its first line. */
export function yaml(strings: TemplateStringsArray, ...values: readonly unknown[]): string {
  const text = String.raw({ raw: strings.raw }, ...values)
    .replace(/^\n/, "")
    .replace(/ *$/, "");
  const margin = /^ */.exec(text)?.[0] ?? "";
  return text.replaceAll(new RegExp(`^${margin}`, "gm"), "");
}

export function select(only: readonly string[], except: readonly string[] = []): Selection {
  return { only: parseSelectors(only), except: parseSelectors(except) };
}

export const TARGET: Target = {
  name: "payments/api",
  origin: { kind: "path" },
  sources: [{ path: "", tool: "detect" }],
  notes: [],
};

/** A commit of the target and the files right after it; the first of a history is the checkpoint. */
export interface Commit {
  readonly files: Files;
  readonly message?: string;
}

export interface PlanOptions {
  readonly only?: readonly string[];
  readonly except?: readonly string[];
  readonly target?: Partial<Target>;
  readonly facts?: Partial<PlanFacts>;
}

/** Plans the way back from the last to the first commit of a history. */
export function planHistory(history: readonly Commit[], options: PlanOptions = {}): Plan | NothingToDo {
  return planRevert(factsOf(history, options));
}

export function factsOf(history: readonly Commit[], { only = [], except = [], target, facts }: PlanOptions): PlanFacts {
  const commits = history.map(({ files, message }, i) => ({ files, made: revision(i + 1, message) }));
  const [first, last] = [commits[0], commits.at(-1)];
  if (first === undefined || last === undefined) throw new Error("a history has commits");
  const undone = commits.slice(1).map(({ made }, i) => judged(made, i + 2));
  return {
    target: { ...TARGET, ...target },
    branch: "main",
    base: last.made.id,
    goal: {
      kind: "checkpoint",
      checkpoint: {
        kind: "checkpoint",
        revision: { ...judged(first.made, 1), verdict: "good", evidence: [OBSERVED] },
        by: "last-good",
        weak: false,
      },
    },
    suspect: undone.at(-1) ?? judged(last.made, 1),
    undone: undone.toReversed(),
    unrelated: 0,
    current: snapshot(last.files),
    wanted: snapshot(first.files),
    steps: commits
      .slice(1)
      .flatMap(({ files, made }, i) => stepsOf(made, commits[i]?.files ?? {}, files))
      .toReversed(),
    selection: select(only, except),
    ...facts,
  };
}

const OBSERVED = { revision: id(1), verdict: "good", kind: "observed", detail: "seen", atMs: hour(1) } as const;

function judged(made: Revision, number: number): JudgedRevision {
  return {
    revision: made,
    changes: [],
    number,
    content: `c${number}`,
    verdict: "unproven",
    evidence: [],
    liveForMs: 1,
  };
}

function stepsOf(made: Revision, before: Files, after: Files): readonly Step[] {
  const [old, now] = [snapshot(before), snapshot(after)];
  const paths = [...new Set([...old.keys(), ...now.keys()])];
  return paths
    .filter((path) => old.get(path)?.state.id !== now.get(path)?.state.id)
    .map((path) => ({
      revision: made,
      path,
      ...(old.has(path) ? { before: manifestOf(old, path) } : {}),
      ...(now.has(path) ? { after: manifestOf(now, path) } : {}),
    }));
}

function manifestOf(files: Snapshot, path: string): TargetFile["manifest"] {
  return files.get(path)?.manifest ?? { path, components: [] };
}

/** Plans the way back from `now` to `then`. */
export function plan(now: Files, then: Files, options: PlanOptions = {}): Plan | NothingToDo {
  return planHistory([{ files: then }, { files: now }], options);
}

/** As `plan`; fails when there is nothing to do. */
export function planned(now: Files, then: Files, options: PlanOptions = {}): Plan {
  return required(plan(now, then, options));
}

export function required(found: Plan | NothingToDo): Plan {
  if (found.kind !== "plan") throw new Error("nothing to do");
  return found;
}

export function snapshot(files: Files): Snapshot {
  return new Map(Object.entries(files).map(([path, content]) => [path, targetFile(path, content)]));
}

function targetFile(path: string, content: Files[string]): TargetFile {
  if (typeof content === "object" && "link" in content) {
    const mode = content.link;
    const code = mode === "160000" ? ("RepositoryGitlink" as const) : ("RepositorySymlink" as const);
    const left = { code, message: "it is a link", place: { file: path } };
    return {
      path,
      state: { mode, id: hashOf(`link ${mode}`) },
      manifest: { path, components: [{ kind: "opaque", path, left }] },
    };
  }
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return { path, state: { mode: "100644", id: hashOf(bytes) }, manifest: readManifest(path, bytes) };
}

function hashOf(content: string | Uint8Array): TargetFile["state"]["id"] {
  return blobId(createHash("sha1").update(content).digest("hex"));
}

/** The files after the plan. A restored file must be the checkpoint's blob. */
export function apply(now: Files, then: Files, found: Plan | NothingToDo): Files {
  const after = new Map(Object.entries(now));
  if (found.kind === "plan") {
    for (const file of found.files) {
      if (file.action === "remove") after.delete(file.path);
      else if (file.action === "edit") after.set(file.path, file.after.text);
      else {
        const blob = then[file.path];
        if (blob === undefined || targetFile(file.path, blob).state.id !== file.after.id) {
          throw new Error(`${file.path} is not the checkpoint's`);
        }
        after.set(file.path, blob);
      }
    }
  }
  return Object.fromEntries([...after].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Plans and applies: what the files are afterwards. */
export function reverted(now: Files, then: Files, options: PlanOptions = {}): Files {
  return apply(now, then, plan(now, then, options));
}

/** `edit deployment.yaml`, in the order of the plan. */
export function actions(found: Plan | NothingToDo): readonly string[] {
  return found.kind === "plan" ? found.files.map(({ action, path }) => `${action} ${path}`) : [];
}

/** Two states of the smallest Deployment that a plan is about. */
export function deployment(fields: {
  readonly image?: string;
  readonly replicas?: number;
  readonly env?: string;
  readonly memory?: string;
  readonly name?: string;
}): string {
  const { image = "acme/api:1.7.4", replicas, env = "redis://cache:6379", memory = "256Mi", name = "api" } = fields;
  return [
    "apiVersion: apps/v1",
    "kind: Deployment",
    "metadata:",
    `  name: ${name}`,
    "spec:",
    ...(replicas === undefined ? [] : [`  replicas: ${replicas} # ours`]),
    "  template:",
    "    spec:",
    "      containers:",
    "        - name: api",
    `          image: ${image}`,
    "          env:",
    "            - name: CACHE_URL",
    `              value: ${env}`,
    "          resources:",
    "            limits:",
    `              memory: ${memory}`,
    "",
  ].join("\n");
}

export function configMap(name: string, data: Readonly<Record<string, string>> = { a: "1" }): string {
  const lines = Object.entries(data).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`);
  return ["apiVersion: v1", "kind: ConfigMap", "metadata:", `  name: ${name}`, "data:", ...lines, ""].join("\n");
}
