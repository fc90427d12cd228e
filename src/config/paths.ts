/** A path of the managed repository as used: without `./` and a final `/`; "" is the root. */
export function normalPath(path: string): string {
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

/** What stands for the `*` of a target's name. */
export const NAME = "{name}";

/**
 * How two paths stand to each other when `{name}` may be any one folder name: the name that makes them meet (undefined when
 * none is needed), and whether they are the same length. Undefined when they never meet.
 */
export function meet(a: string, b: string): { readonly name?: string; readonly same: boolean } | undefined {
  const left = segments(a);
  const right = segments(b);
  let name: string | undefined;
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const found = meetSegments(left[i] ?? "", right[i] ?? "");
    if (found === undefined) return undefined;
    if (found !== "") name = found;
  }
  return { same: left.length === right.length, ...(name === undefined ? {} : { name }) };
}

/** "" when they are equal or both are patterns that could be; else the name that makes the pattern equal to the other. */
function meetSegments(a: string, b: string): string | undefined {
  if (a === b) return "";
  const [isPatternA, isPatternB] = [a.includes(NAME), b.includes(NAME)];
  if (isPatternA && isPatternB) return "";
  if (isPatternA) return nameIn(a, b);
  return isPatternB ? nameIn(b, a) : undefined;
}

/** The name in one path segment: of `app-{name}` and `app-web` it is `web`. */
export function nameIn(pattern: string, segment: string): string | undefined {
  const [before = "", after = ""] = pattern.split(NAME);
  const fits = segment.startsWith(before) && segment.endsWith(after) && segment.length > before.length + after.length;
  return fits ? segment.slice(before.length, segment.length - after.length) : undefined;
}

function segments(path: string): readonly string[] {
  return path === "" ? [] : path.split("/");
}
