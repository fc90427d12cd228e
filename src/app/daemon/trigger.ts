import type { TargetLook } from "./daemon-lane.ts";

const LONGEST = 120;

/** What starts a job, in its words: `health Failed`, `health alerts {service="api"}`. */
export function triggerOf({ observed }: TargetLook): string {
  const { verdict, watched, present } = observed;
  const engines = new Set(watched.objects.map(({ engine, object }) => `${engine} ${object}`));
  const bad = verdict.sources.filter(({ opinion }) => opinion === "bad" || opinion === "failing");
  const beside = bad.find(({ source }) => !engines.has(source));
  const isEngine = bad.some(({ source }) => engines.has(source));
  const text = isEngine || beside === undefined ? `health ${present.status}` : `health ${beside.source}`;
  return text.replaceAll(/\p{C}/gu, " ").slice(0, LONGEST);
}
