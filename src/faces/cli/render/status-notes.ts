import type { Reason } from "../../../ports/engine.ts";
import type { StatusRow } from "./status-table.ts";

/** What people ought to know besides: each once, untrusted texts in them. */
export function statusNotes({ observed, standing }: StatusRow, reasons: readonly Reason[]): readonly string[] {
  const { notes, restrictions } = observed.watched;
  const all = [
    ...reasons.flatMap(contradictionOf),
    ...notes,
    ...restrictions.notes,
    ...(standing.history?.notes ?? []),
  ];
  return [...new Set(all)];
}

/** The engine is believed: what is below it is read here to explain it. */
function contradictionOf({ id, status, below }: Reason): readonly string[] {
  const isContradicted = status.status === "Current" && below.some((reason) => reason.status.status === "Failed");
  return isContradicted ? [`${id.kind} ${id.name} is well all the same, says its engine: that is what decides`] : [];
}
