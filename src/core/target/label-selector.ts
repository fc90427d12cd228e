/** Which objects are meant, as `kubectl -l` takes it: `a=b`, `a!=b`, `a`, `!a`, `a in (b, c)`, `a notin (b, c)`, joined by commas. */

type Holds = (labels: { readonly [name: string]: string }) => boolean;

const KEY = String.raw`[A-Za-z0-9](?:[\w./-]{0,316}[A-Za-z0-9])?`;
const VALUE = String.raw`[\w.-]{0,63}`;
const FORMS: readonly (readonly [RegExp, (key: string, value: string) => Holds])[] = [
  [new RegExp(`^(${KEY})$`), (key) => (labels) => Object.hasOwn(labels, key)],
  [new RegExp(`^!\\s*(${KEY})$`), (key) => (labels) => !Object.hasOwn(labels, key)],
  [new RegExp(`^(${KEY})\\s*==?\\s*(${VALUE})$`), (key, value) => (labels) => valueOf(labels, key) === value],
  [new RegExp(`^(${KEY})\\s*!=\\s*(${VALUE})$`), (key, value) => (labels) => valueOf(labels, key) !== value],
  [
    new RegExp(`^(${KEY})\\s+in\\s*\\(([\\w., -]*)\\)$`),
    (key, values) => (labels) => listed(values).some((value) => value === valueOf(labels, key)),
  ],
  [
    new RegExp(`^(${KEY})\\s+notin\\s*\\(([\\w., -]*)\\)$`),
    (key, values) => (labels) => listed(values).every((value) => value !== valueOf(labels, key)),
  ],
];

/** Undefined when it is no selector: then nobody knows what is meant, and nothing is. */
export function compileSelector(selector: string): Holds | undefined {
  const parts = selector.slice(0, 2000).split(/,(?![^(]*\))/);
  const conditions = parts.map((part) => compilePart(part.trim()));
  return conditions.every((condition) => condition !== undefined)
    ? (labels) => conditions.every((holds) => holds(labels))
    : undefined;
}

function compilePart(part: string): Holds | undefined {
  for (const [form, make] of FORMS) {
    const [, key, value = ""] = form.exec(part) ?? [];
    if (key !== undefined) return make(key, value);
  }
  return undefined;
}

function valueOf(labels: { readonly [name: string]: string }, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function listed(values: string): readonly string[] {
  return values.split(",").map((value) => value.trim());
}
