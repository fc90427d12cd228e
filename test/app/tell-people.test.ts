import { describe, expect, it } from "vitest";

import { runRevert } from "../../src/app/run-revert.ts";
import { tellPeople } from "../../src/app/tell-people.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { OpenPullRequest } from "../../src/ports/forge.ts";
import type { ForgeTalk } from "../../src/ports/forge-talk.ts";
import type { CommitSpec } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { delivered, type RevertWorld, serveOne, wish } from "../support/revert-world.ts";

const API = "apps/api/deployment.yaml";
const HISTORY: readonly CommitSpec[] = [
  { files: { [API]: deployment("api:1.7", { env: { CACHE: "v1" } }) }, tag: "release-1" },
  { files: { [API]: deployment("api:1.8", { env: { CACHE: "v2" } }) }, message: "Bump api to 1.8 (#482)", as: "bad" },
];

async function world() {
  return serveOne(HISTORY);
}

/** The world, with another talk in its forge. */
function withTalk(given: RevertWorld, talk: Partial<ForgeTalk>): RevertWorld {
  const known = given.forge.talk;
  if (known === undefined) throw new Error("no talk");
  return { ...given, forge: { ...given.forge, talk: { ...known, ...talk } } };
}

describe("tellPeople", () => {
  it("writes one comment when it opens, and edits it when it is merged", async () => {
    const { forge, world: one } = await world();
    await runRevert(wish(), one);
    expect(forge.talk.comments.map(({ body }) => body.split("\n")[0])).toEqual([
      "✔ opened → ◎ waiting for a review, checks, or somebody to merge it",
    ]);
    await one.remote.fetch([]);
    const { landed } = delivered(await runRevert(wish({ mode: "merge" }), one));
    expect(forge.talk.comments.map(({ body }) => body.split("\n")[0])).toEqual([
      `✔ opened → ✔ merged as ${landed?.slice(0, 7) ?? ""}`,
    ]);
    expect((await forge.pullRequests())[0]?.labels).toEqual(["lastgood"]);
  });

  it("says what a merge waits for", async () => {
    const { forge, world: one } = await world();
    forge.answerMerge({ kind: "waiting", reason: 'check "ci" has not reported' });
    await runRevert(wish({ mode: "merge" }), one);
    expect(forge.talk.comments[0]?.body).toContain('◎ waiting: check "ci" has not reported');
    expect((await forge.pullRequests())[0]?.labels).toContain("lastgood: awaiting review");
  });

  it("sets the labels that the opening could not set", async () => {
    const { forge, world: one } = await world();
    const bare = {
      ...one.forge,
      openPullRequest: async (request: OpenPullRequest) => one.forge.openPullRequest({ ...request, labels: [] }),
    };
    await runRevert(wish(), { ...one, forge: bare });
    expect((await forge.pullRequests())[0]?.labels).toEqual(["lastgood", "lastgood: awaiting review"]);
  });

  it("says nothing new on a second run", async () => {
    const { forge, world: one } = await world();
    await runRevert(wish(), one);
    const before = structuredClone(forge.talk.comments);
    await one.remote.fetch([]);
    await runRevert(wish(), one);
    expect(forge.talk.comments).toEqual(before);
  });

  it("says once that it leaves a text that a person edited", async () => {
    const { forge, world: one } = await world();
    await runRevert(wish(), one);
    forge.edit(1, "mkim", { body: `${(await forge.pullRequests())[0]?.body ?? ""}\nLGTM` });
    await one.remote.fetch([]);
    for (let i = 0; i < 2; i += 1) await runRevert(wish(), one);
    expect(forge.talk.comments).toHaveLength(1);
    expect(forge.talk.comments[0]?.body).toContain("lastgood leaves this pull request to you: its text was edited");
  });

  it("tells who closed it", async () => {
    const { forge, world: one } = await world();
    const outcome = delivered(await runRevert(wish(), one));
    forge.close(1, "mkim");
    const [pullRequest] = await forge.pullRequests();
    if (pullRequest === undefined) throw new Error("no pull request");
    await tellPeople({ ...outcome, pullRequest }, one);
    expect(forge.talk.comments[0]?.body).toMatch(/^✔ opened → ✗ closed by mkim: this is not proposed again\n/);
  });

  it("does not fail a revert when nobody can be told", async () => {
    const { origin, forge, world: one } = await world();
    const refuse = async (): Promise<never> => {
      throw new LastgoodError("ForgePermission", "GitHub: cannot write a comment");
    };
    const mute = withTalk(one, { comment: refuse, label: refuse, people: refuse });
    const outcome = delivered(await runRevert(wish({ mode: "merge" }), mute));
    expect(outcome.landed).toBe(origin.id("main"));
    expect(one.log.lines.join("\n")).toContain("cannot write a comment");
    expect((await forge.pullRequests())[0]?.state).toBe("merged");
  });
});

