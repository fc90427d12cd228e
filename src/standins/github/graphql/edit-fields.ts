/** Who wrote and edited a pull request's text. */
import type { Call } from "../call.ts";
import { iso } from "../state.ts";
import { editsOf } from "../timeline.ts";
import type { Edit } from "../timeline.ts";
import { nodeId } from "../shapes/user-shape.ts";
import type { PullRequestNode } from "./nodes.ts";
import { actorNode } from "./repository-fields.ts";
import { GraphQLRefusal } from "./resolvers.ts";
import type { Resolvers } from "./resolvers.ts";

/** The last edit; undefined while the text is as it was opened. */
function lastEdit({ issue }: PullRequestNode, { world }: Call): Edit | undefined {
  return editsOf(world, issue).slice(1).at(-1);
}

function editNode(call: Call, { id, by, atMs, body }: Edit) {
  return {
    __typename: "UserContentEdit",
    id: nodeId("UserContentEdit", id),
    createdAt: iso(atMs),
    editedAt: iso(atMs),
    updatedAt: iso(atMs),
    deletedAt: null,
    deletedBy: null,
    diff: body,
    editor: actorNode(call, by),
  };
}

export const EDIT_FIELDS = {
  PullRequest: {
    lastEditedAt: (node: PullRequestNode, _: object, call: Call) => {
      const edit = lastEdit(node, call);
      return edit === undefined ? null : iso(edit.atMs);
    },
    editor: (node: PullRequestNode, _: object, call: Call) => {
      const edit = lastEdit(node, call);
      return edit === undefined ? null : actorNode(call, edit.by);
    },
    includesCreatedEdit: (node: PullRequestNode, _: object, call: Call) => lastEdit(node, call) !== undefined,
    // Newest first; the opening counts as an edit as soon as there is another (seen in public answers).
    userContentEdits: ({ issue }: PullRequestNode, { first, last }: { first?: number; last?: number }, call: Call) => {
      const edits = editsOf(call.world, issue);
      const all = edits.length < 2 ? [] : edits.toReversed();
      if (first === undefined && last === undefined) {
        throw new GraphQLRefusal("UNPROCESSABLE", "You must provide a `first` or `last` value to properly paginate.");
      }
      const nodes = first === undefined ? all.slice(-(last ?? 0)) : all.slice(0, first);
      return {
        __typename: "UserContentEditConnection",
        totalCount: all.length,
        nodes: nodes.map((edit) => editNode(call, edit)),
      };
    },
  },
} satisfies Resolvers;
