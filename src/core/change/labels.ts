/** The labels by which people and lastgood speak to each other on a forge (interface.md §3). */

/** On every pull request of ours. */
export const OWN_LABEL = "lastgood";

/** A person's label on a revert: hands off. Counts from somebody with write access. */
export const HOLD_LABEL = "lastgood: hold";

/** A person's label on a change: never revert it unattended. */
export const SKIP_LABEL = "lastgood: skip";

/** Where a revert stands; at most one of them is set. */
export const STATE_LABELS = {
  awaiting: "lastgood: awaiting review",
  verified: "lastgood: verified",
  unhealthy: "lastgood: still unhealthy",
} as const;

export type StateLabel = keyof typeof STATE_LABELS;

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
