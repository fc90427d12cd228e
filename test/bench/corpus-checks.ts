/** What must hold for every file and every pair of versions. */
import fastJsonPatch from "fast-json-patch";
import { editText } from "../../src/core/edit/edit-text.ts";
import { type Manifest, readManifest } from "../../src/core/manifest/read-manifest.ts";
import { type Component, identityKey } from "../../src/core/model/component.ts";
import { FACETS, type Facet, type FieldChange, type Operation } from "../../src/core/model/field.ts";
import { type BlobId, commitId, type Revision } from "../../src/core/model/git.ts";
import { isList, isObject, jsonEqual, type JsonValue } from "../../src/core/model/json.ts";
import { contextOf as contextOfValue } from "../../src/core/patch/diff-context.ts";
import { fieldChanges } from "../../src/core/patch/fields.ts";
import { selectFields } from "../../src/core/patch/select.ts";
import { contextOf, documentsOf } from "../../src/core/plan/decide.ts";
import { planRevert } from "../../src/core/plan/plan-revert.ts";
import type { NothingToDo, Plan, Snapshot, TargetFile } from "../../src/core/plan/types.ts";
import { EVERYTHING, type Selection } from "../../src/core/selection.ts";
import { LastgoodError } from "../../src/errors.ts";
import { addSample, count, type Tally } from "./corpus-tally.ts";
import { linesOutside } from "./lines-outside.ts";

/** Two versions of one file. */
export interface FilePair {
  readonly path: string;
  readonly before: BlobId;
  readonly after: BlobId;
}

interface Run {
  readonly tally: Tally;
  readonly random: () => number;
}

/** Reading a file and editing nothing gives its bytes back. */
export function checkIdentity(path: string, bytes: Uint8Array, tally: Tally): void {
  tally.files += 1;
  try {
    const { text, stream } = readManifest(path, bytes);
    if (text === undefined) return;
    const same = stream === undefined ? text : identityEdit(path, text, stream.documents);
    if (stream !== undefined) tally.read += 1;
    if (Buffer.compare(Buffer.from(same, "utf8"), bytes) === 0) return;
    tally.notIdentical += 1;
    addSample(tally, `not identical: ${path}`);
  } catch (error) {
    fail(tally, `${path} (identity)`, error);
  }
}

function identityEdit(path: string, text: string, documents: readonly { readonly value: JsonValue }[]): string {
  return editText({ path, head: text, wanted: documents.map(({ value }, head) => ({ value, head })) }).text;
}

/** The plans there and back between two versions. */
export function checkPair(
  pair: FilePair,
  bytes: { readonly before: Uint8Array; readonly after: Uint8Array },
  run: Run,
): void {
  run.tally.pairs += 1;
  const before = fileOf(pair.path, pair.before, bytes.before);
  const after = fileOf(pair.path, pair.after, bytes.after);
  for (const [current, wanted] of [
    [after, before],
    [before, after],
  ] as const) {
    checkPlan({ current, wanted, selection: EVERYTHING }, run);
    for (const selection of randomSelections(current, wanted, run.random))
      checkPlan({ current, wanted, selection }, run);
    checkFields(current, wanted, run);
  }
}

/** Half of the changed fields, whatever their facets: more than any selection can ask of an edit. */
function checkFields(current: TargetFile, wanted: TargetFile, { tally, random }: Run): void {
  const { path, manifest } = current;
  const where = `${path} ${current.state.id.slice(0, 10)}→${wanted.state.id.slice(0, 10)} [fields]`;
  const [here, there] = [manifest.stream?.documents ?? [], wanted.manifest.stream?.documents ?? []];
  if (here.length === 0 || here.length !== there.length) return;
  try {
    const documents = here.map(({ value, index }) => {
      const other = there[index]?.value ?? null;
      const half = selectFields(value, other, contextOfValue(value), () => random() < 0.5);
      return { value: half, head: index, source: index };
    });
    if (documents.every(({ value, head }) => jsonEqual(value, here[head]?.value ?? null))) return;
    const edit = editText({ path, head: manifest.text ?? "", source: wanted.manifest.text ?? "", wanted: documents });
    count(tally.fieldEdits, edit.method);
    const after = readManifest(path, new TextEncoder().encode(edit.text));
    const values = (after.stream?.documents ?? []).map(({ value }) => value).filter((value) => value !== null);
    const expected = documents.map(({ value }) => value).filter((value) => value !== null);
    if (!jsonEqual(values, expected)) {
      tally.wrong += 1;
      addSample(tally, `wrong: ${where}`);
    }
    if (edit.method === "hunks" || edit.method === "nodes")
      noteOutside({ where, method: edit.method }, [manifest, after, wanted.manifest], tally);
  } catch (error) {
    fail(tally, where, error);
  }
}

