/**
 * One request to a webhook → what it hints at, or why it is refused. Nothing is parsed before its sender is proved over the bytes as they
 * came, and what cannot be proved because no secret is configured is not there at all. Keeps nothing: see `createDeliveries` for what
 * comes twice.
 */
import { readAlertmanager } from "../../core/hints/alertmanager.ts";
import { readArgocd } from "../../core/hints/argocd.ts";
import { readFlux } from "../../core/hints/flux.ts";
import { readGeneric } from "../../core/hints/generic.ts";
import { readGithub } from "../../core/hints/github.ts";
import type { ReadPayload } from "../../core/hints/hint.ts";
import { type HeaderValue, isBasic, isBearer, isSignedBy } from "./signature.ts";

/** What senders prove themselves with. Several of a kind: while one is being replaced. Without any an endpoint is off. */
export interface WebhookSecrets {
  /** Keys of `X-Hub-Signature-256`. */
  readonly github?: readonly string[];
  /** Bearer tokens. */
  readonly argocd?: readonly string[];
  /** Keys of `X-Signature` (generic-hmac). */
  readonly flux?: readonly string[];
  /** Bearer tokens, or the passwords of the user `alertmanager`. */
  readonly alertmanager?: readonly string[];
  /** Bearer tokens, or keys of `X-Signature`. */
  readonly signals?: readonly string[];
}

export interface WebhookRequest {
  /** Of the URL, without query: `/webhooks/github`. */
  readonly path: string;
  /** With names in lower case, as Node.js gives them. */
  readonly headers: Readonly<Record<string, HeaderValue>>;
  /** As it came. */
  readonly body: Uint8Array;
  readonly secrets: WebhookSecrets;
}

export interface RefusedHint {
  readonly kind: "refused";
  /** HTTP status. 404: there is no such endpoint, or it is off. */
  readonly status: 401 | 404 | 413 | 415;
  readonly why: string;
}

/** `delivery`: what the sender calls this delivery, the same when it sends it again; missing where it has no name for it. */
export type ReadHint = RefusedHint | (ReadPayload & { readonly delivery?: string });

interface Endpoint {
  readonly source: keyof WebhookSecrets;
  readonly maxBytes: number;
  readonly isProved: (request: WebhookRequest, secrets: readonly string[]) => boolean;
  readonly read: (body: string, headers: WebhookRequest["headers"]) => ReadPayload;
}

const MB = 1_048_576;

const byBearer: Endpoint["isProved"] = ({ headers }, secrets) => isBearer(secrets, headers["authorization"]);
const bySignature: Endpoint["isProved"] = ({ headers, body }, secrets) =>
  isSignedBy(secrets, body, headers["x-signature"]);

const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  [
    "/webhooks/github",
    {
      source: "github",
      maxBytes: 25 * MB,
      isProved: ({ headers, body }, secrets) => isSignedBy(secrets, body, headers["x-hub-signature-256"]),
      read: (body, headers) => readGithub(wordOf(headers["x-github-event"]) ?? "", body),
    },
  ],
  ["/webhooks/argocd", { source: "argocd", maxBytes: MB, isProved: byBearer, read: readArgocd }],
  ["/webhooks/flux", { source: "flux", maxBytes: MB, isProved: bySignature, read: readFlux }],
  [
    "/webhooks/alertmanager",
    {
      source: "alertmanager",
      maxBytes: MB,
      isProved: (request, secrets) =>
        byBearer(request, secrets) || isBasic("alertmanager", secrets, request.headers["authorization"]),
      read: readAlertmanager,
    },
  ],
]);

/** Every endpoint, as paths with `{target*}`, and how many bytes it takes. */
export const WEBHOOK_ENDPOINTS: readonly {
  readonly path: string;
  readonly source: keyof WebhookSecrets;
  readonly maxBytes: number;
}[] = [
  ...[...ENDPOINTS].map(([path, { source, maxBytes }]) => ({ path, source, maxBytes })),
  { path: "/api/v1/targets/{target*}/signals", source: "signals", maxBytes: MB },
];

/** Reads one request. Never throws. `malformed` is the sender's fault (400), `ignored` is nobody's (202). */
export function readHint(request: WebhookRequest): ReadHint {
  const { path, headers, body, secrets } = request;
  const endpoint = ENDPOINTS.get(path) ?? signalsOf(path);
  const known = endpoint === undefined ? [] : (secrets[endpoint.source] ?? []);
  if (endpoint === undefined || known.length === 0) return refused(404, "there is no such endpoint");
  if (body.length > endpoint.maxBytes) return refused(413, `is larger than ${endpoint.maxBytes / MB} MB`);
  if (!endpoint.isProved(request, known)) return refused(401, "its sender is not proved");
  if (!isPlainJson(headers)) return refused(415, "is no JSON, or is compressed");
  const text = textOf(body);
  if (text === undefined) return { kind: "malformed", why: "is no UTF-8" };
  const delivery = path === "/webhooks/github" ? wordOf(headers["x-github-delivery"]) : undefined;
  return { ...endpoint.read(text, headers), ...(delivery === undefined ? {} : { delivery: `github ${delivery}` }) };
}

/** `/api/v1/targets/payments%2Fapi/signals`; slashes of the name may stand as they are. */
function signalsOf(path: string): Endpoint | undefined {
  const written = /^\/api\/v1\/targets\/([^?#]{1,600})\/signals$/.exec(path)?.[1];
  const target = written === undefined ? undefined : decode(written);
  if (target === undefined || target.split("/").some((part) => /^\.{0,2}$/.test(part))) return undefined;
  return {
    source: "signals",
    maxBytes: MB,
    isProved: (request, secrets) => byBearer(request, secrets) || bySignature(request, secrets),
    read: (body) => readGeneric(target, body),
  };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Argo CD sends no content type unless it is told to; what is sent says JSON and nothing else. Nothing is ever unpacked. */
function isPlainJson(headers: WebhookRequest["headers"]): boolean {
  const [type, encoding] = [headers["content-type"], headers["content-encoding"]];
  const isJson =
    type === undefined || (typeof type === "string" && /^application\/json(?: *; *charset="?utf-8"?)?$/i.test(type));
  return isJson && (encoding === undefined || encoding === "identity");
}

/** Without the mark that some put before (RFC 8259 lets readers ignore it). */
function textOf(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

function wordOf(header: HeaderValue): string | undefined {
  return typeof header === "string" && /^[\w-]{1,100}$/.test(header) ? header : undefined;
}

function refused(status: RefusedHint["status"], why: string): RefusedHint {
  return { kind: "refused", status, why };
}
