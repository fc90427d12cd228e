/**
 * A webhook is a hint, never a fact: it says which targets to look at now. Its sender is proved before it is read (adapters/webhook), and
 * still nothing in it decides: the truth is read again from git and the engine.
 */
import { escapeText, shorten } from "../model/escape.ts";
import { isObject, type JsonObject, type JsonValue, property } from "../model/json.ts";
import { maskSecrets } from "../model/secret.ts";

/** Look at these targets. */
export interface Hint {
  readonly about: TargetSelector;
  /** What the sender believes. `unclear`: only that something happened. */
  readonly says: "bad" | "good" | "unclear";
  /** What it is about, as the sender names it; only for people, and to drop what is about an old one. */
  readonly revision?: string;
  /** Tells one telling from another: what comes twice is the same. */
  readonly key: string;
  /** One line, escaped, without secrets. */
  readonly message: string;
}

/** How a payload names what it is about. */
export type TargetSelector =
  | { readonly kind: "target"; readonly name: string }
  /** An object of an engine. */
  | {
      readonly kind: "object";
      readonly engine: "argocd" | "flux";
      readonly objectKind: string;
      readonly name: string;
      readonly namespace?: string;
    }
  /** Labels of an alert: targets whose `alerts.matchLabels` they hold. */
  | { readonly kind: "labels"; readonly labels: Readonly<Record<string, string>> }
  /** A deployment on the forge. */
  | { readonly kind: "deployment"; readonly repository: string; readonly environment: string; readonly task: string }
  /** A repository: something was pushed, or checked. */
  | { readonly kind: "repository"; readonly repository: string };

/** What a body holds. `ignored`: sound, and nothing for us. `malformed`: not what the sender sends. */
export type ReadPayload =
  | { readonly kind: "hints"; readonly hints: readonly Hint[]; readonly cut: boolean }
  | { readonly kind: "ignored"; readonly why: string }
  | { readonly kind: "malformed"; readonly why: string };

/** More in one payload are left out: polling finds them. */
export const MOST_HINTS = 200;
const NAME_LENGTH = 253;
const MESSAGE_LENGTH = 300;

/**
 * The JSON object of a body; undefined for anything else. A key `__proto__` stays an own property, as `JSON.parse` makes it, and is never
 * read; what is nested deeper than the stack is no JSON.
 */
export function parsePayload(body: string): JsonObject | undefined {
  try {
    const value = JSON.parse(body) as JsonValue;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A name, an id or a revision: short, and without anything invisible in it. Undefined for everything else. */
export function nameAt(value: JsonValue | undefined, ...keys: readonly string[]): string | undefined {
  const found = keys.reduce<JsonValue | undefined>((inner, key) => property(inner, key), value);
  if (typeof found !== "string" || found === "" || found.length > NAME_LENGTH) return undefined;
  return escapeText(found) === found && found.trim() === found ? found : undefined;
}

/** Text of a payload for people. */
export function textOf(text: string): string {
  return escapeText(shorten(maskSecrets(text), MESSAGE_LENGTH));
}

/** The first of so many hints. */
export function hintsOf(hints: readonly Hint[], cut = false): ReadPayload {
  return { kind: "hints", hints: hints.slice(0, MOST_HINTS), cut: cut || hints.length > MOST_HINTS };
}

export function malformed(why: string): ReadPayload {
  return { kind: "malformed", why };
}

export function ignored(why: string): ReadPayload {
  return { kind: "ignored", why };
}
