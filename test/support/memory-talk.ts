import type { ForgeTalk, Permission, PullRequestEvent } from "../../src/ports/forge-talk.ts";
import type { PullRequest } from "../../src/ports/forge.ts";

export interface MemoryComment {
  readonly number: number;
  readonly by: string;
  body: string;
}

/** A place to talk without a server. Passes the contract suite of the port. */
export interface MemoryTalk extends ForgeTalk {
  readonly comments: MemoryComment[];
  /** Somebody does something; what changed about the pull request is the caller's. */
  note(number: number, event: Omit<PullRequestEvent, "atMs">): void;
  edited(number: number, by: string): void;
  permit(login: string, permission: Permission): void;
}

export interface MemoryTalkOptions {
  readonly self: string;
  readonly find: (number: number) => PullRequest | undefined;
  readonly setLabels: (number: number, labels: readonly string[]) => void;
}

export function memoryTalk({ self, find, setLabels }: MemoryTalkOptions): MemoryTalk {
  const comments: MemoryComment[] = [];
  const events = new Map<number, PullRequestEvent[]>();
  const editors = new Map<number, { readonly by: string; readonly atMs: number }>();
  const permissions = new Map<string, Permission>();
  let atMs = Date.parse("2026-08-22T13:00:00Z");
  const note: MemoryTalk["note"] = (number, event) => {
    const known = events.get(number) ?? [];
    events.set(number, [...known, { ...event, atMs: (atMs += 1000) }]);
  };
  return {
    comments,
    note,
    edited: (number, by) => void editors.set(number, { by, atMs: (atMs += 1000) }),
    permit: (login, permission) => void permissions.set(login, permission),
    people: async (number) => {
      const pull = find(number);
      if (pull === undefined) return undefined;
      const { branch, author, title, body, labels, mergeCommit, endedBy } = pull;
      return {
        branch,
        author,
        title,
        body,
        labels,
        ...(mergeCommit === undefined ? {} : { mergeCommit }),
        ...(mergeCommit === undefined || endedBy === undefined ? {} : { mergedBy: endedBy }),
      };
    },
    comment: async (number, key, text) => {
      if (!/^[A-Za-z0-9._-]{1,100}$/.test(key)) throw new Error("not a key of a comment");
      const mark = `<!--lastgood:comment ${key}-->`;
      const body = `${text.trim()}\n\n${mark}`;
      const known = comments.find((each) => each.number === number && each.by === self && each.body.includes(mark));
      if (known === undefined) comments.push({ number, by: self, body });
      else known.body = body;
    },
    label: async (number, { add, remove }) => {
      const now = find(number)?.labels ?? [];
      const fresh = add.filter((label) => !now.includes(label));
      setLabels(number, [...now.filter((label) => !remove.includes(label)), ...fresh]);
      for (const label of fresh) note(number, { kind: "labelled", by: self, label });
      for (const label of now.filter((each) => remove.includes(each)))
        note(number, { kind: "unlabelled", by: self, label });
    },
    events: async (number) => events.get(number) ?? [],
    bodyEditor: async (number) => editors.get(number),
    permissionOf: async (login) => permissions.get(login) ?? "none",
  };
}
