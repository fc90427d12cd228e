import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Surroundings } from "../surroundings.ts";

export interface Person {
  readonly name: string;
  readonly email: string;
}

const run = promisify(execFile);

/** Who runs this, as git knows them: `GIT_AUTHOR_*`, else user.name and user.email of the person's own configuration. */
export async function whoAmI({ env, cwd }: Pick<Surroundings, "env" | "cwd">): Promise<Person> {
  const [named, mailed] = [env["GIT_AUTHOR_NAME"], env["GIT_AUTHOR_EMAIL"]];
  const settings = named === undefined || mailed === undefined ? await readSettings(cwd) : new Map<string, string>();
  return {
    name: named ?? settings.get("user.name") ?? env["USER"] ?? "lastgood",
    email: mailed ?? settings.get("user.email") ?? "lastgood@localhost",
  };
}

/** Of several values of one key the last one counts, as for git. */
async function readSettings(cwd: string): Promise<ReadonlyMap<string, string>> {
  try {
    const args = ["config", "-z", "--get-regexp", "^user\\.(name|email)$"];
    const { stdout } = await run("git", args, { cwd, timeout: 5000 });
    // `key\nvalue\0` (git-config(1), -z).
    const entries = stdout.split("\0").map((entry) => entry.split("\n", 2));
    return new Map(entries.flatMap(([key = "", value = ""]) => (value.trim() === "" ? [] : [[key, value.trim()]])));
  } catch {
    return new Map();
  }
}
