import type { ASTNode } from "@marcbachmann/cel-js";
import { Environment, EvaluationError, ParseError, TypeError as CelTypeError } from "@marcbachmann/cel-js";
import type { ErrorCode, Place } from "../../errors.ts";
import { LastgoodError } from "../../errors.ts";
import { escapeText, shorten } from "../model/escape.ts";

/** Health of a kind that has no rule, as CEL over the object (the spirit of Flux' `healthCheckExprs`). Each answers true or false. */
export interface HealthExpressions {
  readonly healthy: string;
  readonly failed?: string;
  readonly inProgress?: string;
}

/** Where the texts of the expressions begin in the configuration, as far as it is known. */
export type ExpressionPlaces = { readonly [key in keyof HealthExpressions]?: Place };

/** An expression that parses and may be evaluated. */
export interface CompiledExpression {
  readonly evaluate: (variables: Readonly<Record<string, unknown>>) => unknown;
  /** How deep `all`, `exists`, `map`, `filter`, … stand in each other: the exponent of the cost. */
  readonly loops: number;
  /** Nodes of the syntax tree. */
  readonly nodes: number;
}

/** Expressions that `computeCustomStatus` takes. */
export interface CompiledHealth {
  readonly inProgress?: CompiledExpression;
  readonly failed?: CompiledExpression;
  readonly healthy: CompiledExpression;
}

/** What an expression may name: the usual fields, and `object` for all the others. */
export const VARIABLES = ["apiVersion", "kind", "metadata", "spec", "status", "data", "object"] as const;

const LONGEST_EXPRESSION = 4096;
const DEEPEST_LOOPS = 2;
const LOOPS: readonly string[] = ["all", "exists", "exists_one", "map", "filter"];

/** Functions whose cost does not follow from the size of the object: backtracking regular expressions, and makers of ever longer values. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ["matches", "use contains, startsWith, endsWith or =="],
  ["split", "use contains, startsWith or endsWith"],
  ["bind", "write the value out"],
]);

const CEL: Environment = VARIABLES.reduce(
  (environment, name) => environment.registerVariable(name, "dyn"),
  new Environment({
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 300, maxDepth: 24, maxListElements: 100, maxMapEntries: 50, maxCallArguments: 8 },
  }),
);

/** Compiles the expressions of one kind. Throws `ConfigInvalid`, with the place of the fault in the text, for what cannot be evaluated safely. */
export function compileHealth(expressions: HealthExpressions, places: ExpressionPlaces = {}): CompiledHealth {
  const { inProgress, failed, healthy } = expressions;
  return {
    ...(inProgress === undefined ? {} : { inProgress: compile("inProgress", inProgress, places.inProgress) }),
    ...(failed === undefined ? {} : { failed: compile("failed", failed, places.failed) }),
    healthy: compile("healthy", healthy, places.healthy),
  };
}

function compile(name: string, text: string, place: Place | undefined): CompiledExpression {
  const refuse = (message: string, offset = 0, hint?: string): never => {
    throw invalid(`${name}: ${message}`, { text, offset, place, hint });
  };
  if (text.trim() === "") return refuse("the expression is empty");
  if (text.length > LONGEST_EXPRESSION) return refuse(`the expression is longer than ${LONGEST_EXPRESSION} characters`);
  try {
    const evaluate = CEL.parse(text);
    const checked = evaluate.check();
    if (checked.error !== undefined) throw checked.error;
    if (checked.type !== "bool" && checked.type !== "dyn")
      refuse(`it gives ${checked.type ?? "nothing"}, not true or false`);
    const { loops, nodes } = measure(evaluate.ast, refuse);
    return { evaluate: (variables) => evaluate({ ...variables }) as unknown, loops, nodes };
  } catch (error) {
    if (isCelError(error)) return refuse(error.summary, error.range?.start);
    throw error;
  }
}

type Refuse = (message: string, offset?: number, hint?: string) => never;

function measure(node: ASTNode, refuse: Refuse): { readonly loops: number; readonly nodes: number } {
  const name = node.op === "rcall" || node.op === "call" ? node.args[0] : undefined;
  const advice = name === undefined ? undefined : REFUSED.get(name);
  if (advice !== undefined) refuse(`${name}() is not available`, node.range.start, `Instead: ${advice}.`);
  const [receiver, inside] = node.op === "rcall" ? [[node.args[1]], node.args[2]] : [[], nodesIn(node.args)];
  const [outer, inner] = [measureAll(receiver, refuse), measureAll(inside, refuse)];
  const own = node.op === "rcall" && LOOPS.includes(node.args[0]) ? 1 : 0;
  const loops = Math.max(outer.loops, inner.loops + own);
  if (loops > DEEPEST_LOOPS) refuse(`more than ${DEEPEST_LOOPS} loops stand in each other`, node.range.start);
  return { loops, nodes: outer.nodes + inner.nodes + 1 };
}

function measureAll(nodes: readonly ASTNode[], refuse: Refuse): { readonly loops: number; readonly nodes: number } {
  const all = nodes.map((node) => measure(node, refuse));
  return {
    loops: Math.max(0, ...all.map(({ loops }) => loops)),
    nodes: all.reduce((sum, { nodes }) => sum + nodes, 0),
  };
}

/** The operands of a node, in whatever nesting of lists the library keeps them. */
function nodesIn(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(nodesIn);
  return typeof args === "object" && args !== null && "op" in args ? [args as ASTNode] : [];
}

function isCelError(error: unknown): error is ParseError | EvaluationError | CelTypeError {
  return error instanceof ParseError || error instanceof EvaluationError || error instanceof CelTypeError;
}

interface Fault {
  readonly text: string;
  readonly offset: number;
  readonly place: Place | undefined;
  readonly hint: string | undefined;
}

function invalid(message: string, { text, offset, place, hint }: Fault): LastgoodError {
  const before = text.slice(0, offset).split("\n");
  const [line, column] = [before.length, (before.at(-1)?.length ?? 0) + 1];
  const code: ErrorCode = "ConfigInvalid";
  return new LastgoodError(
    code,
    `${escapeText(shorten(message, 300))} (line ${line}, column ${column} of the expression)`,
    {
      hint: hint ?? "Expressions are CEL over the object: status.phase == 'Ready'.",
      ...(place === undefined ? {} : { place: placeIn(place, line, column) }),
    },
  );
}

/** The place in the file: exact for an expression that stands in one line, else its line. */
function placeIn(place: Place, line: number, column: number): Place {
  if (place.line === undefined) return place;
  if (line > 1) return { file: place.file, line: place.line + line - 1 };
  return place.column === undefined ? place : { ...place, column: place.column + column - 1 };
}
