/** An outage of `api` in a story of the daemon, and the stations on the way out of it. */
import { type DaemonStory, MANIFEST, MINUTE } from "./daemon-story.ts";
import { deployment } from "./manifests.ts";

/** The commits before and after the release. */
export interface Outage {
  readonly good: string;
  readonly bad: string;
}

/** `api` was good, and a release has broken it before the eyes of the daemon. */
export async function outage(story: DaemonStory): Promise<Outage> {
  const good = await runsWell(story);
  await story.start();
  await story.pass(MINUTE);
  return { good, bad: await breaks(story) };
}

/** What `main` holds runs well, as it did an hour ago. Answers its commit. */
export async function runsWell(story: DaemonStory): Promise<string> {
  const good = await story.tip();
  story.wasGood(good);
  await story.runs(good, "Healthy");
  return good;
}

/** A release breaks `api`. Answers its commit. */
export async function breaks(story: DaemonStory): Promise<string> {
  const bad = await releases(story);
  await story.runs(bad, "Degraded");
  return bad;
}

/** Version 1.8.0 of `api` is on `main`, and runs nowhere yet. Answers its commit. */
export async function releases(story: DaemonStory): Promise<string> {
  return story.push({ [MANIFEST]: deployment("api:1.8.0") }, "feat(api): bump image to 1.8.0");
}

/** Until the newest job has its pull request. */
export async function untilProposed(story: DaemonStory): Promise<void> {
  await story.until(() => story.jobs()[0]?.pullRequest !== undefined);
}

/** Until the newest job's revert is on `main`. Answers its commit. */
export async function untilLanded(story: DaemonStory): Promise<string> {
  await story.until(() => story.jobs()[0]?.landed !== undefined);
  return story.jobs()[0]?.landed ?? "";
}

/** Until the newest job has come to its end. */
export async function untilEnded(story: DaemonStory): Promise<void> {
  await story.until(() => story.jobs()[0]?.endedAtMs !== undefined);
}
