/** Faults to order: what goes wrong, for which request, how often, and whether before or after the request took effect. */

export type FaultAction =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** A string is sent as it is; anything else as JSON. */
      readonly body?: unknown;
    }
  /** The socket is destroyed without an answer. */
  | { readonly kind: "drop" }
  /** The real answer, cut in the middle, with its full Content-Length (only `after`). */
  | { readonly kind: "cut" }
  /** By the injected sleep; then the request goes on. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Whatever the test wants to happen at that moment, for example somebody else's push. */
  | { readonly kind: "run"; readonly run: () => Promise<void> };

export interface Fault {
  /** Any method when missing. */
  readonly method?: string;
  /** Tested on the path with query, without `/api/v3`; git's requests are `/owner/name.git/git-receive-pack` and so on. */
  readonly path: RegExp;
  /** Tested on the body as it was sent: GraphQL has one path for everything. Any when missing. */
  readonly body?: RegExp;
  /** How many requests it hits; 1 when missing. */
  readonly times?: number;
  /** `during`: after the merge commit was built and before the base is moved (only `run` and `delay`). `before` when missing. */
  readonly when?: "before" | "during" | "after";
  readonly does: FaultAction;
}

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  /** The faults that have not happened yet: a test may assert that there are none. */
  readonly unused: () => readonly Fault[];
  /** The next fault for this moment of this request, used up by one. */
  take(moment: {
    readonly method: string;
    readonly path: string;
    readonly body?: string;
    readonly when: "before" | "during" | "after";
  }): Fault | undefined;
}

export function createFaults(): Faults {
  let armed: { readonly fault: Fault; left: number }[] = [];
  return {
    add: (fault) => {
      armed.push({ fault, left: fault.times ?? 1 });
    },
    clear: () => {
      armed = [];
    },
    unused: () => armed.map((entry) => entry.fault),
    take: ({ method, path, body = "", when }) => {
      const entry = armed.find(
        ({ fault }) =>
          (fault.when ?? "before") === when &&
          (fault.method === undefined || fault.method === method) &&
          path.search(fault.path) !== -1 &&
          (fault.body === undefined || body.search(fault.body) !== -1),
      );
      if (entry === undefined) return undefined;
      entry.left -= 1;
      if (entry.left <= 0) armed = armed.filter((other) => other !== entry);
      return entry.fault;
    },
  };
}
