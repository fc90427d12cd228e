/** The words that the template of a notification may name, in braces: `{target}: {message}`. */
export const TEMPLATE_WORDS = ["event", "target", "environment", "message", "revision", "url", "issue", "job"] as const;

export type TemplateWord = (typeof TEMPLATE_WORDS)[number];

export function isTemplateWord(word: string): word is TemplateWord {
  return TEMPLATE_WORDS.some((known) => known === word);
}

/** What is wrong with a template: a word in it that names nothing. */
export function templateFault(template: string): string | undefined {
  if (template.trim() === "") return "is empty";
  const unknown = [...template.matchAll(/\{([^{}]*)\}/g)]
    .map(([, word = ""]) => word)
    .find((word) => !isTemplateWord(word));
  if (unknown === undefined) return undefined;
  return `{${unknown}} is not one of ${TEMPLATE_WORDS.map((word) => `{${word}}`).join(", ")}`;
}
