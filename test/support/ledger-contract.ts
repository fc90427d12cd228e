import { describe, expect, it } from "vitest";

import { renderLines } from "../../src/core/record.ts";
import type { Ledger } from "../../src/ports/ledger.ts";
import { checkpointRecord } from "./checkpoint-record.ts";
import { quarantineRecord } from "./quarantine-record.ts";

/** A place where a ledger lies, with a way in for things that lastgood would not write. */
export interface LedgerWorld {
  /** A writer of its own, as another process would be. */
  open(): Ledger;
  /** Puts text behind the lines of `payments/api`, as it stands. */
  plant(text: string): Promise<void>;
  /** The lines of `payments/api`, as they stand. */
  text(): Promise<string>;
}

/** What every ledger does. */
export function ledgerContract(name: string, makeWorld: () => LedgerWorld): void {
  describe(`${name}, as a ledger`, () => {
    it("is empty before anything was written", async () => {
      expect(await makeWorld().open().read()).toEqual({ records: [], damaged: 0 });
    });

    it("reads back what was appended, oldest first", async () => {
      const ledger = makeWorld().open();
      await ledger.append([checkpointRecord(3)]);
      await ledger.append([checkpointRecord(1), checkpointRecord(2, { target: "edge/dns" })]);
      expect((await ledger.read()).records).toEqual([
        checkpointRecord(1),
        checkpointRecord(2, { target: "edge/dns" }),
        checkpointRecord(3),
      ]);
    });

    it("writes nothing for no records", async () => {
      const world = makeWorld();
      await world.open().append([]);
      expect(await world.text()).toBe("");
    });

    it("holds a record once when it is appended twice", async () => {
      const world = makeWorld();
      await world.open().append([checkpointRecord(1), checkpointRecord(1)]);
      await world.open().append([checkpointRecord(1)]);
      expect((await world.open().read()).records).toEqual([checkpointRecord(1)]);
      expect(await world.text()).toBe(renderLines([checkpointRecord(1)]));
    });

    it("holds verdicts and quarantine beside each other", async () => {
      const world = makeWorld();
      const records = [checkpointRecord(1), quarantineRecord(2), quarantineRecord(3, { action: "release" })];
      await world.open().append(records);
      await world.open().append([quarantineRecord(2), checkpointRecord(4)]);
      expect((await world.open().read()).records).toEqual([...records, checkpointRecord(4)]);
    });

    it("shows one writer what the other wrote", async () => {
      const world = makeWorld();
      const [mine, theirs] = [world.open(), world.open()];
      await mine.append([checkpointRecord(1)]);
      await theirs.append([checkpointRecord(2)]);
      await mine.append([checkpointRecord(3)]);
      expect((await theirs.read()).records).toHaveLength(3);
    });

    it("loses no line when writers run at once", async () => {
      const world = makeWorld();
      const writers = [world.open(), world.open(), world.open()];
      await Promise.all(
        writers.flatMap((ledger, w) => [1, 2].map(async (n) => ledger.append([checkpointRecord(w * 2 + n)]))),
      );
      const { records, damaged } = await world.open().read();
      expect(records).toEqual([1, 2, 3, 4, 5, 6].map((n) => checkpointRecord(n)));
      expect(damaged).toBe(0);
    });

    it("adds nothing when what is on record by then says not to", async () => {
      const world = makeWorld();
      const [mine, theirs] = [world.open(), world.open()];
      await mine.read();
      await theirs.append([checkpointRecord(1)]);
      const asked: number[] = [];
      const unless = (records: readonly unknown[]): boolean => {
        asked.push(records.length);
        return records.length > 0;
      };
      expect(await mine.append([checkpointRecord(2)], unless)).toBe(false);
      expect(asked).toEqual([1]);
      expect((await theirs.read()).records).toEqual([checkpointRecord(1)]);
      expect(await mine.append([checkpointRecord(2)], () => false)).toBe(true);
      expect((await theirs.read()).records).toHaveLength(2);
    });

    it("lets one of several writers in when each says: only if nobody was first", async () => {
      const world = makeWorld();
      const writers = [world.open(), world.open(), world.open()];
      const added = await Promise.all(
        writers.map(async (ledger, n) => ledger.append([checkpointRecord(n + 1)], (records) => records.length > 0)),
      );
      expect(added.filter(Boolean)).toHaveLength(1);
      expect((await world.open().read()).records).toHaveLength(1);
    });

    it("keeps text with newlines, quotes and control characters in one line", async () => {
      const world = makeWorld();
      const record = checkpointRecord(1, {
        reason: 'line 1\nline 2 "quoted" \u001b[31m\u0085\u2028 é 🚀',
        by: "a\r\nb",
      });
      await world.open().append([record]);
      expect((await world.open().read()).records).toEqual([record]);
      expect(await world.text()).toMatch(/^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028]+\n$/);
    });

    it.each([
      ["an artifact of no known kind", { artifact: { kind: "wish" } as never }],
      [
        "an image without tag and digest",
        { artifact: { kind: "image", repository: "docker.io/library/nginx" } as const },
      ],
      [
        "a value without a field",
        { artifact: { kind: "value", path: "values.yaml", value: "1.8.0", field: "" } as const },
      ],
      ["a commit that is none", { artifact: { kind: "commit", commit: "8d41c07" as never } as const }],
      ["an end that is no time", { until: "tomorrow" }],
      ["a target with a newline", { targets: ["payments\napi"] }],
    ])("refuses to quarantine %s, and writes nothing", async (_, changes) => {
      const world = makeWorld();
      const append = world.open().append([quarantineRecord(1), quarantineRecord(2, changes)]);
      await expect(append).rejects.toMatchObject({ code: "LedgerFormat" });
      expect(await world.open().read()).toEqual({ records: [], damaged: 0 });
    });

    it("counts damaged lines and keeps them as they stand", async () => {
      const world = makeWorld();
      await world.open().append([checkpointRecord(1)]);
      await world.plant('{"v":1,"type":"checkpo\nnot json\n{"v":1,"type":"checkpoint","id":"x"}\n');
      const before = await world.text();
      await world.open().append([checkpointRecord(2)]);
      expect(await world.open().read()).toMatchObject({
        records: [checkpointRecord(1), checkpointRecord(2)],
        damaged: 3,
      });
      expect(await world.text()).toBe(before + renderLines([checkpointRecord(2)]));
    });

    it("does not join a new line to a torn one", async () => {
      const world = makeWorld();
      await world.open().append([checkpointRecord(1)]);
      await world.plant('{"v":1,"type":"checkpo');
      await world.open().append([checkpointRecord(2)]);
      expect(await world.open().read()).toMatchObject({
        records: [checkpointRecord(1), checkpointRecord(2)],
        damaged: 1,
      });
    });

    it("keeps lines of newer versions and unknown types, and leaves them out", async () => {
      const world = makeWorld();
      await world.open().append([checkpointRecord(1)]);
      await world.plant('{"v": 2, "type": "checkpoint", "id": "n"}\n{"v":1,"type":"weather","id":"w"}\n');
      const before = await world.text();
      await world.open().append([checkpointRecord(2)]);
      expect(await world.open().read()).toMatchObject({
        records: [checkpointRecord(1), checkpointRecord(2)],
        damaged: 0,
      });
      expect(await world.text()).toBe(before + renderLines([checkpointRecord(2)]));
    });

    it.each([
      ["a target with a newline", { target: "payments\napi" }],
      ["a target with half a surrogate pair", { target: "payments\ud800" }],
      ["no target", { target: "" }],
      ["a time that is none", { at: "yesterday" }],
      ["an id that is a path", { id: "../x" }],
    ])("refuses %s, and writes nothing", async (_, changes) => {
      const world = makeWorld();
      const append = world.open().append([checkpointRecord(1), checkpointRecord(2, changes)]);
      await expect(append).rejects.toMatchObject({ code: "LedgerFormat" });
      expect(await world.text()).toBe("");
    });
  });
}
