import { deployment } from "./manifests.ts";

/** Where the only manifest lies. */
export const API = "apps/api/deployment.yaml";
/** Its text as it was, and as the bad release left it. */
export const GOOD: string = deployment("api:1.7");
export const BAD: string = deployment("api:1.8");

/** The commits of a repository with a bad release, #2, on top of a good one, #1. */
export const HISTORY = [
  { files: { [API]: GOOD }, message: "Bump api to 1.7 (#1)" },
  { files: { [API]: BAD }, message: "Bump api to 1.8 (#2)" },
] as const;
