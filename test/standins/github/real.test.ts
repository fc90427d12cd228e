import { describeGitHubOf } from "../../support/github-real.ts";

describeGitHubOf("api.github.com", process.env);
