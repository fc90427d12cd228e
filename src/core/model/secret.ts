/**
 * What looks like a secret, wherever it stands. Masks for free text; values in manifests: core/redact.ts.
 * All patterns are linear: each starts at a fixed word and every repetition is bounded or cannot match twice.
 */

/** What stands for a secret in text. */
export const MASK = "***";

/** The words that make a name secret: those of the pull request's rule (interface.md, section 3). */
export const SECRET_WORD = "pass(?:w(?:or)?d|phrase|code)?|pwd|secret|token|key|dsn|credential";

/** Tokens with a shape of their own. Sources: the issuers' documentation, as collected by GitHub's secret scanning patterns. */
const TOKENS: readonly RegExp[] = [
  /\bgh[pousr]_[A-Za-z0-9]{16,255}/g,
  /\bgithub_pat_[A-Za-z0-9_]{16,255}/g,
  /\bglpat-[A-Za-z0-9_-]{16,255}/g,
  /\bxox[a-z]-[A-Za-z0-9-]{8,255}/g,
  /\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{8,255}/g,
  /\bnpm_[A-Za-z0-9]{30,255}/g,
  /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{30,255}/g,
  /\bAGE-SECRET-KEY-1[A-Z0-9]{20,255}/g,
  // A JWT: base64url of `{"…`, twice, and a signature.
  /\beyJ[A-Za-z0-9_-]{5,4096}\.[A-Za-z0-9_-]{2,8192}\.[A-Za-z0-9_-]{0,2048}/g,
];

/** `-----BEGIN … PRIVATE KEY-----` to its end, or to the end of the text when it is torn. */
const PEM = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}-----|$)/g;

const AUTHORIZATION = /\b(Bearer|Basic|token)([ \t]+)[A-Za-z0-9._~+/=-]{12,8192}/gi;

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

/** `text` with everything that is a secret by its shape replaced: tokens, keys, credentials in URLs and headers. */
export function maskSecrets(text: string): string {
  const masked = text
    .replace(PEM, MASK)
    .replace(URL_CREDENTIALS, `$1${MASK}@`)
    .replace(WEBHOOK_PATH, `$1${MASK}`)
    .replace(QUERY, `$1${MASK}`)
    .replace(AUTHORIZATION, `$1$2${MASK}`);
  return TOKENS.reduce((rest, pattern) => rest.replace(pattern, MASK), masked);
}
