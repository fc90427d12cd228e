import { array, assert, option, property, record, stringMatching } from "fast-check";
import { describe, expect, it } from "vitest";
import { parseInventoryEntry } from "../../../src/core/engine/flux-inventory.ts";

const name = stringMatching(/^[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?$/);

describe("an entry of an inventory", () => {
  it("names its object, whatever it is called", () => {
    assert(
      property(
        record({
          namespace: option(name, { nil: "" }),
          // The names of roles may have colons: they are written as two underscores.
          words: array(name, { minLength: 1, maxLength: 3 }),
          group: option(name, { nil: "" }),
          kind: stringMatching(/^[A-Z][A-Za-z]{0,20}$/),
        }),
        ({ namespace, words, group, kind }) => {
          const entry = `${namespace}_${words.join("__")}_${group}_${kind}`;
          expect(parseInventoryEntry(entry, "v1")).toEqual({
            apiVersion: group === "" ? "v1" : `${group}/v1`,
            kind,
            ...(namespace === "" ? {} : { namespace }),
            name: words.join(":"),
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(["", "a_b", "a_b_c", "___", "_".repeat(5000), "a".repeat(2000)])("is none: %.20s", (entry) => {
    expect(parseInventoryEntry(entry, "v1")).toBeUndefined();
  });

  it("is none without a version", () => {
    expect(parseInventoryEntry("payments_api_apps_Deployment", "")).toBeUndefined();
  });
});
