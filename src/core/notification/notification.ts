/** What is told when something has changed: once per transition, the same facts to everybody. Texts in it are untrusted. */
import type { ObjectId } from "../model/component.ts";
import { escapeText, shorten } from "../model/escape.ts";
import type { EventName } from "../model/event.ts";
import { shortId } from "../model/git.ts";
import { maskSecrets } from "../model/secret.ts";
import { isTemplateWord, type TemplateWord } from "../model/template-word.ts";

export interface Notification {
  readonly event: EventName;
  /** Tells one transition from another: what is told twice with the same key is one thing. */
  readonly key: string;
  /** What belongs together over time: a regression and its end have the same one. */
  readonly incident: string;
  readonly target: string;
  readonly environment?: string;
  /** One sentence. */
  readonly message: string;
  /** The commit that it is about. */
  readonly revision?: string;
  /** Where people look and act: the pull request, else the dashboard. */
  readonly url?: string;
  /** The incident issue. */
  readonly issueUrl?: string;
  readonly job?: string;
  /** Epoch ms. */
  readonly atMs: number;
  /** The engine's object, where there is one. */
  readonly about?: ObjectId & { readonly uid?: string };
}

const LONGEST = 1000;

/** `{target}: {message}` with the words filled in; what is not there is nothing. Filled-in text is not looked into again. */
export function renderTemplate(template: string, notification: Notification): string {
  const words = wordsOf(notification);
  return template
    .replace(/\{([a-z]+)\}/g, (whole, word: string) => (isTemplateWord(word) ? words[word] : whole))
    .trim();
}

/** `payments/api (prod): reverted by #491`, one line, without secrets. */
export function sentenceOf({ target, environment, message }: Notification): string {
  const title = environment === undefined ? target : `${target} (${environment})`;
  return clean(`${title}: ${message}`);
}

/** Foreign text for a message: one line, nothing invisible, no secrets, cut. */
export function clean(text: string): string {
  return escapeText(shorten(maskSecrets(text), LONGEST));
}

function wordsOf(notification: Notification): Readonly<Record<TemplateWord, string>> {
  const { event, target, environment = "", message, revision, url = "", issueUrl = "", job = "" } = notification;
  return {
    event,
    target: clean(target),
    environment: clean(environment),
    message: clean(message),
    revision: revision === undefined ? "" : clean(shortId(revision)),
    url: clean(url),
    issue: clean(issueUrl),
    job: clean(job),
  };
}
