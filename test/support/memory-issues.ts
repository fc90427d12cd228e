import type { ForgeIssues, Issue } from "../../src/ports/forge-issues.ts";
import { LastgoodError } from "../../src/errors.ts";

/** Issues without a server. Passes the contract suite of the port. */
export interface MemoryIssues extends ForgeIssues {
  readonly all: readonly (Issue & { readonly assignees: readonly string[] })[];
  /** A person opens one; answers its number. */
  write(by: string, issue: { readonly title: string; readonly body: string }): number;
  label(number: number, label: string): void;
  close(number: number): void;
  /** From now on every call fails with this code; undefined: none does. */
  fail(code: LastgoodError["code"] | undefined): void;
}

export interface MemoryIssuesOptions {
  readonly self: string;
  readonly nowMs: () => number;
  /** Of issues and pull requests together. */
  readonly nextNumber: () => number;
  readonly isUser: (login: string) => boolean;
}

type Kept = MemoryIssues["all"][number];

export function memoryIssues({ self, nowMs, nextNumber, isUser }: MemoryIssuesOptions): MemoryIssues {
  const all: Kept[] = [];
  let failure: LastgoodError["code"] | undefined;

  function add(author: string, issue: Pick<Kept, "title" | "body" | "labels" | "assignees">): Kept {
    const number = nextNumber();
    const url = `https://memory/acme/gitops/issues/${number}`;
    const made: Kept = { number, url, state: "open", author, createdAtMs: nowMs(), ...issue };
    all.push(made);
    return made;
  }

  function change(number: number, changes: Partial<Kept>): void {
    const index = all.findIndex((issue) => issue.number === number);
    const known = all[index];
    if (known === undefined) throw new LastgoodError("ForgeNotFound", `there is no issue #${number}`);
    all[index] = { ...known, ...changes };
  }

  function find(key: string): Issue | undefined {
    if (failure !== undefined) throw new LastgoodError(failure, "issues: it was told to fail");
    if (!/^[A-Za-z0-9._-]{1,100}$/.test(key)) throw new Error("not a key of an issue");
    const found = all.find(({ author, body }) => author === self && body.includes(`<!--lastgood:issue ${key}-->`));
    return found === undefined ? undefined : shown(found);
  }

  return {
    all,
    write: (by, { title, body }) => add(by, { title, body, labels: [], assignees: [] }).number,
    label: (number, label) => {
      const labels = all.find((issue) => issue.number === number)?.labels ?? [];
      change(number, { labels: [...labels, label] });
    },
    close: (number) => change(number, { state: "closed" }),
    fail: (code) => {
      failure = code;
    },
    find: async (key) => find(key),
    async open({ key, title, body, labels, assignees }) {
      const known = find(key);
      if (known !== undefined) return known;
      const text = `${body.trim()}\n\n<!--lastgood:issue ${key}-->`;
      const issue = { title, body: text, labels: [...new Set(["lastgood", ...labels])] };
      return shown(add(self, { ...issue, assignees: assignees.filter(isUser) }));
    },
    async labelled(label) {
      if (failure !== undefined) throw new LastgoodError(failure, "issues: it was told to fail");
      return all
        .filter(({ state, labels }) => state === "open" && labels.includes(label))
        .toReversed()
        .map(shown);
    },
  };
}

function shown({ number, url, state, title, body, author, labels, createdAtMs }: Kept): Issue {
  return { number, url, state, title, body, author, labels, createdAtMs };
}
