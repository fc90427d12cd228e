import { describe, expect, it } from "vitest";
import type { ConfirmedComponent } from "../../../src/app/confirm-components.ts";
import { createDaemonLog } from "../../../src/faces/daemon/daemon-log.ts";
import { tellConfirmed } from "../../../src/faces/daemon/tell-confirmed.ts";

const ABOUT = { job: "01JOB", landed: "5e2d9a0".padEnd(40, "0") };

function told(components: readonly ConfirmedComponent[], json: boolean): readonly string[] {
  const lines: string[] = [];
  const log = createDaemonLog({
    write: (line) => void lines.push(line.trimEnd()),
    json,
    redact: (text) => text.replaceAll("s3cret", "***"),
    clock: { nowMs: () => Date.parse("2026-08-22T14:00:00Z") },
  });
  tellConfirmed("api", { ...ABOUT, components }, log);
  return lines;
}

describe("tellConfirmed", () => {
  it("says each component in a line of its own, with fields for machines", () => {
    const [first, second] = told(
      [
        { name: "Deployment/api", isPlanned: true, status: "Current" },
        { name: "ConfigMap/s3cret", isPlanned: false },
      ],
      true,
    ).map((line) => JSON.parse(line) as unknown);
    const about = { target: "api", job: "01JOB", revision: ABOUT.landed };
    expect(first).toMatchObject({
      ...about,
      level: "info",
      msg: "Deployment/api: as planned, Current",
      component: "Deployment/api",
      content: "as planned",
      status: "Current",
    });
    expect(second).toMatchObject({
      ...about,
      level: "warn",
      msg: "ConfigMap/***: not as planned in 5e2d9a0",
      component: "ConfigMap/***",
      content: "not as planned",
    });
    expect(second).not.toHaveProperty("status");
  });

  it("warns of what is as planned and not well, and lets a name do no harm", () => {
    expect(told([{ name: "Deployment/a\u202eb", isPlanned: true, status: "Failed" }], false)).toEqual([
      String.raw`2026-08-22T14:00:00Z warning: api [01JOB] Deployment/a\u202eb: as planned, Failed`,
    ]);
  });

  it("counts those of a huge revert together", () => {
    const many = Array.from({ length: 130 }, (_, i) => ({ name: `ConfigMap/c${i}`, isPlanned: i !== 120 }));
    const lines = told(many, false);
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toContain("warning: api [01JOB] and 30 more components, 1 of them not as planned");
  });
});
