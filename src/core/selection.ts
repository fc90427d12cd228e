/** Which components and facets of a target a person wants to take along: `--only`, `--except`. */
import { LastgoodError } from "../errors.ts";
import { type Component, componentName, groupOf } from "./model/component.ts";
import { escapeText, shorten } from "./model/escape.ts";
import { FACETS, type Facet } from "./model/field.ts";

/** `[NAMESPACE/]KIND[.GROUP]/NAME[:FACET]`, `./FILE[:FACET]` or `:FACET`. */
export interface Selector {
  readonly text: string;
  readonly file?: string;
  readonly object?: {
    readonly namespace?: string;
    readonly kind: string;
    readonly group?: string;
    readonly name: string;
  };
  readonly facet?: Facet;
}

export interface Selection {
  /** Empty: everything. */
  readonly only: readonly Selector[];
  readonly except: readonly Selector[];
}

export const EVERYTHING: Selection = { only: [], except: [] };

/** Does the selection leave anything out? */
export function isPartial(selection: Selection): boolean {
  return selection.only.length > 0 || selection.except.length > 0;
}

/** Reads selectors as typed: repeatable and comma-separated. Throws `UsageComponent`. */
export function parseSelectors(texts: readonly string[]): readonly Selector[] {
  return texts
    .flatMap((text) => text.split(","))
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map(parseSelector);
}

function parseSelector(text: string): Selector {
  const colon = text.lastIndexOf(":");
  const name = colon === -1 ? text : text.slice(0, colon);
  const facet = colon === -1 ? undefined : parseFacet(text.slice(colon + 1), text);
  const rest = facet === undefined ? { text } : { text, facet };
  if (name === "" && facet !== undefined) return rest;
  if (name.startsWith("./")) return { ...rest, file: name.slice(2) };
  const match = /^(?:([^/]+)\/)?([A-Za-z][A-Za-z0-9]*)(?:\.([A-Za-z0-9.-]+))?\/([^/]+)$/.exec(name);
  if (match?.[2] === undefined || match[4] === undefined) {
    throw new LastgoodError("UsageComponent", `"${shorten(escapeText(text), 80)}" names no component`, {
      hint: "Write KIND/NAME, NAMESPACE/KIND/NAME, ./FILE or :FACET, for example Deployment/api, Deployment/api:image, ./values.yaml, :env.",
    });
  }
  const object = {
    kind: match[2],
    name: match[4],
    ...(match[1] === undefined ? {} : { namespace: match[1] }),
    ...(match[3] === undefined ? {} : { group: match[3] }),
  };
  return { ...rest, object };
}

function parseFacet(text: string, whole: string): Facet {
  const facet = FACETS.find((known) => known === text.toLowerCase());
  if (facet !== undefined) return facet;
  throw new LastgoodError(
    "UsageComponent",
    `"${shorten(escapeText(text), 40)}" in "${shorten(escapeText(whole), 80)}" is no facet`,
    {
      hint: `Facets are ${FACETS.join(", ")}.`,
    },
  );
}

/** Is this part of a component taken along? `sides`: the component now and at the checkpoint; to name one of them is enough. */
export function isSelected(selection: Selection, sides: readonly Component[], facet: Facet): boolean {
  const hit = (selector: Selector): boolean =>
    sides.some((side) => namesComponent(selector, side)) && (selector.facet === undefined || selector.facet === facet);
  return (selection.only.length === 0 || selection.only.some(hit)) && !selection.except.some(hit);
}

/** Does the selector mean this component (whatever its facet)? */
export function namesComponent(selector: Selector, component: Component): boolean {
  if (selector.file !== undefined) return fileMatches(selector.file, component.path);
  if (selector.object === undefined) return true;
  if (component.kind !== "object") return false;
  const { namespace, kind, group, name } = selector.object;
  return (
    kind.toLowerCase() === component.id.kind.toLowerCase() &&
    name === component.id.name &&
    (group === undefined || group === groupOf(component.id.apiVersion)) &&
    (namespace === undefined || namespace === component.id.namespace)
  );
}

/** `./values.yaml` means the file of that name anywhere in the target, `./apps/api/values.yaml` that one. */
function fileMatches(wanted: string, path: string): boolean {
  return path === wanted || path.endsWith(`/${wanted}`);
}

/**
 * Throws `UsageComponent` when a selector names nothing of what is known of the target: a typo must not pass for "nothing to do".
 * `differing`: what can be chosen, for the hint.
 */
export function requireMatches(
  selection: Selection,
  known: readonly Component[],
  differing: readonly Component[],
): void {
  for (const selector of [...selection.only, ...selection.except]) {
    if (selector.file === undefined && selector.object === undefined) continue;
    if (known.some((component) => namesComponent(selector, component))) continue;
    const names = [...new Set(differing.map(componentName))].slice(0, 12);
    throw new LastgoodError(
      "UsageComponent",
      `"${shorten(escapeText(selector.text), 80)}" matches nothing that differs from the checkpoint`,
      {
        hint: names.length === 0 ? "Nothing differs." : `What differs: ${names.join(", ")}.`,
      },
    );
  }
}
