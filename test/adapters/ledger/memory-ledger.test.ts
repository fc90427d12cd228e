import { ledgerContract } from "../../support/ledger-contract.ts";
import { memoryLedger } from "../../support/memory-ledger.ts";

ledgerContract("the memory ledger", () => {
  const store = { text: "" };
  return {
    open: () => memoryLedger(store),
    plant: async (text) => {
      store.text += text;
    },
    text: async () => store.text,
  };
});
