/** What a revert takes back. `traffic-first`: only the objects that carry traffic, where they alone suffice; else all. */
export const REVERT_ORDERS = ["all", "traffic-first"] as const;

export type RevertOrder = (typeof REVERT_ORDERS)[number];
