/**
 * What there is to watch: targets of the configuration, of the repository and of the engines as one list. The same object of an engine is one
 * target; the configuration wins over the repository, and that over what only a cluster knows.
 */
import type { EngineState } from "./engine/engine-state.ts";
import { engineKey } from "./engine/engine-state.ts";
import { isCalled, isDefinedBy, type IsHere, pathsHere } from "./engine/match-state.ts";
import { escapeText, shorten } from "./model/escape.ts";
import { readRestrictions, type Restrictions, strictest } from "./model/restriction.ts";
import type { Target } from "./model/target.ts";
import { compileSelector } from "./target/label-selector.ts";
import { addressesOf } from "./target/target-names.ts";

/** A target of the configuration, and the objects that it names as its health. */
export interface ConfiguredTarget {
  readonly target: Target;
  readonly objects: readonly { readonly engine: string; readonly object: string }[];
}

/** An engine, and what it has at the moment. */
export interface SeenEngine {
  readonly name: string;
  readonly states: readonly EngineState[];
  /** `engines[].discover.selector`: about labels and `lastgood.dev/…` annotations. */
  readonly selector?: string;
}

export interface DiscoveryFacts {
  readonly configured: readonly ConfiguredTarget[];
  /** What manifests of the repository define. */
  readonly found: readonly Target[];
  readonly engines: readonly SeenEngine[];
  readonly isHere: IsHere;
  /** Nothing says which are meant: all that engines deploy from here, but for what is annotated `lastgood.dev/enabled: "false"`. */
  readonly takesAll?: boolean;
  readonly nowMs: number;
}

/** An object of an engine that tells how a target is. */
export interface WatchedObject {
  readonly engine: string;
  /** As the configuration names it, else its key. */
  readonly object: string;
  /** `engineKey`; missing: the engine has no such object, or has not been heard of yet. */
  readonly key?: string;
}

export interface DiscoveredTarget {
  readonly target: Target;
  readonly from: "config" | "repository" | "cluster";
  /** Empty: no engine tells how it is. */
  readonly objects: readonly WatchedObject[];
  readonly restrictions: Restrictions;
  /** What stood in the way, for people. */
  readonly notes: readonly string[];
}

/** An engine's object that is not taken yet. */
interface Seen {
  readonly engine: SeenEngine;
  readonly state: EngineState;
}

/** The list: the configuration's in its order, then those of the repository, then those of the engines, by name. Names are unique. */
export function discover(facts: DiscoveryFacts): readonly DiscoveredTarget[] {
  const seen = facts.engines.flatMap((engine) => engine.states.map((state) => ({ engine, state })));
  const index = indexOf(seen, facts);
  const taken = new Set<EngineState>();
  const take = (drafts: readonly Draft[]): readonly Draft[] => {
    for (const { states } of drafts) for (const { state } of states) taken.add(state);
    return drafts;
  };
  const isKnown = knownTo(facts.configured);
  const configured = take(withDependents(facts).map((one) => fromConfig(one, index, facts)));
  const found = take(
    facts.found.filter((target) => !isKnown(target)).flatMap((target) => fromRepository(target, { index, taken })),
  );
  const rest = seen.filter(({ state }) => !taken.has(state));
  return unique([...configured, ...found, ...fromCluster(rest, facts)].map((draft) => finish(draft, facts)));
}

/** Thousands of targets are looked up among thousands of objects. */
interface Index {
  readonly byName: ReadonlyMap<string, readonly Seen[]>;
  readonly byPaths: ReadonlyMap<string, readonly Seen[]>;
  readonly paths: ReadonlyMap<EngineState, string>;
}

function indexOf(seen: readonly Seen[], { isHere }: DiscoveryFacts): Index {
  const paths = new Map(seen.map(({ state }) => [state, pathsText(pathsHere(state, isHere))]));
  return {
    paths,
    byName: groupBy(seen, ({ state }) => state.id.name),
    byPaths: groupBy(seen, ({ state }) => paths.get(state) ?? NOWHERE),
  };
}

const NOWHERE = "";

