import * as fc from "fast-check";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { escalationText } from "../../../src/core/change/escalation.ts";
import { incidentLink, incidentText, type IncidentFacts } from "../../../src/core/change/incident.ts";
import { MAX_BODY } from "../../../src/core/change/pull-request.ts";
import { ESCALATIONS, type JobRecord } from "../../../src/core/job/job-record.ts";
import { foldJob, type Job } from "../../../src/core/job/job.ts";
import { commitId, type Revision } from "../../../src/core/model/git.ts";
import type { QuarantineRecord } from "../../../src/core/quarantine/record.ts";

const PAGES = join(import.meta.dirname, "../../../fixtures/incidents");
const BAD = "8d41c07be1f0a6f2c9d3e4b5a6978c1d2e3f4051";
const GOOD = "3f9c2ab0d8c47e5b6a190f2e3d4c5b6a79881234";
const LANDED = "5e2d9a0c1b2a39485766554433221100ffeeddcc";

type Line = Partial<JobRecord> & Pick<JobRecord, "at" | "station" | "detail">;

function jobOf(lines: readonly Line[], more: Partial<JobRecord> = {}): Job {
  const records = lines.map((line, i): JobRecord => ({
    v: 1,
    type: "job",
    id: `01J9ZL${String(i).padStart(4, "0")}`,
    job: "01J9ZK4T7Q",
    by: "lastgood",
    status: "In Progress",
    target: "payments/api",
    environment: "prod",
    trigger: "alert ApiErrorRate",
    since: "2026-08-22T13:40:10Z",
    suspect: BAD,
    checkpoint: GOOD,
    key: "0c9e41d27ab3",
    ...more,
    ...line,
  }));
  const job = foldJob(records);
  if (job === undefined) throw new Error("no job");
  return job;
}

const BEGUN: readonly Line[] = [
  { at: "2026-08-22T13:44:00Z", station: "pull request", detail: "failing for 3m: opens a pull request" },
  { at: "2026-08-22T13:44:20Z", station: "pull request", detail: "opened #491", pullRequest: 491 },
];

const MERGED: readonly Line[] = [
  ...BEGUN,
  {
    at: "2026-08-22T13:52:02Z",
    station: "sync",
    detail: "landed, waiting for the engine",
    landed: LANDED,
    landedAt: "2026-08-22T13:52:00Z",
    landedBy: "dlee",
  },
];

const REACHED: readonly Line[] = [
  ...MERGED,
  {
    at: "2026-08-22T13:55:00Z",
    station: "verification",
    detail: "the revert runs; is it well?",
    reachedAt: "2026-08-22T13:54:50Z",
  },
];

function revision(message: string, author = "renovate"): Revision {
  const atMs = Date.parse("2026-08-22T13:38:00Z");
  const times = { authoredAtMs: atMs, committedAtMs: atMs };
  return { id: commitId(BAD), parents: [], author, authorEmail: "bot@example.com", message, ...times };
}

function quarantineRecord(artifact: QuarantineRecord["artifact"]): IncidentFacts["quarantined"][number] {
  const record: QuarantineRecord = {
    v: 1,
    type: "quarantine",
    id: "Q1",
    action: "add",
    artifact,
    targets: ["payments/api"],
    at: "2026-08-22T13:57:00Z",
    until: "2026-08-29T13:57:00Z",
    by: "lastgood",
    reason: "5xx",
    job: "01J9ZK4T7Q",
  };
  return { artifact, target: "payments/api", record };
}

const IMAGE = { kind: "image", repository: "ghcr.io/acme/api", tag: "1.8.0" } as const;

const RECOVERED: IncidentFacts = {
  job: jobOf(REACHED),
  outcome: "verified",
  why: "Current for 2m (needs 2m)",
  nowMs: Date.parse("2026-08-22T13:57:00Z"),
  evidence: ["Deployment/api: 2 of 6 pods ready, CrashLoopBackOff", "job:errors:ratio5m 12 % (at most 2 %)"],
  suspects: [revision("feat(api): bump image to 1.8.0 (#482)")],
  quarantined: [
    quarantineRecord(IMAGE),
    quarantineRecord({ kind: "content", revision: commitId(BAD), files: [{ path: "apps/payments/api/values.yaml" }] }),
  ],
  runbook: "https://runbooks.example/payments-api",
};

const HOSTILE =
  "fixes #12 @acme/all <img src=x onerror=1> [x](javascript:1) | `code` \u202e \x1b[31m\n## No\n- [x] done https://bot:hunter2hunter2@example.com/x";

