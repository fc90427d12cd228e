import { describe, expect, it } from "vitest";

import { readKillSwitch } from "../../src/app/read-kill-switch.ts";
import { memoryForge, type MemoryForge } from "../support/memory-forge.ts";

function makeForge(): MemoryForge {
  return memoryForge({ findBranch: async () => undefined, merge: async () => Promise.reject(new Error("no")) });
}

/** Somebody opens an issue, and somebody else (or nobody who is known) labels it. */
function stop({ issues, talk }: MemoryForge, by: string | undefined): number {
  const number = issues.write("visitor", { title: "Stop", body: "" });
  issues.label(number, "lastgood: disable");
  talk.note(number, { kind: "labelled", by, label: "lastgood: disable" });
  return number;
}

describe("readKillSwitch", () => {
  it("is clear without an issue, with another one, and once it is closed", async () => {
    const forge = makeForge();
    forge.issues.write("mkim", { title: "lastgood: disable", body: "lastgood: disable" });
    expect(await readKillSwitch(forge)).toEqual({ state: "clear" });
    const number = stop(forge, "mkim");
    forge.issues.close(number);
    expect(await readKillSwitch(forge)).toEqual({ state: "clear" });
  });

  it("is set by somebody with write access, whoever opened the issue", async () => {
    const forge = makeForge();
    const number = stop(forge, "mkim");
    const url = `https://memory/acme/gitops/issues/${number}`;
    expect(await readKillSwitch(forge)).toEqual({ state: "set", by: "mkim", access: "write", url });
  });

  it("is reported, and told apart, from somebody without", async () => {
    const forge = makeForge();
    stop(forge, "visitor");
    expect(await readKillSwitch(forge)).toMatchObject({ state: "set", by: "visitor", access: "none" });
  });

  it("counts from the one of several that counts most", async () => {
    const forge = makeForge();
    stop(forge, "mkim");
    for (let i = 0; i < 5; i += 1) stop(forge, "visitor");
    expect(await readKillSwitch(forge)).toMatchObject({ by: "mkim", access: "write" });
    const unsure = makeForge();
    stop(unsure, undefined);
    stop(unsure, "visitor");
    expect(await readKillSwitch(unsure)).toMatchObject({ access: "unknown" });
  });

  it("is not buried under issues of strangers", async () => {
    const forge = makeForge();
    stop(forge, "mkim");
    for (let i = 0; i < 20; i += 1) stop(forge, "visitor");
    expect(await readKillSwitch(forge)).toMatchObject({ state: "set", access: "unknown" });
  });

  it("is unsure when it cannot be read who set the label", async () => {
    const { issues } = makeForge();
    const number = issues.write("visitor", { title: "Stop", body: "" });
    issues.label(number, "lastgood: disable");
    expect(await readKillSwitch({ issues })).toMatchObject({ state: "set", access: "unknown" });
  });

  it.each(["ForgePermission", "ForgeUnavailable", "ForgeNotFound", "ForgeAnswer"] as const)(
    "is unreadable, not clear, on %s",
    async (code) => {
      const forge = makeForge();
      forge.issues.fail(code);
      expect(await readKillSwitch(forge)).toMatchObject({ state: "unreadable", message: expect.any(String) });
    },
  );

  it("is clear where there are no issues", async () => {
    const forge = makeForge();
    forge.issues.fail("ForgeUnsupported");
    expect(await readKillSwitch(forge)).toEqual({ state: "clear" });
    expect(await readKillSwitch({})).toEqual({ state: "clear" });
  });
});
