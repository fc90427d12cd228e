import { HOLD_LABEL } from "../core/change/labels.ts";
import { LastgoodError } from "../errors.ts";
import type { Forge, PullRequest } from "../ports/forge.ts";
import type { ForgeTalk, Permission } from "../ports/forge-talk.ts";
import type { Log } from "../ports/log.ts";

/**
 * Did a person say, with the hold label, that lastgood must not touch this pull request? Anybody who triages can set labels: it
 * counts from who has write access. Where it cannot be told who set it, it counts.
 */
export async function handsOff(
  { labels, url, number }: PullRequest,
  { talk }: Pick<Forge, "talk">,
  log: Log,
): Promise<string | undefined> {
  if (!labels.some((label) => label.toLowerCase() === HOLD_LABEL)) return undefined;
  const by = talk === undefined ? undefined : await findLabeller(number, HOLD_LABEL, talk);
  if (by === undefined) return `${url} carries the label "${HOLD_LABEL}"`;
  if (mayWrite(by.permission)) return `${by.login} set the label "${HOLD_LABEL}" on ${url}`;
  log.warn(`the label "${HOLD_LABEL}" on ${url} does not count: ${by.login}, who set it, has no write access`);
  return undefined;
}

export function mayWrite(permission: Permission): boolean {
  return permission === "write" || permission === "admin";
}

export interface Labeller {
  readonly login: string;
  readonly permission: Permission;
  /** Epoch ms, by the forge's clock. */
  readonly atMs: number;
}

/** Who set the label that is there now; undefined when that cannot be read. */
export async function findLabeller(number: number, name: string, talk: ForgeTalk): Promise<Labeller | undefined> {
  try {
    const set = (await talk.events(number)).findLast(
      ({ kind, label }) => kind === "labelled" && label?.toLowerCase() === name,
    );
    return set?.by === undefined
      ? undefined
      : { login: set.by, permission: await talk.permissionOf(set.by), atMs: set.atMs };
  } catch (error) {
    if (error instanceof LastgoodError) return undefined;
    throw error;
  }
}
