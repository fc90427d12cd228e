/** In which order the items of a merged list stand. */
import { type Ids } from "../patch/align.ts";
import { mergeOrder } from "../patch/order.ts";
import { alignLines } from "../edit/align-lines.ts";
import { mergeLines, sideBySide } from "../edit/merge-lines.ts";
import type { Sides } from "../model/sides.ts";

/**
 * Did the change put items in the place of others, and later work again others in theirs? Then nothing says what belongs there:
 * `--v=1` (good), `--v=2` (bad), `--v=3` (now). Items with names stand for themselves unless something new stands in their place.
 */
export function replacedAgain(ids: Sides<Ids>, scalars: boolean): boolean {
  const [good, bad, now] = [[...ids.good.keys()], [...ids.bad.keys()], [...ids.now.keys()]];
  /** Item that later work took away → does something new stand in its place? */
  const gone = new Map<string, boolean>();
  for (const hunk of alignLines(bad, now)) {
    const replaced = now.slice(hunk.sourceFrom, hunk.sourceTo).some((id) => !ids.bad.has(id) && !ids.good.has(id));
    for (const id of bad.slice(hunk.from, hunk.to)) if (!ids.now.has(id)) gone.set(id, scalars || replaced);
  }
  return alignLines(bad, good).some((hunk) => {
    const returning = good.slice(hunk.sourceFrom, hunk.sourceTo).filter((id) => !ids.bad.has(id));
    if (returning.every((id) => ids.now.has(id))) return false;
    return bad.slice(hunk.from, hunk.to).some((id) => !ids.good.has(id) && gone.get(id) === true);
  });
}

/** The ids of all items of good and now, in order; undefined when both sides put the same items into different orders. */
export function orderItems(ids: Sides<Ids>): readonly string[] | undefined {
  const [good, bad, now] = [[...ids.good.keys()], [...ids.bad.keys()], [...ids.now.keys()]];
  const [goodOrder, nowOrder] = [ordered(good, ids.bad), ordered(now, ids.bad)];
  if (goodOrder && nowOrder) return inPlace({ good, bad, now });
  if (goodOrder) return mergeOrder(now, good);
  const common = now.filter((id) => ids.good.has(id));
  if (nowOrder || common.join("\0") === good.filter((id) => ids.now.has(id)).join("\0")) return mergeOrder(good, now);
  return undefined;
}

/** Do the items that `bad` has too stand in its order? */
function ordered(list: readonly string[], bad: Ids): boolean {
  const places = list.flatMap((id) => bad.get(id) ?? []);
  return places.every((place, at) => place > (places[at - 1] ?? -1));
}

/** What comes back takes the place of what goes; at the same place what was put in since comes first. */
function inPlace(lists: Sides<readonly string[]>): readonly string[] {
  const order = mergeLines(lists).flatMap((region) => {
    if (region.kind !== "conflict") return [...region.lines[region.kind]];
    return [...(sideBySide(region) ?? mergeOrder(region.lines.now, region.lines.good))];
  });
  return mergeOrder(mergeOrder(new Set(order), lists.now), lists.good);
}
