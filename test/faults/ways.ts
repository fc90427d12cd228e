import type { Way } from "./fault-world.ts";

/** The ways of a revert whose mishaps are enumerated. */
export const WAYS: readonly Way[] = [
  { mode: "propose", via: "push" },
  { mode: "merge", via: "api" },
];
