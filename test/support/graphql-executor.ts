import { buildSchema, graphql } from "graphql";
import type { GraphQLError, GraphQLSchema } from "graphql";

import type { GraphQLExecutor } from "../../src/standins/github/graphql/executor.ts";
import { GraphQLRefusal } from "../../src/standins/github/graphql/resolvers.ts";

/** GraphQL for the stand-in: a schema in front of its resolvers. `idl` is read when it is first needed. */
export function graphqlExecutor(idl: () => string): GraphQLExecutor {
  let built: GraphQLSchema | undefined;
  return async (operation) => {
    built ??= buildSchema(idl(), { assumeValid: true });
    const { data, errors } = await graphql({
      schema: built,
      source: operation.query,
      variableValues: operation.variables,
      operationName: operation.operationName ?? null,
      // Only asked for fields of objects; what comes out of a resolver is completed by the schema.
      fieldResolver: async (parent, args, _, { parentType, fieldName }) =>
        await operation.resolve({ type: parentType.name, name: fieldName, parent, args }),
    });
    return { ...(data === undefined ? {} : { data }), ...(errors === undefined ? {} : { errors: errors.map(shape) }) };
  };
}

/** GitHub's form of an error: `type` of a refused field; `extensions.code` of a query that the schema refuses. */
function shape(error: GraphQLError): object {
  const { message, locations, path, originalError } = error;
  const at = { locations, ...(path === undefined ? {} : { path }) };
  if (originalError instanceof GraphQLRefusal) return { type: originalError.type, ...at, message };
  const [, field, type] = /^Cannot query field "(\w+)" on type "(\w+)"/.exec(message) ?? [];
  if (field === undefined || type === undefined) return { ...at, message };
  const extensions = { code: "undefinedField", typeName: type, fieldName: field };
  return { ...at, extensions, message: `Field '${field}' doesn't exist on type '${type}'` };
}
