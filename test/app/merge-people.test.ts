/** What people say on pull requests is heard before lastgood merges anything. */
import { describe, expect, it } from "vitest";

import { followChoices, readChoices } from "../../src/app/follow-choices.ts";
import { runRevert } from "../../src/app/run-revert.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { PullRequestPeople } from "../../src/ports/forge-talk.ts";
import type { CommitSpec } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { delivered, type RevertWorld, serveOne, type Server, wish } from "../support/revert-world.ts";

const API = "apps/api/deployment.yaml";
const BAD = deployment("api:1.8", { replicas: 2 });
const FLAGS = "apps/api/flags.yaml";
const flags = (mode: string): string => `apiVersion: v1
kind: ConfigMap
metadata: { name: flags }
data: { mode: ${mode} }
`;

const history = (message = "Bump api to 1.8 (#482)"): readonly CommitSpec[] => [
  { files: { [API]: deployment("api:1.7", { replicas: 2 }), [FLAGS]: flags("safe") }, tag: "release-1" },
  { files: { [API]: BAD, [FLAGS]: flags("fast") }, message },
];

const merge = () => wish({ mode: "merge" });

interface Proposed extends Server {
  readonly world: RevertWorld;
  readonly body: string;
  readonly title: string;
}

/** An open pull request of ours, as an earlier run left it. */
async function proposed(): Promise<Proposed> {
  const server = await serveOne(history());
  const { pullRequest } = delivered(await runRevert(wish(), server.world));
  await server.world.remote.fetch([]);
  server.world.calls.length = 0;
  return { ...server, body: pullRequest?.body ?? "", title: pullRequest?.title ?? "" };
}

describe("a pull request that somebody edited", () => {
  it.each<[string, (body: string) => object]>([
    ["its words", (body) => ({ body: body.replace("### What changes", "### What would change") })],
    ["an objection above them", (body) => ({ body: `lastgood: hold, we look at it\n\n${body}` })],
    ["all of it, with the mark", () => ({ body: "please wait" })],
    ["its title", () => ({ title: "WIP" })],
  ])("in %s is not merged, and an order to merge it is taken back", async (_, edit) => {
    const { forge, origin, world, body } = await proposed();
    forge.edit(1, "mkim", edit(body));
    expect(await runRevert(merge(), world)).toMatchObject({
      kind: "hold",
      reason: "Vetoed",
      message: expect.stringContaining("mkim edited the text of https://memory/acme/gitops/pull/1"),
    });
    expect(world.calls).toContain("cancelMerge");
    expect(world.calls).not.toContain("mergePullRequest");
    expect(origin.text(API)).toBe(BAD);
  });

  it("while lastgood waits for checks is not merged either", async () => {
    const { forge, world } = await serveOne(history());
    forge.allowAutoMerge();
    forge.answerMerge({ kind: "waiting", reason: "1 check is running: ci" });
    world.before("mergePullRequest", () =>
      world.before("findPullRequest", () => forge.edit(1, "mkim", { title: "WIP" })),
    );
    const outcome = await runRevert(wish({ mode: "merge", waitMergedMs: 60_000 }), world);
    expect(outcome).toMatchObject({ kind: "hold", reason: "Vetoed" });
    expect((await forge.pullRequests())[0]).not.toHaveProperty("armedBy");
  });

  it("in line ends and spaces only, as forms on the web do, is merged", async () => {
    const { forge, world, body } = await proposed();
    forge.edit(1, "mkim", { body: body.replaceAll("\n", "  \r\n") });
    expect(delivered(await runRevert(merge(), world)).landed).toBeDefined();
  });
});

describe("boxes that ask for something else than the branch holds", () => {
  const untick = (body: string): string =>
    body.replace("- [x] <!-- lastgood:component=ConfigMap", "- [ ] <!-- lastgood:component=ConfigMap");

  it("are followed before it is merged", async () => {
    const { forge, world, body } = await proposed();
    expect(untick(body)).not.toBe(body);
    forge.edit(1, "mkim", { body: untick(body) });
    expect(await runRevert(merge(), world)).toMatchObject({
      kind: "hold",
      reason: "Inconclusive",
      hints: ["lastgood revert --follow 1    brings the branch there"],
    });
    expect(world.calls).not.toContain("mergePullRequest");
  });

  it("do not count from somebody without write access", async () => {
    const { forge, world, body } = await proposed();
    forge.edit(1, "visitor", { body: untick(body) });
    expect(delivered(await runRevert(merge(), world)).landed).toBeDefined();
    expect(world.log.lines.join("\n")).toContain("visitor");
  });
});

