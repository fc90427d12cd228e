import { formatPlace, LastgoodError } from "../errors.ts";
import type { CommitId } from "../core/model/git.ts";
import { escapeText, shorten } from "../core/model/escape.ts";
import { titleOf, type Target } from "../core/model/target.ts";
import { closest } from "../core/target/closest.ts";
import { splitInstance } from "../core/target/instance.ts";
import { normalizePath } from "../core/target/path.ts";
import { plainTarget } from "../core/target/plain-target.ts";
import { addressesOf, commandWords } from "../core/target/target-names.ts";
import { buildTree, type FileTree } from "../core/target/tree.ts";
import { isCommonKindWord } from "../core/target/workload.ts";
import type { Log } from "../ports/log.ts";
import type { Repository } from "../ports/repository.ts";
import { findTargets } from "./find-targets.ts";
import { openTree, type TreeSource } from "./partial-tree.ts";
import { findWorkload, workloadTarget, type FindWorkload } from "./find-workload.ts";

export interface ResolveTarget {
  readonly repository: TreeSource & Pick<Repository, "blobs" | "history">;
  readonly commit: CommitId;
  /** As typed. */
  readonly query: string;
  /** Narrows `kind/name`. */
  readonly namespace?: string;
  readonly configTargets: readonly Target[];
  readonly repositoryUrls: readonly string[];
  /** Names of engines: `api@east` is what one of them makes of `api`. */
  readonly engines?: readonly string[];
  readonly log?: Pick<Log, "warn">;
}

/**
 * Finds the one target a person means: a name from the configuration, an engine's object (`application/api`,
 * `kustomization/apps`, `helmrelease/shop/api`, or its bare name), a path, or a workload (`deploy/api`).
 * Throws `UsageTarget` with what is near when there is none, with all candidates when there are several.
 */
export async function resolveTarget(options: ResolveTarget): Promise<Target> {
  const { query, configTargets } = options;
  const configured = configTargets.filter((target) => target.name === query || titleOf(target) === query);
  if (configured.length > 0) return onlyOne(query, configured, titleOf);
  const path = pathOf(query);
  // Most paths can be told from names without looking at more than the folders that lead there.
  const near = openTree(options.repository, options.commit);
  const here = path !== undefined && (await near.answer((tree) => exists(path, tree)));
  if (path !== undefined && isPathWord(query, here)) return pathTarget(path, here, options);

  const files = await options.repository.files(options.commit);
  const [kind = "", ...rest] = query.split("/");
  // `deploy/api` names no engine's object: no need to read them all.
  const targets = rest.length === 1 && isCommonKindWord(kind) ? [] : await findTargets(options);
  const engine = targetsNamed(query, targets, options.namespace);
  const workload = await workloadOf({ ...options, files });
  const meanings = [engine.length > 0, workload !== undefined, here].filter(Boolean).length;
  if (meanings > 1) throw severalMeanings(query, { engine, targets, workload, here });
  if (engine.length > 0) return onlyOne(query, engine, (target) => commandWords(target, targets));
  if (workload !== undefined) return chooseWorkload(query, workload);
  if (path !== undefined && (here || (await wasThere(path, options)))) return pathTarget(path, here, options);
  const instance = await instanceOf(options);
  if (instance !== undefined) return instance;
  const names = [...configTargets.map((target) => target.name), ...targets.flatMap(addressesOf)];
  throw notFound(query, names, buildTree(files));
}

/** What `lastgood status` calls `api@east`. */
async function instanceOf({ engines = [], ...options }: ResolveTarget): Promise<Target | undefined> {
  const instance = splitInstance(options.query, engines);
  if (instance === undefined) return undefined;
  const target = await resolveTarget({ ...options, query: instance.name });
  const isMade = target.origin.place !== undefined && target.origin.kind !== "config";
  return isMade ? { ...target, name: `${target.name}@${instance.place}` } : undefined;
}

/** Longer than any path that git or a file system takes. */
const MAX_PATH = 4096;

function pathOf(query: string): string | undefined {
  return query === "" || query.length > MAX_PATH ? undefined : normalizePath(query);
}

/** `./x`, `../x`, `.`, `x/`: nothing but a path looks so. `a/b/c` that stands there, unless that may be an engine's object. */
function isPathWord(query: string, here: boolean): boolean {
  if (query === "." || query === ".." || query.startsWith("./") || query.startsWith("../") || query.endsWith("/"))
    return true;
  const segments = query.split("/");
  return segments.length > 2 && here && !mayNameNamespaced(segments[0] ?? "", query);
}

function exists(path: string, tree: FileTree): boolean {
  return tree.file(path) !== undefined || tree.isFolder(path);
}

async function pathTarget(path: string, here: boolean, options: ResolveTarget): Promise<Target> {
  if (here) return plainTarget([path]);
  if (await wasThere(path, options))
    return plainTarget([path], { notes: [`${path} is gone at ${options.commit.slice(0, 7)}`] });
  throw notFound(options.query, [], buildTree(await options.repository.files(options.commit)));
}

/** Did any commit of the branch touch it? */
async function wasThere(path: string, { repository, commit }: ResolveTarget): Promise<boolean> {
  const scope = [
    { kind: "file", path },
    { kind: "folder", path, recurse: true, files: "all" },
  ] as const;
  for await (const change of repository.history({ from: commit, scope, limit: 1 })) return change.changes.length > 0;
  return false;
}

const ALIASES: { readonly [word: string]: string } = {
  app: "application",
  apps: "application",
  applications: "application",
  appset: "applicationset",
  applicationsets: "applicationset",
  ks: "kustomization",
  kustomizations: "kustomization",
  hr: "helmrelease",
  helmreleases: "helmrelease",
};

