/** A new bare repository as the stand-in wants it: settings and the pre-receive hook. */
import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gitEnvironment } from "./run-git.ts";
import { WORKFLOW_HOOK } from "./workflow-hook.ts";
import type { GitDir } from "./run-git.ts";
import { spawn } from "node:child_process";

/** Lines `ref TAB update|force|delete TAB administrators|never TAB reason`, beside the hook's repository. */
export const HOOK_RULES_FILE = "protected-refs";

/** Set in the hook's environment when the pusher may bypass rules. */
export const BYPASS_VARIABLE = "STANDIN_MAY_BYPASS";

/**
 * GitHub allows force pushes to unprotected branches, partial clones and any object id, and hides nothing from readers;
 * `refs/pull` cannot be pushed.
 */
const CONFIG = `[http]
\treceivepack = true
[receive]
\thideRefs = refs/pull
\tautogc = false
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[gc]
\tauto = 0
[core]
\tlogAllRefUpdates = false
`;

const HOOK = `#!/bin/sh
# Refuses what ${HOOK_RULES_FILE} forbids, as GitHub's classic branch protection does.
tab=$(printf '\\t')
refused=
while read -r old new ref; do
  kinds=' update '
  case $old in *[!0]*) ;; *) kinds=' ' ;; esac
  case $new in
    *[!0]*) [ "$kinds" = ' ' ] || git merge-base --is-ancestor "$old" "$new" || kinds=' update force ' ;;
    *) kinds=' delete ' ;;
  esac
  said=
  while IFS=$tab read -r name kind bypass reason; do
    [ "$name" = "$ref" ] || continue
    case $kinds in *" $kind "*) ;; *) continue ;; esac
    if [ "$bypass" = administrators ] && [ -n "$${BYPASS_VARIABLE}" ]; then
      [ -n "$said" ] || printf 'Bypassed rule violations for %s:\\n\\n' "$ref" >&2
    else
      [ -n "$said" ] || printf 'error: GH006: Protected branch update failed for %s.\\n\\n' "$ref" >&2
      refused=yes
    fi
    said=yes
    printf '%s\\n' "- $reason" >&2
  done < ${HOOK_RULES_FILE}
done
[ -z "$refused" ]
`;

/** Makes `at.dir` a bare repository: empty with `branch` as its HEAD, or with everything `from` (a git directory) has. */
export async function createBare(at: GitDir, { branch, from }: { branch: string; from?: string }): Promise<void> {
  await git(at.searchPath, ["init", "--quiet", "--bare", "--template=", `--initial-branch=${branch}`, at.dir]);
  if (from !== undefined) {
    const refspecs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
    await git(at.searchPath, [`--git-dir=${at.dir}`, "fetch", "--quiet", "--no-write-fetch-head", from, ...refspecs]);
  }
  await appendFile(join(at.dir, "config"), CONFIG);
  await writeFile(join(at.dir, HOOK_RULES_FILE), "");
  await mkdir(join(at.dir, "hooks"), { recursive: true });
  await writeFile(join(at.dir, "hooks", "pre-receive"), HOOK, { mode: 0o755 });
  await writeFile(join(at.dir, "hooks", "update"), WORKFLOW_HOOK, { mode: 0o755 });
}

async function git(searchPath: string, args: readonly string[]): Promise<void> {
  const child = spawn("git", args, { env: gitEnvironment(searchPath), stdio: ["ignore", "ignore", "pipe"] });
  const stderr: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`git ${args[0] ?? ""} ended with ${code}: ${Buffer.concat(stderr).toString("utf8")}`);
}
