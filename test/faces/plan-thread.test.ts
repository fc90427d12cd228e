import { describe, expect, it } from "vitest";

import type { GoalQuery } from "../../src/app/plan-goal.ts";
import type { HistoryWorld } from "../../src/app/read-history.ts";
import { NO_PATTERNS } from "../../src/core/model/evidence.ts";
import { blobId, commitId } from "../../src/core/model/git.ts";
import { LastgoodError } from "../../src/errors.ts";
import { planInThread } from "../../src/faces/plan-thread.ts";

const BASE = commitId("a".repeat(40));
const LARGE = blobId("b".repeat(40));

const QUERY: GoalQuery = {
  target: { name: "api", origin: { kind: "change" }, sources: [], notes: [] },
  branch: "main",
  base: BASE,
  goal: { kind: "undo", commits: [], resolutions: [] },
  selection: { only: [], except: [] },
  patterns: NO_PATTERNS,
};

const moved = new LastgoodError("RepositoryMoved", "it moved");

/** A world that knows one large file. */
const WORLD = {
  repository: {
    files: async () => [{ path: "apps/huge.yaml", mode: "100644", id: LARGE }],
    blobs: async () => [new Uint8Array(10)],
    resolve: async () => {
      throw moved;
    },
    refs: {},
  },
  ledger: {},
  clock: { nowMs: () => 0 },
  log: { warn: () => undefined, progress: () => undefined },
} as unknown as HistoryWorld;

/** A program of a thread: it asks for the file, then does `then`. */
function program(then: string): string {
  const ask = (id: number, method: string, args: string): string =>
    `parentPort.postMessage({ kind: "call", id: ${id}, port: "repository", method: "${method}", args: ${args} });`;
  const read = `${ask(1, "files", "[]")} ${ask(2, "blobs", `[["${LARGE}"]]`)}`;
  const code = `import { parentPort } from "node:worker_threads";
    const answered = new Map();
    parentPort.on("message", async (answer) => { answered.set(answer.id, answer); if (answer.id === 2) { ${then} } });
    function ask(id, method) { ${ask(3, "resolve", "[]")} }
    ${read}`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

async function failure(then: string, bounds: { timeoutMs?: number; maxHeapMb?: number } = {}): Promise<unknown> {
  try {
    await planInThread(QUERY, WORLD, { thread: program(then), ...bounds });
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("a plan in a thread", () => {
  it("is what the thread answers", async () => {
    const then = `parentPort.postMessage({ kind: "plan", plan: { files: answered.get(1).result, size: answered.get(2).result[0].length } });`;
    const plan: unknown = await planInThread(QUERY, WORLD, { thread: program(then) });
    expect(plan).toEqual({ files: [{ path: "apps/huge.yaml", mode: "100644", id: LARGE }], size: 10 });
  });

  it("that takes too long ends with LimitTime at the largest file", async () => {
    const error = await failure("for (;;);", { timeoutMs: 1000 });
    expect(error).toMatchObject({ code: "LimitTime", exit: 1, place: { file: "apps/huge.yaml" } });
    expect((error as LastgoodError).hint).toContain("git revert");
  });

  it("that fills its memory ends with LimitMemory at the largest file", async () => {
    const error = await failure("const all = []; for (;;) all.push(new Array(1000).fill({}));", { maxHeapMb: 16 });
    expect(error).toMatchObject({ code: "LimitMemory", exit: 1, place: { file: "apps/huge.yaml" } });
  });

  it("fails as the repository failed", async () => {
    const then = `ask(3); parentPort.on("message", ({ id, failure }) => { if (id === 3) parentPort.postMessage({ kind: "failure", failure, call: 3 }); });`;
    expect(await failure(then)).toBe(moved);
  });

  it("fails with the code, the place and the hint that the thread gives", async () => {
    const then = `parentPort.postMessage({ kind: "failure", failure: { code: "EditUnproved", message: "no", hint: "So.", place: { file: "a" } } });`;
    expect(await failure(then)).toMatchObject({
      code: "EditUnproved",
      message: "no",
      hint: "So.",
      place: { file: "a" },
    });
  });
});
