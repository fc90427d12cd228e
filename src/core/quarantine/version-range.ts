/**
 * Ranges of versions as Helm, Flux and Argo CD read them (github.com/Masterminds/semver/v3, "Checking Version Constraints"):
 * `^1.2`, `~1.2.3`, `>=1.2 <2`, `1.x`, `1.2 - 1.4`, `1.2 || 2`.
 */

interface Version {
  /** Major, minor, patch. */
  readonly core: readonly [number, number, number];
  /** "" for a release. */
  readonly pre: string;
}

interface Comparator {
  readonly operator: string;
  /** What stands for any number (`x`, `*`, left out) is undefined, and so is all that comes after it. */
  readonly major: number | undefined;
  readonly minor: number | undefined;
  readonly patch: number | undefined;
  readonly pre: string;
}

/** More than that is no range that a person wrote. */
const MAX_RANGE = 256;

/** Does it name several versions, or one by an operator? One full version, and what cannot be read, is none. */
export function isRange(text: string): boolean {
  const [first, ...more] = parseRange(text)?.flat() ?? [];
  if (first === undefined) return false;
  return more.length > 0 || first.operator !== "" || first.patch === undefined;
}

/** False as well where one of them cannot be read. */
export function admitsVersion(range: string, version: string): boolean {
  const wanted = readVersion(version);
  const either = wanted === undefined ? undefined : parseRange(range);
  if (wanted === undefined || either === undefined) return false;
  return either.some((all) => all.every((comparator) => admits(comparator, wanted)));
}

function readVersion(text: string): Version | undefined {
  const [, major, minor = "0", patch = "0", pre = ""] =
    /^v?(\d{1,15})(?:\.(\d{1,15}))?(?:\.(\d{1,15}))?(?:-([0-9A-Za-z.-]{1,128}))?(?:\+[0-9A-Za-z.-]{1,128})?$/.exec(
      text.trim(),
    ) ?? [];
  return major === undefined ? undefined : { core: [Number(major), Number(minor), Number(patch)], pre };
}

const COMPARATOR =
  /(=<|=>|>=|<=|!=|~>|[=><~^])?\s*v?(\d{1,15}|[xX*])(?:\.(\d{1,15}|[xX*]))?(?:\.(\d{1,15}|[xX*]))?(?:-([0-9A-Za-z.-]{1,128}))?(?:\+[0-9A-Za-z.-]{1,128})?(?:[\s,]+|$)/y;

/** One of these lists must hold as a whole. */
function parseRange(text: string): readonly (readonly Comparator[])[] | undefined {
  if (text.length > MAX_RANGE) return undefined;
  const lists = text.split("||").map(parseList);
  return lists.every((list) => list !== undefined) ? lists : undefined;
}

function parseList(text: string): readonly Comparator[] | undefined {
  const plain = text.trim().replace(/(\S+)\s+-\s+(\S+)/g, ">=$1 <=$2");
  if (plain === "") return undefined;
  const found: Comparator[] = [];
  const pattern = new RegExp(COMPARATOR);
  while (pattern.lastIndex < plain.length) {
    const match = pattern.exec(plain);
    if (match === null) return undefined;
    found.push(comparatorOf(match));
  }
  return found;
}

function comparatorOf([, operator = "", ...parts]: readonly (string | undefined)[]): Comparator {
  const [first, second, third] = parts.slice(0, 3).map((part) => (/^\d/.test(part ?? "") ? Number(part) : undefined));
  const minor = first === undefined ? undefined : second;
  return { operator, major: first, minor, patch: minor === undefined ? undefined : third, pre: parts[3] ?? "" };
}

/** A range without a prerelease in it admits none. */
function admits({ operator, major, minor, patch, pre }: Comparator, version: Version): boolean {
  if (version.pre !== "" && pre === "") return false;
  if (major === undefined) return operator !== "!=" && operator !== "<" && operator !== ">";
  const low: Version = { core: [major, minor ?? 0, patch ?? 0], pre };
  const next = release(minor === undefined ? [major + 1, 0, 0] : [major, minor + 1, 0]);
  const isDirty = patch === undefined;
  const [fromLow, fromNext] = [compare(version, low), compare(version, next)];
  switch (operator) {
    case ">":
      return isDirty ? fromNext >= 0 : fromLow > 0;
    case ">=":
    case "=>":
      return fromLow >= 0;
    case "<":
      return fromLow < 0;
    case "<=":
    case "=<":
      return isDirty ? fromNext < 0 : fromLow <= 0;
    case "!=":
      return isDirty ? fromLow < 0 || fromNext >= 0 : fromLow !== 0;
    case "~":
    case "~>":
      return fromLow >= 0 && fromNext < 0;
    case "^":
      return fromLow >= 0 && compare(version, release(nextBreaking(major, minor, patch))) < 0;
    default:
      return isDirty ? fromLow >= 0 && fromNext < 0 : fromLow === 0;
  }
}

/** `^`: up to the next change of the leftmost number that is not zero. */
function nextBreaking(major: number, minor: number | undefined, patch: number | undefined): Version["core"] {
  if (major > 0 || minor === undefined) return [major + 1, 0, 0];
  return minor > 0 || patch === undefined ? [0, minor + 1, 0] : [0, 0, patch + 1];
}

function release(core: Version["core"]): Version {
  return { core, pre: "" };
}

/** By semver.org, "Precedence": below 0 when `a` comes first. A prerelease comes before its release. */
function compare(a: Version, b: Version): number {
  const index = a.core.findIndex((part, at) => part !== b.core[at]);
  if (index !== -1) return (a.core[index] ?? 0) - (b.core[index] ?? 0);
  if (a.pre === b.pre) return 0;
  if (a.pre === "" || b.pre === "") return a.pre === "" ? 1 : -1;
  const [mine, theirs] = [a.pre.split("."), b.pre.split(".")];
  const at = mine.findIndex((part, position) => part !== theirs[position]);
  if (at === -1) return -1;
  return compareParts(mine[at] ?? "", theirs[at]);
}

function compareParts(mine: string, theirs: string | undefined): number {
  if (theirs === undefined) return 1;
  const [isNumber, isTheirs] = [/^\d+$/.test(mine), /^\d+$/.test(theirs)];
  if (isNumber && isTheirs) return Number(mine) - Number(theirs);
  if (isNumber !== isTheirs) return isNumber ? -1 : 1;
  return mine < theirs ? -1 : 1;
}
