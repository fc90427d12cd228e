/** What manifests in git ask of lastgood by their `lastgood.dev/…` annotations, at the revision that the revert stands on. */
import type { Manifest } from "../manifest/read-manifest.ts";
import { type Component, componentName, groupOf } from "../model/component.ts";
import type { Facet } from "../model/field.ts";
import { isObject, valueAt } from "../model/json.ts";
import { readRestrictions, type Restrictions, strictest } from "../model/restriction.ts";

const PREFIX = "lastgood.dev/";

/** Objects of engines: what they ask is about what they deploy, which is a target of its own. */
const ENGINE_GROUPS: ReadonlySet<string> = new Set([
  "argoproj.io/Application",
  "argoproj.io/ApplicationSet",
  "kustomize.toolkit.fluxcd.io/Kustomization",
  "helm.toolkit.fluxcd.io/HelmRelease",
]);

/**
 * What the manifests of a target ask for as a whole: mode, suspension, bake time, reviewers. A suspension that is over at `nowMs` is left out.
 * `components` and `ignore-paths` are about the object that bears them, see `declaredKeeper`; `policy` is for engines' objects only.
 */
export function declaredBy(components: readonly Component[], nowMs: number): Restrictions {
  const all = components.flatMap((component): readonly Restrictions[] => {
    const annotations = annotationsOf(component);
    if (annotations === undefined || isEngineObject(component)) return [];
    const { mode, suspended, bakeTimeMs, reviewers, notes } = readRestrictions(annotations, nowMs);
    const words = [mode, suspended, bakeTimeMs, reviewers];
    if (words.every((word) => word === undefined)) return [];
    return [
      {
        ...(mode === undefined ? {} : { mode }),
        ...(suspended === undefined ? {} : { suspended }),
        ...(bakeTimeMs === undefined ? {} : { bakeTimeMs }),
        ...(reviewers === undefined ? {} : { reviewers }),
        only: [],
        except: [],
        notes: notes.map((note) => `${componentName(component)}: ${note}`),
      },
    ];
  });
  return strictest(all);
}

/** What may restrict in a file that cannot be read: not what is about one object, nor what lastgood writes itself. */
const RESTRICTING = /lastgood\.dev\/(?:mode|suspend|bake-time|components|ignore-paths|reviewers)\b/;

/** As `declaredBy`, of whole files. What seems to ask for something in a file that cannot be read makes lastgood only observe. */
export function declaredIn(files: Iterable<{ readonly manifest: Manifest }>, nowMs: number): Restrictions {
  const manifests = [...files].map(({ manifest }) => manifest);
  const unread = manifests.filter(
    ({ components, text }) => components.some(({ kind }) => kind === "opaque") && RESTRICTING.test(text ?? ""),
  );
  const readable = declaredBy(
    manifests.flatMap(({ components }) => components),
    nowMs,
  );
  const odd = unread.map(({ path }): Restrictions => {
    const note = `${path}: annotations lastgood.dev/… cannot be read there: lastgood only observes`;
    return { mode: "observe", only: [], except: [], notes: [note] };
  });
  return odd.length === 0 ? readable : strictest([readable, ...odd]);
}

/** A change within one object. */
export interface DeclaredField {
  readonly pointer: string;
  readonly facet: Facet;
}

/** Which of its fields an object wants to be left alone, and by which annotation; undefined when it asks for none. */
export function declaredKeeper(
  component: Component,
  { isChosen }: { readonly isChosen: boolean },
): ((field: DeclaredField) => string | undefined) | undefined {
  const annotations = component.kind === "object" ? annotationsOf(component) : undefined;
  if (annotations === undefined) return undefined;
  const { ignorePaths = [], only, except } = readRestrictions(annotations, 0);
  const words = isChosen || isEngineObject(component) ? { only: [], except: [] } : { only, except };
  const ignored = isEngineObject(component) ? [] : ignorePaths;
  if (ignored.length === 0 && words.only.length === 0 && words.except.length === 0) return undefined;
  return ({ pointer, facet }) => {
    if (ignored.some((path) => overlaps(path, pointer))) return `${PREFIX}ignore-paths`;
    const word = `:${facet}`;
    const isTaken = (words.only.length === 0 || words.only.includes(word)) && !words.except.includes(word);
    return isTaken ? undefined : `${PREFIX}components`;
  };
}

/** Is one the other, or above it? What holds an ignored field changes it, too. */
function overlaps(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}

function isEngineObject(component: Component): boolean {
  return component.kind === "object" && ENGINE_GROUPS.has(`${groupOf(component.id.apiVersion)}/${component.id.kind}`);
}

/** By their names without the prefix, those that a kustomization gives to all of its objects, too; undefined without any. */
function annotationsOf(component: Component): { readonly [name: string]: string } | undefined {
  const all =
    component.kind === "object"
      ? [valueAt(component.value, "metadata", "annotations")]
      : component.kind === "file" && component.fileKind === "kustomization"
        ? component.documents.map((document) => valueAt(document, "commonAnnotations"))
        : [];
  const own = all
    .filter(isObject)
    .flatMap((annotations) =>
      Object.entries(annotations).flatMap(([key, value]) =>
        key.startsWith(PREFIX) ? [[key.slice(PREFIX.length), textOf(value)] as const] : [],
      ),
    );
  return own.length === 0 ? undefined : Object.fromEntries(own);
}

/** Kubernetes takes texts only; `suspend: true` without quotes is meant all the same. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
