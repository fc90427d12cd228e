import { describe, expect, it } from "vitest";
import { inventoryOf } from "../../src/core/inventory.ts";
import type { JsonValue } from "../../src/core/model/json.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const OTHER = `sha256:${"b".repeat(64)}`;

function pod(
  image: string,
  imageID: string,
  more: { readonly phase?: string; readonly deleted?: boolean; readonly init?: string } = {},
): JsonValue {
  return {
    metadata: { name: "api-0", ...(more.deleted === true ? { deletionTimestamp: "2026-08-22T00:00:00Z" } : {}) },
    spec: {
      containers: [{ name: "api", image }],
      ...(more.init === undefined ? {} : { initContainers: [{ name: "migrate", image: more.init }] }),
    },
    status: { phase: more.phase ?? "Running", containerStatuses: [{ name: "api", imageID }] },
  };
}

describe("inventoryOf", () => {
  it.each([
    ["containerd", "ghcr.io/acme/api:1.7.4", `ghcr.io/acme/api@${DIGEST}`, `ghcr.io/acme/api:1.7.4@${DIGEST}`],
    [
      "docker",
      "ghcr.io/acme/api:1.7.4",
      `docker-pullable://ghcr.io/acme/api@${DIGEST}`,
      `ghcr.io/acme/api:1.7.4@${DIGEST}`,
    ],
    ["a short name", "nginx:1.29", `docker.io/library/nginx@${DIGEST}`, `nginx:1.29@${DIGEST}`],
    ["an image that git pins", `acme/api:1@${OTHER}`, `docker.io/acme/api@${DIGEST}`, `acme/api:1@${OTHER}`],
    ["an id of the node", "acme/api:1", DIGEST, "acme/api:1"],
    ["another repository's digest", "acme/api:1", `docker.io/evil/api@${DIGEST}`, "acme/api:1"],
    ["no id yet", "acme/api:1", "", "acme/api:1"],
  ])("reads the digest as %s says it", (_, image, imageID, expected) => {
    expect(inventoryOf([pod(image, imageID)])).toEqual([expected]);
  });

  it("names each image once, one tag with two digests twice, init containers too", () => {
    const pods = [
      pod("acme/api:1", `docker.io/acme/api@${DIGEST}`, { init: "acme/migrate:3" }),
      pod("acme/api:1", `docker.io/acme/api@${DIGEST}`),
      pod("acme/api:1", `docker.io/acme/api@${OTHER}`),
      pod("acme/api:1", ""),
    ];
    expect(inventoryOf(pods)).toEqual([`acme/api:1@${DIGEST}`, `acme/api:1@${OTHER}`, "acme/migrate:3"]);
  });

  it("leaves out pods that end, and what is no image", () => {
    const pods = [
      pod("acme/a:1", "", { phase: "Pending" }),
      pod("acme/b:1", "", { phase: "Succeeded" }),
      pod("acme/c:1", "", { deleted: true }),
      pod("Not An Image", ""),
      { spec: { containers: "none" }, status: { phase: "Running" } },
      null,
      "pod",
    ];
    expect(inventoryOf(pods)).toEqual([]);
  });

  it("stays within what a ledger line holds", () => {
    const pods = Array.from({ length: 1000 }, (_, index) => pod(`acme/${"a".repeat(200)}${index}:1`, ""));
    const images = inventoryOf(pods);
    expect(images.length).toBeLessThanOrEqual(200);
    expect(JSON.stringify(images).length).toBeLessThan(40_000);
  });
});
