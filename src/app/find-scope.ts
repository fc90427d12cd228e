import { LastgoodError } from "../errors.ts";
import type { CommitId, FileEntry } from "../core/model/git.ts";
import type { Scope, ScopeRule, Target } from "../core/model/target.ts";
import { titleOf } from "../core/model/target.ts";
import { beginClosure, continueClosure, type FileContent, type Step, type Want } from "../core/target/closure.ts";
import { ENGINE_GROUPS } from "../core/target/engine-kind.ts";
import { scopeMatcher, unionScopes } from "../core/target/scope.ts";
import type { Repository } from "../ports/repository.ts";
import { openTree, type PartialTree, type TreeSource } from "./partial-tree.ts";
import { holdsAny, readContent, readFiles } from "./read-files.ts";

/** Kustomizations that a target reaches, and files that those name: far above what people maintain. */
const MAX_KUSTOMIZATIONS = 200;
const MAX_FILES = 2000;

/** Files read in a person's folder to see what they take from elsewhere. */
const MAX_READ = 5000;

export interface FindScope {
  readonly repository: TreeSource & Pick<Repository, "blobs">;
  readonly commit: CommitId;
  readonly target: Target;
  /** The known addresses of the repository: which value files of an Application below a plain folder are meant. */
  readonly repositoryUrls?: readonly string[];
}

export interface FoundScope {
  readonly scope: Scope;
  /** What could not be followed, for people. */
  readonly notes: readonly string[];
  /** The files of the scope at the commit, sorted as the repository does. */
  readonly files: readonly FileEntry[];
}

/**
 * Finds the files of a target at one revision: its folders, and everything that its kustomizations and charts take from
 * elsewhere in the repository. Throws `LimitFiles` when that is more than anybody maintains by hand.
 */
export async function findScope({ repository, commit, target, repositoryUrls = [] }: FindScope): Promise<FoundScope> {
  const tree = openTree(repository, commit);
  const collected = collector(target);
  let wants = collected.add(firstStep(target, await tree.answer((files) => beginClosure(target, files))));
  while (wants.length > 0) {
    const now = wants;
    const contents = await readWanted(repository, now, tree);
    const steps = await tree.answer((files) =>
      now.map((want) => continueClosure(want, contents(want), { tree: files, repositoryUrls })),
    );
    wants = collected.add(...steps);
  }
  const scope = unionScopes(collected.rules());
  const files = await repository.files(commit, scope);
  return { scope, notes: [...target.notes, ...collected.notes()], files };
}

/** A person's folder may be large: what lies in it belongs to it anyway, only references out of it need reading. */
function firstStep(target: Target, step: Step): Step {
  const needed = step.wants.filter((want) => want.as !== "engine-object");
  refuseAbove(target, "kustomizations and charts", { count: needed.length, limit: MAX_READ });
  if (step.wants.length <= MAX_READ) return step;
  const note = `more than ${MAX_READ} manifests: value files that Applications and HelmReleases among them take from elsewhere are not followed`;
  return { ...step, wants: needed, notes: [...step.notes, note] };
}

interface Collector {
  /** Takes over steps; answers what is wanted for the first time. */
  add(...steps: readonly Step[]): readonly Want[];
  rules(): readonly ScopeRule[];
  notes(): readonly string[];
}

function collector(target: Target): Collector {
  const rules = new Map<string, ScopeRule>();
  const notes = new Set<string>();
  const seen = new Set<string>();
  // What lies in the target's own folders does not count, only what is reached from there.
  let inFolders: ((path: string) => boolean) | undefined;
  let kustomizations = 0;
  return {
    add(...steps) {
      const fresh: Want[] = [];
      for (const step of steps) {
        for (const rule of step.rules) {
          if (rule.kind === "folder" || inFolders?.(rule.path) !== true) rules.set(JSON.stringify(rule), rule);
        }
        for (const note of step.notes) notes.add(note);
        for (const want of step.wants) {
          const key = JSON.stringify([want.as, want.path, want.as === "plugin" ? want.folder : ""]);
          if (seen.has(key)) continue;
          seen.add(key);
          fresh.push(want);
        }
      }
      if (inFolders !== undefined) kustomizations += fresh.filter((want) => want.as === "kustomization").length;
      inFolders ??= scopeMatcher([...rules.values()].filter((rule) => rule.kind === "folder"));
      refuseAbove(target, "kustomizations", { count: kustomizations, limit: MAX_KUSTOMIZATIONS });
      refuseAbove(target, "files and folders", { count: rules.size, limit: MAX_FILES });
      return fresh;
    },
    rules: () => [...rules.values()],
    notes: () => [...notes],
  };
}

function refuseAbove(
  target: Target,
  what: string,
  { count, limit }: { readonly count: number; readonly limit: number },
): void {
  if (count <= limit) return;
  throw new LastgoodError("LimitFiles", `${titleOf(target)} is made of more than ${limit} ${what}`, {
    hint: "Choose a narrower target: one Application, one overlay, or one folder.",
  });
}

/** Reads what is wanted in one batch; engine objects are parsed only if the file can hold one. */
async function readWanted(
  repository: Pick<Repository, "blobs">,
  wants: readonly Want[],
  tree: PartialTree,
): Promise<(want: Want) => FileContent | undefined> {
  const paths = new Set(wants.map((want) => want.path));
  const files = await tree.answer((all) => [...paths].flatMap((path) => all.file(path) ?? []));
  const anyway = new Set(wants.filter((want) => want.as !== "engine-object").map((want) => want.path));
  const contents = new Map<string, FileContent | undefined>();
  for await (const { file, bytes } of readFiles(repository, files)) {
    const worthReading = anyway.has(file.path) || holdsAny(bytes, ENGINE_GROUPS);
    if (worthReading) contents.set(file.path, readContent(file.path, bytes));
  }
  return (want) => contents.get(want.path);
}
