import type { ASTNode } from "@marcbachmann/cel-js";
import { Environment, EvaluationError, ParseError, TypeError as CelTypeError } from "@marcbachmann/cel-js";
import type { ErrorCode, Place } from "../../errors.ts";
import { LastgoodError } from "../../errors.ts";
import { escapeText, shorten } from "../model/escape.ts";

/** Health of a kind that has no rule, as CEL over the object, named as in Flux' `healthCheckExprs`. Each answers true or false. */
export interface HealthExpressions {
  readonly current: string;
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
  readonly current: CompiledExpression;
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

/** What keeps an expression from being evaluated safely. */
export interface ExpressionFault {
  readonly expression: keyof HealthExpressions;
  /** One line, escaped. */
  readonly message: string;
  readonly hint?: string;
  /** In the expression's text, from 1. */
  readonly line: number;
  readonly column: number;
}

/** Compiles the expressions of one kind. Throws `ConfigInvalid`, with the place of the fault in the text, for what cannot be evaluated safely. */
export function compileHealth(expressions: HealthExpressions, places: ExpressionPlaces = {}): CompiledHealth {
  const { inProgress, failed, current } = expressions;
  const compile = (name: keyof HealthExpressions, text: string): CompiledExpression => {
    const compiled = compileExpression(name, text);
    if ("evaluate" in compiled) return compiled;
    throw invalid(compiled, places[name]);
  };
  return {
    ...(inProgress === undefined ? {} : { inProgress: compile("inProgress", inProgress) }),
    ...(failed === undefined ? {} : { failed: compile("failed", failed) }),
    current: compile("current", current),
  };
}

const NAMES = ["inProgress", "failed", "current"] as const;

/** Every fault of the expressions of one kind, at most one of each; none when `compileHealth` takes them. */
export function faultsOfExpressions(expressions: HealthExpressions): readonly ExpressionFault[] {
  return NAMES.flatMap((name) => {
    const text = expressions[name];
    const compiled = text === undefined ? undefined : compileExpression(name, text);
    return compiled === undefined || "evaluate" in compiled ? [] : [compiled];
  });
}

/** Why a text is refused, thrown and caught here. */
class Refusal extends Error {
  readonly offset: number;
  readonly hint: string | undefined;

  constructor(message: string, offset: number, hint?: string) {
    super(message);
    this.offset = offset;
    this.hint = hint;
  }
}

function compileExpression(name: keyof HealthExpressions, text: string): CompiledExpression | ExpressionFault {
  try {
    return parseExpression(text);
  } catch (error) {
    const refused = isCelError(error) ? new Refusal(error.summary, error.range?.start ?? 0) : error;
    if (!(refused instanceof Refusal)) throw error;
    const before = text.slice(0, refused.offset).split("\n");
    return {
      expression: name,
      message: escapeText(shorten(refused.message, 300)),
      ...(refused.hint === undefined ? {} : { hint: refused.hint }),
      line: before.length,
      column: (before.at(-1)?.length ?? 0) + 1,
    };
  }
}

function parseExpression(text: string): CompiledExpression {
  const refuse: Refuse = (message, offset = 0, hint) => {
    throw new Refusal(message, offset, hint);
  };
  if (text.trim() === "") return refuse("the expression is empty");
  if (text.length > LONGEST_EXPRESSION) return refuse(`the expression is longer than ${LONGEST_EXPRESSION} characters`);
  const evaluate = CEL.parse(text);
  const checked = evaluate.check();
  if (checked.error !== undefined) throw checked.error;
  if (checked.type !== "bool" && checked.type !== "dyn") {
    refuse(`it gives ${checked.type ?? "nothing"}, not true or false`);
  }
  const { loops, nodes } = measure(evaluate.ast, refuse);
  return { evaluate: (variables) => evaluate({ ...variables }) as unknown, loops, nodes };
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

function invalid(
  { expression, message, hint, line, column }: ExpressionFault,
  place: Place | undefined,
): LastgoodError {
  const code: ErrorCode = "ConfigInvalid";
  return new LastgoodError(code, `${expression}: ${message} (line ${line}, column ${column} of the expression)`, {
    hint: hint ?? "Expressions are CEL over the object: status.phase == 'Ready'.",
    ...(place === undefined ? {} : { place: placeIn(place, line, column) }),
  });
}

/** The place in the file: exact for an expression that stands in one line, else its line. */
function placeIn(place: Place, line: number, column: number): Place {
  if (place.line === undefined) return place;
  if (line > 1) return { file: place.file, line: place.line + line - 1 };
  return place.column === undefined ? place : { ...place, column: place.column + column - 1 };
}
