/** "Choose what to revert": the boxes on a pull request, and the selection that ticking them means. */
import { type Component, componentName, groupOf } from "../model/component.ts";
import type { Facet } from "../model/field.ts";
import { contextOf } from "../plan/decide.ts";
import { facetOf } from "../patch/facet.ts";
import type { Plan } from "../plan/types.ts";
import { namesComponent, parseSelectors, type Selection, type Selector } from "../selection.ts";
import { quoteCode } from "./quote.ts";

/** One box. It stands for a facet of every component, or for a component with all its facets. */
export interface Choice {
  readonly kind: "facet" | "component";
  /** `image`, `Deployment.apps/api`: unique, and what stands in the box's comment. */
  readonly id: string;
  /** `Deployment/api`: what people see. */
  readonly name: string;
  readonly selector: Selector;
  /** How many fields differ there, taken or kept; a whole object is one. */
  readonly fields: number;
  readonly ticked: boolean;
}

/** More components than that are chosen with --only and --except. */
const MAX_COMPONENTS = 20;

export const CHOICES_HEADING = "### Choose what to revert";

/** The boxes of a plan, facets first; empty when there is nothing to choose between. */
export function choicesOf(plan: Plan): readonly Choice[] {
  const cells = cellsOf(plan);
  const facets = group(cells, ({ facet }) => facet);
  const components = group(cells, ({ selector }) => selector?.text);
  const offered = [
    ...(facets.size > 1 ? [...facets].map(([facet, own]) => facetChoice(facet, own, plan)) : []),
    ...(components.size > 1 && components.size <= MAX_COMPONENTS
      ? [...components].flatMap(([, own]) => componentChoice(own, plan))
      : []),
  ];
  return offered.length > 1 ? offered : [];
}

/** What the box is called that brings the branch up to date. */
export const REBASE_TICK = "rebase";

/** The boxes as Markdown; "" when there are none. */
export function renderChoices(
  choices: readonly Choice[],
  { hint, branch }: { readonly hint: string; readonly branch: string },
): string {
  if (choices.length === 0) return "";
  const lines = choices.map(({ kind, id, name, fields, ticked }) => {
    const shown = kind === "facet" ? name : quoteCode(name);
    const count = fields === 1 ? "1 field" : `${fields} fields`;
    return `- [${ticked ? "x" : " "}] <!-- lastgood:${kind}=${id} --> ${shown}: ${count}`;
  });
  const rebase = `- [ ] <!-- lastgood:${REBASE_TICK} --> bring the branch up to date with ${quoteCode(branch)}`;
  return [CHOICES_HEADING, hint, ...lines, rebase].join("\n");
}

