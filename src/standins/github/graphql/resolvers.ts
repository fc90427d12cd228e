/** How fields are answered, and how they refuse. */
import type { Call } from "../call.ts";
import { Refusal } from "../reply.ts";
import type { GraphQLField } from "./executor.ts";

/**
 * Answers one field. Each names its own parent and arguments: the schema has checked them before. An object that is answered
 * carries `__typename`; its properties are fields of that name unless a resolver says otherwise. Throws `Refusal`.
 */
export type Resolver = (parent: never, args: never, call: Call) => unknown;

/** Type → field → resolver. */
export type Resolvers = Readonly<Record<string, Readonly<Record<string, Resolver>>>>;

/** GitHub's `errors[].type`, as far as they are known from public issues and documentation. */
export type GraphQLErrorType =
  | "NOT_FOUND"
  | "FORBIDDEN"
  | "UNPROCESSABLE"
  | "STALE_DATA"
  | "RATE_LIMITED"
  | "INSUFFICIENT_SCOPES"
  | "INTERNAL";

/** Thrown by a resolver: HTTP 200 all the same, with `errors[].type`. */
export class GraphQLRefusal extends Error {
  readonly type: GraphQLErrorType;
  constructor(type: GraphQLErrorType, message: string) {
    super(message);
    this.type = type;
  }
}

const TYPES: Readonly<Record<number, GraphQLErrorType>> = { 403: "FORBIDDEN", 404: "NOT_FOUND" };

/** What the code that REST shares refuses, in GraphQL's words. */
export function asGraphQLRefusal(error: unknown): GraphQLRefusal {
  if (error instanceof GraphQLRefusal) return error;
  if (error instanceof Refusal) return new GraphQLRefusal(TYPES[error.reply.status] ?? "UNPROCESSABLE", error.message);
  return new GraphQLRefusal("INTERNAL", error instanceof Error ? (error.stack ?? error.message) : String(error));
}

/** The field's resolver, else the parent's property; what the stand-in does not know is said, never null. */
export async function resolveField(resolvers: Resolvers, call: Call, field: GraphQLField): Promise<unknown> {
  const { type, name, parent, args } = field;
  try {
    const resolver = resolvers[type]?.[name];
    if (resolver !== undefined) return await resolver(parent as never, args as never, call);
    if (typeof parent === "object" && parent !== null && Object.hasOwn(parent, name)) return Reflect.get(parent, name);
  } catch (error) {
    throw asGraphQLRefusal(error);
  }
  throw new GraphQLRefusal("INTERNAL", `the stand-in has no ${type}.${name}`);
}