const SAID = { title: "Bump api", body: "", labels: [] };

describe("the people of what is reverted", () => {
  it("are told on their pull request, once, without blame, and asked for a review", async () => {
    const { origin, forge, world: one } = await world();
    const asked: string[][] = [];
    const known = withTalk(one, {
      people: async (number) =>
        number === 482
          ? { ...SAID, branch: "bump", author: "dlee", mergedBy: "mkim", mergeCommit: origin.id("bad") }
          : undefined,
    });
    const spy: RevertWorld = {
      ...known,
      forge: {
        ...known.forge,
        openPullRequest: async (request) => {
          asked.push([...request.reviewers]);
          return known.forge.openPullRequest(request);
        },
      },
    };
    await runRevert(wish({ reviewers: ["team:payments"] }), spy);
    await one.remote.fetch([]);
    await runRevert(wish({ mode: "merge" }), spy);
    expect(asked).toEqual([["team:payments", "dlee", "mkim"]]);
    const [told, ...more] = forge.talk.comments.filter(({ number }) => number === 482);
    expect(more).toEqual([]);
    expect(told?.body).toMatch(
      /^This change was live in \*\*apps\/api\*\* when #1 was opened; #1 proposes to restore [0-9a-f]{7}\./,
    );
    expect(told?.body).toContain("`lastgood: skip`");
    expect(told?.body).not.toMatch(/broke|fault|blame/i);
  });

  it("are nobody where a message only names a number", async () => {
    const { forge, world: one } = await world();
    const other = withTalk(one, { people: async () => ({ ...SAID, branch: "x", author: "victim" }) });
    await runRevert(wish(), other);
    expect(forge.talk.comments.map(({ number }) => number)).toEqual([1]);
  });

  it("are not asked when the config says so, and bots never", async () => {
    const { origin, world: one } = await world();
    const people = async () => ({ ...SAID, branch: "b", author: "renovate[bot]", mergeCommit: origin.id("bad") });
    const asked: string[][] = [];
    const opens = (given: RevertWorld): RevertWorld => ({
      ...given,
      forge: {
        ...given.forge,
        openPullRequest: async (request) => {
          asked.push([...request.reviewers]);
          return given.forge.openPullRequest(request);
        },
      },
    });
    await runRevert(wish(), opens(withTalk(one, { people })));
    expect(asked).toEqual([[]]);
  });
});

describe("a hold label", () => {
  it.each([
    ["mkim", "write", "hold"],
    ["rita", "read", "delivered"],
    ["gone", "none", "delivered"],
  ] as const)("set by %s, who has %s access, ends in %s", async (by, permission, kind) => {
    const { forge, world: one } = await world();
    await runRevert(wish(), one);
    forge.talk.permit(by, permission);
    forge.label(1, "lastgood: hold", by);
    await one.remote.fetch([]);
    expect((await runRevert(wish({ only: ":image" }), one)).kind).toBe(kind);
  });

  it("counts when nobody can say who set it", async () => {
    const { forge, world: one } = await world();
    await runRevert(wish(), one);
    forge.label(1, "lastgood: hold", "rita");
    await one.remote.fetch([]);
    const blind = withTalk(one, {
      events: async () => {
        throw new LastgoodError("ForgePermission", "no");
      },
    });
    expect(await runRevert(wish({ only: ":image" }), blind)).toMatchObject({ kind: "hold", reason: "Vetoed" });
  });
});

describe("a text that a person edited", () => {
  it("stops what would change the branch, also when only the title is theirs", async () => {
    for (const text of [
      { title: "Please wait" },
      { body: "mine\n<!--lastgood:v1 eyJ0YXJnZXQiOiJhIiwia2V5IjoiYiIsImpvYiI6ImMiLCJoYXNoIjoiZCJ9-->" },
    ]) {
      const { forge, world: one } = await world();
      await runRevert(wish(), one);
      forge.edit(1, "mkim", text);
      await one.remote.fetch([]);
      expect(await runRevert(wish({ only: ":image" }), one)).toMatchObject({
        kind: "hold",
        reason: "Vetoed",
        message: expect.stringContaining("somebody edited the text"),
      });
    }
  });
});
