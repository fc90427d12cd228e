import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bundle } from "../../support/bundle.ts";
import { runNode } from "../measure.ts";
import type { Order, Told } from "./inside.ts";
import { done } from "./measure-plan.ts";

/** Runs an order in a fresh process, with these options of Node's. */
export type Forked = (order: Order, options?: readonly string[]) => Promise<Told>;

/** Builds `inside.ts` as the program is built. */
export async function buildInside(): Promise<Forked> {
  const main = await bundle("test/bench/speed/inside.ts");
  return async (order, options = []) => {
    // In a file: ten thousand folders are more than a system takes as an argument.
    const file = join(dirname(main), "order.json");
    writeFileSync(file, JSON.stringify(order));
    const { stdout } = await done(runNode([...options, main, file]));
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Told;
  };
}
