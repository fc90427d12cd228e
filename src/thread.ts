/** What the program does in threads of its own: each is started with a task. */
import { workerData } from "node:worker_threads";
import type { ReplayPlace } from "./faces/compose.ts";
import type { PlanTask } from "./faces/plan-messages.ts";

void work(workerData as PlanTask | ReplayPlace);

async function work(task: PlanTask | ReplayPlace): Promise<void> {
  if ("task" in task) {
    const { runPlanWorker } = await import("./faces/plan-worker.ts");
    return runPlanWorker(task);
  }
  const { runReplayWorker } = await import("./faces/replay-worker.ts");
  await runReplayWorker();
}
