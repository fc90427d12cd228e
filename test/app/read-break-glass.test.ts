import { describe, expect, it } from "vitest";
import { readBreakGlass } from "../../src/app/read-break-glass.ts";
import { memoryForge, type MemoryForge } from "../support/memory-forge.ts";

const HOUR = 3_600_000;
const LABEL = "lastgood: lift freeze";

function makeForge(): MemoryForge {
  return memoryForge({ findBranch: async () => undefined, merge: async () => Promise.reject(new Error("no")) });
}

/** A stranger opens an issue, and somebody labels it; answers when. */
async function lifted(forge: MemoryForge, by: string | undefined): Promise<{ number: number; atMs: number }> {
  const number = forge.issues.write("visitor", { title: "We need this now", body: "" });
  forge.issues.label(number, LABEL);
  forge.talk.note(number, { kind: "labelled", by, label: LABEL });
  return { number, atMs: (await forge.talk.events(number)).at(-1)?.atMs ?? 0 };
}

describe("readBreakGlass", () => {
  it("names who set the label, as long as the issue is open, for a day", async () => {
    const forge = makeForge();
    const { number, atMs } = await lifted(forge, "mkim");
    expect(await readBreakGlass(forge, atMs + HOUR)).toBe("mkim");
    expect(await readBreakGlass(forge, atMs + 24 * HOUR)).toBeUndefined();
    forge.issues.close(number);
    expect(await readBreakGlass(forge, atMs + HOUR)).toBeUndefined();
  });

  it.each([["visitor"], [undefined]])("takes no word of %s, who has no write access or is not known", async (by) => {
    const forge = makeForge();
    const { atMs } = await lifted(forge, by);
    expect(await readBreakGlass(forge, atMs)).toBeUndefined();
  });

  it("leaves the freeze alone when the forge does not answer", async () => {
    const forge = makeForge();
    const { atMs } = await lifted(forge, "mkim");
    forge.issues.fail("ForgeUnavailable");
    expect(await readBreakGlass(forge, atMs)).toBeUndefined();
  });
});
