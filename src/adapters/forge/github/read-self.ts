import { stringAt } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import type { GitHubApi } from "./github-api.ts";

/** The login that we act as: asked for once, and again only after it could not be told. */
export function rememberSelf(api: GitHubApi): () => Promise<string> {
  let known: Promise<string> | undefined;
  return async () => {
    known ??= readSelf(api);
    known.catch(() => (known = undefined));
    return known;
  };
}

/** An App's installation, as which workflows act too, may not `GET user`; GraphQL tells it who it is. */
async function readSelf({ client }: GitHubApi): Promise<string> {
  const what = "see who the token belongs to";
  try {
    const login = stringAt(await client.read(what, async (rest) => rest.users.getAuthenticated()), "login");
    if (login !== undefined) return login;
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code !== "ForgePermission") throw error;
    const answer = await client.graphql(what, "{ viewer { login } }", {});
    const login = answer.kind === "ok" ? stringAt(answer.data, "viewer", "login") : undefined;
    if (login !== undefined) return login;
    throw answer.kind === "ok" ? error : answer.error;
  }
  throw new LastgoodError("ForgeAnswer", "GitHub: does not say who the token belongs to");
}
