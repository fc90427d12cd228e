import { describe, expect, it } from "vitest";

import { readOptOuts } from "../../src/app/read-opt-outs.ts";
import { commitId, type Revision } from "../../src/core/model/git.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { Forge } from "../../src/ports/forge.ts";
import type { PullRequestPeople } from "../../src/ports/forge-talk.ts";
import { memoryForge } from "../support/memory-forge.ts";
import { silentLog } from "../support/silent-log.ts";

const ID = commitId("8d41c07".padEnd(40, "0"));

function revision(message: string, id = ID): Revision {
  const times = { authoredAtMs: 0, committedAtMs: 0 };
  return { id, parents: [], author: "dlee", authorEmail: "dlee@example.com", ...times, message };
}

/** A forge on which #482 says this; `asked` counts. */
function forgeSaying(said: Partial<PullRequestPeople> | LastgoodError): {
  readonly forge: Forge;
  readonly asked: number[];
  readonly talk: ReturnType<typeof memoryForge>["talk"];
} {
  const forge = memoryForge({ findBranch: async () => undefined, merge: async () => ID });
  forge.talk.permit("dlee", "write");
  const asked: number[] = [];
  const people = async (number: number): Promise<PullRequestPeople> => {
    asked.push(number);
    if (said instanceof LastgoodError) throw said;
    return { branch: "bump", author: "dlee", title: "Bump", body: "", labels: [], mergeCommit: ID, ...said };
  };
  return { forge: { ...forge, talk: { ...forge.talk, people } }, asked, talk: forge.talk };
}

const read = async (forge: Forge, ...suspects: readonly Revision[]) =>
  readOptOuts(suspects, { forge, log: silentLog() });

describe("readOptOuts", () => {
  it("names nobody who did not opt out", async () => {
    expect(await read(forgeSaying({}).forge, revision("Bump api (#482)"))).toEqual(new Map());
  });

  it("hears a trailer without asking anybody", async () => {
    const { forge, asked } = forgeSaying({});
    const found = await read(forge, revision("Bump api (#482)\n\nLastgood-Skip: true"));
    expect(found.get(ID)).toEqual({ optedOut: { said: '8d41c07 says "Lastgood-Skip"' } });
    expect(asked).toEqual([]);
  });

  it("hears a label from somebody who may write, and from nobody else", async () => {
    const { forge, talk } = forgeSaying({ labels: ["lastgood: skip"] });
    const suspect = revision("Bump api (#482)");
    talk.note(482, { kind: "labelled", by: "visitor", label: "lastgood: skip" });
    expect(await read(forge, suspect)).toEqual(new Map());
    talk.note(482, { kind: "labelled", by: "mkim", label: "lastgood: skip" });
    expect((await read(forge, suspect)).get(ID)).toEqual({
      optedOut: { said: 'mkim set the label "lastgood: skip" on #482' },
    });
  });

  it("hears a line of the text", async () => {
    const { forge } = forgeSaying({ body: "Lastgood-Skip: data moves" });
    expect((await read(forge, revision("Bump api (#482)"))).get(ID)).toHaveProperty("optedOut");
  });

  it("says what it could not read", async () => {
    const { forge } = forgeSaying(new LastgoodError("ForgeUnavailable", "GitHub: HTTP 502"));
    expect((await read(forge, revision("Bump api (#482)"))).get(ID)).toEqual({ optOutUnknown: "GitHub: HTTP 502" });
  });

  it("asks about twenty at most, and does not take the rest for willing", async () => {
    const { forge, asked } = forgeSaying({});
    const many = Array.from({ length: 22 }, (_, i) => revision("Bump (#482)", commitId(`${i + 10}`.padEnd(40, "0"))));
    const found = await read(forge, ...many);
    expect([asked.length, [...found.values()].filter((facts) => "optOutUnknown" in facts).length]).toEqual([20, 2]);
  });

  it("asks nobody where there is no forge", async () => {
    expect(await readOptOuts([revision("Bump api (#482)")], { log: silentLog() })).toEqual(new Map());
  });
});
