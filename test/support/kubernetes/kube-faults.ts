/** What goes wrong, for which request, how often. */
export type FaultAction =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  /** The connection is closed without an answer. */
  | { readonly kind: "drop" }
  /** It takes effect, then the connection is closed without an answer. */
  | { readonly kind: "drop-after" }
  /** The answer's first half, then the connection is closed. */
  | { readonly kind: "cut" }
  /** The other end is gone, and TCP does not tell: no answer, ever. A watch is opened, and silent. */
  | { readonly kind: "half-open" }
  /** Answered when the promise resolves. */
  | { readonly kind: "slow"; readonly until: Promise<unknown> };

export interface Fault {
  /** Any when missing. */
  readonly method?: string;
  /** Tested on path and query. */
  readonly path: RegExp;
  /** How many requests it hits; 1 when missing. */
  readonly times?: number;
  readonly does: FaultAction;
}

export interface Faults {
  readonly add: (fault: Fault) => void;
  /** Those that have not happened yet. */
  readonly unused: () => readonly Fault[];
  readonly clear: () => void;
  readonly take: (method: string, path: string) => FaultAction | undefined;
}

export function createFaults(): Faults {
  let armed: { readonly fault: Fault; left: number }[] = [];
  return {
    add: (fault) => void armed.push({ fault, left: fault.times ?? 1 }),
    unused: () => armed.map(({ fault }) => fault),
    clear() {
      armed = [];
    },
    take(method, path) {
      const hit = armed.find(({ fault }) => (fault.method ?? method) === method && fault.path.test(path));
      if (hit === undefined) return undefined;
      hit.left -= 1;
      if (hit.left <= 0) armed = armed.filter((other) => other !== hit);
      return hit.fault.does;
    },
  };
}
