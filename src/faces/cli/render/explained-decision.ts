/** A decision on record, in words: what it looked at, and what would make it another one. */
import type { DecisionRecord } from "../../../core/decision/decision-record.ts";
import { decide } from "../../../core/decision/decide.ts";
import { type ExplainedCheck, explainDecision } from "../../../core/decision/explain.ts";
import type { DecisionFacts } from "../../../core/decision/facts.ts";
import { escapeText, shorten } from "../../../core/model/escape.ts";
import { fromIso, toIso } from "../../../core/model/time.ts";
import type { Style } from "./style.ts";

export interface ExplainedDecision {
  readonly hash: string;
  readonly atMs: number;
  readonly headline: string;
  readonly message: string;
  /** Empty where its facts are not on record, or are such as another version reads. */
  readonly checks: readonly ExplainedCheck[];
  /** What has to happen before it acts. */
  readonly toAct: readonly string[];
  readonly wouldHave?: string;
}

/** Made again from its facts. Lines of a shared ref are untrusted: the facts may have any shape. `all`: every check. */
export function explainRecord(record: DecisionRecord, { all }: { readonly all: boolean }): ExplainedDecision {
  const { hash, message, mode, reason, facts, at } = record;
  const atMs = fromIso(at) ?? 0;
  const headline = reason === undefined ? `acts, ${mode ?? ""}` : `holds, ${reason}`;
  const plain = { hash, atMs, message, headline, checks: [], toAct: [] };
  if (facts === undefined) return plain;
  try {
    const decision = decide(facts as unknown as DecisionFacts);
    const { lines, toAct, wouldHave } = explainDecision(decision, { nowMs: atMs, all });
    return { ...plain, checks: lines, toAct, ...(wouldHave === undefined ? {} : { wouldHave }) };
  } catch {
    return plain;
  }
}

/** One line for each check, texts from outside escaped. */
export function checkLines(checks: readonly ExplainedCheck[], style: Style): readonly string[] {
  return checks.map(({ mark, text: said, limit, configKey }) => {
    const more = [limit, configKey].filter((part) => part !== undefined).map((part) => text(part));
    return `  ${markOf(mark, style)} ${text(said)}${more.length === 0 ? "" : `  ${style.dim(`(${more.join(", ")})`)}`}`;
  });
}

/** In documents. */
export function decisionFields({ atMs, ...decision }: ExplainedDecision): object {
  return { at: toIso(atMs), ...decision };
}

function markOf(mark: ExplainedCheck["mark"], style: Style): string {
  const paint = { "✔": style.green, "✗": style.red, "!": style.yellow, "?": style.dim }[mark];
  return paint(mark);
}

function text(said: string): string {
  return escapeText(shorten(said, 400));
}
