/** Keeps aliases alive when what they name is taken away. */
import { isAlias, isScalar, type Document, type Node, visit } from "yaml";
import { hasRange } from "./layout.ts";
import type { TextEdit } from "./lines.ts";

/**
 * When an edit takes an anchored scalar away together with its key, the first alias that stays becomes it: `*app` turns into
 * `&app web`, and the aliases behind it read on. A shared value that itself changes is left to the gate.
 */
export function inheritAnchors(text: string, document: Document, edits: readonly TextEdit[]): readonly TextEdit[] {
  const heirs: TextEdit[] = [];
  const lost = new Map<string, string>();
  visit(document, {
    Node(_, node) {
      if (!hasRange(node) || (node.anchor === undefined && !isAlias(node))) return;
      const [from, to] = node.range;
      const edit = edits.find((edit) => edit.to > edit.from && edit.from <= from && to <= edit.to);
      if (node.anchor !== undefined) {
        if (edit !== undefined && goesWithKey(text, node, edit)) lost.set(node.anchor, text.slice(from, to));
        else lost.delete(node.anchor);
      } else if (isAlias(node) && edit === undefined) {
        const bytes = lost.get(node.source);
        const anchor = `&${node.source} `;
        if (bytes !== undefined && !edits.some((edit) => edit.text.includes(anchor)))
          heirs.push({ from, to, text: anchor + bytes });
        lost.delete(node.source);
      }
    },
  });
  return [...edits, ...heirs];
}

/** Is the node one line that the edit does away with, rather than the place that gets another value? */
function goesWithKey(text: string, node: Node, edit: TextEdit): boolean {
  const [from, to] = node.range ?? [edit.from, edit.from];
  const own = /^\s*(?:&\S+\s+)?$/.test(text.slice(edit.from, from));
  return isScalar(node) && !own && !text.slice(from, to).includes("\n");
}
