import type { QuarantineRecord } from "../../src/core/quarantine/record.ts";

/** A sound record; `number` makes its id and its minute. */
export function quarantineRecord(number: number, changes: Partial<QuarantineRecord> = {}): QuarantineRecord {
  return {
    v: 1,
    type: "quarantine",
    id: `01JA${number.toString().padStart(22, "0")}`,
    action: "add",
    artifact: { kind: "image", repository: "ghcr.io/acme/api", tag: "1.8.0" },
    targets: ["payments/api"],
    at: new Date(Date.parse("2026-08-22T13:00:00Z") + number * 60_000).toISOString().replace(".000Z", "Z"),
    by: "mkim",
    reason: "5xx 12% since 1.8.0",
    ...changes,
  };
}
