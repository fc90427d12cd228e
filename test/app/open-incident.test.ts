import { describe, expect, it } from "vitest";

import { escalate } from "../../src/app/escalate.ts";
import { findIncident, type IncidentRequest, openIncident } from "../../src/app/open-incident.ts";
import type { Job } from "../../src/core/job/job.ts";
import { commitId, type Revision } from "../../src/core/model/git.ts";
import type { QuarantineRecord } from "../../src/core/quarantine/record.ts";
import { LastgoodError } from "../../src/errors.ts";
import { fixedClock } from "../support/fixed-clock.ts";
import { memoryForge, type MemoryForge } from "../support/memory-forge.ts";
import { memoryLedger } from "../support/memory-ledger.ts";
import { silentLog } from "../support/silent-log.ts";

const BAD = commitId("8d41c07".padEnd(40, "0"));
const JOB: Job = {
  id: "01J9ZK4T7Q",
  target: "payments/api",
  environment: "prod",
  trigger: "health Failed",
  status: "In Progress",
  station: "verification",
  detail: "the revert runs",
  createdAtMs: 0,
  updatedAtMs: 0,
  escalated: [],
  timeline: [],
  suspect: BAD,
  pullRequest: 1,
};
const SUSPECT: Revision = {
  id: BAD,
  parents: [],
  author: "dlee",
  authorEmail: "dlee@example.com",
  authoredAtMs: 0,
  committedAtMs: 0,
  message: "Bump api (#482)",
};
const REQUEST: IncidentRequest = {
  job: JOB,
  outcome: "verified",
  why: "Current for 2m",
  evidence: [],
  suspects: [],
  assignees: ["mkim"],
};

function quarantined(id: string, job: string): QuarantineRecord {
  return {
    v: 1,
    type: "quarantine",
    id,
    action: "add",
    artifact: { kind: "image", repository: "ghcr.io/acme/api", tag: `1.8.${id}` },
    targets: ["payments/api"],
    at: "2026-08-22T13:40:00Z",
    by: "lastgood",
    reason: "5xx",
    job,
  };
}

interface Place {
  readonly forge: MemoryForge;
  readonly world: {
    readonly forge: MemoryForge;
    readonly ledger: ReturnType<typeof memoryLedger>;
    readonly clock: ReturnType<typeof fixedClock>;
    readonly log: ReturnType<typeof silentLog>;
  };
  readonly comments: () => readonly string[];
}

function place(): Place {
  const forge = memoryForge({ findBranch: async () => undefined, merge: async () => BAD });
  const world = { forge, ledger: memoryLedger(), clock: fixedClock(), log: silentLog() };
  return { forge, world, comments: () => forge.talk.comments.map(({ number, body }) => `#${number} ${body}`) };
}

