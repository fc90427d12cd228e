import { valueAt, isObject, type JsonValue } from "../../../core/model/json.ts";

export type Level = "read" | "write";

/** GitHub's names of permissions → levels. */
export type AppPermissions = Readonly<Record<string, Level>>;

/** What features that are switched on write beside commits and pull requests. */
export type OptionalWrite = "issues" | "checks" | "statuses" | "deployments";

/** Without these there are no reverts. */
export const REQUIRED_PERMISSIONS = { metadata: "read", contents: "write", pull_requests: "write" } as const;

/** Facts that make better decisions. Never administration, never workflows. */
export const USEFUL_PERMISSIONS = { checks: "read", statuses: "read", deployments: "read" } as const;

/** The least that lastgood needs for what it is told to do. */
export function wantedPermissions(writes: readonly OptionalWrite[]): AppPermissions {
  const more = Object.fromEntries(writes.map((name) => [name, "write" as const]));
  return { ...REQUIRED_PERMISSIONS, ...USEFUL_PERMISSIONS, ...more };
}

export interface AskedPermissions {
  /** To be asked for: what is wanted, as far as it was granted (GitHub refuses a token that asks for more). */
  readonly permissions: AppPermissions;
  /** Wanted, but not granted: `issues=write`. */
  readonly missing: readonly string[];
  /** Of these, what lastgood cannot do without. */
  readonly required: readonly string[];
}

/** `granted`: `permissions` of the installation, as GitHub answers it. */
export function askedPermissions(wanted: AppPermissions, granted: JsonValue | undefined): AskedPermissions {
  const has = isObject(granted) ? granted : {};
  const judged = Object.entries(wanted).map(([name, level]) => ({ name, level, given: levelOf(has, name) }));
  const asked = judged.flatMap(({ name, level, given }) =>
    given === undefined ? [] : [[name, given === "write" ? level : "read"] as const],
  );
  const lacking = judged.filter(({ level, given }) => given !== "write" && given !== level);
  return {
    permissions: Object.fromEntries(asked),
    missing: lacking.map(({ name, level }) => `${name}=${level}`),
    required: lacking.flatMap(({ name, level }) => (name in REQUIRED_PERMISSIONS ? [`${name}=${level}`] : [])),
  };
}

function levelOf(granted: JsonValue, name: string): Level | undefined {
  if (name === "metadata") return "read";
  const level = valueAt(granted, name);
  if (level === "admin" || level === "write") return "write";
  return level === "read" ? "read" : undefined;
}
