/** What lastgood relies on to see images of the past, on the look-alike of a Kubernetes API server or on a real one. */
import { describe, expect, it } from "vitest";
import { readImages } from "../../src/adapters/engine/read-images.ts";
import type { OpenWorld } from "./engine-contract.ts";
import { statefulSetObjects } from "./kubernetes/workload-objects.ts";

const DB = { apiVersion: "apps/v1", kind: "StatefulSet", namespace: "payments", name: "db" };

export function describePastImages(openWorld: OpenWorld): void {
  describe("what a cluster keeps of the past", () => {
    it("has the images of a StatefulSet in its ControllerRevisions, oldest first, with the time until which they ran", async () => {
      const { cluster, put } = await openWorld();
      const [image, oldImage] = ["registry.example.com/db:2", "registry.example.com/db:1"];
      await put(...statefulSetObjects({ namespace: DB.namespace, name: DB.name, image, oldImage }));
      const seen = await readImages(cluster, [DB]);
      expect(seen?.kept).toEqual([{ image: oldImage, untilMs: expect.any(Number) as number }, { image }]);
      expect(new Set(seen?.told)).toEqual(new Set([image, oldImage]));
    });
  });
}
