import { describe, expect, it } from "vitest";

import { parseStream } from "../../../src/core/manifest/parse.ts";
import { LastgoodError } from "../../../src/errors.ts";

const DEFINITIONS = "a: &a {q: 1, x: 1}\nb: &b {q: 2, z: 2}\nm:\n";

/** The value of `m`, or the code of the refusal with its line. */
function readingOf(map: string): unknown {
  try {
    const value = parseStream("values.yaml", DEFINITIONS + map).documents[0]?.value;
    return typeof value === "object" && value !== null && "m" in value ? value["m"] : undefined;
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    return `${error.code}:${error.place?.line}`;
  }
}

/** `lenient`: what YAMLToJSON of sigs.k8s.io/yaml v1.6.0 answers; kustomize's kyaml v0.20.1 refuses every one of these. */
const LENIENT: readonly { readonly map: string; readonly lenient: unknown }[] = [
  { map: "  <<: *a\n  <<: *b\n", lenient: { q: 2, x: 1, z: 2 } },
  { map: "  <<: *b\n  <<: *a\n", lenient: { q: 1, x: 1, z: 2 } },
  { map: "  <<: *a\n  <<: *a\n", lenient: { q: 1, x: 1 } },
  { map: "  <<: *a\n  r: 9\n  <<: {w: 3}\n", lenient: { q: 1, r: 9, w: 3, x: 1 } },
  { map: "  <<: *a\n  q: 2\n  <<: *b\n", lenient: { q: 2, x: 1, z: 2 } },
  { map: "  <<: *a\n  <<: *b\n  q: 9\n", lenient: { q: 9, x: 1, z: 2 } },
  { map: "  <<: [*a, *b]\n  <<: {v: 1}\n", lenient: { q: 1, v: 1, x: 1, z: 2 } },
  { map: "  <<: [*a, *b]\n  <<: [*b, *a]\n", lenient: { q: 2, x: 1, z: 2 } },
  { map: '  "<<": 1\n  <<: *a\n', lenient: { "<<": 1, q: 1, x: 1 } },
  { map: '  <<: *a\n  "<<": 1\n', lenient: { "<<": 1, q: 1, x: 1 } },
];

describe("merge keys that stand again in one map", () => {
  it.each(LENIENT)("are read as Kubernetes reads $map", ({ map, lenient }) => {
    expect(readingOf(map)).toEqual(lenient);
  });

  it.each([
    { map: "  <<: *a\n  q: 9\n  <<: *b\n", why: "the second merge would take back a key of the map" },
    { map: "  q: 9\n  <<: *a\n  <<: *b\n", why: "the first merge would take back a key of the map" },
    { map: "  <<: *a\n  <<: {x: 5, x: 6}\n", why: "what is merged sets a key twice" },
    { map: "  <<: *a\n  r: 1\n  r: 1\n", why: "a key beside them stands twice" },
    { map: '  "<<": 1\n  "<<": 1\n', why: "in quotes it is a key as any other" },
  ])("are refused where $why", ({ map }) => {
    expect(readingOf(map)).toMatch(/^ManifestDuplicateKey:[567]$/);
  });

  it.each(["null", "1", "[1]"])("are refused when one of them merges %s", (value) => {
    expect(readingOf(`  <<: *a\n  <<: ${value}\n`)).toBe("ManifestYaml:5");
  });
});
