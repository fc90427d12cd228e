/**
 * The mark at the end of a pull request's text: it finds the job and what was asked for, and a hash of our own words tells whether
 * a person has changed them since. Whoever can edit the text can write a mark: it is never authority.
 */
import type { Hash } from "../content.ts";
import { shorten } from "../model/escape.ts";
import { type CommitId, isFullId } from "../model/git.ts";
import { isList, isObject, type JsonValue, listAt, stringAt, toJson, valueAt } from "../model/json.ts";
import type { Plan, PlanGoal } from "../plan/types.ts";

/** What the revert aims at, as it can be asked for again. */
export type MarkedGoal =
  | { readonly kind: "checkpoint"; readonly to: CommitId }
  | {
      readonly kind: "undo";
      readonly commits: readonly CommitId[];
      readonly mainline?: number;
      /** `FIELD=good`, `FIELD=keep`. */
      readonly resolve: readonly string[];
      readonly chartVersion?: string;
    };

export interface TextMark {
  readonly target: string;
  readonly key: string;
  readonly job: string;
  /** Missing in texts of older versions, and where it was too much to write down. */
  readonly goal?: MarkedGoal;
  /** The texts of the selection. */
  readonly only?: readonly string[];
  readonly except?: readonly string[];
  /** No target was named: all that a change touched. */
  readonly whole?: boolean;
  /** Who asked, and why, as the text says. */
  readonly by?: string;
  readonly reason?: string;
  /** Of title and text; missing in texts of older versions. */
  readonly hash?: string;
}

export interface PageText {
  readonly title: string;
  readonly body: string;
}

const MARK = /<!--lastgood:v1 ([A-Za-z0-9_-]{1,8192})-->/;

/** A box that lastgood offers; whoever may, ticks it. Groups: the box up to its state, the state, the rest. */
const BOX = /^(- \[)([ xX])(\] <!-- lastgood:[a-z]+(?:=[^\s]{1,400})? -->)/gm;

/** Longest mark that is read again; a longer one leaves out what was asked for. */
const MAX_MARK = 8000;

export interface MarkFacts extends Pick<TextMark, "key" | "job" | "by" | "reason"> {
  readonly plan: Plan;
}

/** What a plan is called by, and how it can be asked for again. */
export function markOf(facts: MarkFacts): Omit<TextMark, "hash"> {
  const { key, job, by, reason } = facts;
  const { target, goal, selection } = facts.plan;
  const textsOf = (selectors: Plan["selection"]["only"]): readonly string[] => selectors.map(({ text }) => text);
  return {
    target: target.name,
    key,
    job,
    goal: markedGoal(goal),
    ...(selection.only.length === 0 ? {} : { only: textsOf(selection.only) }),
    ...(selection.except.length === 0 ? {} : { except: textsOf(selection.except) }),
    ...(target.origin.kind === "change" ? { whole: true } : {}),
    ...(by === undefined ? {} : { by: shorten(by, 80) }),
    ...(reason === undefined ? {} : { reason: shorten(reason, 600) }),
  };
}

function markedGoal(goal: PlanGoal): MarkedGoal {
  if (goal.kind === "checkpoint") return { kind: "checkpoint", to: goal.checkpoint.revision.revision.id };
  const { mainline, resolve = [], chartVersion } = goal.flags ?? {};
  return {
    kind: "undo",
    commits: goal.commits.map(({ id }) => id),
    resolve,
    ...(mainline === undefined ? {} : { mainline }),
    ...(chartVersion === undefined ? {} : { chartVersion }),
  };
}

/** `text.body` with the mark below it; the hash covers title, body and what the mark says. */
export function withMark(text: PageText, mark: Omit<TextMark, "hash">, hash: Hash): string {
  const { key, job } = mark;
  const code = (given: Omit<TextMark, "hash">): string =>
    base64Url(toJson({ ...given, hash: textHash(text, given, hash) }));
  const long = code(mark);
  const shown = long.length <= MAX_MARK ? long : code({ target: mark.target.slice(0, 500), key, job });
  return `${text.body.trimEnd()}\n<!--lastgood:v1 ${shown}-->\n`;
}

