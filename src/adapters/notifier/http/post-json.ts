import { LastgoodError } from "../../../errors.ts";
import { linkAbort } from "../../../linked-abort.ts";
import { escapeText, shorten } from "../../../core/model/escape.ts";
import { maskSecrets } from "../../../core/model/secret.ts";

export interface PostWorld {
  readonly fetch: typeof globalThis.fetch;
  readonly timeoutMs: number;
}

export interface JsonPost {
  /** For messages: the address itself may be a secret. */
  readonly name: string;
  readonly url: string;
  /** Sent as these bytes. */
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const EXCERPT = 200;
const MOST_BYTES = 4096;

/**
 * Posts a document once. Redirects are not followed: what was meant for one address goes to no other. Throws `NotifyUnreachable` where
 * trying again may help (no answer, 408, 429, 5xx), `NotifyRefused` otherwise; the reason of `signal` when that ends it.
 */
export async function postJson(
  { name, url, body, headers }: JsonPost,
  world: PostWorld,
  signal?: AbortSignal,
): Promise<void> {
  const init: RequestInit = {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/json; charset=utf-8", "user-agent": "lastgood", ...headers },
    body,
    signal: linkAbort(AbortSignal.timeout(world.timeoutMs), signal).signal,
  };
  let answer: Response;
  try {
    answer = await world.fetch(url, init);
  } catch (error) {
    signal?.throwIfAborted();
    throw new LastgoodError("NotifyUnreachable", `${name} does not answer: ${causeOf(error)}`);
  }
  const said = await excerptOf(answer);
  if (answer.status >= 200 && answer.status < 300) return;
  const message = `${name} answered ${answer.status}${said === "" ? "" : `: ${said}`}`;
  const passing = answer.status === 408 || answer.status === 429 || answer.status >= 500;
  throw new LastgoodError(passing ? "NotifyUnreachable" : "NotifyRefused", message, {
    hint: "The revert itself is not affected. Check the address and the secret of this notification.",
  });
}

/** The words of the lowest cause that has any: never an address, which may be the secret. */
function causeOf(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  if (!(inner instanceof Error)) return "it failed";
  if (inner.name === "TimeoutError") return "no answer in time";
  return "code" in inner && typeof inner.code === "string" ? inner.code : inner.name;
}

async function excerptOf(answer: Response): Promise<string> {
  if (answer.body === null) return "";
  const reader = answer.body.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    while (size < MOST_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      size += value.length;
    }
  } catch {
    // What it says beside its status is of interest to people only.
  }
  await reader.cancel().catch(() => undefined);
  const text = Buffer.concat(parts).toString("utf8").trim();
  return escapeText(shorten(maskSecrets(text), EXCERPT));
}
