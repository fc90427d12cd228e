/** A process that plays the cases it is sent, one after the other. Its argument: the file with GraphQL's schema. */
import { readFileSync } from "node:fs";

import { graphqlExecutor } from "../support/graphql-executor.ts";
import { type Mishap, playCase } from "./enumerate-faults.ts";
import { openFaultHost, type Way } from "./fault-world.ts";

export type Order =
  | "end"
  | (Way & { readonly warm: boolean; readonly mishaps: readonly (readonly [number, Mishap])[] });

// Whoever started this is gone.
process.once("disconnect", () => process.exit());

const host = await openFaultHost(graphqlExecutor(() => readFileSync(process.argv[2] ?? "", "utf8")));

process.on("message", (order: Order) => {
  void play(order).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? "") : String(error)}\n`);
    process.exit(1);
  });
});

async function play(order: Order): Promise<void> {
  if (order === "end") {
    await host.close();
    process.disconnect();
    return;
  }
  const { mishaps, ...rest } = order;
  process.send?.(await playCase(host, { ...rest, mishaps: new Map(mishaps) }));
}
