/** A monitoring system that is asked over HTTP. */
export interface Server {
  /** Of the API, without its path. */
  readonly url: string;
  /** For one answer. */
  readonly timeoutMs: number;
  /** Sent as a bearer token; asked for each time, as tokens are replaced while lastgood runs. */
  readonly token?: () => Promise<string>;
  /** Certificates (PEM) trusted besides the well-known ones. */
  readonly ca?: readonly string[];
}

/** There is no token to ask with. */
export class TokenTrouble extends Error {
  override readonly name = "TokenTrouble";
}

/** The headers that prove who asks. Throws `TokenTrouble`. */
export async function authorize({ token }: Server): Promise<Readonly<Record<string, string>>> {
  if (token === undefined) return {};
  try {
    return { authorization: `Bearer ${await token()}` };
  } catch (error) {
    throw new TokenTrouble(error instanceof Error ? error.message : "the token cannot be read", { cause: error });
  }
}
