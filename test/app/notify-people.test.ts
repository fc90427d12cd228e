import { describe, expect, it } from "vitest";

import { createPeople, type NotifyResult } from "../../src/app/notify-people.ts";
import type { EventName } from "../../src/core/model/event.ts";
import type { Notification } from "../../src/core/notification/notification.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { Notifier } from "../../src/ports/notifier.ts";
import { manualClock, until } from "../support/manual-clock.ts";
import { silentLog } from "../support/silent-log.ts";

const BUSY = new LastgoodError("NotifyUnreachable", "slack: HTTP 503");
const REFUSED = new LastgoodError("NotifyRefused", "slack: HTTP 404");

interface Ear extends Notifier {
  readonly heard: string[];
  /** What each call comes to, in order; then it is taken. */
  readonly answers: (Error | "hangs" | undefined)[];
}

function ear(name: string, on: readonly EventName[] = ["RegressionDetected", "RevertVerified"]): Ear {
  const [heard, answers]: [string[], Ear["answers"]] = [[], []];
  return {
    name,
    on: new Set(on),
    heard,
    answers,
    async notify({ key }, signal) {
      const answer = answers.shift();
      if (answer === "hangs") {
        await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("aborted"))));
      }
      if (answer instanceof Error) throw answer;
      heard.push(key);
    },
  };
}

const clockStartMs = manualClock().nowMs();

const HOUR = 3_600_000;

function news(key: string, event: EventName = "RegressionDetected"): Notification {
  return { event, key, incident: "J1", target: "api", message: "fails", atMs: clockStartMs };
}

function setup(...notifiers: readonly Notifier[]) {
  const [clock, log] = [manualClock(), silentLog()];
  const results: [string, NotifyResult][] = [];
  const end = new AbortController();
  const count = (name: string, result: NotifyResult): void => void results.push([name, result]);
  return { clock, log, results, end, people: createPeople({ notifiers, clock, log, count, signal: end.signal }) };
}

describe("createPeople", () => {
  it("knows what waits, what was told, and what was dropped at its end: who comes next may still tell that", async () => {
    const [slack, memory] = [ear("slack"), new Map<string, number>()];
    const [clock, log] = [manualClock(), silentLog()];
    const people = createPeople({ notifiers: [slack], clock, log, memory });
    expect(people.toldOf("a")).toBeUndefined();
    people.notify(news("a"));
    expect(people.toldOf("a")).toBe("waiting");
    await people.settled(HOUR);
    expect(people.toldOf("a")).toBe("told");
    expect(createPeople({ notifiers: [slack], clock, log, memory }).toldOf("a")).toBe("told");

    slack.answers.push("hangs");
    people.notify(news("b"));
    const ended = people.settled(1000);
    await until(() => clock.sleeping.includes(1000));
    clock.next();
    await ended;
    expect(people.toldOf("b")).toBeUndefined();
  });

  it("tells everybody who wants to hear it, once for each key", async () => {
    const [slack, pager] = [ear("slack"), ear("pager", ["RevertVerified"])];
    const { people, results } = setup(slack, pager);
    for (let i = 0; i < 3; i += 1) people.notify(news("a"));
    people.notify(news("b", "RevertVerified"));
    await people.settled(HOUR);
    expect([slack.heard, pager.heard]).toEqual([["a", "b"], ["b"]]);
    expect(results).toEqual(
      expect.arrayContaining([
        ["slack", "sent"],
        ["pager", "sent"],
      ]),
    );
    expect(results).toHaveLength(3);
  });

  it("tells it later to who cannot be reached, in order, without doubling, and nobody else waits", async () => {
    const [slack, pager] = [ear("slack"), ear("pager")];
    slack.answers.push(BUSY, BUSY);
    const { people, clock, log, results } = setup(slack, pager);
    people.notify(news("a"));
    people.notify(news("b"));
    await until(() => pager.heard.length === 2);
    expect([slack.heard, people.waiting()]).toEqual([[], 2]);
    await clock.passUntil(() => slack.heard.length === 2);
    expect(slack.heard).toEqual(["a", "b"]);
    expect(results.filter(([name]) => name === "slack").map(([, result]) => result)).toEqual([
      "failed",
      "failed",
      "sent",
      "sent",
    ]);
    expect(log.lines.filter((line) => line.includes("slack"))).toHaveLength(1);
  });

  it("does not wait for one that never answers", async () => {
    const slack = ear("slack");
    slack.answers.push("hangs");
    const { people, clock } = setup(slack);
    people.notify(news("a"));
    await clock.passUntil(() => slack.heard.length === 1);
    expect(clock.nowMs() - clockStartMs).toBeGreaterThanOrEqual(10_000);
    expect(people.waiting()).toBe(0);
  });

  it("gives up what is refused, and goes on with the next", async () => {
    const slack = ear("slack");
    slack.answers.push(REFUSED, new TypeError("a bug"));
    const { people, log, results } = setup(slack);
    for (const key of ["a", "b", "c"]) people.notify(news(key));
    await people.settled(HOUR);
    expect(slack.heard).toEqual(["c"]);
    expect(results.map(([, result]) => result)).toEqual(["dropped", "dropped", "sent"]);
    expect(log.lines.join("\n")).toContain("slack was not told of RegressionDetected of api: slack: HTTP 404");
  });

  it("gives up after a day", async () => {
    const slack = ear("slack");
    slack.answers.push(...Array.from({ length: 400 }, () => BUSY));
    const { people, clock, results } = setup(slack);
    people.notify(news("a"));
    await clock.passUntil(() => people.waiting() === 0, 600_000);
    expect(clock.nowMs() - clockStartMs).toBeGreaterThanOrEqual(86_400_000);
    expect(results.at(-1)).toEqual(["slack", "dropped"]);
  });

  it("keeps five hundred at most, the newest", async () => {
    const slack = ear("slack");
    slack.answers.push(BUSY);
    const { people, clock, results } = setup(slack);
    for (let i = 0; i < 600; i += 1) people.notify(news(`${i}`));
    expect(people.waiting()).toBe(500);
    await clock.passUntil(() => people.waiting() === 0);
    expect(slack.heard).toHaveLength(500);
    expect(slack.heard.at(-1)).toBe("599");
    expect(results.filter(([, result]) => result === "dropped")).toHaveLength(100);
  });

  it("ends when it is told to", async () => {
    const slack = ear("slack");
    slack.answers.push(...Array.from({ length: 400 }, () => BUSY));
    const { people, clock, end, results } = setup(slack);
    people.notify(news("a"));
    await until(() => clock.sleeping.includes(5000));
    end.abort();
    await people.settled(HOUR);
    expect([people.waiting(), results]).toEqual([
      0,
      [
        ["slack", "failed"],
        ["slack", "dropped"],
      ],
    ]);
  });

  it("at the end waits so long for who does not listen, and says what was not told", async () => {
    const [slack, pager] = [ear("slack"), ear("pager")];
    slack.answers.push(...Array.from({ length: 400 }, () => BUSY));
    const { people, clock, log } = setup(slack, pager);
    people.notify(news("a"));
    people.notify(news("b"));
    let over = false;
    const settled = people.settled(60_000).finally(() => (over = true));
    await clock.passUntil(() => over);
    await settled;
    expect([pager.heard, people.waiting()]).toEqual([["a", "b"], 0]);
    expect(clock.nowMs() - clockStartMs).toBe(60_000);
    expect(log.lines.join("\n")).toContain("slack was not told of 2 things: it does not listen");
  });
});
