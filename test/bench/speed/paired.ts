/** Several things measured in turns, so that whatever else the machine does weighs on all of them alike. */
import { median } from "../measure.ts";

export type Timed<Name extends string> = Readonly<Record<Name, number>>;

/** The median of each, in what the runs answer (ms). One round before is not counted. */
export async function inTurns<Name extends string>(
  rounds: number,
  runs: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Timed<Name>> {
  const names = Object.keys(runs) as Name[];
  const all = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of names) {
      const ms = await runs[name]();
      if (round > 0) all.get(name)?.push(ms);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(all.get(name) ?? [])])) as Timed<Name>;
}