function noteOutside(
  { where, method }: { readonly where: string; readonly method: string },
  [before, after, goal]: readonly [Manifest, Manifest, Manifest],
  tally: Tally,
): void {
  const outside = linesOutside(before, after, goal);
  if (outside === undefined) {
    tally.unmeasured += 1;
    return;
  }
  tally.measured += 1;
  tally.outside += outside.length;
  for (const line of outside) addSample(tally, `outside: ${where} ${method} ${line}`);
}

function fileOf(path: string, id: BlobId, bytes: Uint8Array): TargetFile {
  return { path, state: { mode: "100644", id }, manifest: readManifest(path, bytes) };
}

interface Case {
  readonly current: TargetFile;
  readonly wanted: TargetFile;
  readonly selection: Selection;
}

function checkPlan(one: Case, run: Run): void {
  const { tally } = run;
  const where = `${one.current.path} ${one.current.state.id.slice(0, 10)}→${one.wanted.state.id.slice(0, 10)} [${nameOf(one.selection)}]`;
  tally.plans += 1;
  try {
    const found = planOf(one.current, one);
    if (found.kind === "nothing-to-do") {
      tally.nothingToDo += 1;
      return;
    }
    const after = afterPlan(found, one, tally);
    if (after === undefined) return;
    checkObjects({ ...one, after, where }, tally);
    checkPatches(found, { after, where }, tally);
    if (after.state.id === one.current.state.id) return;
    const again = planOf(after, one);
    if (again.kind === "plan") {
      tally.notDone += 1;
      addSample(tally, `not done: ${where}`);
    }
  } catch (error) {
    fail(tally, where, error);
  }
}

function planOf(current: TargetFile, { wanted, selection }: Case): Plan | NothingToDo {
  return planRevert({ ...FACTS, current: snapshotOf(current), wanted: snapshotOf(wanted), selection });
}

function snapshotOf(file: TargetFile): Snapshot {
  return new Map([[file.path, file]]);
}

/** The file after the plan; undefined when it goes. */
function afterPlan(plan: Plan, { current, wanted }: Case, tally: Tally): TargetFile | undefined {
  const [file, ...more] = plan.files;
  if (file === undefined || more.length > 0) throw new Error("a plan of one file has one file");
  switch (file.action) {
    case "remove":
      tally.removed += 1;
      return undefined;
    case "restore":
      tally.restored += 1;
      if (file.after.id !== wanted.state.id) throw new Error("the blob is not the checkpoint's");
      return wanted;
    case "edit": {
      count(tally.edited, file.method);
      const manifest = readManifest(file.path, new TextEncoder().encode(file.after.text));
      if (file.method === "hunks" || file.method === "nodes") {
        const where = `${current.path} ${current.state.id.slice(0, 10)}→${wanted.state.id.slice(0, 10)}`;
        noteOutside({ where, method: file.method }, [current.manifest, manifest, wanted.manifest], tally);
      }
      return { path: file.path, state: { mode: file.after.mode, id: NEW_BLOB }, manifest };
    }
  }
}

/** Against the present, only what is selected may have changed; against the checkpoint, only what is not may still differ. */
function checkObjects(
  { current, wanted, after, selection, where }: Case & { readonly after: TargetFile; readonly where: string },
  tally: Tally,
): void {
  const changed = changesBetween(current.manifest, after.manifest);
  const left = changesBetween(after.manifest, wanted.manifest);
  const wrong = [
    ...changed.filter((facet) => !isSelected(selection, facet)).map((facet) => `${facet} changed`),
    ...left.filter((facet) => isSelected(selection, facet)).map((facet) => `${facet} did not go back`),
  ];
  tally.wrong += wrong.length;
  if (wrong.length > 0) addSample(tally, `wrong: ${where}: ${wrong.join(", ")}`);
}

function isSelected({ only, except }: Selection, facet: Facet): boolean {
  const names = (selectors: Selection["only"]): boolean => selectors.some((selector) => selector.facet === facet);
  return (only.length === 0 || names(only)) && !names(except);
}

/** The facets in which two versions differ; whole components count as what a plan calls them. */
function changesBetween(a: Manifest, b: Manifest): readonly Facet[] {
  return differences(a, b).map(({ facet }) => facet);
}

