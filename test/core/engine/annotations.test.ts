import { describe, expect, it } from "vitest";
import { labelsOf, lastgoodAnnotations } from "../../../src/core/engine/annotations.ts";

describe("what an object says of itself", () => {
  it("has lastgood's annotations without their prefix, and no others", () => {
    const annotations = { "lastgood.dev/mode": "observe", "lastgood.dev/policy": "careful", "other.dev/mode": "push" };
    expect(lastgoodAnnotations({ metadata: { annotations } })).toEqual({ mode: "observe", policy: "careful" });
  });

  it("leaves out what is no text, or too long to be meant", () => {
    const annotations = { "lastgood.dev/mode": 1, "lastgood.dev/components": "x".repeat(5000) };
    expect(lastgoodAnnotations({ metadata: { annotations } })).toEqual({});
  });

  it("is nothing where there is none", () => {
    expect([lastgoodAnnotations({}), lastgoodAnnotations({ metadata: { annotations: [] } })]).toEqual([{}, {}]);
    expect([labelsOf({}), labelsOf({ metadata: { labels: "a" } })]).toEqual([{}, {}]);
  });

  it("has the labels that are texts", () => {
    expect(labelsOf({ metadata: { labels: { tier: "prod", odd: 1 } } })).toEqual({ tier: "prod" });
  });
});
