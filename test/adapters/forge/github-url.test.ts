import { describe, expect, it } from "vitest";

import { parseGitHubUrl } from "../../../src/adapters/forge/github/github-url.ts";

describe("parseGitHubUrl", () => {
  const api = "https://api.github.com";
  it.each([
    ["https://github.com/acme/gitops.git", "github.com", "acme", "gitops", api],
    ["https://github.com/acme/gitops", "github.com", "acme", "gitops", api],
    ["https://github.com/acme/gitops/", "github.com", "acme", "gitops", api],
    ["https://www.GitHub.com/acme/gitops", "github.com", "acme", "gitops", api],
    ["https://x-access-token:ghs_secret@github.com/acme/gitops.git", "github.com", "acme", "gitops", api],
    ["git@github.com:acme/gitops.git", "github.com", "acme", "gitops", api],
    ["github.com:acme/gitops", "github.com", "acme", "gitops", api],
    ["git@github.com:/acme/gitops.git", "github.com", "acme", "gitops", api],
    ["ssh://git@github.com/acme/gitops.git", "github.com", "acme", "gitops", api],
    ["ssh://git@ssh.github.com:443/acme/gitops.git", "github.com", "acme", "gitops", api],
    ["git@ssh.github.com:acme/gitops.git", "github.com", "acme", "gitops", api],
    ["https://github.com/acme/a.b_c-d.git", "github.com", "acme", "a.b_c-d", api],
    ["https://github.com/acme/x.git.git", "github.com", "acme", "x.git", api],
    ["https://github.com/mina_acme/gitops", "github.com", "mina_acme", "gitops", api],
    ["https://acme.ghe.com/acme/gitops", "acme.ghe.com", "acme", "gitops", "https://api.acme.ghe.com"],
    ["https://git.acme.dev/ops/gitops.git", "git.acme.dev", "ops", "gitops", "https://git.acme.dev/api/v3"],
    ["https://git.acme.dev:8443/ops/gitops", "git.acme.dev:8443", "ops", "gitops", "https://git.acme.dev:8443/api/v3"],
    ["ssh://git@git.acme.dev:2222/ops/gitops.git", "git.acme.dev", "ops", "gitops", "https://git.acme.dev/api/v3"],
    ["http://127.0.0.1:3000/acme/gitops.git", "127.0.0.1:3000", "acme", "gitops", "http://127.0.0.1:3000/api/v3"],
  ])("reads %s", (url, host, owner, repo, apiUrl) => {
    expect(parseGitHubUrl(url)).toEqual({ host, owner, repo, apiUrl });
  });

  it.each([
    "",
    "gitops",
    "/srv/git/gitops.git",
    "../gitops",
    "C:\\acme\\gitops",
    "file:///acme/gitops.git",
    "http://github.com/acme/gitops.git",
    "git://github.com/acme/gitops.git",
    "https://github.com/acme",
    "https://github.com/acme/gitops/tree/main",
    "https://github.com/acme/..",
    "https://github.com/-acme/gitops",
    "https://github.com/acme/git%20ops",
    "https://github.com/acme/.git",
    "git@github.com:gitops.git",
    "ext::sh -c touch% /tmp/x",
    "--upload-pack=x:acme/gitops",
    "git@github.com:acme/gitops.git\nHost: x",
  ])("answers undefined for %j", (url) => {
    expect(parseGitHubUrl(url)).toBeUndefined();
  });
});