function isEngineWord(word: string): boolean {
  const kind = word.toLowerCase();
  return Object.hasOwn(ALIASES, kind) || Object.values(ALIASES).includes(kind);
}

/** Only Flux objects are told by namespace, and the file behind a name has slashes too: `apps/shop/api` is no Application. */
function mayNameNamespaced(word: string, query: string): boolean {
  const kind = word.toLowerCase();
  const full = Object.hasOwn(ALIASES, kind) ? ALIASES[kind] : kind;
  return full === "kustomization" || full === "helmrelease" || (isEngineWord(word) && query.includes("@"));
}

/** Those with that address; with a namespace, only the Flux objects in it. */
function targetsNamed(query: string, targets: readonly Target[], namespace: string | undefined): readonly Target[] {
  const slash = query.indexOf("/");
  const word = query.slice(0, Math.max(0, slash)).toLowerCase();
  const kind = Object.hasOwn(ALIASES, word) ? ALIASES[word] : word;
  const address = slash === -1 ? query : `${kind}/${query.slice(slash + 1)}`;
  const exact = targets.filter((target) => target.name === query);
  if (exact.length > 0) return exact;
  const named = targets.filter((target) => addressesOf(target).some((one) => one === query || one === address));
  if (namespace === undefined) return named;
  return named.filter((target) => !target.name.includes("/") || target.name.includes(`${namespace}/`));
}

type Workload = FindWorkload & Awaited<ReturnType<typeof findWorkload>>;

/** `deploy/api`: one slash, a word that may be a kind, a name. Undefined when nothing has that identity. */
async function workloadOf(options: ResolveTarget & Pick<FindWorkload, "files">): Promise<Workload | undefined> {
  const [kind = "", name = "", ...rest] = options.query.split("/");
  if (rest.length > 0 || !/^[a-z]+$/i.test(kind) || name === "" || isEngineWord(kind)) return undefined;
  const { repository, files, namespace } = options;
  const wanted: FindWorkload = { repository, files, kind, name, namespace };
  const found = await findWorkload(wanted);
  return found.definitions.length === 0 ? undefined : { ...wanted, ...found };
}

function chooseWorkload(query: string, workload: Workload): Promise<Target> {
  const [chosen, ...others] = workload.definitions;
  if (chosen === undefined) throw new Error("a workload without a definition");
  if (others.length === 0) return workloadTarget(workload, { ...workload, chosen });
  throw ambiguous(query, workloadWords(query, workload));
}

/** Distinct namespaces tell them apart, else only the file does. */
function workloadWords(query: string, { definitions }: Workload): readonly Candidate[] {
  const namespaces = definitions.map(({ id }) => id.namespace);
  const isByNamespace = new Set(namespaces).size === definitions.length && !namespaces.includes(undefined);
  return definitions.map(({ id, place }) => ({
    words: isByNamespace ? `${query} -n ${id.namespace ?? ""}` : `./${place.file} --only ${id.kind}/${id.name}`,
    where: formatPlace(place),
  }));
}

interface Candidate {
  readonly words: string;
  readonly where: string;
}

function onlyOne(query: string, targets: readonly Target[], words: (target: Target) => string): Target {
  const [first, ...others] = targets;
  if (first !== undefined && others.length === 0) return first;
  throw ambiguous(
    query,
    targets.map((target) => ({ words: words(target), where: whereOf(target) })),
  );
}

function whereOf({ origin, sources }: Target): string {
  return origin.place === undefined ? sources.map((source) => source.path).join(", ") : formatPlace(origin.place);
}

function severalMeanings(
  query: string,
  found: {
    readonly engine: readonly Target[];
    readonly targets: readonly Target[];
    readonly workload: Workload | undefined;
    readonly here: boolean;
  },
): LastgoodError {
  return ambiguous(query, [
    ...found.engine.map((target) => ({ words: commandWords(target, found.targets), where: whereOf(target) })),
    ...(found.workload === undefined ? [] : workloadWords(query, found.workload)),
    ...(found.here ? [{ words: `./${query}`, where: "this path" }] : []),
  ]);
}

function ambiguous(query: string, candidates: readonly Candidate[]): LastgoodError {
  const lines = candidates.map(({ words, where }) => printable(`  ${words}   (${where})`));
  return new LastgoodError("UsageTarget", `${printable(query)} can mean ${candidates.length} targets`, {
    hint: ["Say which:", ...lines].join("\n"),
  });
}

function notFound(query: string, names: readonly string[], tree: FileTree): LastgoodError {
  const close = closest(query, [...names.filter((name) => !name.includes("@")), ...nearPaths(query, tree)], 6);
  // `application/api` and `api` are the same one.
  const near = close.filter((name) => !close.some((other) => name.endsWith(`/${other}`))).slice(0, 3);
  const list = "`lastgood history` without a target lists what git knows, `lastgood status` what engines deploy.";
  const hint = near.length === 0 ? list : `Did you mean ${near.map(printable).join(", ")}? ${list}`;
  return new LastgoodError("UsageTarget", `no target ${printable(query)}: no name, object or path, now or in history`, {
    hint,
  });
}

/** What stands in the deepest folder of the typed path that exists. */
function nearPaths(query: string, tree: FileTree): readonly string[] {
  const segments = (normalizePath(query) ?? "").split("/");
  for (let length = segments.length - 1; length >= 0; length -= 1) {
    const folder = segments.slice(0, length).join("/");
    if (tree.isFolder(folder)) {
      const paths = [...tree.foldersOf(folder), ...tree.filesOf(folder).map((file) => file.path)];
      return query.startsWith("./") ? paths.map((path) => `./${path}`) : paths;
    }
  }
  return [];
}

/** Names and paths come from the repository and the keyboard. */
function printable(text: string): string {
  return escapeText(shorten(text, 300));
}
