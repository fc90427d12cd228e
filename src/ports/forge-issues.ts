/** An issue, as lastgood needs it. Texts are untrusted. */
export interface Issue {
  readonly number: number;
  readonly url: string;
  readonly state: "open" | "closed";
  readonly title: string;
  readonly body: string;
  readonly author: string;
  readonly labels: readonly string[];
  /** Epoch ms. */
  readonly createdAtMs: number;
}

export interface OpenIssue {
  /** Names it (letters, digits, `.`, `_`, `-`): however often it is opened, there is one. */
  readonly key: string;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  /** Users; one that cannot be asked is left out. */
  readonly assignees: readonly string[];
}

/** Issues: incidents that lastgood opens, and the kill switch that people throw. Throws `Forge*`. */
export interface ForgeIssues {
  /** Open ones with that label, newest first, at most 100. Pull requests are none. */
  labelled(label: string): Promise<readonly Issue[]>;
  /** The one with that key, in whatever state: found among lastgood's own, else opened. Never changes one that is there. */
  open(request: OpenIssue): Promise<Issue>;
  /** The one with that key; undefined: it was never opened. */
  find(key: string): Promise<Issue | undefined>;
}
