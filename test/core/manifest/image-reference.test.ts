import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  canonicalRepository,
  parseImageReference,
  renderImageReference,
} from "../../../src/core/manifest/image-reference.ts";

const digest = `sha256:${"ab".repeat(32)}`;

describe("parseImageReference", () => {
  it.each([
    ["nginx", { repository: "nginx" }],
    ["nginx:1.25", { repository: "nginx", tag: "1.25" }],
    ["acme/api:1.8.0", { repository: "acme/api", tag: "1.8.0" }],
    ["ghcr.io/acme/api", { registry: "ghcr.io", repository: "acme/api" }],
    ["localhost/x:y", { registry: "localhost", repository: "x", tag: "y" }],
    ["localhost:5000/x", { registry: "localhost:5000", repository: "x" }],
    ["[2001:db8::1]:5000/x:1", { registry: "[2001:db8::1]:5000", repository: "x", tag: "1" }],
    [`quay.io/a/b/c:v1@${digest}`, { registry: "quay.io", repository: "a/b/c", tag: "v1", digest }],
    [`nginx@${digest}`, { repository: "nginx", digest }],
    ["a__b/c-d.e", { repository: "a__b/c-d.e" }],
    ["REGISTRY/x", { registry: "REGISTRY", repository: "x" }],
  ])("reads %s", (text, reference) => {
    expect(parseImageReference(text)).toEqual(reference);
  });

  it.each([
    "",
    ":",
    "Nginx",
    "a//b",
    "a/",
    "/a",
    "a:",
    "a:b:c",
    "a:-b",
    "a@sha256:12",
    "a@",
    "a b",
    "${IMAGE}",
    "https://a/b",
    "a___b/c",
    `${"a/".repeat(200)}b`,
    `a:${"t".repeat(129)}`,
    "-a.io/b",
  ])("refuses %j", (text) => {
    expect(parseImageReference(text)).toBeUndefined();
  });

  it("is the opposite of renderImageReference", () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,6}$/);
    const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][\w.-]{0,9}$/), { nil: undefined });
    const registry = fc.constantFrom("", "ghcr.io/", "localhost:5000/", "localhost/");
    fc.assert(
      fc.property(registry, part, part, tag, fc.boolean(), (host, a, b, version, pinned) => {
        const text = `${host}${a}/${b}${version === undefined ? "" : `:${version}`}${pinned ? `@${digest}` : ""}`;
        const reference = parseImageReference(text);
        expect(reference === undefined ? undefined : renderImageReference(reference)).toBe(text);
      }),
    );
  });
});

describe("canonicalRepository", () => {
  it.each([
    ["nginx:1", "docker.io/library/nginx"],
    ["acme/api", "docker.io/acme/api"],
    ["docker.io/nginx", "docker.io/library/nginx"],
    ["index.docker.io/acme/api", "docker.io/acme/api"],
    ["ghcr.io/nginx", "ghcr.io/nginx"],
  ])("of %s is %s", (text, expected) => {
    expect(canonicalRepository(parseImageReference(text) ?? { repository: "" })).toBe(expected);
  });
});
