import { type Alias, type Document, isAlias, isCollection, isPair, isScalar, type Node } from "yaml";

import type { Place } from "../../errors.ts";
import { fault, quote } from "./fault.ts";

/** Collections in each other, aliases followed. */
export const MAX_DEPTH = 200;
/** Nodes that the aliases of one file may add to it. */
export const MAX_ALIAS_NODES = 1_000_000;

/** What each alias of a document stands for. */
export type AliasTargets = ReadonlyMap<Alias, Node>;

interface Extent {
  readonly nodes: number;
  readonly depth: number;
}

/**
 * Finds what every alias stands for: the last anchor of its name before it. Costs no more than the written nodes, however
 * far they expand. Throws LimitAlias (undefined, recursive, over the budget) and LimitDepth.
 */
export function findAliasTargets(document: Document.Parsed, placeAt: (offset: number) => Place): AliasTargets {
  const targets = new Map<Alias, Node>();
  const anchors = new Map<string, { readonly node: Node; extent?: Extent }>();
  let added = 0;

  function measureAlias(alias: Alias): Extent {
    const anchor = anchors.get(alias.source);
    const place = placeAt(alias.range?.[0] ?? 0);
    if (anchor === undefined) throw fault("LimitAlias", `alias ${quote(alias.source)} has no anchor before it`, place);
    if (anchor.extent === undefined) {
      throw fault("LimitAlias", `alias ${quote(alias.source)} stands inside what it names`, place);
    }
    targets.set(alias, anchor.node);
    return anchor.extent;
  }

  function measure(node: unknown, depth: number): Extent {
    if (isAlias(node)) {
      const extent = measureAlias(node);
      added += extent.nodes;
      if (added > MAX_ALIAS_NODES) {
        const message = `aliases expand to more than ${MAX_ALIAS_NODES} nodes`;
        throw fault("LimitAlias", message, placeAt(node.range?.[0] ?? 0));
      }
      if (depth + extent.depth > MAX_DEPTH) {
        throw fault("LimitDepth", `nested more than ${MAX_DEPTH} deep by aliases`, placeAt(node.range?.[0] ?? 0));
      }
      return extent;
    }
    if (isPair(node)) return union([measure(node.key, depth), measure(node.value, depth)]);
    if (!isScalar(node) && !isCollection(node)) return { nodes: 0, depth: 0 };
    const anchor: { readonly node: Node; extent?: Extent } = { node };
    if (node.anchor !== undefined) anchors.set(node.anchor, anchor);
    anchor.extent = isScalar(node)
      ? { nodes: 1, depth: 0 }
      : within(union(node.items.map((i) => measure(i, depth + 1))));
    return anchor.extent;
  }

  measure(document.contents, 0);
  return targets;
}

function union(extents: readonly Extent[]): Extent {
  return {
    nodes: extents.reduce((sum, { nodes }) => sum + nodes, 0),
    depth: extents.reduce((most, { depth }) => Math.max(most, depth), 0),
  };
}

function within({ nodes, depth }: Extent): Extent {
  return { nodes: nodes + 1, depth: depth + 1 };
}
