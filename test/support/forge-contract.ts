import { describe, expect, it } from "vitest";

import type { CommitId } from "../../src/core/model/git.ts";
import type { Forge, MergeRequest, OpenPullRequest } from "../../src/ports/forge.ts";

/** A forge with a repository behind it, and the people who work there. */
export interface ForgeWorld {
  readonly forge: Forge;
  /** Makes a branch with a commit that `main` lacks. */
  addBranch(name: string): Promise<CommitId>;
  /** Makes a branch that is where `main` is. */
  addEmptyBranch(name: string): Promise<void>;
  /** A person pushes one more commit to a branch. */
  push(branch: string): Promise<CommitId>;
  /** A person changes on `main` what the branch changes too. */
  conflict(branch: string): Promise<void>;
  deleteBranch(name: string): Promise<void>;
  /** The person `mkim` closes a pull request. */
  close(number: number): Promise<void>;
  draft(number: number): Promise<void>;
  /** `main` asks for the check `ci` from now on; `strict`: and for an up-to-date branch, which none is any more. */
  requireCheck(how: { readonly strict: boolean }): Promise<void>;
  passCheck(head: CommitId): Promise<void>;
  /** Pull requests may be told to merge by themselves. */
  allowAutoMerge(): Promise<void>;
  /** Commits reachable from `main`. */
  mainHas(commit: CommitId): Promise<boolean>;
}

const BRANCH = "lastgood/payments/api-3f9c2ab";

/** GitHub computes whether it can be merged after the first look. */
async function settled<T>(look: () => Promise<T>): Promise<T> {
  await look();
  return look();
}

function request(changes: Partial<OpenPullRequest> = {}): OpenPullRequest {
  return {
    branch: BRANCH,
    base: "main",
    title: "Revert payments/api to 3f9c2ab",
    body: "Why: é 🚀\n\n<!-- lastgood -->",
    draft: false,
    labels: ["lastgood"],
    reviewers: [],
    ...changes,
  };
}

interface Opened {
  readonly world: ForgeWorld;
  readonly number: number;
  readonly merge: MergeRequest;
}

