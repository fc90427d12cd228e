import { schema as github } from "@octokit/graphql-schema";

import { graphqlExecutor } from "./graphql-executor.ts";

/** GitHub's published schema, built once per process (0.3 s): a misspelt field fails as it does there. */
export const executeGraphQL = graphqlExecutor(() => github.idl);
