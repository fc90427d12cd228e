import { getEventListeners } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { linkAbort } from "../src/linked-abort.ts";

const listeners = (...sources: readonly AbortController[]): readonly number[] =>
  sources.map(({ signal }) => getEventListeners(signal, "abort").length);

describe("linkAbort", () => {
  it.each([0, 1])("is aborted by its sources, for the reason of the first (%d)", (which) => {
    const sources = [new AbortController(), new AbortController()];
    const linked = linkAbort(...sources.map(({ signal }) => signal));
    expect([linked.signal.aborted, ...listeners(...sources)]).toEqual([false, 1, 1]);
    sources[which]?.abort("the first");
    sources[1 - which]?.abort("the second");
    expect([linked.signal.aborted, linked.signal.reason]).toEqual([true, "the first"]);
  });

  it("is held by none of its sources once it was aborted, by whomever", () => {
    const sources = [new AbortController(), new AbortController()];
    const link = (): AbortController => linkAbort(...sources.map(({ signal }) => signal));
    link().abort("over");
    expect(listeners(...sources)).toEqual([0, 0]);
    link();
    sources[1]?.abort();
    expect(listeners(...sources)).toEqual([0, 0]);
  });

  it("is aborted from the beginning when one of them is, and holds on to none", () => {
    const sources = [new AbortController(), new AbortController(), new AbortController()];
    sources[1]?.abort("before");
    const linked = linkAbort(...sources.map(({ signal }) => signal));
    expect([linked.signal.reason, ...listeners(...sources)]).toEqual(["before", 0, 0, 0]);
  });

  it("may be had as often as one likes, without a warning of Node", async () => {
    const [source, warnings] = [new AbortController(), [] as Error[]];
    const hear = (warning: Error): void => void warnings.push(warning);
    process.on("warning", hear);
    for (let count = 0; count < 50; count += 1) linkAbort(source.signal);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", hear);
    expect([listeners(source), warnings]).toEqual([[50], []]);
  });

  it("needs no source", () => {
    const linked = linkAbort(undefined);
    expect(linked.signal.aborted).toBe(false);
    linked.abort("by itself");
    expect(linked.signal.reason).toBe("by itself");
  });

  it("is what everybody uses: AbortSignal.any of Node 20 is never forgotten by its sources", () => {
    const src = fileURLToPath(new URL("../src", import.meta.url));
    const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    const using = files.filter((file) => readFileSync(join(src, file), "utf8").includes("AbortSignal.any("));
    expect(using).toEqual([]);
  });
});