function differences(a: Manifest, b: Manifest): readonly Pick<FieldChange, "facet">[] {
  const others = new Map(b.components.map((component) => [keyOf(component), component]));
  const both = a.components.flatMap((component): readonly Pick<FieldChange, "facet">[] => {
    const other = others.get(keyOf(component));
    if (other === undefined || component.kind === "opaque" || other.kind !== component.kind) return [];
    const [old, now] = [documentsOf(component), documentsOf(other)];
    if (old.length !== now.length) return [];
    return old.flatMap((value, i) => fieldChanges(value, now[i] as JsonValue, contextOf(component)));
  });
  return both;
}

function keyOf(component: Component): string {
  return component.kind === "object" ? identityKey(component.id) : component.kind;
}

function checkPatches(
  plan: Plan,
  { after, where }: { readonly after: TargetFile; readonly where: string },
  tally: Tally,
): void {
  for (const { component, patch, change } of plan.components) {
    const found = after.manifest.components.find((other) => keyOf(other) === keyOf(component));
    const [value, result] = [documentsOf(component)[0], found === undefined ? undefined : documentsOf(found)[0]];
    if (change !== "change" || patch.length === 0 || value === undefined || result === undefined) continue;
    tally.patches += 1;
    if (holdsBig(value) || holdsBig(result)) {
      tally.bigPatches += 1;
      continue;
    }
    const applied = applied6902(value, patch);
    if (applied !== undefined && jsonEqual(applied, result)) continue;
    tally.badPatches += 1;
    addSample(tally, `bad patch: ${where}`);
  }
}

function applied6902(value: JsonValue, patch: readonly Operation[]): JsonValue | undefined {
  try {
    const copy = structuredClone(value) as object;
    return fastJsonPatch.applyPatch(copy, structuredClone(patch) as never, true).newDocument as JsonValue;
  } catch {
    return undefined;
  }
}

function holdsBig(value: JsonValue): boolean {
  if (isList(value)) return value.some(holdsBig);
  return isObject(value) ? Object.values(value).some(holdsBig) : typeof value === "bigint";
}

/** Up to two random parts of the facets in which the two differ: one chosen, one left out. */
function randomSelections(current: TargetFile, wanted: TargetFile, random: () => number): readonly Selection[] {
  const facets = [...new Set(changesBetween(current.manifest, wanted.manifest))];
  if (facets.length === 0) return [];
  const some = (): readonly Facet[] => facets.filter(() => random() < 0.5);
  const [only, except] = [some(), some()];
  return [
    ...(only.length === 0 ? [] : [{ only: only.map(selectorOf), except: [] }]),
    ...(except.length === 0 ? [] : [{ only: [], except: except.map(selectorOf) }]),
  ];
}

function selectorOf(facet: Facet): Selection["only"][number] {
  if (!FACETS.includes(facet)) throw new Error(`no facet: ${facet}`);
  return { text: `:${facet}`, facet };
}

function nameOf({ only, except }: Selection): string {
  return [...only.map(({ text }) => `+${text}`), ...except.map(({ text }) => `-${text}`)].join(" ") || "whole";
}

function fail(tally: Tally, where: string, error: unknown): void {
  if (error instanceof LastgoodError) {
    count(where.endsWith("[fields]") ? tally.fieldsRefused : tally.refused, error.code);
    addSample(tally, `refused: ${where}: ${error.code} ${error.message}`);
    return;
  }
  tally.exceptions += 1;
  addSample(tally, `exception: ${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}

const NEW_BLOB = "f".repeat(40) as BlobId;

const REVISION: Revision = {
  id: commitId("1".repeat(40)),
  parents: [],
  author: "",
  authorEmail: "",
  authoredAtMs: 0,
  committedAtMs: 0,
  message: "",
};

const JUDGED = {
  revision: REVISION,
  changes: [],
  number: 1,
  content: "",
  verdict: "unproven",
  evidence: [],
  liveForMs: 0,
} as const;

const FACTS = {
  target: { name: "corpus", origin: { kind: "path" }, sources: [{ path: "", tool: "detect" }], notes: [] },
  branch: "main",
  base: REVISION.id,
  goal: { kind: "checkpoint", checkpoint: { kind: "checkpoint", revision: JUDGED, by: "chosen", weak: true } },
  suspect: JUDGED,
  undone: [],
  unrelated: 0,
  steps: [],
} as const;
