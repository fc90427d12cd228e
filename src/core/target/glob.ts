/**
 * Globs as GitOps tools write them: `*`, `?` and `[a-z]` stay inside a path segment, `**` crosses segments
 * (`**` + `/` is zero or more whole folders), `{a,b}` chooses, `\` takes the next character literally.
 * Patterns and paths are untrusted: the pattern becomes a state machine, run in one pass over the path without
 * backtracking. An unclosed `[` or `{` is taken literally; a pattern that is too long matches nothing.
 */

/** Longer than any list of names people write into an `exclude`; keeps a hostile pattern cheap. */
const MAX_PATTERN = 1024;

/** Machine states kept per pattern; when there are more, they are computed again. */
const MAX_STATES = 512;

/** Does a path match the pattern? Paths have no leading `/`. */
export type Glob = (path: string) => boolean;

type Node =
  | { readonly kind: "char"; readonly accepts: (char: string) => boolean }
  /** Any number of characters, `accepts` each. */
  | { readonly kind: "run"; readonly accepts: (char: string) => boolean }
  /** Zero or more whole folders. */
  | { readonly kind: "folders" }
  | { readonly kind: "choice"; readonly choices: readonly (readonly Node[])[] };

const anything = (): boolean => true;
const insideSegment = (char: string): boolean => char !== "/";
const slash = (char: string): boolean => char === "/";

/** Thousands of targets have the same few patterns: so many are kept, and then forgotten together. */
const MAX_KEPT = 256;
const kept = new Map<string, Glob>();

/** Compiles a pattern; never throws. */
export function compileGlob(pattern: string): Glob {
  const known = kept.get(pattern);
  if (known !== undefined) return known;
  const glob = compile(pattern);
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(pattern, glob);
  return glob;
}

function compile(pattern: string): Glob {
  if (pattern.length > MAX_PATTERN) return () => false;
  const { nodes } = parseNodes({ chars: Array.from(pattern), unclosed: new Set() }, 0, false);
  return runner(assemble(nodes));
}

