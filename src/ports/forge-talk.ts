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
    | "branch-deleted";
  /** Login; undefined for a deleted account. */
  readonly by: string | undefined;
  /** Epoch ms. */
  readonly atMs: number;
  /** Of `labelled` and `unlabelled`. */
  readonly label?: string;
}

/** What a person may do in the repository, weakest first. */
export type Permission = "none" | "read" | "write" | "admin";

/** Comments, labels, and who did what. Throws `Forge*`. Every write has one effect, however often it is asked for. */
export interface ForgeTalk {
  /** The login that lastgood acts as. */
  self(): Promise<string>;
  /** One comment of each `key` on an issue or pull request: made once, edited in place afterwards, left alone when the text is the same. */
  comment(number: number, key: string, text: string): Promise<void>;
  /** Adds and removes labels; those that are so already cost nothing. */
  label(number: number, change: { readonly add: readonly string[]; readonly remove: readonly string[] }): Promise<void>;
  /** Oldest first. */
  events(number: number): Promise<readonly PullRequestEvent[]>;
  /** Who edited the text last, and when; undefined when nobody has since it was opened, or that cannot be read. */
  bodyEditor(number: number): Promise<{ readonly by: string; readonly atMs: number } | undefined>;
  permissionOf(login: string): Promise<Permission>;
}
