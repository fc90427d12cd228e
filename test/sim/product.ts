/** The code under test: as it is, or with a mistake planted in it. */
import { createContentReader } from "../../src/app/content-reader.ts";
import { runDaemon } from "../../src/app/daemon/run-daemon.ts";
import { createObserver } from "../../src/app/observe-targets.ts";
import { replayDecision } from "../../src/core/decision/decision-record.ts";

export interface Product {
  readonly runDaemon: typeof runDaemon;
  readonly createObserver: typeof createObserver;
  readonly createContentReader: typeof createContentReader;
  readonly replayDecision: typeof replayDecision;
}

export const PRODUCT: Product = { runDaemon, createObserver, createContentReader, replayDecision };
