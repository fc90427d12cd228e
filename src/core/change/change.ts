/** Station *change*: the plan made concrete: what is written, under which name, with which words. */
import type { Hash } from "../content.ts";
import type { FileWrite } from "../model/git.ts";
import type { Plan } from "../plan/types.ts";
import type { OriginalText } from "./body-details.ts";
import { branchName } from "./branch.ts";
import { commitMessage, type MessageStyle, titleFor } from "./message.ts";
import { pullRequestBody } from "./pull-request.ts";

export interface Change {
  readonly branch: string;
  readonly writes: readonly FileWrite[];
  readonly message: string;
  readonly title: string;
  /** Of the pull request. Made when it is asked for: a local branch has none. */
  readonly body: string;
}

export interface ChangeFacts {
  readonly plan: Plan;
  readonly key: string;
  /** 1, or higher when the branch of an earlier attempt is spent. */
  readonly attempt: number;
  readonly job: string;
  readonly style: MessageStyle;
  readonly trigger: string;
  readonly command: string;
  readonly hash: Hash;
  readonly followed?: boolean;
  readonly runbook?: string;
  readonly originals?: readonly OriginalText[];
  readonly reason?: string;
  readonly by?: string;
  readonly signOff?: string;
}

/** Pure: the same facts give the same bytes. */
export function buildChange(facts: ChangeFacts): Change {
  const { plan, key, attempt } = facts;
  let body: string | undefined;
  return {
    branch: branchName(plan.target.name, key, attempt),
    writes: plan.files.map((file): FileWrite => {
      switch (file.action) {
        case "restore":
          return { path: file.path, mode: file.after.mode, blob: file.after.id };
        case "edit":
          return { path: file.path, mode: file.after.mode, bytes: new TextEncoder().encode(file.after.text) };
        case "remove":
          return { path: file.path, remove: true };
      }
    }),
    message: commitMessage(facts),
    title: titleFor(plan, "pull-request"),
    get body() {
      body ??= pullRequestBody(facts);
      return body;
    },
  };
}
