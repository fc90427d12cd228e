import { createHash } from "node:crypto";
import { type ExpectedAnswer, judgeAnswer, type ProbeAnswer } from "../../../core/health/http-answer.ts";
import { type HealthReading, readingOf } from "../../../core/health/reading.ts";
import type { HealthSource } from "../../../ports/health.ts";
import { requestSafely, RequestTrouble, type SafeAnswer, type SafeWorld } from "./safe-request.ts";

export interface HttpProbeOptions {
  readonly name: string;
  readonly url: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly expected: ExpectedAnswer;
  /** Show the beginning of a body: only where it is known to hold no secrets. */
  readonly showBody: boolean;
  readonly ca?: readonly string[];
}

const MAX_BYTES = 65_536;
const MAX_REDIRECTS = 3;
const EXCERPT = 200;

/** Asks a URL. Redirects are followed within the same origin only. */
export function createHttpProbe(options: HttpProbeOptions, world: SafeWorld): HealthSource {
  const url = new URL(options.url);
  return {
    name: options.name,
    intervalMs: options.intervalMs,
    async read(_context, signal): Promise<HealthReading> {
      if (url.username !== "" || url.password !== "") return readingOf("Unknown", "the URL holds credentials");
      return judgeAnswer(await ask(url, options, { world, signal }), options.expected);
    },
  };
}

interface Asking {
  readonly world: SafeWorld;
  readonly signal: AbortSignal | undefined;
}

async function ask(start: URL, options: HttpProbeOptions, { world, signal }: Asking): Promise<ProbeAnswer> {
  const { timeoutMs, expected, ca } = options;
  const endMs = world.clock.nowMs() + timeoutMs;
  const wantsBody = expected.body !== undefined || options.showBody;
  let url = start;
  try {
    for (let hop = 0; ; hop++) {
      const leftMs = Math.max(1, endMs - world.clock.nowMs());
      const request = {
        url,
        timeoutMs: Math.min(leftMs, timeoutMs),
        maxBytes: wantsBody ? MAX_BYTES : 0,
        ...(ca === undefined ? {} : { ca }),
      };
      const answer = await requestSafely(request, world, signal);
      const next = redirectOf(answer, url, expected);
      if (next === undefined) return convert(answer, options, wantsBody);
      if (next === "elsewhere" || hop === MAX_REDIRECTS) {
        return {
          kind: "trouble",
          trouble: "redirect",
          detail: `HTTP ${answer.status} to another host, or too often: not followed`,
        };
      }
      url = next;
    }
  } catch (error) {
    if (error instanceof RequestTrouble) return { kind: "trouble", trouble: error.trouble, detail: error.message };
    throw error;
  }
}

/** Where a redirect leads; undefined when it is none, or is what is expected. */
function redirectOf(
  { status, location }: SafeAnswer,
  from: URL,
  { statuses }: ExpectedAnswer,
): URL | "elsewhere" | undefined {
  if (status < 300 || status > 399 || status === 304 || statuses.includes(status)) return undefined;
  if (location === undefined || !URL.canParse(location, from.href)) return "elsewhere";
  const next = new URL(location, from.href);
  return next.origin === from.origin && next.username === "" && next.password === "" ? next : "elsewhere";
}

function convert(answer: SafeAnswer, { showBody }: HttpProbeOptions, wantsBody: boolean): ProbeAnswer {
  const { status, bytes, cut, packed } = answer;
  if (!wantsBody || packed) return { kind: "answer", status };
  const body = bytes.toString("utf8");
  const hash = createHash("sha256").update(bytes).digest("hex");
  return { kind: "answer", status, body, cut, hash, ...(showBody ? { excerpt: body.slice(0, EXCERPT) } : {}) };
}
