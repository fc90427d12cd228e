import { describe, expect, it } from "vitest";
import type { Target } from "../../../src/core/model/target.ts";
import { addressesOf, commandWords, withUniqueNames } from "../../../src/core/target/target-names.ts";

function target(kind: Target["origin"]["kind"], name: string, file: string): Target {
  return { name, origin: { kind, place: { file } }, sources: [], notes: [] };
}

const twins = [
  target("kustomization", "shop/api", "prod.yaml"),
  target("kustomization", "shop/api", "qa.yaml"),
  target("helmrelease", "shop/api", "prod.yaml"),
  target("application", "web", "web.yaml"),
];

describe("withUniqueNames", () => {
  it("puts the kind in front and the file behind, only where it must", () => {
    expect(withUniqueNames(twins).map(({ name }) => name)).toEqual([
      "kustomization/shop/api@prod.yaml",
      "kustomization/shop/api@qa.yaml",
      "helmrelease/shop/api",
      "web",
    ]);
  });

  it("leaves every target an address of its own, which is what a person is told to type", () => {
    const named = withUniqueNames(twins);
    const words = named.map((one) => commandWords(one, named));
    expect(words).toEqual([
      "kustomization/api@prod.yaml",
      "kustomization/api@qa.yaml",
      "helmrelease/api",
      "application/web",
    ]);
    words.forEach((word, i) => {
      expect(named.filter((one) => addressesOf(one).includes(word))).toEqual([named[i]]);
    });
  });
});
