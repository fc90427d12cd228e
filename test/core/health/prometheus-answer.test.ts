import { describe, expect, it } from "vitest";
import { readFigure } from "../../../src/core/health/prometheus-answer.ts";

const NOW_MS = Date.parse("2026-08-22T12:00:00Z");
const NOW_S = NOW_MS / 1000;

function vector(...samples: readonly unknown[]): string {
  const result = samples.map((value) => ({ metric: {}, value }));
  return JSON.stringify({ status: "success", data: { resultType: "vector", result } });
}

function read(body: string, status = 200): string {
  const figure = readFigure({ status, body }, { nowMs: NOW_MS, maxDriftMs: 60_000 });
  return figure.kind === "figure" ? `figure ${figure.value}` : `${figure.why}: ${figure.message}`;
}

describe("readFigure", () => {
  it.each([
    ["one series", vector([NOW_S, "0.02"]), "figure 0.02"],
    ["an exponent", vector([NOW_S, "1.5e-05"]), "figure 0.000015"],
    ["zero", vector([NOW_S, "0"]), "figure 0"],
    ["a negative number", vector([NOW_S, "-3"]), "figure -3"],
    [
      "a scalar",
      JSON.stringify({ status: "success", data: { resultType: "scalar", result: [NOW_S, "7"] } }),
      "figure 7",
    ],
    ["a clock that is a little apart", vector([NOW_S + 59, "1"]), "figure 1"],
    [
      "infos",
      JSON.stringify({ ...JSON.parse(vector([NOW_S, "1"])), infos: ["metric might not be a counter"] }),
      "figure 1",
    ],
  ])("takes %s for a figure", (_, body, expected) => {
    expect(read(body)).toBe(expected);
  });

  it.each([
    ["no series", vector(), 200, /^Empty: gives no data$/],
    ["NaN", vector([NOW_S, "NaN"]), 200, /^Number: gives NaN/],
    ["+Inf", vector([NOW_S, "+Inf"]), 200, /^Number: gives \+Inf/],
    ["-Inf", vector([NOW_S, "-Inf"]), 200, /^Number/],
    ["a number too large for one", vector([NOW_S, "1e999"]), 200, /^Number/],
    ["hexadecimal digits", vector([NOW_S, "0x10"]), 200, /^Answer/],
    ["an empty value", vector([NOW_S, ""]), 200, /^Answer/],
    ["a number instead of a text", vector([NOW_S, 1]), 200, /^Answer/],
    ["many series", vector([NOW_S, "1"], [NOW_S, "2"]), 200, /^Many: gives 2 series, not one number: aggregate them$/],
    ["an old sample", vector([NOW_S - 61, "1"]), 200, /^Drift: is -61 s apart from our clock$/],
    ["a sample of tomorrow", vector([NOW_S + 86_400, "1"]), 200, /^Drift/],
    ["a time that is none", vector(["now", "1"]), 200, /^Answer/],
    ["a sample that is none", vector(null), 200, /^Answer/],
    [
      "a matrix",
      JSON.stringify({ status: "success", data: { resultType: "matrix", result: [] } }),
      200,
      /^Type: gives a matrix/,
    ],
    [
      "a string",
      JSON.stringify({ status: "success", data: { resultType: "string", result: [NOW_S, "1"] } }),
      200,
      /^Type/,
    ],
    ["no type", JSON.stringify({ status: "success", data: {} }), 200, /^Type/],
    [
      "warnings",
      JSON.stringify({ ...JSON.parse(vector([NOW_S, "1"])), warnings: ["store 2 is away"] }),
      200,
      /^Warnings: warns: store 2 is away$/,
    ],
    [
      "a bad query (422)",
      JSON.stringify({ status: "error", errorType: "execution", error: "many-to-many" }),
      422,
      /^Query: execution: many-to-many$/,
    ],
    [
      "a wrong query (400)",
      JSON.stringify({ status: "error", errorType: "bad_data", error: "parse error" }),
      400,
      /^Query: bad_data/,
    ],
    ["a server that starts (503)", "Service Unavailable", 503, /^Answer: answers HTTP 503 and no JSON$/],
    ["a success with 503", vector([NOW_S, "1"]), 503, /^Answer/],
    ["a login page", "<html>sign in</html>", 200, /^Answer/],
    ["half an answer", vector([NOW_S, "1"]).slice(0, 40), 200, /^Answer/],
    ["nothing", "", 200, /^Answer/],
    ["a list", "[]", 200, /^Answer/],
    ["something deep", "[".repeat(100_000), 200, /^Answer/],
    ["a prototype", '{"__proto__":{"status":"success"}}', 200, /^Answer/],
  ])("takes %s for no data", (_, body, status, expected) => {
    expect(read(body, status)).toMatch(expected);
  });
});
