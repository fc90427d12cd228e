/**
 * What looks like a secret, wherever it stands. Masks for free text; values in manifests: core/redact.ts.
 * All patterns are linear: each starts at a fixed word and every repetition is bounded or cannot match twice.
 */
import { CODES } from "../../errors.ts";
import { HOLD_EXITS } from "./hold.ts";

/** What stands for a secret in text. */
export const MASK = "***";

/** The words that make a name secret: those of the pull request's rule (interface.md, section 3). */
export const SECRET_WORD = "pass(?:w(?:or)?d|phrase|code)?|pwd|secret|token|key|dsn|credential";

/** Tokens with a shape of their own. Sources: the issuers' documentation, as collected by GitHub's secret scanning patterns. */
const TOKENS: readonly RegExp[] = [
  // Tokens of Apps have dots and some 520 characters since April 2026; where such a long one is wrapped, its next lines as well.
  /(?<![A-Za-z0-9])gh[a-z]_[A-Za-z0-9][A-Za-z0-9._-]{15,4096}(?:(?:\r?\n[A-Za-z0-9._-]{40,4096})+(?:\r?\n[A-Za-z0-9._-]{1,4096})?)?/g,
  /(?<![A-Za-z0-9])github_pat_[A-Za-z0-9_]{8,1024}/g,
  // The same in base64 (also behind the user name that git sends it with), and in hexadecimal digits.
  /(?<![A-Za-z0-9+/])(?:eC1hY2Nlc3MtdG9rZW46)?(?:Z2h[a-z0-9]X[w-z0-9+/_-]|Z2l0aHViX3BhdF)[A-Za-z0-9+/_-]{16,8192}={0,2}/g,
  /(?:6768[67][0-9a-f]5f|6769746875625f7061745f)(?:[0-9a-f]{2}){16,4096}/gi,
  /\bglpat-[A-Za-z0-9_-]{16,255}/g,
  /\bxox[a-z]-[A-Za-z0-9-]{8,255}/g,
  /\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{8,255}/g,
  /\bnpm_[A-Za-z0-9]{30,255}/g,
  /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{30,255}/g,
  /\bAGE-SECRET-KEY-1[A-Z0-9]{20,255}/g,
  // A JWT: base64url of `{"…`, twice, and a signature.
  /(?<![A-Za-z0-9-])eyJ[A-Za-z0-9_-]{5,4096}\.[A-Za-z0-9_-]{2,8192}\.[A-Za-z0-9_-]{0,2048}/g,
  // A private key in base64 (`-----BEGIN`, but no certificate and no public key), and in hexadecimal digits.
  /LS0tLS1CRUdJTi(?!BDRVJU|BQVUJMSUM)[A-Za-z0-9+/_-]{16,65536}={0,2}/g,
  /(?:2d){5}424547494e20(?:[0-9a-f]{2}){0,20}50524956415445(?:[0-9a-f]{2}){0,65536}/gi,
];

/** `-----BEGIN … PRIVATE KEY-----` to its end, or to the end of the text when it is torn. */
const PEM =
  /-----BEGIN(?: |%20|\+)(?:[A-Z0-9 +]|%20){0,40}PRIVATE(?: |%20|\+)KEY(?:(?: |%20|\+)BLOCK)?-----[\s\S]*?(?:-----END(?:[A-Z0-9 +]|%20){0,40}-----|$)/g;

/** A line of ours may end in "token" before its code: that is no header. */
const OWN_WORDS = [...Object.keys(CODES), ...Object.keys(HOLD_EXITS)].join("|");

const AUTHORIZATION = new RegExp(
  String.raw`\b(Bearer|Basic|token)([ \t]+)(?!(?:${OWN_WORDS})(?![A-Za-z0-9._~+/=-]))[A-Za-z0-9._~+/=-]{12,8192}`,
  "gi",
);

/** Whatever stands before the last `@` of an authority. */
const URL_CREDENTIALS = /(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#"'<>]{1,1024}@/gi;

/** Slack's and Discord's incoming webhooks: the path is the secret. */
const WEBHOOK_PATH =
  /(\bhttps:\/\/(?:hooks\.slack\.com\/|(?:\w{1,20}\.)?discord(?:app)?\.com\/api\/webhooks\/))[\w/-]{8,512}/gi;

/** `?token=…`, `&access_key=…` in a query. */
const QUERY = new RegExp(
  `([?&][\\w.-]{0,64}(?:${SECRET_WORD}|sig(?:nature)?)[\\w.-]{0,64}=)[^&\\s"'#<>]{1,4096}`,
  "gi",
);

/** No pattern matches less, but those of addresses, which hold one of these signs. */
const SHORTEST = 13;
const SIGNS = /[=@]/;

/** `text` with everything that is a secret by its shape replaced: tokens, keys, credentials in URLs and headers. */
export function maskSecrets(text: string): string {
  if (text.length < SHORTEST && !SIGNS.test(text)) return text;
  const masked = text
    .replace(PEM, MASK)
    .replace(URL_CREDENTIALS, `$1${MASK}@`)
    .replace(WEBHOOK_PATH, `$1${MASK}`)
    .replace(QUERY, `$1${MASK}`)
    .replace(AUTHORIZATION, `$1$2${MASK}`);
  return TOKENS.reduce((rest, pattern) => rest.replace(pattern, MASK), masked);
}
