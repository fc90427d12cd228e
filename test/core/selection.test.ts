import { describe, expect, it } from "vitest";
import type { Component } from "../../src/core/model/component.ts";
import {
  EVERYTHING,
  isPartial,
  isSelected,
  namesComponent,
  parseSelectors,
  requireMatches,
} from "../../src/core/selection.ts";
import { LastgoodError } from "../../src/errors.ts";

function object(kind: string, name: string, namespace?: string, apiVersion = "apps/v1"): Component {
  const id = { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
  return { kind: "object", id, path: "apps/api/app.yaml", document: 0, value: {}, place: { file: "app.yaml" } };
}

const FILE: Component = { kind: "file", path: "apps/api/values.yaml", fileKind: "values", documents: [] };

describe("parseSelectors", () => {
  it("reads components, files and facets, several at once", () => {
    expect(
      parseSelectors(["Deployment/api:image, ./values.yaml", ":env,", "payments/Rollout.argoproj.io/api"]),
    ).toEqual([
      { text: "Deployment/api:image", facet: "image", object: { kind: "Deployment", name: "api" } },
      { text: "./values.yaml", file: "values.yaml" },
      { text: ":env", facet: "env" },
      {
        text: "payments/Rollout.argoproj.io/api",
        object: { namespace: "payments", kind: "Rollout", group: "argoproj.io", name: "api" },
      },
    ]);
  });

  it.each(["api", "Deployment/", "/api", "a/b/c/d", ":", ":imagee", "Deployment/api:", "values.yaml"])(
    "refuses %j",
    (text) => {
      expect(() => parseSelectors([text])).toThrow(LastgoodError);
    },
  );

  it("says what it refuses in one line without control characters", () => {
    expect(() => parseSelectors([`x\u001b[2J${"y".repeat(500)}`])).toThrow(/^"x\\x1b\[2Jy+…" names no component$/);
  });
});

describe("namesComponent", () => {
  const names = (text: string, component: Component): boolean =>
    parseSelectors([text]).every((selector) => namesComponent(selector, component));

  it("matches kinds in any case, groups and namespaces exactly", () => {
    expect(names("deployment/api", object("Deployment", "api"))).toBe(true);
    expect(names("Deployment/API", object("Deployment", "api"))).toBe(false);
    expect(names("Deployment.apps/api", object("Deployment", "api"))).toBe(true);
    expect(names("Deployment.extensions/api", object("Deployment", "api"))).toBe(false);
    expect(names("payments/Deployment/api", object("Deployment", "api", "payments"))).toBe(true);
    expect(names("payments/Deployment/api", object("Deployment", "api"))).toBe(false);
  });

  it("matches files by name anywhere in the target, or by path", () => {
    expect(names("./values.yaml", FILE)).toBe(true);
    expect(names("./api/values.yaml", FILE)).toBe(true);
    expect(names("./alues.yaml", FILE)).toBe(false);
    expect(names("./app.yaml", object("Deployment", "api"))).toBe(true);
  });
});

describe("a selection", () => {
  const select = (only: readonly string[], except: readonly string[] = []): Parameters<typeof isSelected>[0] => ({
    only: parseSelectors(only),
    except: parseSelectors(except),
  });

  it("takes everything when it names nothing, and never what is excepted", () => {
    const api = object("Deployment", "api");
    expect(isSelected(EVERYTHING, [api], "image")).toBe(true);
    expect(isSelected(select([":image"]), [api], "env")).toBe(false);
    expect(isSelected(select([":image"], ["Deployment/api"]), [api], "image")).toBe(false);
    expect([EVERYTHING, select([":env"]), select([], [":env"])].map(isPartial)).toEqual([false, true, true]);
  });

  it("means a component by what it is on either side", () => {
    const sides = [object("Deployment", "api", "payments"), object("Deployment", "api")];
    expect(isSelected(select(["payments/Deployment/api"]), sides, "image")).toBe(true);
    expect(isSelected(select([], ["payments/Deployment/api"]), sides, "image")).toBe(false);
  });

  it("is refused when it names nothing that is known, with what could be meant", () => {
    const known = [object("Deployment", "api"), FILE];
    expect(() => requireMatches(select(["Deployment/api", ":image"], ["./values.yaml"]), known, known)).not.toThrow();
    expect(() => requireMatches(select(["Deployment/web"]), known, [FILE])).toThrow(
      expect.objectContaining({ code: "UsageComponent", hint: "What differs: ./apps/api/values.yaml." }),
    );
  });
});