/** Does the text hold anything but literal characters? */
export function isGlob(text: string): boolean {
  return /[*?[{\\]/.test(text);
}

/** The folder above the first segment that holds a wildcard: `a/b/*.yaml` → `a/b`; "" when there is none. */
export function globRoot(pattern: string): string {
  const segments = pattern.split("/");
  const first = segments.findIndex(isGlob);
  return segments.slice(0, first === -1 ? -1 : first).join("/");
}

interface Source {
  readonly chars: readonly string[];
  /** Where a `{` turned out to be literal: nested ones are not tried again. */
  readonly unclosed: Set<number>;
}

interface Parsed {
  readonly nodes: readonly Node[];
  readonly end: number;
}

/** Reads nodes until the pattern ends; inside a choice, until its `,` or `}`. */
function parseNodes(source: Source, start: number, inChoice: boolean): Parsed {
  const { chars } = source;
  const nodes: Node[] = [];
  let at = start;
  while (at < chars.length) {
    const char = chars[at] as string;
    if (inChoice && (char === "," || char === "}")) break;
    const parsed = parseOne(source, at);
    nodes.push(parsed.node);
    at = parsed.end;
  }
  return { nodes, end: at };
}

function parseOne(source: Source, at: number): { readonly node: Node; readonly end: number } {
  const { chars } = source;
  const char = chars[at] as string;
  switch (char) {
    case "*":
      return parseStars(chars, at);
    case "?":
      return { node: { kind: "char", accepts: insideSegment }, end: at + 1 };
    case "[":
      return parseClass(chars, at) ?? literal(char, at + 1);
    case "{":
      return parseChoice(source, at) ?? literal(char, at + 1);
    case "\\":
      return at + 1 < chars.length ? literal(chars[at + 1] as string, at + 2) : literal(char, at + 1);
    default:
      return literal(char, at + 1);
  }
}

function literal(expected: string, end: number): { readonly node: Node; readonly end: number } {
  return { node: { kind: "char", accepts: (char) => char === expected }, end };
}

function parseStars(chars: readonly string[], at: number): { readonly node: Node; readonly end: number } {
  let end = at;
  while (chars[end] === "*") end += 1;
  if (end - at === 1) return { node: { kind: "run", accepts: insideSegment }, end };
  const before = chars[at - 1];
  const opensSegment = before === undefined || before === "/" || before === "{" || before === ",";
  if (opensSegment && chars[end] === "/") return { node: { kind: "folders" }, end: end + 1 };
  return { node: { kind: "run", accepts: anything }, end };
}

/** `[abc]`, `[a-z]`, `[!a]`, `[^a]`. A `]` right after the opening is a member. */
function parseClass(chars: readonly string[], at: number): { readonly node: Node; readonly end: number } | undefined {
  let next = at + 1;
  const negated = chars[next] === "!" || chars[next] === "^";
  if (negated) next += 1;
  const first = next;
  const ranges: { readonly from: string; readonly to: string }[] = [];
  while (next < chars.length && (chars[next] !== "]" || next === first)) {
    if (chars[next] === "\\" && next + 1 < chars.length) next += 1;
    const from = chars[next] as string;
    const isRange = chars[next + 1] === "-" && chars[next + 2] !== undefined && chars[next + 2] !== "]";
    ranges.push({ from, to: isRange ? (chars[next + 2] as string) : from });
    next += isRange ? 3 : 1;
  }
  if (chars[next] !== "]") return undefined;
  const isMember = (char: string): boolean => ranges.some(({ from, to }) => from <= char && char <= to);
  const accepts = negated ? (char: string) => char !== "/" && !isMember(char) : isMember;
  return { node: { kind: "char", accepts }, end: next + 1 };
}

function parseChoice(source: Source, at: number): { readonly node: Node; readonly end: number } | undefined {
  const { chars, unclosed } = source;
  if (unclosed.has(at)) return undefined;
  const choices: (readonly Node[])[] = [];
  let next = at;
  do {
    const { nodes, end } = parseNodes(source, next + 1, true);
    choices.push(nodes);
    next = end;
  } while (chars[next] === ",");
  if (chars[next] === "}") return { node: { kind: "choice", choices }, end: next + 1 };
  unclosed.add(at);
  return undefined;
}

/** A state that takes one character, or (`to`) one that stands for several. The last one is the match. */
type Instruction =
  | { readonly kind: "take"; readonly accepts: (char: string) => boolean; readonly next: number }
  | { readonly kind: "fork"; to: readonly number[] }
  | { readonly kind: "match" };

function assemble(nodes: readonly Node[]): { readonly program: readonly Instruction[]; readonly start: number } {
  const program: Instruction[] = [{ kind: "match" }];
  const add = (instruction: Instruction): number => program.push(instruction) - 1;
  const loop = (accepts: (char: string) => boolean, exit: number): number => {
    const fork: Instruction = { kind: "fork", to: [] };
    const at = add(fork);
    fork.to = [add({ kind: "take", accepts, next: at }), exit];
    return at;
  };
  const chain = (list: readonly Node[], next: number): number =>
    list.reduceRight((after, node) => {
      switch (node.kind) {
        case "char":
          return add({ kind: "take", accepts: node.accepts, next: after });
        case "run":
          return loop(node.accepts, after);
        case "folders":
          return add({ kind: "fork", to: [after, loop(anything, add({ kind: "take", accepts: slash, next: after }))] });
        case "choice":
          return add({ kind: "fork", to: node.choices.map((choice) => chain(choice, after)) });
      }
    }, next);
  const start = chain(nodes, 0);
  return { program, start };
}

interface State {
  readonly takes: readonly number[];
  readonly matches: boolean;
  readonly next: Map<string, State>;
}

/** Runs all possible readings at once; what was found out about a state is kept. */
function runner({ program, start }: ReturnType<typeof assemble>): Glob {
  const states = new Map<string, State>();
  const stateOf = (from: readonly number[]): State => {
    const seen = new Set<number>();
    const pending = [...from];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      const instruction = program[at];
      if (instruction?.kind === "fork") pending.push(...instruction.to);
    }
    const takes = [...seen].filter((at) => program[at]?.kind === "take").sort((a, b) => a - b);
    const matches = seen.has(0);
    const key = `${takes.join(",")}${matches ? "!" : ""}`;
    const known = states.get(key);
    if (known !== undefined) return known;
    if (states.size >= MAX_STATES) {
      for (const old of states.values()) old.next.clear();
      states.clear();
    }
    const state: State = { takes, matches, next: new Map() };
    states.set(key, state);
    return state;
  };
  const step = (state: State, char: string): State => {
    const known = state.next.get(char);
    if (known !== undefined) return known;
    const reached = state.takes.flatMap((at) => {
      const instruction = program[at];
      return instruction?.kind === "take" && instruction.accepts(char) ? [instruction.next] : [];
    });
    const next = stateOf(reached);
    state.next.set(char, next);
    return next;
  };
  const first = stateOf([start]);
  return (path) => {
    let state = first;
    for (const char of path) {
      if (state.takes.length === 0) return false;
      state = step(state, char);
    }
    return state.matches;
  };
}
