import { expect, it } from "vitest";
import { createContentReader } from "../../src/app/content-reader.ts";
import type { DeliveryWorld } from "../../src/app/delivery.ts";
import { type Waited, waitVerified } from "../../src/app/wait-verified.ts";
import { NO_PATTERNS } from "../../src/core/model/evidence.ts";
import { commitId } from "../../src/core/model/git.ts";
import { openGitDir } from "../support/fixture-repository.ts";
import { gitdir } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { manualClock } from "../support/manual-clock.ts";
import { appState, memoryEngine } from "../support/memory-engine.ts";
import { memoryLedger } from "../support/memory-ledger.ts";
import { silentLog } from "../support/silent-log.ts";
import { watchedApi } from "../support/watched-api.ts";

const FILE = "apps/api/deployment.yaml";

it("ends as superseded when somebody's commit comes after the revert before the engine has it", async () => {
  const repo = gitdir([{ files: { [FILE]: deployment("api:2") } }, { files: { [FILE]: deployment("api:1") } }]);
  const [bad = "", landed = ""] = repo.commits;
  const clock = manualClock();
  const engine = memoryEngine({ clock });
  engine.set(appState({ revision: bad, word: "Failed" }));
  const repository = openGitDir(repo);
  const log = silentLog();
  const world: DeliveryWorld = { repository, clock, log, ledger: memoryLedger() };
  let waited: Waited | undefined;
  const policy = { verify: { forMs: 120_000, timeoutMs: 900_000 }, components: { only: [], except: [] } };
  const done = waitVerified(
    {
      target: "api",
      job: "job-1",
      until: "verified",
      landed: { commit: commitId(landed), atMs: clock.nowMs() },
      signal: new AbortController().signal,
      watch: {
        engines: [{ engine }],
        records: [],
        patterns: NO_PATTERNS,
        policy,
        discover: () => watchedApi(),
      },
    },
    { branch: "main", world, readContent: createContentReader(repository) },
  ).then((end) => (waited = end));
  await clock.passUntil(() => engine.looked.length > 0, 3000);
  repo.commit({ files: { [FILE]: deployment("api:3") }, author: "Dana Lee <dana@example.com>" });
  await clock.passUntil(() => waited !== undefined, 3000);
  await done;
  expect(waited).toMatchObject({
    isOver: true,
    verification: { kind: "superseded", message: expect.stringContaining("by Dana Lee came after") },
  });
  expect(engine.looked).toEqual(["application/argocd/api job-1"]);
});
