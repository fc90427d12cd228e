import { describe, expect, it } from "vitest";

import type { ForgeTalk, Permission } from "../../src/ports/forge-talk.ts";

/** A forge with one open pull request, and the people around it: `mkim` may write, `rita` may read, nobody knows `ghost-user`. */
export interface TalkWorld {
  readonly talk: ForgeTalk;
  readonly number: number;
  readonly branch: string;
  /** The login of lastgood. */
  readonly self: string;
  /** A person does it. */
  readonly comment: (by: string, body: string) => Promise<void>;
  readonly label: (by: string, label: string) => Promise<void>;
  readonly unlabel: (by: string, label: string) => Promise<void>;
  readonly close: (by: string) => Promise<void>;
  readonly editBody: (by: string, body: string) => Promise<void>;
  /** All comments, oldest first. */
  readonly comments: () => Promise<readonly { readonly by: string; readonly body: string }[]>;
  readonly labels: () => Promise<readonly string[]>;
}

/** What every forge does on which people and lastgood talk. */
export function talkContract(name: string, makeWorld: () => Promise<TalkWorld>): void {
  describe(`${name}, as a place to talk`, () => {
    it("knows who made a pull request, and none of a number that is none", async () => {
      const { talk, number, branch, self } = await makeWorld();
      const people = await talk.people(number);
      expect(people).toEqual({ branch, author: self, title: "Revert api", body: "why", labels: [] });
      expect(await talk.people(9999)).toBeUndefined();
    });

    it("writes one comment for each key, and edits it in place", async () => {
      const { talk, number, comments, self } = await makeWorld();
      await talk.comment(number, "progress", "✔ opened");
      await talk.comment(number, "progress", "✔ opened → ✔ merged");
      await talk.comment(number, "other", "Something else");
      const made = await comments();
      expect(made.map(({ by }) => by)).toEqual([self, self]);
      expect(made[0]?.body).toMatch(/^✔ opened → ✔ merged\n\n<!--lastgood:comment progress-->$/);
      expect(made[1]?.body).toMatch(/^Something else\n/);
    });

    it("takes nobody else's comment for its own, whatever it says", async () => {
      const { talk, number, comment, comments } = await makeWorld();
      await comment("mkim", "fake\n\n<!--lastgood:comment progress-->");
      await talk.comment(number, "progress", "mine");
      expect((await comments()).map(({ body }) => body.split("\n")[0])).toEqual(["fake", "mine"]);
    });

    it("refuses a key that could end its mark", async () => {
      const { talk, number } = await makeWorld();
      await expect(talk.comment(number, "a-->b", "x")).rejects.toThrow("not a key");
    });

    it("sets and takes off labels, and leaves those of people", async () => {
      const { talk, number, label, labels } = await makeWorld();
      await label("mkim", "sev1");
      await talk.label(number, { add: ["lastgood: awaiting review", "lastgood"], remove: ["lastgood: verified"] });
      await talk.label(number, { add: ["lastgood"], remove: ["lastgood: awaiting review"] });
      expect([...(await labels())].sort()).toEqual(["lastgood", "sev1"]);
    });

    it("tells who did what, oldest first", async () => {
      const { talk, number, label, unlabel, close } = await makeWorld();
      await label("rita", "lastgood: hold");
      await unlabel("mkim", "lastgood: hold");
      await close("mkim");
      const told = (await talk.events(number)).filter(({ kind }) => kind !== "pushed");
      expect(told.map(({ kind, by, label: of }) => [kind, by, of])).toEqual([
        ["labelled", "rita", "lastgood: hold"],
        ["unlabelled", "mkim", "lastgood: hold"],
        ["closed", "mkim", undefined],
      ]);
    });

    it("tells who edited the text last", async () => {
      const { talk, number, editBody } = await makeWorld();
      expect(await talk.bodyEditor(number)).toBeUndefined();
      await editBody("rita", "one");
      await editBody("mkim", "two");
      expect(await talk.bodyEditor(number)).toMatchObject({ by: "mkim", atMs: expect.any(Number) });
    });

    it.each<[string, readonly Permission[]]>([
      ["mkim", ["write", "admin"]],
      ["rita", ["read"]],
      ["ghost-user", ["none"]],
    ])("knows what %s may do", async (login, permissions) => {
      const { talk } = await makeWorld();
      expect(permissions).toContain(await talk.permissionOf(login));
    });
  });
}