const CASES: Readonly<Record<string, IncidentFacts>> = {
  recovered: RECOVERED,
  "still-unhealthy": {
    ...RECOVERED,
    job: jobOf([
      ...REACHED,
      {
        at: "2026-08-22T14:09:50Z",
        station: "verification",
        detail: "the revert did not help",
        escalated: "still unhealthy",
      },
    ]),
    outcome: "still unhealthy",
    why: "Deployment/api: 2 of 6 pods ready",
    nowMs: Date.parse("2026-08-22T14:10:00Z"),
    quarantined: [],
  },
  "not-delivered": {
    ...RECOVERED,
    job: jobOf(MERGED),
    outcome: "not delivered",
    why: "application/argocd/payments-api does not sync by itself (argocd app sync payments-api)",
    nowMs: Date.parse("2026-08-22T14:07:00Z"),
    quarantined: [],
    suspects: [],
  },
  hostile: {
    ...RECOVERED,
    job: jobOf([{ at: "2026-08-22T13:44:00Z", station: "decision", detail: HOSTILE, by: HOSTILE, landedBy: HOSTILE }], {
      target: "a|b <b> @acme",
      trigger: HOSTILE,
      environment: "`prod`",
      landed: LANDED,
      pullRequest: 491,
    }),
    why: HOSTILE,
    evidence: [HOSTILE],
    suspects: [revision(HOSTILE, HOSTILE)],
    quarantined: [quarantineRecord({ ...IMAGE, tag: "1.8.0`|<b>" })],
    runbook: "https://runbooks.example/`x` <b>",
  },
};

describe("incidentText", () => {
  it.each(Object.keys(CASES))("reads as in fixtures/incidents/%s.md", async (name) => {
    const { title, body } = incidentText(CASES[name] ?? RECOVERED);
    await expect(`# ${title}\n\n${body}\n`).toMatchFileSnapshot(join(PAGES, `${name}.md`));
  });

  it("does nothing that foreign text asks for, and shows no secret", () => {
    const { title, body } = incidentText(CASES["hostile"] ?? RECOVERED);
    const text = body.replaceAll(/(`+)(?!`).*?[^`]\1(?!`)/g, "");
    expect(`${title}\n${body}`).not.toContain("hunter2");
    expect(text).not.toMatch(/@acme|fixes #\d|<img|(?<!\\)\]\(|\u202e|\x1b|https:\/\/bot/);
    expect(body.split("\n").filter((line) => line.startsWith("## "))).toEqual([]);
    expect(body.match(/^- \[[ x]\]/gm)?.every((box) => box === "- [ ]")).toBe(true);
  });

  it("asks for the release of what is quarantined, by a command that can be pasted", () => {
    expect(incidentText(RECOVERED).body).toContain(
      '`lastgood quarantine release payments/api --image ghcr.io/acme/api:1.8.0 --reason "..."`',
    );
    expect(incidentText({ ...RECOVERED, quarantined: [] }).body).not.toContain("quarantine");
  });

  it("says what ended it in the title", () => {
    const titles = (["verified", "still unhealthy", "not delivered", "timeout", "failed"] as const).map(
      (outcome) => incidentText({ ...RECOVERED, outcome }).title,
    );
    expect(new Set(titles).size).toBe(5);
    for (const title of titles) expect(title).toContain("payments/api (prod)");
  });

  it("keeps to GitHub's limits, whatever it is told", () => {
    const text = fc.oneof(fc.string({ unit: "binary", maxLength: 400 }), fc.constant("&<|`".repeat(2000)));
    const counts = fc.integer({ min: 0, max: 250 });
    fc.assert(
      fc.property(text, counts, text, (words, count, name) => {
        const line: Line = { at: "2026-08-22T13:44:00Z", station: "plan", detail: words };
        const facts: IncidentFacts = {
          ...RECOVERED,
          job: { ...jobOf([line]), target: name, timeline: Array.from({ length: count }, () => entry(words)) },
          why: words,
          evidence: Array.from({ length: count }, () => words),
          suspects: Array.from({ length: count }, () => revision(words, words)),
          quarantined: Array.from({ length: count }, () => quarantineRecord({ ...IMAGE, tag: words })),
          runbook: `https://x.example/${words}`,
        };
        const { title, body } = incidentText(facts);
        expect(title.length).toBeLessThanOrEqual(256);
        expect(body.length).toBeLessThanOrEqual(MAX_BODY);
        expect(body).toContain("### Post-mortem");
        expect(incidentText(facts)).toEqual({ title, body });
      }),
      { numRuns: 8 },
    );
  });
});

function entry(detail: string): Job["timeline"][number] {
  return { atMs: 0, by: "lastgood", status: "In Progress", station: "plan", detail };
}

describe("what is told on the pull request", () => {
  it("links the incident, or says that there can be none", () => {
    expect(incidentLink(512)).toBe("The incident is #512: it stays open until people close it.");
    expect(incidentLink(undefined)).toContain("issues: write");
  });

  it.each(ESCALATIONS)("calls people for %s, in words of its own, with the reason defused", (about) => {
    const text = escalationText(about, "look @acme/all\n# no");
    expect(text).toMatch(/^> \[!WARNING\]\n> \*\*[^\n]+\*\* [^\n]+$/);
    expect(text).not.toContain("@acme");
  });
});
