import type { CommitId } from "../core/model/git.ts";

/** Something that happened to a pull request, and who did it. */
export interface PullRequestEvent {
  readonly kind:
    | "closed"
    | "reopened"
    | "merged"
    | "drafted"
    | "ready"
    | "labelled"
    | "unlabelled"
    | "pushed"
    | "reviewed"
    | "branch-deleted";
  /** Login; undefined for a deleted account, and where nobody is named (commits that were pushed). */
  readonly by: string | undefined;
  /** Epoch ms. */
  readonly atMs: number;
  /** Of `labelled` and `unlabelled`. */
  readonly label?: string;
}

/** What a person may do in the repository, weakest first. */
export type Permission = "none" | "read" | "write" | "admin";

/** A pull request, as far as its people are concerned, and what they said of it. Texts are untrusted. */
export interface PullRequestPeople {
  /** Of the head, without `refs/heads/`; it may be another repository's. */
  readonly branch: string;
  readonly author: string;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  readonly mergedBy?: string;
  /** What it became on its base. */
  readonly mergeCommit?: CommitId;
}

/** Comments, labels, and who did what. Throws `Forge*`. Every write has one effect, however often it is asked for. */
export interface ForgeTalk {
  /** Who made and merged a pull request; undefined when that number is none, or may not be seen. */
  people(number: number): Promise<PullRequestPeople | undefined>;
  /**
   * One comment of lastgood's own for each `key` (letters, digits, `.`, `_`, `-`) on an issue or pull request: made once, edited in
   * place afterwards, left alone when the text is the same.
   */
  comment(number: number, key: string, text: string): Promise<void>;
  /** Adds and removes labels; those that are so already are left alone. */
  label(number: number, change: { readonly add: readonly string[]; readonly remove: readonly string[] }): Promise<void>;
  /** Oldest first. */
  events(number: number): Promise<readonly PullRequestEvent[]>;
  /** Who edited the text last, and when; undefined when nobody has since it was opened, or that cannot be read. */
  bodyEditor(number: number): Promise<{ readonly by: string; readonly atMs: number } | undefined>;
  /** `none` also for somebody whom the forge does not know. */
  permissionOf(login: string): Promise<Permission>;
}
