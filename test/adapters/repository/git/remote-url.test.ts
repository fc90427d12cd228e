import { describe, expect, it } from "vitest";

import { parseRemoteUrl, withoutCredentials } from "../../../../src/adapters/repository/git/remote-url.ts";
import { LastgoodError } from "../../../../src/errors.ts";

function refusal(url: string, allowLocal = false): LastgoodError {
  try {
    parseRemoteUrl(url, { allowLocal });
  } catch (error) {
    if (error instanceof LastgoodError) return error;
  }
  throw new Error(`accepted: ${url}`);
}

describe("parseRemoteUrl", () => {
  it.each([
    ["https://github.com/acme/gitops.git", "https", "github.com"],
    ["https://git.example.com:8443/a/b", "https", "git.example.com:8443"],
    ["ssh://git@github.com/acme/gitops.git", "ssh", "github.com"],
    ["ssh://git@github.com:2222/acme/gitops", "ssh", "github.com:2222"],
    ["git@github.com:acme/gitops.git", "ssh", "github.com"],
  ])("takes %s", (url, protocol, host) => {
    expect(parseRemoteUrl(url)).toEqual({ url, protocol, host });
  });

  it.each([
    "ext::sh -c touch%20x",
    "ext::sh",
    "fd::17",
    "file:///etc/passwd",
    "/srv/git/repo.git",
    "../repo",
    "-oProxyCommand=x",
    "--upload-pack=x",
    "ssh://-oProxyCommand=x/repo",
    "ssh://-x@host/repo",
    "ssh://git@host/-x",
    "ssh://git:secret@host/repo",
    "-x@host:repo",
    "git@-host:repo",
    "git@host:-repo",
    "http://github.com/acme/gitops",
    "http://127.0.0.1/acme/gitops",
    "git://github.com/acme/gitops",
    "ftp://github.com/acme",
    "https://github.com/a b",
    "https://github.com/a\nb",
    "https://-x/a",
    "",
    "main",
  ])("refuses %j", (url) => {
    expect(refusal(url).code).toBe("ConfigUrl");
  });

  it.each([
    "https://s3cret@github.com/acme/gitops",
    "https://user:s3cret@github.com/acme/gitops",
    "https://user:pa/s3cret@github.com/acme/gitops",
    "https://user:p@s3cret@github.com/acme/gitops",
    "https://github.com/acme/gitops?access_token=s3cret",
    "https://github.com/acme/gitops#s3cret",
    "ssh://git:s3cret@github.com/acme",
    "s3cret:x@github.com:acme/gitops",
  ])("shows no secret when it refuses %s", (url) => {
    const error = refusal(url);
    expect(`${error.message} ${error.hint ?? ""}`).not.toContain("s3cret");
  });

  it("takes local remotes only where the caller allows them", () => {
    expect(parseRemoteUrl("/srv/git", { allowLocal: true })).toEqual({ url: "/srv/git", protocol: "file" });
    expect(parseRemoteUrl("file:///srv/git", { allowLocal: true }).protocol).toBe("file");
    expect(parseRemoteUrl("http://127.0.0.1:8080/a", { allowLocal: true }).protocol).toBe("http");
    expect(refusal("http://example.com/a", true).code).toBe("ConfigUrl");
    expect(refusal("file://host/a", true).code).toBe("ConfigUrl");
  });
});

describe("withoutCredentials", () => {
  it("removes what CI systems write into a clone's URL", () => {
    expect(withoutCredentials("https://x-access-token:t@github.com/a/b")).toBe("https://github.com/a/b");
    expect(withoutCredentials("https://t@github.com/a/b")).toBe("https://github.com/a/b");
    expect(withoutCredentials("https://github.com/a/b@c")).toBe("https://github.com/a/b@c");
    expect(withoutCredentials("git@github.com:a/b")).toBe("git@github.com:a/b");
  });
});
