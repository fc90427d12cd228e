/** Files as large as anybody could bring, each at three moments: before a bad change, right after it, and now, with work beside it. */

export interface HugeStory {
  readonly name: string;
  /** Path → its text before the change, right after it, now. */
  readonly files: Readonly<Record<string, readonly [good: string, bad: string, now: string]>>;
}

type Moment = "good" | "bad" | "now";
const MOMENTS: readonly Moment[] = ["good", "bad", "now"];

/** What the bad change set in every hundredth place; later work stands right below it. */
function valueAt(place: number, moment: Moment, every: number): string {
  if (place % every === 0 && moment !== "good") return `value-${place}-bad`;
  return place % every === 1 && moment === "now" ? `value-${place}-later` : `value-${place}`;
}

function lines(count: number, line: (place: number) => string): string {
  return Array.from({ length: count }, (_, place) => line(place)).join("");
}

function three(text: (moment: Moment) => string): readonly [string, string, string] {
  const [good, bad, now] = MOMENTS.map(text);
  return [good ?? "", bad ?? "", now ?? ""];
}

function configMap(data: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: huge\ndata:\n${data}`;
}

function deployment(env: string): string {
  const head = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: huge\nspec:\n  template:\n    spec:\n";
  return `${head}      containers:\n        - name: api\n          image: registry.example/api:1\n          env:\n${env}`;
}

const keys = (moment: Moment): string =>
  configMap(lines(20_000, (place) => `  key${place}: ${valueAt(place, moment, 1000)}\n`));

const items = (moment: Moment): string =>
  deployment(
    lines(2000, (place) => `            - name: K${place}\n              value: ${valueAt(place, moment, 100)}\n`),
  );

/** An anchor, and an alias of it: nothing for the reader of simple manifests. */
const anchored = (moment: Moment): string => keys(moment).replace("name: huge", "name: &name huge\n  x: *name");

/** What the change set, and what later work did, for texts with few places. */
const changed = (moment: Moment): string => (moment === "good" ? "then" : "bad");
const later = (moment: Moment): string => (moment === "now" ? "later" : "then");

const nested = (moment: Moment): string =>
  configMap(
    `  a: ${later(moment)}\nnested:\n${lines(190, (place) => `${" ".repeat(place + 1)}n:\n`)}${" ".repeat(191)}v: ${changed(moment)}\n`,
  );

/** Nine aliases of the level below on each of nine levels. */
const bomb = (moment: Moment): string =>
  `a: ${later(moment)}\na0: &a0 [${changed(moment)}]\n${lines(9, (at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(", ")}]\n`)}`;

const documents = (moment: Moment): string =>
  lines(
    10_000,
    (place) =>
      `---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c${place}\ndata:\n  a: ${valueAt(place, moment, 1000)}\n`,
  );

const list = (count: number) => (moment: Moment) =>
  `servers:\n${lines(count, (place) => `  - ${valueAt(place, moment, 1000)}\n`)}`;

const flow = (moment: Moment): string =>
  `servers: [\n${lines(60_000, (place) => `  { a: ${valueAt(place, moment, 1000)} },\n`)}  ]\n`;

const scalar = (moment: Moment): string =>
  configMap(`  a: ${changed(moment)}\n  long: "${"x".repeat(1_000_000)}"\n  b: ${later(moment)}\n`);

const folded = (moment: Moment): string =>
  configMap(
    `  a: ${changed(moment)}\n  long: >\n${lines(20_000, (at) => `    line ${at} of a text\n`)}  b: ${later(moment)}\n`,
  );

const json = (moment: Moment): string =>
  `{\n"panels": [\n${lines(20_000, (place) => `  { "id": ${place}, "title": "${valueAt(place, moment, 1000)}" },\n`)}{}\n]\n}\n`;

/** Every value was set by the change and again since. */
const disputed = (moment: Moment): string =>
  configMap(lines(20_000, (place) => `  key${place}: "${moment}${place}"\n`));

/** All of them; the same ones at every run. */
export const HUGE_STORIES: readonly HugeStory[] = [
  { name: "20,000 keys, 2,000 env", files: { "a/cm.yaml": three(keys), "a/dep.yaml": three(items) } },
  { name: "20,000 keys with an alias", files: { "a/cm.yaml": three(anchored) } },
  { name: "20,000 conflicts", files: { "a/cm.yaml": three(disputed) } },
  { name: "10,000 documents", files: { "a/all.yaml": three(documents) } },
  { name: "list of 1.9 MB", files: { "a/values.yaml": three(list(100_000)) } },
  { name: "list of 5 MB", files: { "a/values.yaml": three(list(280_000)) } },
  { name: "flow list of 1.6 MB", files: { "a/values.yaml": three(flow) } },
  { name: "scalar of 1 MB", files: { "a/cm.yaml": three(scalar) } },
  { name: "folded text of 0.5 MB", files: { "a/cm.yaml": three(folded) } },
  { name: "JSON of 1 MB", files: { "a/dashboard.json": three(json) } },
  { name: "190 levels", files: { "a/cm.yaml": three(nested) } },
  { name: "alias bomb", files: { "a/cm.yaml": three(bomb) } },
];
