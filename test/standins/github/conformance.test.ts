import { afterAll, describe } from "vitest";

import { describeGitHub } from "../../support/github-conformance.ts";
import { AT, TOKENS, openGitHub } from "../../support/github-world.ts";
import type { World } from "../../support/github-world.ts";

describe("the stand-in behaves like GitHub", () => {
  let world: World | undefined;
  afterAll(async () => {
    await world?.close();
  });

  describeGitHub(async () => {
    const opened = await openGitHub([{ files: { "README.md": "gitops\n", "deploy/api.yaml": "image: api:1\n" } }]);
    world = opened;
    return {
      baseUrl: opened.apiUrl,
      token: TOKENS.admin,
      reviewerToken: TOKENS.mina,
      reviewer: "mina",
      ...AT,
      gitUrl: opened.remote("admin"),
      pause: () => opened.control.settle(),
    };
  });
});
