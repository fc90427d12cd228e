import { expect, it } from "vitest";
import { createDeliveries } from "../../../src/adapters/webhook/deliveries.ts";

it("knows what comes again, and forgets what did not come for long", () => {
  const { isFirst } = createDeliveries(2);
  expect(["a", "b", "a", "c", "a", "b"].map(isFirst)).toEqual([true, true, false, true, false, true]);
});

it("takes names of properties for keys", () => {
  expect(["__proto__", "constructor", "__proto__"].map(createDeliveries().isFirst)).toEqual([true, true, false]);
});
