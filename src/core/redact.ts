/**
 * What is secret in a manifest, and how it is shown instead: values of Secrets, values whose name says so, credentials in URLs.
 * Names are shown, values never: `•••• (changed)`. For texts that are no manifests: core/model/secret.ts.
 */
import type { FieldChange, Segment } from "./model/field.ts";
import { isList, isObject, type JsonValue } from "./model/json.ts";
import { maskSecrets, SECRET_WORD } from "./model/secret.ts";

/** What people see in place of a secret. */
export const HIDDEN = "••••";
export const HIDDEN_CHANGED = "•••• (changed)";

const SECRET_NAME = new RegExp(SECRET_WORD, "i");

/** A name that says where a secret is, not what it is: `secretName`, `tokenFile`, `PASSWORD_FILE`, `secretKeyRef`. */
const REFERENCE_NAME =
  /(?:names?|refs?|reference|file|files|path|paths|class|kind|type|store|version|policy|mode|expiry|ttl|length|pullsecrets?|existingsecret)$/i;

/** Kubernetes' own keys that only sound like a secret. */
const STRUCTURAL = new Set([
  "key",
  "keys",
  "secret",
  "secrets",
  "secretKey",
  "topologyKey",
  "labelKey",
  "nodeLabelKey",
  "matchLabelKeys",
  "mismatchLabelKeys",
  "remoteKey",
  "imagePullSecrets",
  "tokenRequests",
  "automountServiceAccountToken",
  "serviceAccountToken",
  "volumeAttributes",
  "passthrough",
]);

/** Kubernetes keeps whole manifests here (kubectl apply), Secrets and all. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * Is the value at this path secret by where it stands? `kind` is the object's kind (`Secret`, `Deployment`) or, for a file, what it is
 * (`values`). Values that are no secrets by name may still hold some: `redactValue` looks into them.
 */
export function isSecretField(kind: string, path: readonly Segment[]): boolean {
  const names = path.map(nameOf);
  if (kind === "Secret" && (names[0] === "data" || names[0] === "stringData")) return true;
  if (kind === "ConfigMap" && (names[0] === "data" || names[0] === "binaryData")) return isSecretName(names[1] ?? "");
  if (names.includes(LAST_APPLIED)) return true;
  const env = path.findIndex((step, index) => "id" in step && ENV_LIST.test(names[index - 1] ?? ""));
  if (env !== -1) return isSecretName(names[env] ?? "") && names[env + 1] !== "valueFrom";
  return path.some((step, index) => {
    if (!("key" in step) || STRUCTURAL.has(step.key) || !isSecretName(step.key)) return false;
    return !names.slice(index + 1).some((later) => REFERENCE_NAME.test(later) || later === "valueFrom");
  });
}

const ENV_LIST = /^(?:env|initEnv|extraEnv|extraEnvVars|envVars)$/;

function nameOf(segment: Segment): string {
  if ("key" in segment) return segment.key;
  return "id" in segment ? segment.id : "";
}

/** Does a name say that its value is secret? */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !REFERENCE_NAME.test(name);
}

/** A value with everything secret in it hidden. Its shape stays: keys, lists, and all that is no secret. */
export function redactValue(kind: string, path: readonly Segment[], value: JsonValue): JsonValue {
  const last = path.at(-1);
  if (last !== undefined && "id" in last && isObject(value)) return redactNamed(kind, path, value);
  return isSecretField(kind, path) ? hide(value) : redactInside(kind, path, value);
}

/** Keys stay; that something is on or off is no secret. */
function hide(value: JsonValue): JsonValue {
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, item === null ? null : HIDDEN]));
  }
  return value === null || typeof value === "boolean" ? value : HIDDEN;
}

function redactInside(kind: string, path: readonly Segment[], value: JsonValue): JsonValue {
  if (typeof value === "string") return redactText(value);
  if (isList(value)) return redactList(kind, path, value);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, redactValue(kind, [...path, { key }], item)]),
  );
}

/** A list's items by their names, as in `env`; and `--password VALUE` as two arguments. */
function redactList(kind: string, path: readonly Segment[], list: readonly JsonValue[]): JsonValue {
  return list.map((item, index) => {
    const before = list[index - 1];
    const isFlagValue = typeof before === "string" && /^--?[\w.-]+$/.test(before) && isSecretName(before);
    if (isFlagValue && typeof item === "string" && !item.startsWith("-")) return HIDDEN;
    const name = isObject(item) && Object.hasOwn(item, "name") ? item["name"] : undefined;
    if (typeof name !== "string") return redactValue(kind, [...path, { index }], item);
    return redactNamed(kind, [...path, { id: name, match: { name } }], item);
  });
}

/** `{name, value}`: the name is shown, also where it names a secret. */
function redactNamed(kind: string, path: readonly Segment[], item: JsonValue): JsonValue {
  if (!isObject(item)) return redactValue(kind, path, item);
  return Object.fromEntries(
    Object.entries(item).map(([key, value]) => [
      key,
      key === "name" && typeof value === "string" ? maskSecrets(value) : redactValue(kind, [...path, { key }], value),
    ]),
  );
}

/** `password: x`, `db.password=x`, `--token=x`, `"apiKey": "x"` in a text: the lines of a configuration file, the arguments of a command. */
const ASSIGNMENT = new RegExp(
  `((?:^|[\\s"',;&?{(])[\\w.-]{0,60}(?:${SECRET_WORD})[\\w.-]{0,60}["']?[ \\t]{0,20}(?:=[ \\t]{0,20}|:[ \\t]{1,20}|:(?=["'])))` +
    `("[^"\\n]{0,4096}"?|'[^'\\n]{0,4096}'?|[^\\s"',;&})]{1,4096})`,
  "gim",
);

/** A text (a ConfigMap's file, an argument, a diff line) with assigned secrets, tokens and credentials in URLs hidden. */
export function redactText(text: string): string {
  const masked = maskSecrets(text);
  return masked.replace(ASSIGNMENT, (whole: string, left: string) => {
    const name = /([\w.-]+)["']?[ \t]*[:=][ \t]*$/.exec(left)?.[1] ?? "";
    return REFERENCE_NAME.test(name) || name === "key" ? whole : `${left}${HIDDEN}`;
  });
}

const SAID = new RegExp(
  `((?:^|[^\\w.-])([\\w.-]{0,60}(?:${SECRET_WORD})[\\w.-]{0,60})=)("[^"\\n]{0,4096}"?|'[^'\\n]{0,4096}'?|[^\\s"',;&})\\\\]{1,4096})`,
  "gi",
);

/**
 * What a program said before it ended, or a controller of it: prose, where `token: not found` hides nothing, but some print their
 * environment or their arguments (`API_KEY=…`, `--password=…`).
 */
export function redactSaid(text: string): string {
  return maskSecrets(text).replace(SAID, (whole: string, left: string, name: string) =>
    REFERENCE_NAME.test(name) || STRUCTURAL.has(name) ? whole : `${left}${HIDDEN}`,
  );
}

/** A change as people may see it. Where only the hidden part differs, `to` says so: `•••• (changed)`. */
export function redactChange<T extends FieldChange>(kind: string, change: T): T {
  const from = change.from === undefined ? undefined : redactValue(kind, change.path, change.from);
  const to = change.to === undefined ? undefined : redactValue(kind, change.path, change.to);
  const isHidden = from !== undefined && to === HIDDEN && from === HIDDEN;
  return {
    ...change,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to: isHidden ? HIDDEN_CHANGED : to }),
  };
}