describe("an opt-out on the change", () => {
  const origin482 = (server: Server, said: Partial<PullRequestPeople>): PullRequestPeople => ({
    branch: "bump",
    author: "dlee",
    title: "Bump api",
    body: "",
    labels: [],
    mergeCommit: server.origin.id("main"),
    ...said,
  });

  async function said(
    words: Partial<PullRequestPeople>,
    message?: string,
  ): Promise<Server & { readonly world: RevertWorld }> {
    const server = await serveOne(history(message));
    const { talk } = server.forge;
    talk.permit("dlee", "write");
    const people = origin482(server, words);
    const forge = {
      ...server.world.forge,
      talk: { ...talk, people: async (number: number) => (number === 482 ? people : talk.people(number)) },
    };
    return { ...server, world: { ...server.world, forge } };
  }

  const TRAILER = "Bump api to 1.8 (#482)\n\nNo way back.\n\nLastgood-Skip: true";
  const LABEL = { labels: ["lastgood: skip"] };
  const LINE = { body: "Moves the data.\r\n\r\nLastgood-Skip: true\r\n" };

  it.each<[string, Partial<PullRequestPeople>, string | undefined, RegExp]>([
    ["by a trailer of its commit", {}, TRAILER, /^[0-9a-f]{7} says "Lastgood-Skip"/],
    ["by a label", LABEL, undefined, /^#482 carries the label "lastgood: skip"/],
    ["by a line of its pull request", LINE, undefined, /^the text of #482 says "Lastgood-Skip"/],
  ])(
    "%s keeps lastgood from merging and pushing by itself; a person may propose",
    async (_, words, message, reason) => {
      for (const mode of ["merge", "push"] as const) {
        const { origin, world } = await said(words, message);
        const outcome = await runRevert(wish({ mode }), world);
        expect(outcome).toMatchObject({ kind: "hold", reason: "OptedOut", message: expect.stringMatching(reason) });
        expect(world.calls.filter((call) => !call.startsWith("fetch"))).toEqual([]);
        expect(origin.text(API)).toBe(BAD);
      }
      const { world } = await said(words, message);
      expect(delivered(await runRevert(wish(), world)).pullRequest).toBeDefined();
    },
  );

  it("keeps lastgood from following boxes", async () => {
    const { forge, world } = await said(LABEL);
    const { pullRequest } = delivered(await runRevert(wish(), world));
    await world.remote.fetch([]);
    const body = (pullRequest?.body ?? "").replace(
      "- [x] <!-- lastgood:component=ConfigMap",
      "- [ ] <!-- lastgood:component=ConfigMap",
    );
    forge.edit(1, "mkim", { body });
    const offered = await readChoices(1, world);
    if (!("mark" in offered)) throw new Error("held");
    expect(await followChoices(wish(), offered, world)).toMatchObject({ kind: "hold", reason: "OptedOut" });
  });

  it("counts from who has write access only", async () => {
    const { forge, world } = await said(LABEL);
    forge.talk.note(482, { kind: "labelled", by: "visitor", label: "lastgood: skip" });
    expect(delivered(await runRevert(merge(), world)).landed).toBeDefined();
    const other = await said({ ...LINE, author: "visitor" });
    expect(delivered(await runRevert(merge(), other.world)).landed).toBeDefined();
    expect(other.world.log.lines.join("\n")).toContain('"Lastgood-Skip" in #482 does not count: visitor');
  });

  it("that says false is none", async () => {
    const { world } = await said({}, TRAILER.replace("true", "false"));
    expect(delivered(await runRevert(merge(), world)).landed).toBeDefined();
  });

  it("is not taken from a pull request that the message only names", async () => {
    const { world } = await said({
      ...LABEL,
      mergeCommit: "1".repeat(40) as PullRequestPeople["mergeCommit"] & string,
    });
    expect(delivered(await runRevert(merge(), world)).landed).toBeDefined();
  });

  it("that cannot be read is said, and does not stop a person's command", async () => {
    const { world } = await said({});
    const refuse = async (): Promise<never> => {
      throw new LastgoodError("ForgePermission", "GitHub: cannot read it");
    };
    const forge = {
      ...world.forge,
      ...(world.forge.talk === undefined ? {} : { talk: { ...world.forge.talk, people: refuse } }),
    };
    expect(delivered(await runRevert(merge(), { ...world, forge })).landed).toBeDefined();
    expect(world.log.lines.join("\n")).toMatch(/whether [0-9a-f]{7} opts out cannot be read/);
  });
});

describe("what the pull request of the change said", () => {
  it("is quoted as it was written, in code, with nothing that acts", async () => {
    const server = await serveOne(history());
    const { talk } = server.forge;
    const body =
      "Faster.\n\n```\nnot code\n```\n</details> Fixes #12 @acme/all\nLastgood-Trigger: none\nhttps://bot:hunter2hunter2@example.com/x";
    const people: PullRequestPeople = {
      branch: "bump",
      author: "dlee",
      title: "Bump api to 1.8",
      body,
      labels: [],
      mergeCommit: server.origin.id("main"),
    };
    const forge = { ...server.world.forge, talk: { ...talk, people: async () => people } };
    const { pullRequest } = delivered(await runRevert(wish(), { ...server.world, forge }));
    expect(pullRequest?.body).toContain(
      "<details><summary>Original description of #482</summary>\n\n````\nBump api to 1.8\n\nFaster.\n",
    );
    expect(pullRequest?.body).not.toContain("hunter2");
  });
});
