/** What people and programs are shown of a plan: rows, images, diffs and patches, with every secret masked. */
import { type Component, componentKey, componentName } from "../model/component.ts";
import type { Facet, FieldChange, Patch } from "../model/field.ts";
import type { Revision } from "../model/git.ts";
import { toJson } from "../model/json.ts";
import { valueText } from "../patch/display.ts";
import { isSecretField } from "../redact.ts";
import { unifiedDiff } from "../text-diff.ts";
import { maskText } from "./mask-text.ts";
import { kindOf, maskField, maskPatch, secretTexts } from "./secrets.ts";
import type { AttributedField, Kept, Plan, PlannedComponent, PlannedFile } from "./types.ts";

/** One changed field, or a whole component when `display` is "". */
export interface FieldRow {
  /** `Deployment/api` */
  readonly component: string;
  /** `apps/v1/Deployment/payments/api` */
  readonly key: string;
  readonly file: string;
  readonly op: FieldChange["op"];
  /** `containers[api].image` */
  readonly display: string;
  readonly facet: Facet;
  readonly pointer: string;
  readonly from?: string;
  readonly to?: string;
  readonly secret: boolean;
  readonly setBy?: Revision;
}

/** Every change of the plan, in the order of its files. `limit`: characters of a value; people are shown 80, programs all. */
export function fieldRows(plan: Plan, limit = 80): readonly FieldRow[] {
  return plan.components.flatMap((planned): readonly FieldRow[] => {
    if (planned.fields.length === 0) return [wholeRow(planned)];
    const secrets = secretsOf(planned);
    return planned.fields.map((field) => rowOf(planned, field, { secrets, limit }));
  });
}

const WHOLE = { add: "add", remove: "remove", change: "replace" } as const;

function wholeRow(planned: PlannedComponent): FieldRow {
  const { change, setBy } = planned;
  return {
    ...names(planned),
    op: WHOLE[change],
    display: "",
    facet: "other",
    pointer: "",
    secret: false,
    ...(setBy === undefined ? {} : { setBy }),
  };
}

function rowOf(
  planned: PlannedComponent,
  field: AttributedField,
  { secrets, limit }: { readonly secrets: readonly string[]; readonly limit: number },
): FieldRow {
  const kind = kindOf(planned.component);
  const shown = maskField(kind, field, secrets);
  return {
    ...names(planned),
    op: field.op,
    display: shown.display,
    facet: field.facet,
    pointer: field.pointer,
    secret: isSecretField(kind, field.path),
    ...(shown.from === undefined ? {} : { from: valueText(shown.from, limit) }),
    ...(shown.to === undefined ? {} : { to: valueText(shown.to, limit) }),
    ...(field.setBy === undefined ? {} : { setBy: field.setBy }),
  };
}

function names({ component, path }: PlannedComponent): Pick<FieldRow, "component" | "key" | "file"> {
  return { component: componentName(component), key: componentKey(component), file: path };
}

/** Images that change, by container. */
export function imageRows(
  plan: Plan,
): readonly { readonly name: string; readonly component: string; readonly from: string; readonly to: string }[] {
  return fieldRows(plan)
    .filter(({ facet, op }) => facet === "image" && op === "replace")
    .map(({ display, from, to, component }) => ({
      name: /^(?:initC|c)ontainers\[(.+)\]\.image$/.exec(display)?.[1] ?? `${component} ${display}`,
      component,
      from: from ?? "",
      to: to ?? "",
    }));
}

/** `replicas 6 (owned by HPA/api)` */
export function keptText(kept: Kept): string {
  const { component, field, reason, owner } = kept;
  const why = keptWhy(component, reason, owner);
  if (field === undefined) return `${componentName(component)} (${why})`;
  const { display, from } = maskField(kindOf(component), field, secretsOf(kept));
  const now = from === undefined ? "" : ` ${valueText(from, 40)}`;
  return `${componentName(component)} ${display}${now} (${why})`;
}

/** Where a kept field stands, for programs; undefined for a whole component. */
export function keptPath(kept: Kept): string | undefined {
  const { component, field } = kept;
  return field === undefined ? undefined : maskField(kindOf(component), field, secretsOf(kept)).display;
}

function keptWhy(component: Component, reason: Kept["reason"], owner = "another controller"): string {
  if (reason === "NotSelected") return "not selected";
  if (reason === "Declared") return `left alone: ${owner}`;
  if (reason === "FollowsFile") return "goes with its file";
  if (reason !== "NotRestorable") return `owned by ${owner}`;
  return component.kind === "opaque" ? `${component.left.code}: links are not touched` : "links are not touched";
}

const diffs = new WeakMap<PlannedFile, readonly string[]>();

/** The unified diff of one file, with its head; secrets masked. Made once: in a large file there is much to look at. */
export function fileDiff(file: PlannedFile): readonly string[] {
  const diff = diffs.get(file) ?? makeDiff(file);
  diffs.set(file, diff);
  return diff;
}

function makeDiff(file: PlannedFile): readonly string[] {
  const { path, beforeText, afterText } = file;
  const head = [
    `--- ${beforeText === undefined ? "/dev/null" : `a/${path}`}`,
    `+++ ${file.action === "remove" ? "/dev/null" : `b/${path}`}`,
  ];
  if (beforeText === undefined && afterText === undefined) return [...head, "(not text)"];
  const [before, after] = [beforeText ?? "", afterText ?? ""];
  const [shownBefore, shownAfter] = [maskText(path, before), maskText(path, after)];
  if (shownBefore === undefined || shownAfter === undefined)
    return [...head, "(not shown: it holds a Secret that cannot be read)"];
  const lines = unifiedDiff(before, after, { shown: { before: shownBefore, after: shownAfter } });
  return [...head, ...lines.map((line) => line.replace(/\r$/, ""))];
}

/** The JSON Patches of a plan, secret values masked. `patch` is for programs, `json` its text for people. */
export function shownPatches(plan: Plan): readonly {
  readonly component: string;
  readonly key: string;
  readonly path: string;
  readonly patch: Patch;
  readonly json: string;
}[] {
  return plan.components
    .filter(({ patch }) => patch.length > 0)
    .map((planned) => {
      const patch = maskPatch(planned.patch, secretsOf(planned));
      const json = `[\n${patch.map((operation) => `  ${toJson(operation)}`).join(",\n")}\n]`;
      return {
        component: componentName(planned.component),
        key: componentKey(planned.component),
        path: planned.path,
        patch,
        json,
      };
    });
}

const secrets = new WeakMap<object, readonly string[]>();

/** Both sides: what goes may be as secret as what comes back. */
function secretsOf(planned: Pick<Kept, "component" | "partner">): readonly string[] {
  const { component, partner } = planned;
  const known = secrets.get(planned);
  if (known !== undefined) return known;
  const texts = [...secretTexts(component), ...(partner === undefined ? [] : secretTexts(partner))];
  secrets.set(planned, texts);
  return texts;
}
