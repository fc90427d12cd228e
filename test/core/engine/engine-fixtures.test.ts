import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/model/json.ts";
import { readPublishedCrds } from "../../support/kubernetes/published-crds.ts";
import { readEngineFixtures } from "../../support/kubernetes/put-objects.ts";

const published = readPublishedCrds(process.env);

describe.skipIf(published === undefined)("the objects of Flux that tests are about", () => {
  const objects = ["flux/cluster", "flux/oci"].flatMap(readEngineFixtures);
  const known = objects.filter(({ kind }) => kind === "Kustomization" || kind === "HelmRelease");

  it("has some to hold to the engines' own schemas", () => {
    expect(known.length).toBeGreaterThan(3);
  });

  it.each(known.map((object) => [`${object.kind}/${object.metadata.name}`, object] as const))(
    "are valid: %s",
    (_, object) => {
      expect(published?.faults(object as unknown as JsonObject)).toEqual([]);
    },
  );
});
