/** Signs that go before a word, never alone: whoever cannot see them loses nothing. */
export const GLYPHS = {
  doing: ["►", ">"],
  waiting: ["◎", "o"],
  ok: ["✔", "+"],
  warning: ["!", "!"],
  failed: ["✗", "x"],
  unknown: ["?", "?"],
  live: ["●", "*"],
  lastGood: ["★", "="],
  reverted: ["⟲", "<"],
  add: ["+", "+"],
  change: ["~", "~"],
  remove: ["-", "-"],
  kept: ["=", "="],
  arrow: ["→", "->"],
  separator: ["·", "-"],
  ellipsis: ["…", "~"],
} as const satisfies Readonly<Record<string, readonly [unicode: string, ascii: string]>>;

export type GlyphName = keyof typeof GLYPHS;

/** The sign, or its ASCII stand-in. */
export function glyph(name: GlyphName, unicode: boolean): string {
  return GLYPHS[name][unicode ? 0 : 1];
}

/** Our own punctuation for a terminal that shows only ASCII; what came from outside is escaped instead. */
export function plainPunctuation(text: string, unicode: boolean): string {
  if (unicode) return text;
  return Object.values(GLYPHS).reduce((rest, [sign, ascii]) => rest.replaceAll(sign, ascii), text.replaceAll("•", "*"));
}
