/** Lists by which incidents, the kill switch and past reverts are found. */
import { expect } from "vitest";

import { refusalOf } from "./github-tools.ts";
import type { Declare, Tools } from "./github-tools.ts";

/** Numbers of the issues (pull requests among them) with a label, as they are listed. */
async function labelled({ octokit, at }: Tools, labels: string, state?: "all"): Promise<readonly number[]> {
  const query = { ...at, labels, ...(state === undefined ? {} : { state }) };
  return (await octokit.issues.listForRepo(query)).data.map(({ number }) => number);
}

export function issueListChecks(check: Declare): void {
  check("an issue is opened with labels that were not there before", async ({ octokit, at, fresh }) => {
    const labels = [fresh("lastgood: disable"), fresh("incident")];
    const { data, status } = await octokit.issues.create({ ...at, title: "stop", labels });
    expect(status).toBe(201);
    const names = data.labels.map((label) => (typeof label === "string" ? label : label.name));
    expect(new Set(names)).toEqual(new Set(labels));
    expect(data.body ?? null).toBeNull();
    await octokit.issues.update({ ...at, issue_number: data.number, state: "closed", state_reason: "not_planned" });
  });

  check("open issues with a label are listed, the newest first, all of them only when asked for", async (tools) => {
    const { octokit, at, fresh, eventually } = tools;
    const label = fresh("stop");
    const open = async (): Promise<number> =>
      (await octokit.issues.create({ ...at, title: "stop", labels: [label] })).data.number;
    const [first, second] = [await open(), await open()];
    await eventually(async () => expect(await labelled(tools, label)).toEqual([second, first]));
    await octokit.issues.update({ ...at, issue_number: first, state: "closed" });
    await eventually(async () => expect(await labelled(tools, label)).toEqual([second]));
    await eventually(async () => expect(await labelled(tools, label, "all")).toEqual([second, first]));
    await octokit.issues.update({ ...at, issue_number: second, state: "closed" });
  });

  check("a label is found whatever its case, and only as a whole", async (tools) => {
    const { octokit, at, fresh, eventually } = tools;
    const label = fresh("Stop it");
    const { number } = (await octokit.issues.create({ ...at, title: "stop", labels: [label] })).data;
    await eventually(async () => expect(await labelled(tools, label.toLowerCase())).toEqual([number]));
    expect(await labelled(tools, label.slice(0, -1))).toEqual([]);
    await octokit.issues.update({ ...at, issue_number: number, state: "closed" });
  });

  check("pull requests stand among the issues, and are told by `pull_request`", async (tools) => {
    const { octokit, at, pull, fresh, eventually } = tools;
    const { number } = await pull();
    const label = fresh("stop");
    await octokit.issues.addLabels({ ...at, issue_number: number, labels: [label] });
    await eventually(async () => {
      const { data } = await octokit.issues.listForRepo({ ...at, labels: label });
      expect(data.map((issue) => [issue.number, issue.pull_request !== undefined])).toEqual([[number, true]]);
    });
  });

  check("an assignee who may not be assigned refuses the whole issue", async (tools) => {
    const { octokit, at, fresh, world } = tools;
    const label = fresh("refused");
    const assignees = [world.reviewer, fresh("nobody")];
    const refused = await refusalOf(octokit.issues.create({ ...at, title: "x", labels: [label], assignees }));
    expect(refused.status).toBe(422);
    expect(refused.text).toMatch(/assignees/);
    expect(await labelled(tools, label, "all")).toEqual([]);
  });

  check("an issue is opened with its assignees", async ({ octokit, at, world }) => {
    const { data } = await octokit.issues.create({ ...at, title: "x", assignees: [world.reviewer] });
    expect(data.assignees?.map((user) => user.login)).toEqual([world.reviewer]);
    await octokit.issues.update({ ...at, issue_number: data.number, state: "closed" });
  });

  check("the timeline of an issue tells who labelled it, also as it was opened", async (tools) => {
    const { octokit, reviewer, at, fresh, eventually, world } = tools;
    const [with_, later] = [fresh("with"), fresh("later")];
    const { number } = (await reviewer.issues.create({ ...at, title: "x", labels: [with_] })).data;
    await octokit.issues.addLabels({ ...at, issue_number: number, labels: [later] });
    await eventually(async () => {
      const { data } = await octokit.issues.listEventsForTimeline({ ...at, issue_number: number });
      const set = data.flatMap((event) =>
        event.event === "labeled" && "label" in event ? [[event.label.name, event.actor.login]] : [],
      );
      expect(set[0]).toEqual([with_, world.reviewer]);
      expect(set[1]?.[0]).toBe(later);
    });
    await octokit.issues.update({ ...at, issue_number: number, state: "closed" });
  });
}

export function pullListChecks(check: Declare): void {
  check("pull requests are listed by what was touched last", async ({ octokit, at, pull, world, eventually }) => {
    const [first, second] = [await pull(), await pull()];
    // Times are told in whole seconds.
    for (let i = 0; i < 5; i += 1) await world.pause();
    await octokit.issues.createComment({ ...at, issue_number: first.number, body: "touched" });
    await eventually(async () => {
      const query = { ...at, state: "all", sort: "updated", direction: "desc", per_page: 100 } as const;
      const { data } = await octokit.pulls.list(query);
      const numbers = data.map(({ number }) => number);
      expect(numbers.indexOf(first.number)).toBeGreaterThanOrEqual(0);
      expect(numbers.indexOf(second.number)).toBeGreaterThan(-1);
      const times = data.map((each) => each.updated_at);
      expect(times).toEqual(times.toSorted().toReversed());
    });
  });

  check("a list tells when one was opened, merged and closed, but not who merged it", async (tools) => {
    const { octokit, at, pull, merge, eventually } = tools;
    const { number } = await pull();
    await merge(number);
    await eventually(async () => {
      const { data } = await octokit.pulls.list({ ...at, state: "closed", sort: "updated", direction: "desc" });
      const found = data.find((each) => each.number === number);
      expect(found).toMatchObject({ state: "closed", head: { repo: { id: expect.any(Number) } } });
      for (const time of [found?.created_at, found?.merged_at, found?.closed_at]) {
        expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      }
      expect(found).not.toHaveProperty("merged_by");
    });
    expect((await octokit.pulls.get({ ...at, pull_number: number })).data.merged_by).not.toBeNull();
  });

  check("every answer tells what time it is there", async ({ octokit, at }) => {
    const { headers } = await octokit.pulls.list(at);
    expect(Date.parse(headers.date ?? "")).toBeGreaterThan(Date.parse("2020-01-01"));
  });
}
