import type { Delivery } from "../../../app/delivery.ts";
import { quarantineReverted } from "../../../app/quarantine-artifacts.ts";
import { LEDGER_REF } from "../../ledger-place.ts";
import type { CommandContext } from "../context.ts";
import type { OpenedTarget } from "../open-target.ts";
import { entryTexts } from "../render/quarantine-table.ts";
import { whoAmI } from "../who-am-i.ts";

const DEFAULT_MS = 7 * 86_400_000;

/**
 * Once a revert is merged and verified to be the plan: what it took back goes into quarantine, where a policy says so or a ledger is
 * kept already. A revert that is merged is never failed by this: what cannot be written is a warning.
 */
export async function quarantineDelivery(
  delivery: Delivery,
  { world, policy, config }: OpenedTarget,
  { reason, context }: { readonly reason: string | undefined; readonly context: CommandContext },
): Promise<void> {
  if (delivery.landed === undefined) return;
  const { log, surroundings } = context;
  try {
    const kept = await world.repository.resolve(config?.ledger.ref ?? LEDGER_REF);
    if (policy === undefined && kept === undefined) return;
    const { name } = await whoAmI(surroundings);
    const forMs = policy?.quarantine.forMs ?? DEFAULT_MS;
    const records = await quarantineReverted(delivery, { forMs, by: name, reason }, world);
    const named = records.filter(({ artifact: { kind } }) => kind !== "content" && kind !== "commit");
    const [first] = records;
    if (first?.until === undefined) return;
    const what = entryTexts(named.length === 0 ? records : named).join(", ");
    log.done(`quarantined until ${first.until.slice(0, 10)}: ${what} (lastgood quarantine list)`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log.warn(`what was taken back is not in quarantine: ${why} (lastgood quarantine add)`);
  }
}
