/** How GraphQL is plugged in: the stand-in brings the resolvers, whoever starts it an executor with GitHub's schema. */

export interface GraphQLOperation {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The value of one field; throws `GraphQLRefusal`. */
  readonly resolve: (field: GraphQLField) => unknown;
}

export interface GraphQLField {
  readonly type: string;
  readonly name: string;
  readonly parent: unknown;
  readonly args: unknown;
}

export interface GraphQLAnswer {
  readonly data?: unknown;
  readonly errors?: readonly unknown[];
}

/** Parses, validates against GitHub's schema and runs an operation. GraphQL's package and the schema stay outside of the stand-in. */
export type GraphQLExecutor = (operation: GraphQLOperation) => Promise<GraphQLAnswer>;
