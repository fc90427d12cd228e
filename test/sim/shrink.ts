/** The least of a failing world that still fails: what happens by chance, and the faults, left out one after the other. */
import type { Outcome } from "./io.ts";
import type { Product } from "./product.ts";
import type { Scenario } from "./scenario.ts";
import { type Report, runWorld } from "./world.ts";

export interface Shrunk {
  readonly report: Report;
  readonly without: ReadonlySet<string>;
  readonly faults: ReadonlyMap<string, Outcome>;
}

/** Fails with the same invariant as `report`. At most so many runs. */
export async function shrink(
  scenario: Scenario,
  report: Report,
  { product, runs = 150 }: { readonly product?: Product; readonly runs?: number } = {},
): Promise<Shrunk> {
  const wanted = report.violations[0]?.invariant;
  const given = product === undefined ? {} : { product };
  const budget = { left: runs };
  let best: Shrunk = { report, without: new Set(), faults: report.faults };
  const tries = async (without: ReadonlySet<string>, faults: ReadonlyMap<string, Outcome>): Promise<boolean> => {
    budget.left -= 1;
    const next = await runWorld(scenario, { ...given, without, faults });
    if (!next.violations.some(({ invariant }) => invariant === wanted)) return false;
    best = { report: next, without, faults: new Map([...faults].filter(([id]) => next.faults.has(id))) };
    return true;
  };
  await tries(best.without, new Map());
  for (
    let size = Math.ceil(best.faults.size / 2);
    size >= 1 && budget.left > 0;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (const part of partsOf([...best.faults.keys()], size)) {
      if (budget.left <= 0) break;
      await tries(best.without, new Map([...best.faults].filter(([id]) => !part.includes(id))));
    }
  }
  for (const id of [...best.report.happened].reverse()) {
    if (budget.left <= 0) break;
    await tries(new Set([...best.without, id]), best.faults);
  }
  const traced = await runWorld(scenario, { ...given, without: best.without, faults: best.faults, traces: true });
  return { ...best, report: traced };
}

function partsOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
