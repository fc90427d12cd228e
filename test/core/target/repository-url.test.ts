import { describe, expect, it } from "vitest";
import { isManagedUrl, isPinnedRevision, normalizeRepositoryUrl } from "../../../src/core/target/repository-url.ts";

describe("normalizeRepositoryUrl", () => {
  it.each([
    "https://github.com/Acme/GitOps.git",
    "https://github.com/acme/gitops/",
    "https://user:token@github.com/acme/gitops",
    "git@github.com:acme/gitops.git",
    "ssh://git@github.com/acme/gitops",
    "ssh://git@github.com:22/acme/gitops.git",
    "github.com:acme/gitops",
  ])("reads %s as the same repository", (url) => {
    expect(normalizeRepositoryUrl(url)).toBe("github.com/acme/gitops");
  });

  it("cannot tell when no address is known", () => {
    expect(isManagedUrl("https://github.com/acme/gitops", [])).toBeUndefined();
    expect(isManagedUrl("https://github.com/acme/gitops", ["git@github.com:acme/gitops.git"])).toBe(true);
    expect(isManagedUrl("https://github.com/acme/gitops-2", ["git@github.com:acme/gitops.git"])).toBe(false);
    expect(isManagedUrl("https://evil.example/github.com/acme/gitops", ["https://github.com/acme/gitops"])).toBe(false);
  });
});

describe("isPinnedRevision", () => {
  it.each(["v1.2.3", "1.2", "refs/tags/x", "0123456", "a".repeat(40), ">=1.0.0", "^1", "~1.2", "*", "1.x", "1.2.*"])(
    "holds for %s",
    (revision) => {
      expect(isPinnedRevision(revision)).toBe(true);
    },
  );

  it.each(["", "HEAD", "main", "refs/heads/v1.2.3", "release-1.2", "feature/1.x", "prod"])(
    "does not hold for %j",
    (revision) => {
      expect(isPinnedRevision(revision)).toBe(false);
    },
  );
});
