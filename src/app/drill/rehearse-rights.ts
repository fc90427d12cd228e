/** What else a revert needs: rights on the forge, an engine that delivers, people who are told. Everything is only asked. */
import type { Finding } from "../../core/doctor/finding.ts";
import type { EngineState } from "../../core/engine/engine-state.ts";
import { engineKey } from "../../core/engine/engine-state.ts";
import type { Check } from "../doctor/run-checks.ts";
import type { Passed, Stations } from "./stations.ts";

/** One check of `doctor` as a station. */
export async function rehearseCheck(
  name: string,
  check: Pick<Check, "run">,
  { stations, signal }: { readonly stations: Stations; readonly signal: AbortSignal },
): Promise<void> {
  await stations.run(name, async () => passedOf(await check.run(signal)));
}

const WORST = ["failed", "warning", "skipped", "ok"] as const;

/** The worst finding speaks for all. */
export function passedOf(findings: readonly Finding[]): Passed {
  const [worst] = WORST.flatMap((status) => findings.filter((finding) => finding.status === status));
  if (worst === undefined) return { result: "skipped", detail: "there was nothing to look at" };
  const same = findings.filter(({ status }) => status === worst.status).length - 1;
  const isFine = worst.status === "ok" || worst.status === "skipped";
  const more = same > 0 && !isFine ? ` (and ${same} more: lastgood doctor)` : "";
  const remedy = isFine || worst.remedy?.[0] === undefined ? "" : `. ${worst.remedy[0]}`;
  if (worst.status === "ok")
    return {
      result: "ok",
      detail: findings
        .slice(0, 2)
        .map(({ message }) => message)
        .join("; "),
    };
  return { result: worst.status, detail: `${worst.message}${more}${remedy}` };
}

/** Would a commit arrive? What keeps it is named with what frees it. */
export function passedByEngine(states: readonly EngineState[]): Passed {
  if (states.length === 0) return { result: "warning", detail: "no engine deploys this target" };
  const blockers = states.flatMap((state) => state.blockers.map((blocker) => ({ state, blocker })));
  const [first] = blockers;
  if (first !== undefined) {
    const { reason, message, command } = first.blocker;
    const frees = command === undefined ? "" : ` (${command})`;
    return { result: "failed", detail: `${reason}: ${message}${frees}` };
  }
  const said = states.map(({ id, sync, status }) => `${engineKey(id)} is ${sync}, ${status.status}`);
  return { result: "ok", detail: `${said.join("; ")}: nothing keeps a revert from arriving` };
}
