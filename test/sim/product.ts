/** The code under test: as it is, or with a mistake planted in it. */
import { runDaemon } from "../../src/app/daemon/run-daemon.ts";

export interface Product {
  readonly runDaemon: typeof runDaemon;
}

export const PRODUCT: Product = { runDaemon };
