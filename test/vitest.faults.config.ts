import { defineConfig, mergeConfig } from "vitest/config";
import config from "./vitest.config.ts";

/** The fault enumeration alone, pairs and all. */
export default mergeConfig(
  { ...config, test: { ...config.test, include: [] } },
  defineConfig({ test: { include: ["test/faults/*.test.ts"], env: { LASTGOOD_TEST_FAULTS: "pairs" } } }),
);
