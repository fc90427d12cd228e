/** What sees a planted mistake: the small worlds, then the large ones, one after the other; else the crash points of the plain incidents. */
import { type Bug, plantBug } from "./bugs.ts";
import { type Canon, CANONS, enumerate } from "./enumerate.ts";
import { GALLERY } from "./gallery.ts";
import { scenarioOf } from "./scenario.ts";
import { runWorld } from "./world.ts";

export interface Caught {
  /** An invariant, or `crash points`. */
  readonly by: string;
  /** So many worlds were looked at. */
  readonly worlds: number;
  readonly message: string;
}

/** `worlds`: so many large ones are looked at. Throws when it cannot be planted. Undefined: nothing sees it. */
export async function catchBug(bug: Bug, worlds: number): Promise<Caught | undefined> {
  const product = await plantBug(bug);
  const large = Array.from({ length: worlds }, (_, index) => index + 1);
  const all = [...GALLERY, ...large.map((seed) => ({ name: `world ${seed}`, scenario: scenarioOf(seed) }))];
  const isFirst = ({ name }: Canon): boolean => name === bug.shownBy;
  const ordered = [...all.filter(isFirst), ...all.filter((one) => !isFirst(one))];
  for (const [index, { name, scenario }] of ordered.entries()) {
    const [first] = (await runWorld(scenario, { product })).violations;
    if (first !== undefined) return { by: first.invariant, worlds: index + 1, message: `${name}: ${first.message}` };
  }
  for (const canon of CANONS) {
    const [failure] = (await enumerate(canon, { product, pairs: false, first: true })).failures;
    if (failure !== undefined)
      return { by: "crash points", worlds: all.length, message: `${canon.name}: ${failure.why}` };
  }
  return undefined;
}
