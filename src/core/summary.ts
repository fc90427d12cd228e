/** What one revision changed, in the words of a table: images first, then facets, then what came and went. */
import type { Facet } from "./model/field.ts";
import { componentName } from "./model/component.ts";
import { escapeText } from "./model/escape.ts";
import type { JsonValue } from "./model/json.ts";
import { maskSecrets } from "./model/secret.ts";
import { fieldChanges } from "./patch/fields.ts";
import { contextOf, documentsOf } from "./plan/decide.ts";
import { pairComponents } from "./plan/pair.ts";
import type { Snapshot, Step, TargetFile } from "./plan/types.ts";

export interface ChangeSummary {
  /** Image or chart references that changed, as written. */
  readonly images: readonly { readonly from: string; readonly to: string }[];
  readonly facets: readonly Facet[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** `kubernetes.io/change-cause`, when the revision set it. */
  readonly cause?: string;
}

/** Summarises the steps of one revision. */
export function summarize(steps: readonly Step[]): ChangeSummary {
  const paths = steps.map(({ path }) => path);
  const pairs = pairComponents(snapshot(steps, "before"), snapshot(steps, "after"), paths);
  const images: { from: string; to: string }[] = [];
  const facets = new Set<Facet>();
  let cause: string | undefined;
  for (const { current, wanted } of pairs) {
    if (current === undefined || wanted === undefined) continue;
    const [before, after] = [documentsOf(current), documentsOf(wanted)];
    if (before.length === 0 || before.length !== after.length) facets.add("other");
    else {
      for (const field of before.flatMap((value, i) =>
        fieldChanges(value, after[i] as JsonValue, contextOf(current)),
      )) {
        facets.add(field.facet);
        const isReference = field.facet === "image" || field.facet === "chart";
        if (isReference && typeof field.from === "string" && typeof field.to === "string") {
          images.push({ from: field.from, to: field.to });
        }
        if (field.display.endsWith('annotations["kubernetes.io/change-cause"]') && typeof field.to === "string") {
          cause = field.to;
        }
      }
    }
  }
  return {
    images,
    facets: [...facets],
    added: pairs
      .filter(({ current }) => current === undefined)
      .map(({ wanted }) => (wanted === undefined ? "" : componentName(wanted))),
    removed: pairs
      .filter(({ wanted }) => wanted === undefined)
      .map(({ current }) => (current === undefined ? "" : componentName(current))),
    ...(cause === undefined ? {} : { cause }),
  };
}

function snapshot(steps: readonly Step[], side: "before" | "after"): Snapshot {
  return new Map(
    steps.flatMap((step): readonly (readonly [string, TargetFile])[] => {
      const manifest = step[side];
      return manifest === undefined ? [] : [[step.path, { path: step.path, state: NO_STATE, manifest }]];
    }),
  );
}

/** Only the components are looked at. */
const NO_STATE = { mode: "100644", id: "" as TargetFile["state"]["id"] } as const;

/** `image 1.7.4→1.8.0, env`; `+ConfigMap/flags`. */
export function summaryText(summary: ChangeSummary, arrow = "→"): string {
  const [first, ...more] = summary.images.map(({ from, to }) => shortReference(from, to).join(arrow));
  const facet = summary.facets.includes("image") ? "image" : "chart";
  const images = first === undefined ? [] : [`${facet} ${first}${more.length > 0 ? ` (+${more.length})` : ""}`];
  const facets = summary.facets.filter((name) => first === undefined || name !== facet);
  const parts = [
    ...(summary.cause === undefined ? [] : [maskSecrets(summary.cause)]),
    ...images,
    ...facets,
    ...counted(summary.added, "+"),
    ...counted(summary.removed, "-"),
  ];
  return parts.length === 0 ? "text only" : parts.map((part) => escapeText(part)).join(", ");
}

function counted(names: readonly string[], sign: string): readonly string[] {
  if (names.length > 2) return [`${sign}${names.length} components`];
  return names.map((name) => `${sign}${name}`);
}

/** Only what differs: tags where the repository is the same, digests where the tags are the same too. */
function shortReference(from: string, to: string): readonly [string, string] {
  const [a, b] = [split(from), split(to)];
  if (a.name !== b.name) return [from, to];
  return a.tag === b.tag ? [a.digest, b.digest] : [a.tag, b.tag];
}

function split(reference: string): { readonly name: string; readonly tag: string; readonly digest: string } {
  const [rest = "", digest = ""] = reference.split("@", 2);
  const colon = rest.lastIndexOf(":");
  const short = digest.slice(0, 14);
  if (colon > rest.lastIndexOf("/")) return { name: rest.slice(0, colon), tag: rest.slice(colon + 1), digest: short };
  // A bare tag or version, as values files and charts have it.
  if (!rest.includes("/")) return { name: "", tag: rest, digest: short };
  return { name: rest, tag: digest === "" ? "latest" : "", digest: short };
}
