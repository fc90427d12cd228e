import { describe, expect, it } from "vitest";
import { findUntold, toldRecord, toldRecordOf } from "../../../src/core/job/told-record.ts";
import type { JsonObject } from "../../../src/core/model/json.ts";
import { type LedgerRecord, parseLines, renderLines } from "../../../src/core/record.ts";
import { jobRecord } from "../../support/job-record.ts";

const AT = { at: "2026-08-22T14:00:00Z", by: "lastgood" };

/** Ids of the lines that are left to be told, by job. */
function untold(records: readonly LedgerRecord[]): readonly (readonly string[])[] {
  const jobs = [...findUntold(records, "lastgood").values()].flat();
  return jobs.map(({ lines }) => lines.map(({ line }) => line.id));
}

describe("a told record", () => {
  it("is read back as it was written, and has the same id each time", () => {
    const record = toldRecord(jobRecord("J1", 0), AT);
    expect(parseLines(renderLines([record])).records).toEqual([record]);
    expect(toldRecord(jobRecord("J1", 0), { ...AT, at: "2026-08-22T15:00:00Z" }).id).toBe(record.id);
  });

  it.each([
    ["no line", { line: undefined }],
    ["a job that is no file name", { job: "../x" }],
    ["a time that is none", { at: "now" }],
  ])("is damaged with %s", (_, wrong) => {
    const value = JSON.parse(JSON.stringify({ ...toldRecord(jobRecord("J1", 0), AT), ...wrong })) as JsonObject;
    expect(toldRecordOf(value)).toBeUndefined();
  });
});

describe("findUntold", () => {
  const [first, second, third] = [jobRecord("J1", 0), jobRecord("J1", 10), jobRecord("J1", 20)];

  it("finds the lines after the last that was told, in whatever order they come", () => {
    expect(untold([third, toldRecord(first, AT), first, second])).toEqual([[second.id, third.id]]);
  });

  it("finds nothing where the newest line was told, though those before were not named", () => {
    expect(untold([first, second, toldRecord(second, AT)])).toEqual([]);
  });

  it("knows where nothing was ever recorded as told", () => {
    const [[job] = []] = [...findUntold([first, second], "lastgood").values()];
    expect(job).toMatchObject({ isUnknown: true, lines: [{ earlier: [] }, { earlier: [first] }] });
  });

  it("leaves out what follows the end of a job", () => {
    const end = jobRecord("J1", 15, { status: "Completed", outcome: "verified" });
    expect(untold([first, end, third, toldRecord(first, AT)])).toEqual([[end.id]]);
    expect(untold([first, end, third, toldRecord(end, AT)])).toEqual([]);
  });

  it("leaves the jobs of people to people, and takes what a person wrote into one of its own", () => {
    const cancelled = jobRecord("J1", 10, { by: "dana", status: "Completed", outcome: "cancelled" });
    expect(untold([first, toldRecord(first, AT), cancelled])).toEqual([[cancelled.id]]);
    expect(untold([jobRecord("J2", 0, { by: "dana" })])).toEqual([]);
  });
});
