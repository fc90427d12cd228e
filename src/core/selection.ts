/** Which components and facets of a target a person wants to take along: `--only`, `--except`. */
import { LastgoodError } from "../errors.ts";
import { type Component, componentName, groupOf } from "./model/component.ts";
import { FACETS, type Facet } from "./model/field.ts";

/** `[NAMESPACE/]KIND[.GROUP]/NAME[:FACET]`, `./FILE[:FACET]` or `:FACET`. */
export interface Selector {
  readonly text: string;
  readonly file?: string;
  readonly object?: { readonly namespace?: string; readonly kind: string; readonly group?: string; readonly name: string };
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
    throw new LastgoodError("UsageComponent", `"${text}" names no component`, {
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
  throw new LastgoodError("UsageComponent", `"${text}" in "${whole}" is no facet`, {
    hint: `Facets are ${FACETS.join(", ")}.`,
  });
}

/** Is this part of this component taken along? */
export function isSelected(selection: Selection, component: Component, facet: Facet): boolean {
  const hit = (selector: Selector): boolean =>
    namesComponent(selector, component) && (selector.facet === undefined || selector.facet === facet);
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

/** Throws `UsageComponent` when a selector names nothing among the components, with what there is. */
export function requireMatches(selection: Selection, components: readonly Component[]): void {
  for (const selector of [...selection.only, ...selection.except]) {
    if (components.some((component) => namesComponent(selector, component))) continue;
    const names = [...new Set(components.map(componentName))].slice(0, 12);
    throw new LastgoodError("UsageComponent", `"${selector.text}" matches nothing that differs from the checkpoint`, {
      hint: names.length === 0 ? "Nothing differs." : `What differs: ${names.join(", ")}.`,
    });
  }
}
