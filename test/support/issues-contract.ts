import { describe, expect, it } from "vitest";

import type { ForgeIssues, OpenIssue } from "../../src/ports/forge-issues.ts";
import type { ForgeTalk } from "../../src/ports/forge-talk.ts";

/** A forge with issues, and a pull request. `mkim` works there, nobody knows `ghost-user`. */
export interface IssuesWorld {
  readonly issues: ForgeIssues;
  readonly talk: ForgeTalk;
  /** The login of lastgood. */
  readonly self: string;
  /** A person opens one, with labels on it; answers its number. */
  readonly open: (by: string, issue: { readonly title: string; readonly body: string }) => Promise<number>;
  /** A person labels an issue. */
  readonly label: (by: string, number: number, label: string) => Promise<void>;
  readonly close: (by: string, number: number) => Promise<void>;
  readonly assignees: (number: number) => Promise<readonly string[]>;
  /** Somebody opens a pull request that carries this label. */
  readonly pullRequest: (label: string) => Promise<void>;
  /** Every issue, whoever opened it. */
  readonly count: () => Promise<number>;
}

const INCIDENT: OpenIssue = {
  key: "01J9ZK4T7Q",
  title: "Incident: payments/api (prod)",
  body: "Failing since 13:40 UTC. é 🚀",
  labels: ["incident"],
  assignees: [],
};

const DISABLE = "lastgood: disable";

/** What every forge with issues does. */
export function issuesContract(name: string, makeWorld: () => Promise<IssuesWorld>): void {
  describe(`${name}, as a place for issues`, () => {
    it("opens one with its labels, in our name", async () => {
      const { issues, self } = await makeWorld();
      const issue = await issues.open(INCIDENT);
      expect(issue).toMatchObject({ state: "open", title: INCIDENT.title, author: self });
      expect([...issue.labels].sort()).toEqual(["incident", "lastgood"]);
      expect(issue.body).toMatch(/^Failing since 13:40 UTC\. é 🚀\n\n<!--lastgood:issue 01J9ZK4T7Q-->$/);
      expect(issue.url).toMatch(new RegExp(`^https?://\\S+/issues/${issue.number}$`));
      expect(issue.createdAtMs).toBeGreaterThan(0);
    });

    it("opens one for each key, and leaves it as it is", async () => {
      const { issues, count } = await makeWorld();
      const first = await issues.open(INCIDENT);
      const again = await issues.open({ ...INCIDENT, title: "Another title", body: "another text" });
      const other = await issues.open({ ...INCIDENT, key: "01J9ZK9C3B" });
      expect(again).toEqual(first);
      expect(other.number).not.toBe(first.number);
      expect(await count()).toBe(2);
    });

    it("finds it by its key, also closed, and nothing else", async () => {
      const { issues, close } = await makeWorld();
      expect(await issues.find(INCIDENT.key)).toBeUndefined();
      const { number } = await issues.open(INCIDENT);
      expect(await issues.find(INCIDENT.key)).toMatchObject({ number, state: "open" });
      expect(await issues.find("01J9ZK4T7")).toBeUndefined();
      await close("mkim", number);
      expect(await issues.find(INCIDENT.key)).toMatchObject({ number, state: "closed" });
      expect(await issues.open(INCIDENT)).toMatchObject({ number, state: "closed" });
    });

    it("takes nobody else's issue for its own, whatever it says", async () => {
      const { issues, open, label } = await makeWorld();
      const fake = await open("mkim", { title: INCIDENT.title, body: `x\n\n<!--lastgood:issue ${INCIDENT.key}-->` });
      await label("mkim", fake, "lastgood");
      expect(await issues.find(INCIDENT.key)).toBeUndefined();
      expect((await issues.open(INCIDENT)).number).not.toBe(fake);
    });

    it("refuses a key that could end its mark", async () => {
      const { issues } = await makeWorld();
      await expect(issues.open({ ...INCIDENT, key: "a-->b" })).rejects.toThrow("not a key");
      await expect(issues.find("")).rejects.toThrow("not a key");
    });

    it("assigns whom it can, and opens it all the same", async () => {
      const { issues, assignees, count } = await makeWorld();
      const { number } = await issues.open({ ...INCIDENT, assignees: ["mkim", "ghost-user"] });
      expect(await assignees(number)).toEqual(["mkim"]);
      expect(await count()).toBe(1);
    });

    it("lists open issues with a label, the newest first, and no pull requests", async () => {
      const { issues, open, label, close, pullRequest } = await makeWorld();
      await pullRequest(DISABLE);
      const text = { title: "Stop", body: "please" };
      const [first, second, closed] = [await open("mkim", text), await open("mkim", text), await open("mkim", text)];
      for (const number of [first, second, closed]) await label("mkim", number, DISABLE);
      await open("mkim", text);
      await close("mkim", closed);
      expect((await issues.labelled(DISABLE)).map(({ number }) => number)).toEqual([second, first]);
    });

    it("knows who put a label on an issue", async () => {
      const { issues, talk, open, label } = await makeWorld();
      const number = await open("mkim", { title: "Stop", body: "" });
      await label("mkim", number, DISABLE);
      expect((await talk.events(number)).filter(({ kind }) => kind === "labelled")).toMatchObject([
        { by: "mkim", label: DISABLE },
      ]);
      expect((await issues.labelled(DISABLE))[0]).toMatchObject({ author: "mkim", body: "" });
    });
  });
}
