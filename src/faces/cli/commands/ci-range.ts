import { readFile } from "node:fs/promises";
import { isObject, stringAt, valueAt } from "../../../core/model/json.ts";
import { isFullId } from "../../../core/model/git.ts";
import type { Surroundings } from "../../surroundings.ts";

/** What CI says of the change that it runs for. */
export interface ChangeRange {
  /** What it will be merged into: revisions, the best first. */
  readonly bases: readonly string[];
  /** Missing: what is checked out. */
  readonly head?: string;
}

/**
 * From the variables and the event of GitHub Actions (docs.github.com: default environment variables, webhook payloads).
 * The base branch as it was fetched counts before the event's commit: the pull request is checked out merged into it.
 */
export async function rangeOfCi({ env }: Pick<Surroundings, "env">): Promise<ChangeRange> {
  const branch = env["GITHUB_BASE_REF"] ?? "";
  const event = await readEvent(env["GITHUB_EVENT_PATH"]);
  const commits = [
    stringAt(valueAt(event, "pull_request", "base"), "sha"),
    stringAt(valueAt(event, "merge_group"), "base_sha"),
    stringAt(event, "before"),
  ];
  const known = commits.filter((id) => id !== undefined && isFullId(id) && !/^0+$/.test(id));
  // There the base is checked out, and the change is only named.
  const target = env["GITHUB_EVENT_NAME"] === "pull_request_target";
  const head = target ? stringAt(valueAt(event, "pull_request", "head"), "sha") : undefined;
  return {
    bases: [...(branch === "" ? [] : [`refs/remotes/origin/${branch}`]), ...known.filter((id) => id !== undefined)],
    ...(head === undefined ? {} : { head }),
  };
}

type Json = Parameters<typeof valueAt>[0];

async function readEvent(path: string | undefined): Promise<Json> {
  if (path === undefined || path === "") return {};
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
