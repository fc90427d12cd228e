import { orderRecords, parseLines, renderLines, unite } from "../../src/core/record.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { Ledger } from "../../src/ports/ledger.ts";

/** What several in-memory ledgers share: the lines, as they stand. */
export interface MemoryLedgerStore {
  text: string;
}

/** A ledger without git, for tests of what uses one. Passes the contract suite of the port. */
export function memoryLedger(store: MemoryLedgerStore = { text: "" }): Ledger {
  const reading = () => {
    const { records, damaged } = parseLines(store.text);
    return { records: orderRecords(records.filter(({ type }) => type !== "decision")), damaged };
  };
  return {
    read: async () => reading(),
    async decisions(target) {
      const records = orderRecords(parseLines(store.text).records);
      return records.flatMap((record) => (record.type === "decision" && record.target === target ? [record] : []));
    },
    async append(records, unless) {
      const lines = renderLines(records);
      if (parseLines(lines).records.length !== records.length) {
        throw new LastgoodError("LedgerFormat", "a record has a field that the ledger cannot hold");
      }
      if (unless?.(reading().records) === true) return false;
      store.text = unite(store.text, lines);
      return true;
    },
  };
}
