import { describe, expect, it } from "vitest";
import { BUGS, mistaken } from "./bugs.ts";
import { CANONS, enumerate } from "./enumerate.ts";
import { compareLossy } from "./lossy.ts";
import { PRODUCT, type Product } from "./product.ts";
import { scenarioOf } from "./scenario.ts";
import { runWorld } from "./world.ts";

/** What worlds from a seed on break, up to the first that breaks anything. */
async function broken(seeds: readonly number[], product: Product = PRODUCT): Promise<readonly string[]> {
  for (const seed of seeds) {
    const { violations } = await runWorld(scenarioOf(seed), { product });
    if (violations.length > 0)
      return violations.map(({ invariant, message }) => `world ${seed}, ${invariant}: ${message}`);
  }
  return [];
}

/** A daemon that is asked for something else than the configuration says. */
function asking(
  change: (request: Parameters<Product["runDaemon"]>[0]) => Parameters<Product["runDaemon"]>[0],
): Product {
  return { ...PRODUCT, runDaemon: (request, clock) => PRODUCT.runDaemon(change(request), clock) };
}

const FIRST = Array.from({ length: 30 }, (_, index) => index + 1);

describe("the simulation", () => {
  it.each(FIRST.slice(0, 8))("breaks no invariant in world %i", async (seed) => {
    expect(await broken([seed])).toEqual([]);
  });

  it("is the same each time", async () => {
    const one = await runWorld(scenarioOf(5), { traces: true });
    const other = await runWorld(scenarioOf(5), { traces: true });
    expect(other.trace).toEqual(one.trace);
    expect(one.trace.length).toBeGreaterThan(100);
  });

  it("sees a daemon that goes further than its mode", async () => {
    const daring = asking((request) => ({
      ...request,
      policyOf: (watched) => {
        const { policy, ...rest } = request.policyOf(watched);
        return { ...rest, policy: { ...policy, mode: "push" } };
      },
    }));
    expect((await broken(FIRST, daring)).join("\n")).toContain("I5");
  });

  it("sees a daemon that acts without its lease", async () => {
    const careless = asking((request) => ({ ...request, leaseHeld: () => true }));
    const shared = FIRST.filter((seed) => scenarioOf(seed).hasLease && scenarioOf(seed).replicas > 1);
    expect((await broken(shared, careless)).join("\n")).toContain("I10");
  });

  it("sees a daemon that does not wait until it is bad for long enough", async () => {
    const hasty: Product = {
      ...PRODUCT,
      createObserver: (options) => {
        const observer = PRODUCT.createObserver(options);
        return {
          ...observer,
          observe: async (...args) => {
            const seen = await observer.observe(...args);
            return seen.map((one) =>
              one.verdict.reason === "Suspicious"
                ? { ...one, verdict: { ...one.verdict, verdict: "bad" as const, reason: "Failing" as const } }
                : one,
            );
          },
        };
      },
    };
    expect((await broken(FIRST, hasty)).join("\n")).toContain("I8");
  });
});

describe("planted mistakes", () => {
  it("are at least 30, and each of them can be made in the source as it is", () => {
    expect(BUGS.length).toBeGreaterThanOrEqual(30);
    for (const bug of BUGS) expect(mistaken(bug).get(bug.file)).toContain(bug.to);
  });
});

describe("crash points", () => {
  // All of them: npm run sim -- --enumerate
  it("of a revert that is pushed lead to the same end, every twelfth of them", async () => {
    const canon = CANONS.find(({ name }) => name === "pushed");
    if (canon === undefined) throw new Error("there is no such incident");
    const { failures, singles } = await enumerate(canon, { pairs: false, share: { of: 12, index: 5 } });
    expect(failures).toEqual([]);
    expect(singles).toBeGreaterThan(20);
  });
});

describe("two crashes", () => {
  // All of them: npm run sim -- --enumerate --pairs
  it("of a revert that something newer makes needless lead to the same end, some of them", async () => {
    const canon = CANONS.find(({ name }) => name === "a newer fix comes first");
    if (canon === undefined) throw new Error("there is no such incident");
    const { failures, pairs } = await enumerate(canon, { pairs: true, share: { of: 12, index: 0 } });
    expect(failures).toEqual([]);
    expect(pairs).toBeGreaterThan(200);
  });
});

describe("lost webhooks and watch events", () => {
  it.each([1, 2, 3, 4, 5, 6])("make no difference to the end of incident %i but a poll", async (seed) => {
    expect(await compareLossy(seed)).not.toHaveProperty("why");
  });
});
