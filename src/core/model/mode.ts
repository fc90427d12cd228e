/** How far lastgood may go unattended, in rising order. */
export const MODES = ["observe", "propose", "merge", "push"] as const;

export type Mode = (typeof MODES)[number];

/** The one that does less. */
export function lowerMode(one: Mode, other: Mode): Mode {
  return MODES.indexOf(one) <= MODES.indexOf(other) ? one : other;
}