/** `facet=image` → is it ticked? Only boxes of our own section count, never one in a quoted text below. */
export function readTicks(body: string): ReadonlyMap<string, boolean> {
  const lines = body.replaceAll("\r\n", "\n").split("\n");
  const start = lines.indexOf(CHOICES_HEADING);
  const ticks = new Map<string, boolean>();
  if (start === -1) return ticks;
  for (const line of lines.slice(start + 1)) {
    if (/^(?:\*\*|<|#|`)/.test(line)) break;
    const box = /^\s{0,3}[-*+] \[([ xX])\] <!-- lastgood:([a-z]+(?:=\S{1,400})?) -->/.exec(line);
    if (box?.[2] !== undefined && !ticks.has(box[2])) ticks.set(box[2], box[1] !== " ");
  }
  return ticks;
}

/**
 * The selection that the ticks ask for; undefined when they say what the plan does already. What was left out in a way that no box
 * shows (one facet of one component of many) stays out.
 */
export function selectionFor(plan: Plan, ticks: ReadonlyMap<string, boolean>): Selection | undefined {
  const choices = choicesOf(plan);
  const wanted = (choice: Choice): boolean => ticks.get(`${choice.kind}=${choice.id}`) ?? choice.ticked;
  if (choices.every((choice) => wanted(choice) === choice.ticked)) return undefined;
  const off = choices.filter((choice) => !wanted(choice)).map(({ selector }) => selector);
  return { only: [], except: [...off, ...hiddenExceptions(plan, choices)] };
}

/** Cells that are left out although every box that covers them is ticked. */
function hiddenExceptions(plan: Plan, choices: readonly Choice[]): readonly Selector[] {
  const unticked = new Set(choices.filter(({ ticked }) => !ticked).map(({ kind, id }) => `${kind}=${id}`));
  return cellsOf(plan).flatMap(({ facet, selector, selected }) => {
    if (selected || selector === undefined) return [];
    if (unticked.has(`facet=${facet}`) || unticked.has(`component=${idOf(selector.text)}`)) return [];
    return [{ ...selector, text: `${selector.text}:${facet}`, facet }];
  });
}

/** One facet of one component. */
interface Cell {
  readonly component: Component;
  /** Missing for a name that cannot be typed. */
  readonly selector: Selector | undefined;
  readonly facet: Facet;
  readonly fields: number;
  readonly selected: boolean;
}

function cellsOf(plan: Plan): readonly Cell[] {
  const taken = plan.components.flatMap(({ component, fields }) =>
    fields.length === 0 ? [cell(component, undefined, true)] : fields.map(({ facet }) => cell(component, facet, true)),
  );
  const left = plan.kept
    .filter(({ reason }) => reason === "NotSelected")
    .map(({ component, field }) => cell(component, field?.facet, false));
  const cells = new Map<string, Cell>();
  for (const one of [...taken, ...left]) {
    const key = `${one.selector?.text ?? componentName(one.component)} ${one.facet}`;
    const known = cells.get(key);
    const selected = one.selected || known?.selected === true;
    cells.set(key, { ...one, selected, fields: one.fields + (known?.fields ?? 0) });
  }
  return [...cells.values()];
}

function cell(component: Component, facet: Facet | undefined, selected: boolean): Cell {
  return {
    component,
    selector: selectorOf(component),
    facet: facet ?? facetOf([], contextOf(component)),
    fields: 1,
    selected,
  };
}

/** What names exactly this component on a command line; undefined when its name cannot be typed. */
function selectorOf(component: Component): Selector | undefined {
  const text = component.kind === "object" ? objectText(component.id) : componentName(component);
  if (text.length > 200) return undefined;
  try {
    const [selector, ...more] = parseSelectors([text]);
    const fits = selector !== undefined && selector.facet === undefined && namesComponent(selector, component);
    return fits && more.length === 0 && selector.text === text ? selector : undefined;
  } catch {
    return undefined;
  }
}

function objectText({ apiVersion, kind, namespace, name }: Extract<Component, { kind: "object" }>["id"]): string {
  const group = groupOf(apiVersion);
  return `${namespace === undefined ? "" : `${namespace}/`}${kind}${group === "" ? "" : `.${group}`}/${name}`;
}

function facetChoice(facet: Facet, cells: readonly Cell[], { selection }: Plan): Choice {
  const isLeftOut = selection.only.length > 0 || selection.except.some((each) => isFacet(each, facet));
  return {
    kind: "facet",
    id: facet,
    name: facet,
    selector: { text: `:${facet}`, facet },
    fields: sum(cells),
    ticked: cells.some(({ selected }) => selected) || !isLeftOut,
  };
}

function componentChoice(cells: readonly Cell[], { selection }: Plan): readonly Choice[] {
  const [first] = cells;
  if (first?.selector === undefined) return [];
  const { component, selector } = first;
  const isLeftOut =
    selection.only.length > 0 || selection.except.some((each) => isWhole(each) && namesComponent(each, component));
  return [
    {
      kind: "component",
      id: idOf(selector.text),
      name: componentName(component),
      selector,
      fields: sum(cells),
      ticked: cells.some(({ selected }) => selected) || !isLeftOut,
    },
  ];
}

function isFacet({ file, object, facet }: Selector, wanted: Facet): boolean {
  return file === undefined && object === undefined && facet === wanted;
}

function isWhole({ file, object, facet }: Selector): boolean {
  return facet === undefined && (file !== undefined || object !== undefined);
}

/** Fit for an HTML comment: no space, no `--`, no `>`. */
function idOf(text: string): string {
  return encodeURIComponent(text)
    .replaceAll("%2F", "/")
    .replace(/-(?=-)|-$/g, "%2D");
}

function sum(cells: readonly Cell[]): number {
  return cells.reduce((total, { fields }) => total + fields, 0);
}

function group<T, K>(items: readonly T[], keyOf: (item: T) => K | undefined): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const own = groups.get(key);
    if (own === undefined) groups.set(key, [item]);
    else own.push(item);
  }
  return groups;
}
