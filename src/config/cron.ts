/** The five fields of crontab(5), their ranges, and the names two of them know. */
const FIELDS = [
  { name: "minute", from: 0, to: 59, words: [] },
  { name: "hour", from: 0, to: 23, words: [] },
  { name: "day of the month", from: 1, to: 31, words: [] },
  {
    name: "month",
    from: 1,
    to: 12,
    words: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
  },
  { name: "day of the week", from: 0, to: 7, words: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] },
] as const;

/** What is wrong with a schedule such as `0 16 * * FRI`, as the end of a sentence; undefined when nothing is. */
export function cronFault(text: string): string | undefined {
  const parts = text.trim().split(/[ \t]+/);
  if (parts.length !== FIELDS.length) return "is not a schedule of five fields such as 0 16 * * FRI";
  const wrong = FIELDS.find((field, i) => !(parts[i] ?? "").split(",").every((item) => isItem(item, field)));
  return wrong === undefined
    ? undefined
    : `has no such ${wrong.name}: ${wrong.from} to ${wrong.to}, *, lists, ranges, /step`;
}

type Field = (typeof FIELDS)[number];

/** `*`, `5`, `1-5`, `MON-FRI`, each with `/step` if need be. */
function isItem(item: string, field: Field): boolean {
  const match = /^(?:(\*)|(\w{1,3})(?:-(\w{1,3}))?)(?:\/([1-9]\d?))?$/.exec(item);
  if (match === null) return false;
  if (match[1] === "*") return true;
  const first = numberOf(match[2], field);
  const last = match[3] === undefined ? first : numberOf(match[3], field);
  return first !== undefined && last !== undefined && first <= last;
}

function numberOf(text: string | undefined, field: Field): number | undefined {
  const words: readonly string[] = field.words;
  const word = words.indexOf((text ?? "").toUpperCase());
  if (word !== -1) return word + field.from;
  const value = /^\d{1,2}$/.test(text ?? "") ? Number(text) : Number.NaN;
  return value >= field.from && value <= field.to ? value : undefined;
}
