import { describe, expect, it } from "vitest";
import { judgeAnswer, type ProbeAnswer, type ProbeTrouble } from "../../../src/core/health/http-answer.ts";

const ANY = { statuses: [] };

function answered(status: number, more: Partial<Extract<ProbeAnswer, { kind: "answer" }>> = {}): ProbeAnswer {
  return { kind: "answer", status, ...more };
}

describe("judgeAnswer", () => {
  it.each([
    [200, ANY, "Current"],
    [204, ANY, "Current"],
    [204, { statuses: [200] }, "Failed"],
    [304, ANY, "Failed"],
    [401, ANY, "Unknown"],
    [401, { statuses: [401] }, "Current"],
    [403, ANY, "Unknown"],
    [404, ANY, "Failed"],
    [407, ANY, "Unknown"],
    [429, ANY, "Unknown"],
    [500, ANY, "Failed"],
    [503, ANY, "Failed"],
    [511, ANY, "Unknown"],
    [0, ANY, "Failed"],
  ] as const)("takes HTTP %d, expected %o, for %s", (status, expected, word) => {
    expect(judgeAnswer(answered(status), expected).status).toBe(word);
  });

  it.each([
    [{ body: "all ok" }, "Current"],
    [{ body: "<html>sign in to the network</html>" }, "Failed"],
    [{ body: "" }, "Failed"],
    [{ body: "aaaa", cut: true }, "Unknown"],
    [{ body: "ok aaaa", cut: true }, "Current"],
    [{}, "Unknown"],
  ] as const)("looks for what is expected in %o: %s", (answer, word) => {
    expect(judgeAnswer(answered(200, answer), { statuses: [], body: "ok" }).status).toBe(word);
  });

  it.each([
    ["refused", "Failed"],
    ["reset", "Failed"],
    ["timeout", "Failed"],
    ["name", "Unknown"],
    ["unreachable", "Unknown"],
    ["denied", "Unknown"],
    ["redirect", "Unknown"],
    ["tls", "Unknown"],
    ["protocol", "Unknown"],
  ] as const satisfies readonly (readonly [ProbeTrouble, string])[])(
    "takes trouble of the kind %s for %s",
    (trouble, word) => {
      expect(judgeAnswer({ kind: "trouble", trouble, detail: "it" }, ANY)).toEqual({ status: word, message: "it" });
    },
  );

  it("shows a hash of the body, and its beginning only when it is handed in, escaped and without secrets", () => {
    const hash = "ab".repeat(32);
    expect(judgeAnswer(answered(500, { hash, body: "password" }), ANY).message).toBe("HTTP 500, body abababababab");
    const excerpt = "\u001b[31mBearer abcdefghijklmnopqrstuvwxyz\u202e\n";
    expect(judgeAnswer(answered(500, { hash, excerpt }), ANY).message).toBe(
      "HTTP 500, body abababababab: Bearer ***\\u202e\\n",
    );
  });
});
