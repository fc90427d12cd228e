import { schema as github } from "@octokit/graphql-schema";
import { buildSchema, graphql } from "graphql";
import type { GraphQLError, GraphQLSchema } from "graphql";

import type { GraphQLExecutor } from "../../src/standins/github/graphql/executor.ts";
import { GraphQLRefusal } from "../../src/standins/github/graphql/resolvers.ts";

let built: GraphQLSchema | undefined;

/** GitHub's published schema, built once per process (0.3 s): a misspelt field fails as it does there. */
function schema(): GraphQLSchema {
  built ??= buildSchema(github.idl, { assumeValid: true });
  return built;
}

/** GraphQL for the stand-in: the real schema in front of its resolvers. */
export const executeGraphQL: GraphQLExecutor = async (operation) => {
  const { data, errors } = await graphql({
    schema: schema(),
    source: operation.query,
    variableValues: operation.variables,
    operationName: operation.operationName ?? null,
    // Only asked for fields of objects; what comes out of a resolver is completed by the schema.
    fieldResolver: async (parent, args, _, { parentType, fieldName }) =>
      await operation.resolve({ type: parentType.name, name: fieldName, parent, args }),
  });
  return { ...(data === undefined ? {} : { data }), ...(errors === undefined ? {} : { errors: errors.map(shape) }) };
};

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
