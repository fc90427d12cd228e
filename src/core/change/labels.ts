/** The labels by which people and lastgood speak to each other on a forge (interface.md §3). */

/** On every pull request of ours. */
export const OWN_LABEL = "lastgood";

/** A person's label on a revert: hands off. Counts from somebody with write access. */
export const HOLD_LABEL = "lastgood: hold";

/** A person's label on a change: never revert it unattended. */
export const SKIP_LABEL = "lastgood: skip";

/** A person's label on an open issue: the kill switch. Counts from somebody with write access. */
export const DISABLE_LABEL = "lastgood: disable";

/** A person's label on an open issue: freezes do not count. From somebody with write access, who could merge by hand as well, for a day. */
export const LIFT_LABEL = "lastgood: lift freeze";

/** Where a revert stands; at most one of them is set. */
export const STATE_LABELS = {
  awaiting: "lastgood: awaiting review",
  verified: "lastgood: verified",
  unhealthy: "lastgood: still unhealthy",
  superseded: "lastgood: superseded",
} as const;

export type StateLabel = keyof typeof STATE_LABELS;

/** How a label of ours looks where it is made: six hex digits without `#`, at most 100 characters of words. */
export interface LabelLook {
  readonly color: string;
  readonly description: string;
}

const LOOKS: Readonly<Record<string, LabelLook>> = {
  [OWN_LABEL]: {
    color: "0e8a6e",
    description: "Opened by lastgood: takes a target back to its last known good revision",
  },
  [HOLD_LABEL]: { color: "b60205", description: "A person's word on a revert: lastgood leaves it alone" },
  [DISABLE_LABEL]: {
    color: "b60205",
    description: "On an open issue: lastgood does nothing by itself until it is closed",
  },
  [LIFT_LABEL]: {
    color: "fbca04",
    description: "On an open issue: freeze windows do not hold lastgood back, for a day",
  },
  [SKIP_LABEL]: { color: "d4c5f9", description: "A person's word on a change: lastgood never reverts it by itself" },
  [STATE_LABELS.awaiting]: { color: "fbca04", description: "A revert that waits for a person to merge it" },
  [STATE_LABELS.verified]: { color: "0e8a16", description: "A revert after which the target was seen healthy" },
  [STATE_LABELS.superseded]: {
    color: "c5def5",
    description: "A revert that lastgood closed itself: something else took the place of what it reverts",
  },
  [STATE_LABELS.unhealthy]: { color: "d93f0b", description: "A revert that did not help: look at the target" },
};

/** undefined for a label that is not ours: it is made as the forge makes it. */
export function lookOf(label: string): LabelLook | undefined {
  return Object.hasOwn(LOOKS, label) ? LOOKS[label] : undefined;
}

/** What to set and what to take off so that exactly `state` shows; undefined: none of them. */
export function labelsFor(state: StateLabel | undefined): {
  readonly add: readonly string[];
  readonly remove: readonly string[];
} {
  const wanted = state === undefined ? undefined : STATE_LABELS[state];
  return {
    add: wanted === undefined ? [] : [wanted],
    remove: Object.values(STATE_LABELS).filter((label) => label !== wanted),
  };
}
