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
  const [name, email] = await Promise.all([
    env["GIT_AUTHOR_NAME"] ?? readSetting("user.name", cwd),
    env["GIT_AUTHOR_EMAIL"] ?? readSetting("user.email", cwd),
  ]);
  return { name: name ?? env["USER"] ?? "lastgood", email: email ?? "lastgood@localhost" };
}

async function readSetting(key: string, cwd: string): Promise<string | undefined> {
  try {
    const { stdout } = await run("git", ["config", "--get", key], { cwd, timeout: 5000 });
    return stdout.trim() === "" ? undefined : stdout.trim();
  } catch {
    return undefined;
  }
}