/** What every forge with pull requests does. Reviewers it knows: `mkim`. */
export function forgeContract(name: string, makeWorld: () => Promise<ForgeWorld>): void {
  async function open(changes: Partial<OpenPullRequest> = {}): Promise<Opened> {
    const world = await makeWorld();
    const expectedHead = await world.addBranch(BRANCH);
    const { number } = (await world.forge.openPullRequest(request(changes))).pullRequest;
    const texts = { title: "Revert payments/api (#1)", message: "Lastgood-Job: 01J9" };
    return { world, number, merge: { number, expectedHead, ...texts } };
  }

  describe(`${name}, as a forge`, () => {
    it("names the default branch", async () => {
      expect(await (await makeWorld()).forge.defaultBranch()).toBe("main");
    });

    it("finds nothing for a branch that never had a pull request", async () => {
      const world = await makeWorld();
      await world.addBranch(BRANCH);
      expect(await world.forge.findPullRequest(BRANCH)).toBeUndefined();
      expect(await world.forge.findPullRequest("nowhere")).toBeUndefined();
    });

    it("finds what it opened, and only by its own branch", async () => {
      const world = await makeWorld();
      const head = await world.addBranch(BRANCH);
      const { pullRequest, warnings } = await world.forge.openPullRequest(request());
      expect(warnings).toEqual([]);
      expect(pullRequest).toMatchObject({
        state: "open",
        draft: false,
        title: "Revert payments/api to 3f9c2ab",
        body: "Why: é 🚀\n\n<!-- lastgood -->",
        branch: BRANCH,
        base: "main",
        head,
        author: "lastgood[bot]",
        labels: ["lastgood"],
        url: expect.stringMatching(/^https?:\/\/\S+\/pull\/\d+$/),
      });
      expect(await world.forge.findPullRequest(BRANCH)).toEqual(pullRequest);
      expect(await world.forge.findPullRequest("lastgood/payments/api")).toBeUndefined();
    });

    it("opens one only, and leaves it as people made it", async () => {
      const { world, number } = await open();
      const again = await world.forge.openPullRequest(
        request({ title: "Other", labels: ["other"], reviewers: ["mkim"] }),
      );
      expect(again.pullRequest).toMatchObject({
        number,
        title: "Revert payments/api to 3f9c2ab",
        labels: ["lastgood"],
      });
      expect(again.warnings).toEqual([]);
    });

    it("tells what keeps one from being merged, and merges nothing by that", async () => {
      const { world, number, merge } = await open();
      const standing = async () => world.forge.mergeStanding?.(number, merge.expectedHead);
      expect(await settled(standing)).toEqual({ ordered: false });
      const later = await open();
      await later.world.requireCheck({ strict: false });
      const waits = async () => later.world.forge.mergeStanding?.(later.number, later.merge.expectedHead);
      expect(await settled(waits)).toEqual({ ordered: false, waitingFor: expect.stringContaining("ci") });
      expect(await world.mainHas(merge.expectedHead)).toBe(false);
    });

    it("tells that a draft, and a closed one, are nobody's to merge", async () => {
      const { world, number, merge } = await open({ draft: true });
      const standing = async () => world.forge.mergeStanding?.(number, merge.expectedHead);
      expect(await standing()).toMatchObject({ ordered: false, refused: expect.stringContaining("draft") });
    });

    it("opens a draft", async () => {
      const { world } = await open({ draft: true });
      expect(await world.forge.findPullRequest(BRANCH)).toMatchObject({ draft: true });
    });

    it("warns of a reviewer who cannot be asked", async () => {
      const world = await makeWorld();
      await world.addBranch(BRANCH);
      const opened = await world.forge.openPullRequest(request({ reviewers: ["mkim", "nobody"] }));
      expect(opened.pullRequest.state).toBe("open");
      expect(opened.warnings).toEqual([expect.stringContaining("nobody")]);
    });

    it("fails for a branch that is not there", async () => {
      const world = await makeWorld();
      await expect(world.forge.openPullRequest(request())).rejects.toMatchObject({ code: "ForgeNotFound" });
    });

    it("fails for a branch with nothing new", async () => {
      const world = await makeWorld();
      await world.addEmptyBranch(BRANCH);
      await expect(world.forge.openPullRequest(request())).rejects.toMatchObject({ code: "ForgeConflict" });
    });

    it.each([
      ["title", { title: "x".repeat(257) }],
      ["body", { body: "x".repeat(65_537) }],
    ])("refuses a %s that is too long", async (_, text) => {
      const world = await makeWorld();
      await world.addBranch(BRANCH);
      await expect(world.forge.openPullRequest(request(text))).rejects.toMatchObject({ code: "ForgeValidation" });
      expect(await world.forge.findPullRequest(BRANCH)).toBeUndefined();
    });

    it("changes title and body", async () => {
      const { world, number } = await open();
      const updated = await world.forge.updatePullRequest(number, { title: "New", body: "Text" });
      expect(updated).toMatchObject({ number, title: "New", body: "Text" });
      expect(await world.forge.findPullRequest(BRANCH)).toEqual(updated);
    });

    it("fails to change what is not there", async () => {
      const world = await makeWorld();
      const update = world.forge.updatePullRequest(99, { title: "New", body: "Text" });
      await expect(update).rejects.toMatchObject({ code: "ForgeNotFound" });
    });

    it("sees what a person pushed", async () => {
      const { world } = await open();
      const head = await world.push(BRANCH);
      expect(await world.forge.findPullRequest(BRANCH)).toMatchObject({ state: "open", head });
    });

    it("sees that a person closed it, and who", async () => {
      const { world, number } = await open();
      await world.close(number);
      expect(await world.forge.findPullRequest(BRANCH)).toMatchObject({ number, state: "closed", endedBy: "mkim" });
    });

    it("sees that the branch was deleted as closed", async () => {
      const { world, number } = await open();
      await world.deleteBranch(BRANCH);
      expect(await world.forge.findPullRequest(BRANCH)).toMatchObject({ number, state: "closed" });
    });

    it("finds the newest of several", async () => {
      const { world, number } = await open();
      await world.close(number);
      const next = await world.forge.openPullRequest(request({ title: "Second" }));
      expect(next.pullRequest.number).toBeGreaterThan(number);
      expect(await world.forge.findPullRequest(BRANCH)).toMatchObject({ title: "Second", state: "open" });
    });

    it("merges, and says with which commit", async () => {
      const { world, merge } = await open();
      const result = await world.forge.mergePullRequest(merge);
      const found = await world.forge.findPullRequest(BRANCH);
      expect(found).toMatchObject({ state: "merged", endedBy: "lastgood[bot]" });
      expect(result).toEqual({ kind: "merged", commit: found?.mergeCommit });
      expect(await world.mainHas(merge.expectedHead)).toBe(true);
    });

    it("knows the commit of a merged pull request by its number, and none of an open one", async () => {
      const { world, merge, number } = await open();
      expect(await world.forge.mergeCommitOf(number)).toBeUndefined();
      const result = await world.forge.mergePullRequest(merge);
      expect(await world.forge.mergeCommitOf(number)).toBe(result.kind === "merged" ? result.commit : "not merged");
    });

    it("answers merged again when it is merged already", async () => {
      const { world, merge } = await open();
      const first = await world.forge.mergePullRequest(merge);
      expect(first.kind).toBe("merged");
      expect(await world.forge.mergePullRequest(merge)).toEqual(first);
    });

    it.each<[string, (opened: Opened) => Promise<unknown>, string]>([
      ["that is closed", async ({ world, number }) => world.close(number), "refused"],
      ["that is a draft", async ({ world, number }) => world.draft(number), "refused"],
      ["that a person pushed to", async ({ world }) => world.push(BRANCH), "refused"],
      ["that conflicts", async ({ world }) => world.conflict(BRANCH), "base-moved"],
      ["that is behind where that counts", async ({ world, merge }) => behind(world, merge), "base-moved"],
      ["that waits for a check", async ({ world }) => world.requireCheck({ strict: false }), "waiting"],
    ])("does not merge one %s", async (_, happen, kind) => {
      const opened = await open();
      await happen(opened);
      const result = await opened.world.forge.mergePullRequest(opened.merge);
      expect(result).toMatchObject({ kind, reason: expect.stringMatching(/\w/) });
      expect(await opened.world.mainHas(opened.merge.expectedHead)).toBe(false);
    });

    it("merges once the check has passed", async () => {
      const { world, merge } = await open();
      await world.requireCheck({ strict: false });
      expect(await world.forge.mergePullRequest(merge)).toEqual({
        kind: "waiting",
        reason: expect.stringContaining("ci"),
      });
      await world.passCheck(merge.expectedHead);
      expect(await world.forge.mergePullRequest(merge)).toMatchObject({ kind: "merged" });
    });

    it("lets the forge merge a watched one once the check has passed, and says who ordered it", async () => {
      const { world, merge } = await open();
      await world.allowAutoMerge();
      await world.requireCheck({ strict: false });
      const watched = { ...merge, watched: true };
      const armed = { kind: "armed", reason: expect.stringContaining("ci") };
      expect(await world.forge.mergePullRequest(watched)).toEqual(armed);
      expect(await world.forge.mergePullRequest(watched)).toEqual(armed);
      expect(await world.forge.findPullRequest(BRANCH)).toMatchObject({ state: "open", armedBy: "lastgood[bot]" });
      await world.passCheck(merge.expectedHead);
      expect(await world.forge.findPullRequest(BRANCH)).toMatchObject({ state: "merged" });
      expect(await world.forge.mergePullRequest(watched)).toMatchObject({ kind: "merged" });
    });

    it("leaves nothing to the forge that nobody watches", async () => {
      const { world, merge } = await open();
      await world.allowAutoMerge();
      await world.requireCheck({ strict: false });
      expect(await world.forge.mergePullRequest(merge)).toMatchObject({ kind: "waiting" });
    });

    it("takes back what was ordered and nobody watches any more", async () => {
      const { world, merge } = await open();
      await world.allowAutoMerge();
      await world.requireCheck({ strict: false });
      expect(await world.forge.mergePullRequest({ ...merge, watched: true })).toMatchObject({ kind: "armed" });
      expect(await world.forge.mergePullRequest(merge)).toMatchObject({ kind: "waiting" });
      expect(await world.forge.findPullRequest(BRANCH)).not.toHaveProperty("armedBy");
    });

    it("takes back what it ordered, also when there is nothing to take back", async () => {
      const { world, merge, number } = await open();
      await world.allowAutoMerge();
      await world.requireCheck({ strict: false });
      await world.forge.cancelMerge?.(number);
      await world.forge.mergePullRequest({ ...merge, watched: true });
      await world.forge.cancelMerge?.(number);
      await world.passCheck(merge.expectedHead);
      const found = await world.forge.findPullRequest(BRANCH);
      expect(found).toMatchObject({ state: "open" });
      expect(found).not.toHaveProperty("armedBy");
    });

    it("brings a branch up to date, and not another head than the expected one", async () => {
      const { world, merge, number } = await open();
      await behind(world, merge);
      const update = await world.forge.updateBranch?.(number, merge.expectedHead);
      expect(update?.kind).toBe("updated");
      const found = await world.forge.findPullRequest(BRANCH);
      expect(update).toEqual({ kind: "updated", head: found?.head });
      expect(found?.head).not.toBe(merge.expectedHead);
      expect(await world.forge.updateBranch?.(number, merge.expectedHead)).toMatchObject({ kind: "refused" });
    });
  });
}

async function behind(world: ForgeWorld, { expectedHead }: MergeRequest): Promise<void> {
  await world.requireCheck({ strict: true });
  await world.passCheck(expectedHead);
}