function groupBy(seen: readonly Seen[], keyOf: (one: Seen) => string): ReadonlyMap<string, readonly Seen[]> {
  const groups = new Map<string, Seen[]>();
  for (const one of seen) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

/** One text for a set of folders; "" for none. */
function pathsText(paths: readonly string[]): string {
  return [...new Set(paths)]
    .sort()
    .map((path) => `${path}\n`)
    .join("");
}

function pathsOf({ sources }: Target): string {
  return pathsText(sources.map(({ path }) => path));
}

interface Draft {
  readonly target: Target;
  readonly from: DiscoveredTarget["from"];
  readonly objects: readonly WatchedObject[];
  readonly states: readonly Seen[];
  readonly notes: readonly string[];
}

function fromConfig({ target, objects }: ConfiguredTarget, index: Index, { engines }: DiscoveryFacts): Draft {
  const draft = { target, from: "config" as const };
  if (objects.length === 0) {
    const same = index.byPaths.get(pathsOf(target)) ?? [];
    const states = same.length === 1 ? same : [];
    const notes =
      same.length > 1 ? [`${same.length} objects of engines are made from its paths: name one in its health`] : [];
    return { ...draft, objects: states.map(objectOf), states, notes };
  }
  const named = objects.map(({ engine, object }) => {
    const alike = index.byName.get(object.slice(object.lastIndexOf("/") + 1)) ?? [];
    const called = alike.filter((one) => one.engine.name === engine && isCalled(one.state, object));
    const here = called.filter(({ state }) => index.paths.get(state) !== NOWHERE);
    const fitting = called.length > 1 && here.length === 1 ? here : called;
    const state = fitting.length === 1 ? fitting[0] : undefined;
    const notes = notesOn({ engine, object, found: fitting.length }, engines);
    return { object: { engine, object, ...(state === undefined ? {} : { key: keyOf(state) }) }, state, notes };
  });
  return {
    ...draft,
    objects: named.map(({ object }) => object),
    states: named.flatMap(({ state }) => state ?? []),
    notes: named.flatMap(({ notes }) => notes),
  };
}

function notesOn(
  { engine, object, found }: { readonly engine: string; readonly object: string; readonly found: number },
  engines: readonly SeenEngine[],
): readonly string[] {
  if (found === 1) return [];
  if (found > 1) return [`${engine} has ${found} objects called ${quote(object)}: write kind/namespace/name`];
  // Of an engine that has nothing at all it is more likely that it was not heard of.
  const isHeard = engines.some(({ name, states }) => name === engine && states.length > 0);
  return isHeard ? [`${engine} has no object called ${quote(object)}`] : [];
}

/** Is a manifest what the configuration means already, though no engine has said so? */
function knownTo(configured: readonly ConfiguredTarget[]): (found: Target) => boolean {
  const names = new Set(configured.map(({ target }) => target.name));
  const named = new Set(configured.flatMap(({ objects }) => objects.map(({ object }) => object)));
  const paths = new Set(configured.filter(({ objects }) => objects.length === 0).map(({ target }) => pathsOf(target)));
  return (found) =>
    names.has(found.name) || paths.has(pathsOf(found)) || addressesOf(found).some((address) => named.has(address));
}

/** What the configuration names, with what waits for it as the manifest has it that it means. */
function withDependents({ configured, found }: DiscoveryFacts): readonly ConfiguredTarget[] {
  const followed = found.filter(({ dependents }) => dependents !== undefined);
  if (followed.length === 0) return configured;
  const byAddress = new Map(followed.flatMap((target) => addressesOf(target).map((address) => [address, target])));
  const byPaths = new Map(followed.map((target) => [pathsOf(target), target]));
  return configured.map(({ target, objects }) => {
    const named = objects.map(({ object }) => byAddress.get(object)).find((one) => one !== undefined);
    const meant = named ?? (objects.length === 0 ? byPaths.get(pathsOf(target)) : undefined);
    return { target: meant?.dependents === undefined ? target : { ...target, dependents: meant.dependents }, objects };
  });
}

interface Pool {
  readonly index: Index;
  /** By the configuration, perhaps under another name. */
  readonly taken: ReadonlySet<EngineState>;
}

/** One manifest may be applied to several clusters: each is a target of its own, with a verdict of its own. */
function fromRepository(target: Target, { index, taken }: Pool): readonly Draft[] {
  const draft = { target, from: "repository" as const, notes: [] };
  const known = matchesOf(target, index);
  const matching = known.filter(({ state }) => !taken.has(state));
  const [first, ...others] = matching;
  if (first === undefined) return known.length > 0 ? [] : [{ ...draft, objects: [], states: [] }];
  if (others.length === 0) return [{ ...draft, objects: [objectOf(first)], states: [first] }];
  return matching.map((one) => ({
    ...draft,
    target: { ...target, name: `${target.name}@${suffixOf(one, matching)}` },
    objects: [objectOf(one)],
    states: [one],
  }));
}

function matchesOf(target: Target, { byName, paths }: Index): readonly Seen[] {
  const alike = [...new Set(addressesOf(target).flatMap((address) => byName.get(address) ?? []))];
  const matches = alike.map((one) => ({ one, how: isDefinedBy(one.state, target) }));
  const exact = matches.filter(({ how }) => how === "exactly").map(({ one }) => one);
  const named = exact.length > 0 ? exact : matches.filter(({ how }) => how !== undefined).map(({ one }) => one);
  if (named.length < 2) return named;
  const made = named.filter(({ state }) => paths.get(state) === pathsOf(target));
  return made.length > 0 ? made : named;
}

function suffixOf({ engine, state }: Seen, among: readonly Seen[]): string {
  const alone = among.filter((other) => other.engine.name === engine.name).length === 1;
  return alone || state.id.namespace === undefined ? engine.name : `${engine.name}/${state.id.namespace}`;
}

/** What stands nowhere in git or in the configuration is taken only where somebody has said so, or where nothing is configured at all. */
function fromCluster(rest: readonly Seen[], { isHere, takesAll = false }: DiscoveryFacts): readonly Draft[] {
  const isMeant = ({ engine, state }: Seen): boolean => isChosen(state, engine) ?? takesAll;
  const chosen = rest.filter((one) => isMeant(one) && pathsHere(one.state, isHere).length > 0);
  return chosen
    .map((one) => ({
      target: targetOf(one.state, isHere),
      from: "cluster" as const,
      objects: [objectOf(one)],
      states: [one],
      notes: [],
    }))
    .toSorted((a, b) => (a.target.name < b.target.name ? -1 : 1));
}

/** Undefined: nobody has said. */
function isChosen({ annotations, labels = {} }: EngineState, { selector }: SeenEngine): boolean | undefined {
  if (Object.hasOwn(annotations, "enabled")) return annotations["enabled"] === "true";
  if (selector === undefined) return undefined;
  const own = Object.entries(annotations).map(([name, value]) => [`lastgood.dev/${name}`, value] as const);
  return compileSelector(selector)?.({ ...Object.fromEntries(own), ...labels }) === true;
}

function targetOf(state: EngineState, isHere: IsHere): Target {
  const { kind, namespace, name } = state.id;
  const isFlux = kind === "Kustomization" || kind === "HelmRelease";
  return {
    name: isFlux && namespace !== undefined ? `${namespace}/${name}` : name,
    origin: { kind: kind === "Application" ? "application" : kind === "HelmRelease" ? "helmrelease" : "kustomization" },
    sources: pathsHere(state, isHere).map((path) => ({ path, tool: "detect" })),
    notes: ["known from the cluster only: what its manifest adds (value files, patches) is not followed"],
  };
}

function finish({ states, ...draft }: Draft, { nowMs }: DiscoveryFacts): DiscoveredTarget {
  const read = states.map(({ state }) => readRestrictions(state.annotations, nowMs));
  return { ...draft, restrictions: strictest(read) };
}

/** A name is a key in the ledger: of two that are alike, the later one gets its engine behind it, then a number. */
function unique(targets: readonly DiscoveredTarget[]): readonly DiscoveredTarget[] {
  const names = new Set<string>();
  return targets.map((one) => {
    const { name } = one.target;
    const candidates = [name, `${name}@${one.objects[0]?.engine ?? one.from}`];
    let free = candidates.find((candidate) => !names.has(candidate));
    for (let count = 2; free === undefined; count += 1) {
      const numbered = `${name}@${count}`;
      if (!names.has(numbered)) free = numbered;
    }
    names.add(free);
    return free === name ? one : { ...one, target: { ...one.target, name: free } };
  });
}

/** What the object is called among the health sources of its target. */
export function sourceName({ engine, object }: WatchedObject): string {
  return `${engine} ${object}`;
}

function objectOf(seen: Seen): WatchedObject {
  return { engine: seen.engine.name, object: keyOf(seen), key: keyOf(seen) };
}

function keyOf({ state }: Seen): string {
  return engineKey(state.id);
}

function quote(text: string): string {
  return JSON.stringify(escapeText(shorten(text, 100)));
}