/** The mark of a text; undefined when there is none that can be read. */
export function readMark(body: string): TextMark | undefined {
  const coded = MARK.exec(body)?.[1];
  if (coded === undefined) return undefined;
  try {
    return convertMark(JSON.parse(fromBase64Url(coded)) as JsonValue);
  } catch {
    return undefined;
  }
}

/**
 * Has a person changed our words, boxes aside? `unmarked`: the mark is gone, or was never there. A text of an older version, whose
 * mark holds no hash, passes for ours.
 */
export function textState(text: PageText, hash: Hash): "ours" | "edited" | "unmarked" {
  const mark = readMark(text.body);
  if (mark === undefined) return "unmarked";
  const { hash: told, ...said } = mark;
  return told === undefined || told === textHash(text, said, hash) ? "ours" : "edited";
}

/** Line ends, spaces before them, and the state of boxes do not count: a form on the web changes them. */
function textHash({ title, body }: PageText, mark: Omit<TextMark, "hash">, hash: Hash): string {
  const words = body
    .replaceAll("\r\n", "\n")
    .replace(MARK, "")
    .replace(BOX, "$1 $3")
    .replace(/[ \t]+$/gm, "")
    .trimEnd();
  return hash(`${title.trim()}\n\n${words}\n\n${toJson(mark)}`).slice(0, 16);
}

function convertMark(value: JsonValue): TextMark | undefined {
  const [target, key, job] = [stringAt(value, "target"), stringAt(value, "key"), stringAt(value, "job")];
  if (target === undefined || key === undefined || job === undefined) return undefined;
  const [goal, hash] = [convertGoal(valueAt(value, "goal")), stringAt(value, "hash")];
  const [only, except] = [textsAt(value, "only"), textsAt(value, "except")];
  return {
    target,
    key,
    job,
    ...(goal === undefined ? {} : { goal }),
    ...(only.length === 0 ? {} : { only }),
    ...(except.length === 0 ? {} : { except }),
    ...(valueAt(value, "whole") === true ? { whole: true } : {}),
    ...optional("by", stringAt(value, "by")),
    ...optional("reason", stringAt(value, "reason")),
    ...(hash === undefined ? {} : { hash }),
  };
}

function optional<K extends "by" | "reason">(key: K, text: string | undefined): { readonly [P in K]?: string } {
  return text === undefined ? {} : ({ [key]: text } as { readonly [P in K]?: string });
}

function textsAt(value: JsonValue, key: string): readonly string[] {
  return listAt(value, key).flatMap((text) => (typeof text === "string" ? [text] : []));
}

function convertGoal(value: JsonValue | undefined): MarkedGoal | undefined {
  if (!isObject(value)) return undefined;
  const to = stringAt(value, "to");
  if (stringAt(value, "kind") === "checkpoint") {
    return to !== undefined && isFullId(to) ? { kind: "checkpoint", to: to as CommitId } : undefined;
  }
  const commits = valueAt(value, "commits");
  if (!isList(commits) || commits.length === 0) return undefined;
  const ids = commits.flatMap((id) => (typeof id === "string" && isFullId(id) ? [id as CommitId] : []));
  if (ids.length !== commits.length) return undefined;
  const [mainline, chartVersion] = [valueAt(value, "mainline"), stringAt(value, "chartVersion")];
  return {
    kind: "undo",
    commits: ids,
    resolve: textsAt(value, "resolve"),
    ...(typeof mainline === "number" ? { mainline } : {}),
    ...(chartVersion === undefined ? {} : { chartVersion }),
  };
}

function base64Url(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64Url(coded: string): string {
  const binary = atob(coded.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return new TextDecoder().decode(bytes);
}
