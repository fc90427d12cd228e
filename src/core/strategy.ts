/** How a target brings a new version to its users: which objects carry traffic, who moves it, and so what a revert does first. */

/** `recreate`: down in between. `unknown`: no workload of it is in git. */
export type StrategyKind = "blue/green" | "canary" | "rolling" | "recreate" | "unknown";

/** What goes back. `traffic-first`: the objects that carry traffic by themselves, while the old version still runs. */
export const REVERT_ORDERS = ["all", "traffic-first"] as const;

export type RevertOrder = (typeof REVERT_ORDERS)[number];