describe("openIncident", () => {
  it("opens one for the job, assigns it, and names it on the pull request", async () => {
    const { forge, world, comments } = place();
    const { url, number } = await openIncident(REQUEST, world).then((incident) =>
      incident.kind === "open" ? incident : { url: "", number: 0 },
    );
    expect(forge.issues.all).toMatchObject([
      {
        number,
        url,
        title: "Incident: payments/api (prod) was failing, and recovered after #1",
        labels: ["lastgood"],
        assignees: ["mkim"],
      },
    ]);
    expect(comments()).toEqual([expect.stringContaining(`#1 The incident is #${number}`)]);
    expect(await findIncident(JOB, world)).toBe(number);
  });

  it("opens no second one, whoever comes again with other words, and leaves it to people", async () => {
    const { forge, world, comments } = place();
    const first = await openIncident(REQUEST, world);
    forge.issues.close(forge.issues.all[0]?.number ?? 0);
    expect(await openIncident({ ...REQUEST, outcome: "still unhealthy" }, world)).toEqual(first);
    expect(forge.issues.all).toMatchObject([{ state: "closed", title: expect.stringContaining("recovered") }]);
    expect(comments()).toHaveLength(1);
  });

  it("shows what this job has put into quarantine, and nothing else", async () => {
    const { forge, world } = place();
    await world.ledger.append([quarantined("1", JOB.id), quarantined("2", "other")]);
    await openIncident(REQUEST, world);
    const body = forge.issues.all[0]?.body ?? "";
    expect(body).toContain("ghcr.io/acme/api:1.8.1");
    expect(body).not.toContain("ghcr.io/acme/api:1.8.2");
  });

  it("asks the people of the change, and no bot", async () => {
    const { forge, world } = place();
    const asked: string[] = [];
    const issues = {
      ...forge.issues,
      open: async (request: Parameters<typeof forge.issues.open>[0]) => {
        asked.push(...request.assignees);
        return forge.issues.open(request);
      },
    };
    const people = { branch: "bump", author: "renovate[bot]", title: "", body: "", labels: [], mergeCommit: BAD };
    const talk = { ...forge.talk, people: async () => ({ ...people, mergedBy: "DLee" }) };
    await openIncident(
      { ...REQUEST, suspects: [SUSPECT], assignees: ["dlee", "mkim"] },
      { ...world, forge: { issues, talk } },
    );
    expect(asked).toEqual(["DLee", "mkim"]);
  });

  it.each(["ForgePermission", "ForgeUnsupported", "ForgeNotFound"] as const)(
    "says once on the pull request that it may not (%s)",
    async (code) => {
      const { forge, world, comments } = place();
      forge.issues.fail(code);
      for (let i = 0; i < 2; i += 1) expect(await openIncident(REQUEST, world)).toMatchObject({ kind: "unavailable" });
      expect(await findIncident(JOB, world)).toBe("unavailable");
      expect(comments()).toEqual([expect.stringContaining("No incident issue was opened")]);
    },
  );

  it("is tried again after what passes", async () => {
    const { forge, world } = place();
    forge.issues.fail("ForgeUnavailable");
    await expect(openIncident(REQUEST, world)).rejects.toMatchObject({ code: "ForgeUnavailable" });
    await expect(findIncident(JOB, world)).rejects.toMatchObject({ code: "ForgeUnavailable" });
    forge.issues.fail(undefined);
    expect(await openIncident(REQUEST, world)).toMatchObject({ kind: "open" });
    expect(forge.issues.all).toHaveLength(1);
  });

  it("counts though the pull request cannot be written on", async () => {
    const { forge, world } = place();
    const talk = { ...forge.talk, comment: async () => Promise.reject(new LastgoodError("ForgeUnavailable", "no")) };
    const there = { ...world, forge: { issues: forge.issues, talk } };
    expect(await openIncident(REQUEST, there)).toMatchObject({ kind: "open" });
    expect(world.log.lines.join("\n")).toContain("#1 does not name the incident");
  });

  it("has none where there is no forge", async () => {
    const { world } = place();
    const { forge: _forge, ...here } = world;
    expect(await openIncident(REQUEST, here)).toMatchObject({ kind: "unavailable" });
    expect(await findIncident(JOB, {})).toBe("unavailable");
  });
});

describe("escalate", () => {
  it("calls people once for each reason, on the pull request and the incident", async () => {
    const { world, comments } = place();
    const call = { about: "still unhealthy", why: "2 of 6 pods ready", pullRequest: 1, incident: 7 } as const;
    for (let i = 0; i < 3; i += 1) expect(await escalate(call, world)).toEqual([1, 7]);
    await escalate({ ...call, about: "not delivered" }, world);
    expect(comments().map((text) => text.split(" ")[0])).toEqual(["#1", "#7", "#1", "#7"]);
    expect(comments()[0]).toContain("2 of 6 pods ready");
  });

  it("goes on where a comment cannot be written", async () => {
    const { forge, world } = place();
    const comment: typeof forge.talk.comment = async (number, key, text) => {
      if (number === 1) throw new LastgoodError("ForgePermission", "GitHub: no");
      return forge.talk.comment(number, key, text);
    };
    const there = { ...world, forge: { talk: { ...forge.talk, comment } } };
    expect(await escalate({ about: "held", why: "no", pullRequest: 1, incident: 7 }, there)).toEqual([7]);
    expect(world.log.lines.join("\n")).toContain("people were not called on #1");
  });

  it("has nowhere to call without a pull request", async () => {
    const { world } = place();
    expect(await escalate({ about: "held", why: "no" }, world)).toEqual([]);
  });
});
