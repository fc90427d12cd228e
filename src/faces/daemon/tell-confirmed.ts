import type { Confirmed } from "../../app/daemon/confirm-landed.ts";
import { confirmedText } from "../../app/confirm-components.ts";
import type { DaemonLog } from "./daemon-log.ts";

/** So many have a line of their own. */
const MOST = 100;

/** One line for each component of a revert that was verified. */
export function tellConfirmed(target: string, { job, landed, components }: Confirmed, log: DaemonLog): void {
  const about = { target, job, revision: landed };
  for (const one of components.slice(0, MOST)) {
    const { name, isPlanned, status } = one;
    // What nobody can see is nothing to worry about here: the target as a whole was seen well.
    const isWell = isPlanned && (status === undefined || status === "Unknown" || status === "Current");
    const fields = { ...about, component: name, content: isPlanned ? "as planned" : "not as planned" };
    log.event(confirmedText(one, landed), { ...fields, ...(status === undefined ? {} : { status }) }, levelOf(isWell));
  }
  const rest = components.slice(MOST);
  if (rest.length === 0) return;
  const odd = rest.filter(({ isPlanned }) => !isPlanned).length;
  const how = odd === 0 ? "all as planned" : `${odd} of them not as planned`;
  log.event(`and ${rest.length} more components, ${how}`, about, levelOf(odd === 0));
}

function levelOf(isWell: boolean): "info" | "warn" {
  return isWell ? "info" : "warn";
}
