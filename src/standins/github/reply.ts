/** What a route gives back: a reply, or a refusal that is thrown. */

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, bytes as they are, or nothing. */
  readonly body?: unknown;
}

export function ok(body: unknown): Reply {
  return { status: 200, body };
}

export function created(body: unknown): Reply {
  return { status: 201, body };
}

export const NO_CONTENT: Reply = { status: 204 };

/** Thrown by a route to end the request with an error answer. */
export class Refusal extends Error {
  readonly reply: Reply;
  constructor(reply: Reply, message: string) {
    super(message);
    this.reply = reply;
  }
}

/** An error in GitHub's shape: message, documentation_url, status; `errors` where a validation failed. */
export function refusal(status: number, message: string, errors?: readonly unknown[]): Refusal {
  const body = {
    message,
    ...(errors === undefined ? {} : { errors }),
    documentation_url: "https://docs.github.com/rest",
    status: String(status),
  };
  return new Refusal({ status, body }, message);
}

/** 422 `Validation Failed` with one error. */
export function invalid(
  resource: string,
  error: { readonly field?: string; readonly code: string; readonly message?: string; readonly value?: string },
): Refusal {
  return refusal(422, "Validation Failed", [{ resource, ...error }]);
}

export function notFound(message = "Not Found"): Refusal {
  return refusal(404, message);
}
