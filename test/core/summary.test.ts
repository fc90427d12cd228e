import { describe, expect, it } from "vitest";
import { summarize, summaryText } from "../../src/core/summary.ts";
import { configMap, deployment, factsOf, type Files } from "./plan/support.ts";

/** The summary of the commit that made `after` of `before`. */
function text(before: Files, after: Files, arrow?: string): string {
  return summaryText(summarize(factsOf([{ files: before }, { files: after }], {}).steps), arrow);
}

function image(reference: string): Files {
  return { "app.yaml": deployment({ image: reference }) };
}

describe("the summary of a revision", () => {
  it.each([
    ["acme/api:1.7.4", "acme/api:1.8.0", "image 1.7.4→1.8.0"],
    ["acme/api:1.7.4", "acme/web:1.7.4", "image acme/api:1.7.4→acme/web:1.7.4"],
    ["acme/api", "acme/api:1.8.0", "image latest→1.8.0"],
    ["registry:5000/api:1", "registry:5000/api:2", "image 1→2"],
    [
      `acme/api:1@sha256:${"a".repeat(64)}`,
      `acme/api:1@sha256:${"b".repeat(64)}`,
      "image sha256:aaaaaaa→sha256:bbbbbbb",
    ],
  ])("tells of images what differs: %s, %s", (from, to, expected) => {
    expect(text(image(from), image(to))).toBe(expected);
  });

  it("counts further images, and names the other facets", () => {
    const both = (tag: string, memory: string): Files => ({
      "a.yaml": deployment({ image: `acme/api:${tag}`, memory }),
      "b.yaml": deployment({ image: `acme/web:${tag}`, name: "web" }),
    });
    expect(text(both("1", "1Gi"), both("2", "2Gi"), "->")).toBe("image 1->2 (+1), resources");
  });

  it("names what came and went, and counts where that is much", () => {
    expect(text({}, { "a.yaml": configMap("a") })).toBe("+ConfigMap/a");
    expect(text({ "a.yaml": configMap("a") }, {})).toBe("-ConfigMap/a");
    const many = { "a.yaml": ["a", "b", "c"].map((name) => configMap(name)).join("---\n") };
    expect(text({}, many)).toBe("+3 components");
  });

  it("says so when no object changed", () => {
    expect(text({ "a.yaml": configMap("a") }, { "a.yaml": `# new\n${configMap("a")}` })).toBe("text only");
    expect(text({ "a.yaml": configMap("a") }, { "b.yaml": configMap("a") })).toBe("text only");
  });

  it("takes chart versions like images, and what cannot be taken apart as other", () => {
    const chart = (version: string): Files => ({
      "Chart.yaml": `name: x\nversion: 1.0.0\ndependencies:\n  - name: a\n    version: ${version}\n`,
    });
    expect(text(chart("1.0.0"), chart("2.0.0"))).toBe("chart 1.0.0→2.0.0");
    expect(text({ "t.yaml": "a: {{ x }}\n" }, { "t.yaml": "a: {{ y }}\n" })).toBe("other");
  });

  it("puts a change cause first, harmless to look at and without secrets", () => {
    const cause = (said: string): Files => ({
      "app.yaml": deployment({}).replace(
        "  name: api\n",
        `  name: api\n  annotations:\n    kubernetes.io/change-cause: ${JSON.stringify(said)}\n`,
      ),
    });
    expect(text(cause("a"), cause("by\u001b[2J hand https://me:hunter2@host/"))).toBe(
      "by\\x1b[2J hand https://***@host/, metadata",
    );
  });
});
