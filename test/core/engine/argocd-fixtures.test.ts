import { describe, expect, it } from "vitest";
import { argoFixture } from "../../support/argo-application.ts";
import { readPublishedCrds } from "../../support/kubernetes/published-crds.ts";

const published = readPublishedCrds(process.env);

describe.skipIf(published === undefined)(
  "the fixtures of Argo CD (skipped without LASTGOOD_TEST_CRDS=<folder>)",
  () => {
    it.each(["application", "application-multi-source", "application-hydrated", "application-retrying"])(
      "%s is what its definition allows",
      (name) => {
        expect(published?.faults(argoFixture(name))).toEqual([]);
      },
    );
  },
);
