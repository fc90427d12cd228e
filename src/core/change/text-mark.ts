/**
 * The mark at the end of a pull request's text: it finds the job and what was asked for, and a hash of our own words tells whether
 * a person has changed them since. Whoever can edit the text can write a mark: it is never authority.
 */
import type { Hash } from "../content.ts";
import { type CommitId, isFullId } from "../model/git.ts";
import { isList, isObject, type JsonValue, listAt, stringAt, toJson, valueAt } from "../model/json.ts";
import type { PlanGoal } from "../plan/types.ts";

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
  readonly goal?: MarkedGoal;
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

export function goalForMark(goal: PlanGoal): MarkedGoal {
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

/** `text.body` with the mark below it; the hash covers title and body. */
export function withMark(text: PageText, mark: Omit<TextMark, "hash">, hash: Hash): string {
  const { target, key, job, goal } = mark;
  const full = { target: target.slice(0, 500), key, job, hash: textHash(text, hash) };
  const long = base64Url(toJson(goal === undefined ? full : { ...full, goal }));
  return `${text.body.trimEnd()}\n<!--lastgood:v1 ${long.length > MAX_MARK ? base64Url(toJson(full)) : long}-->\n`;
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
  return mark.hash === undefined || mark.hash === textHash(text, hash) ? "ours" : "edited";
}

/** Line ends, spaces before them, and the state of boxes do not count: a form on the web changes them. */
function textHash({ title, body }: PageText, hash: Hash): string {
  const words = body
    .replaceAll("\r\n", "\n")
    .replace(MARK, "")
    .replace(BOX, "$1 $3")
    .replace(/[ \t]+$/gm, "")
    .trimEnd();
  return hash(`${title.trim()}\n\n${words}`).slice(0, 16);
}

function convertMark(value: JsonValue): TextMark | undefined {
  const [target, key, job] = [stringAt(value, "target"), stringAt(value, "key"), stringAt(value, "job")];
  if (target === undefined || key === undefined || job === undefined) return undefined;
  const [goal, hash] = [convertGoal(valueAt(value, "goal")), stringAt(value, "hash")];
  return {
    target,
    key,
    job,
    ...(goal === undefined ? {} : { goal }),
    ...(hash === undefined ? {} : { hash }),
  };
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
    resolve: listAt(value, "resolve").flatMap((rule) => (typeof rule === "string" ? [rule] : [])),
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
  return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
}
