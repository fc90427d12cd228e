/**
 * One long-lived `git cat-file --batch-command` per repository: most requests ask git small questions, and a process for
 * each would be most of their time. It sees what other processes write.
 */
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { gitEnvironment } from "./run-git.ts";
import type { GitDir } from "./run-git.ts";

export interface FoundObject {
  readonly sha: string;
  readonly type: string;
  /** Empty unless it was read. */
  readonly bytes: Buffer;
}

export interface ObjectReader {
  /** What a revision (git's syntax) names; undefined when it names nothing, or more than one thing. */
  find(revision: string): Promise<FoundObject | undefined>;
  /** As `find`, with the content. */
  read(revision: string): Promise<FoundObject | undefined>;
  /** Ends the process for good: later questions reject. */
  close(): void;
}

/** A repository with its reader. */
export interface ReadableGitDir extends GitDir {
  readonly objects: ObjectReader;
}

interface Question {
  readonly verb: "info" | "contents";
  readonly resolve: (found: FoundObject | undefined) => void;
  readonly reject: (error: Error) => void;
}

export function createObjectReader(dir: string, searchPath: string): ObjectReader {
  let child: ChildProcessWithoutNullStreams | undefined;
  let received: Buffer = Buffer.alloc(0);
  let questions: Question[] = [];
  let closed = false;

  function start(): ChildProcessWithoutNullStreams {
    const started = spawn("git", [`--git-dir=${dir}`, "cat-file", "--batch-command"], {
      env: gitEnvironment(searchPath),
    });
    received = Buffer.alloc(0);
    started.stdout.on("data", (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      settle();
    });
    started.stderr.resume();
    started.stdin.on("error", () => undefined); // its end is seen below
    started.on("error", () => undefined);
    started.on("close", () => {
      if (child !== started) return;
      child = undefined;
      const lost = questions;
      questions = [];
      for (const question of lost) question.reject(new Error("git cat-file ended"));
    });
    return started;
  }

  /** Answers come in the order of the questions: `<id> <type> <size>`, content and a line end after it; or `… missing`. */
  function settle(): void {
    for (let [question] = questions; question !== undefined; [question] = questions) {
      const end = received.indexOf("\n");
      if (end === -1) return;
      const header = /^([0-9a-f]+) (blob|tree|commit|tag) (\d+)$/.exec(received.toString("utf8", 0, end));
      const size = header !== null && question.verb === "contents" ? Number(header[3]) + 1 : 0;
      if (received.length < end + 1 + size) return;
      const bytes = received.subarray(end + 1, end + 1 + Math.max(0, size - 1));
      received = received.subarray(end + 1 + size);
      questions.shift();
      question.resolve(header === null ? undefined : { sha: header[1] ?? "", type: header[2] ?? "", bytes });
    }
  }

  async function ask(verb: Question["verb"], revision: string): Promise<FoundObject | undefined> {
    if (revision === "" || /[\n\0]/.test(revision)) return undefined;
    return await new Promise((resolve, reject) => {
      if (closed) {
        reject(new Error("the repository was closed"));
        return;
      }
      child ??= start();
      questions.push({ verb, resolve, reject });
      child.stdin.write(`${verb} ${revision}\n`);
    });
  }

  return {
    find: async (revision) => await ask("info", revision),
    read: async (revision) => await ask("contents", revision),
    close: () => {
      closed = true;
      child?.stdin.end();
    },
  };
}
