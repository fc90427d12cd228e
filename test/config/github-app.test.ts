import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { wantedPermissions } from "../../src/adapters/forge/github/app-permissions.ts";

interface Manifest {
  readonly public: boolean;
  readonly hook_attributes: { readonly active: boolean };
  readonly default_permissions: Readonly<Record<string, string>>;
  readonly default_events: readonly string[];
}

const manifest = JSON.parse(readFileSync(new URL("../../config/github-app.json", import.meta.url), "utf8")) as Manifest;

/** Event → the permission that GitHub asks for before an App gets it (docs.github.com, "Webhook events and payloads"). */
const EVENT_PERMISSIONS: Readonly<Record<string, string>> = {
  push: "contents",
  pull_request: "pull_requests",
  pull_request_review: "pull_requests",
  check_suite: "checks",
  deployment_status: "deployments",
  issues: "issues",
  issue_comment: "issues",
};

describe("config/github-app.json", () => {
  it("asks for exactly what lastgood asks of an installation when nothing is switched on", () => {
    expect(manifest.default_permissions).toEqual(wantedPermissions([]));
  });

  it("never asks to administer, to write workflows or to run anything", () => {
    const never = ["administration", "workflows", "actions", "secrets", "environments", "members"];
    expect(Object.keys(manifest.default_permissions).filter((name) => never.includes(name))).toEqual([]);
  });

  it("subscribes to events that its permissions allow", () => {
    const granted = Object.keys(manifest.default_permissions);
    const missing = manifest.default_events.filter((event) => !granted.includes(EVENT_PERMISSIONS[event] ?? "unknown"));
    expect(missing).toEqual([]);
  });

  it("is private, and calls nobody before somebody says where", () => {
    expect([manifest.public, manifest.hook_attributes.active]).toEqual([false, false]);
  });
});
