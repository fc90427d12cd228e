import { describe, expect, it } from "vitest";

import { followChoices, readChoices } from "../../src/app/follow-choices.ts";
import { runRevert } from "../../src/app/run-revert.ts";
import type { CommitSpec } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { delivered, serveOne, type Server, type RevertWorld, tipOf, wish } from "../support/revert-world.ts";

const API = "apps/api/deployment.yaml";
const HISTORY: readonly CommitSpec[] = [
  { files: { [API]: deployment("api:1.7", { env: { CACHE: "v1" } }) }, tag: "release-1", as: "good" },
  { files: { [API]: deployment("api:1.8", { env: { CACHE: "v2" } }) }, message: "Bump api to 1.8 (#2)", as: "bad" },
];

type Opened = Server & { readonly world: RevertWorld };

async function opened(): Promise<Opened> {
  const server = await serveOne(HISTORY);
  await runRevert(wish({ reason: "5xx since 1.8" }), server.world);
  await server.world.remote.fetch([]);
  return server;
}

async function bodyOf({ forge }: Opened): Promise<string> {
  return (await forge.pullRequests())[0]?.body ?? "";
}

/** A person changes a box on the page. */
async function tick(server: Opened, box: string, on: boolean, by = "mkim"): Promise<void> {
  const body = await bodyOf(server);
  const [from, to] = on ? ["[ ]", "[x]"] : ["[x]", "[ ]"];
  const changed = body.replace(`- ${from} <!-- lastgood:${box} -->`, `- ${to} <!-- lastgood:${box} -->`);
  if (changed === body) throw new Error(`no box ${box}`);
  server.forge.edit(1, by, { body: changed });
}

/** What `lastgood revert --follow 1` does. */
async function follow({ world, origin }: Opened, changes: Parameters<typeof wish>[0] = {}) {
  const offered = await readChoices(1, world);
  if ("kind" in offered) return offered;
  const { goal } = offered.mark;
  const to = goal?.kind === "checkpoint" ? goal.to : origin.id("good");
  return followChoices(wish({ to, ...changes }), offered, world);
}

describe("followChoices", () => {
  it("takes out of branch and text what is unticked, and puts it back", async () => {
    const server = await opened();
    await tick(server, "facet=env", false);
    const image = delivered(await followed(server));
    expect(server.origin.text(API, image.commit)).toBe(deployment("api:1.7", { env: { CACHE: "v2" } }));
    const body = await bodyOf(server);
    expect(body).toContain("- [ ] <!-- lastgood:facet=env -->");
    expect(body).toContain("Reverts #2 (partially)");
    expect(body).toContain("Reason: 5xx since 1.8");

    await server.world.remote.fetch([]);
    await tick(server, "facet=env", true);
    const whole = delivered(await followed(server));
    expect(server.origin.text(API, whole.commit)).toBe(deployment("api:1.7", { env: { CACHE: "v1" } }));
    expect(await server.forge.pullRequests()).toHaveLength(1);
  });

  it("does nothing when the boxes say what is", async () => {
    const server = await opened();
    const before = tipOf(server.origin, (await server.forge.pullRequests())[0]?.branch ?? "");
    expect(await follow(server)).toMatchObject({ kind: "same", pullRequest: { number: 1 } });
    expect(tipOf(server.origin, (await server.forge.pullRequests())[0]?.branch ?? "")).toBe(before);
  });

  it("follows nobody without write access", async () => {
    const server = await opened();
    server.forge.talk.permit("rita", "read");
    await tick(server, "facet=env", false, "rita");
    server.world.calls.length = 0;
    expect(await follow(server)).toMatchObject({
      kind: "hold",
      reason: "Inconclusive",
      message: expect.stringContaining("rita, who edited"),
    });
    expect(server.world.calls.filter((call) => call.startsWith("push"))).toEqual([]);
  });

  it("follows nobody when it cannot be read who ticked", async () => {
    const server = await opened();
    await tick(server, "facet=env", false);
    const { forge } = server.world;
    const talk = forge.talk === undefined ? undefined : { ...forge.talk, bodyEditor: async () => undefined };
    const blind = { ...server, world: { ...server.world, forge: { ...forge, ...(talk && { talk }) } } };
    expect(await follow(blind)).toMatchObject({
      reason: "Inconclusive",
      message: expect.stringContaining("cannot be read"),
    });
  });

  it("leaves a text alone that says something else too", async () => {
    const server = await opened();
    await tick(server, "facet=env", false);
    server.forge.edit(1, "mkim", { body: `${await bodyOf(server)}\nWait for me.` });
    expect(await follow(server)).toMatchObject({ kind: "hold", reason: "Vetoed" });
  });

  it("says so when nothing is ticked", async () => {
    const server = await opened();
    await tick(server, "facet=env", false);
    await tick(server, "facet=image", false);
    expect(await follow(server)).toMatchObject({ kind: "hold", message: expect.stringContaining("no box") });
  });

  it("writes nothing for a target that holds something else by now", async () => {
    const server = await opened();
    server.origin.commit({ files: { [API]: deployment("api:1.9", { env: { CACHE: "v3" } }) }, branch: "main" });
    await server.world.remote.fetch([]);
    await tick(server, "facet=env", false);
    server.world.calls.length = 0;
    expect(await follow(server)).toMatchObject({ kind: "hold", reason: "StalePlan" });
    expect(server.world.calls.filter((call) => /^push|^open/.test(call))).toEqual([]);
  });

  it("writes nothing for a mark that names another target", async () => {
    const server = await opened();
    await tick(server, "facet=env", false);
    expect(await follow(server, { path: "apps" })).toMatchObject({ kind: "hold", reason: "StalePlan" });
  });

  it("brings the branch up to date, and takes the tick off", async () => {
    const server = await opened();
    server.origin.commit({ files: { "README.md": "hello\n" }, branch: "main" });
    await server.world.remote.fetch([]);
    await tick(server, "rebase", true);
    const { commit } = delivered(await followed(server));
    expect(server.origin.text("README.md", commit)).toBe("hello\n");
    expect(await bodyOf(server)).toContain("- [ ] <!-- lastgood:rebase -->");
    await server.world.remote.fetch([]);
    expect(await follow(server)).toMatchObject({ kind: "same" });
  });

  it.each([["a number that is none", 9, "UsageArgument"]])("refuses %s", async (_, number, code) => {
    const { world } = await opened();
    await expect(readChoices(number, world)).rejects.toMatchObject({ code });
  });

  it("refuses one that is closed", async () => {
    const { world, forge } = await opened();
    forge.close(1, "mkim");
    await expect(readChoices(1, world)).rejects.toMatchObject({ code: "UsageArgument", message: "#1 is closed" });
  });
});

async function followed(server: Opened) {
  const outcome = await follow(server);
  if (outcome.kind === "same") throw new Error("nothing to follow");
  return outcome;
}
