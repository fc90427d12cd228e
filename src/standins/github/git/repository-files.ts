/** A new bare repository as the stand-in wants it: settings and the pre-receive hook. */
import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gitEnvironment } from "./run-git.ts";
import { WORKFLOW_HOOK } from "./workflow-hook.ts";
import type { GitDir } from "./run-git.ts";
import { spawn } from "node:child_process";

/**
 * What holds for the branches that a push names, in the hook's environment: lines `ref kind pattern how reason`, the fields divided
 * by the unit separator. `how`: GH006, GH013, or bypass for who may pass by. Pushes that do not come over HTTP know no rules.
 */
export const HOOK_RULES_VARIABLE = "STANDIN_RULES";

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
# Refuses what the rules of a branch forbid, in GitHub's words: GH006 classic protection, GH013 rulesets.
[ -n "$${HOOK_RULES_VARIABLE}" ] || exit 0
unit=$(printf '\\037')
commits() {
  case $old in
    *[!0]*) git rev-list "$@" "$old..$new" ;;
    *) git rev-list "$@" "$new" --not --branches ;;
  esac
}
unsigned() {
  for id in $(commits); do
    git cat-file commit "$id" | sed '/^$/q' | grep -q '^gpgsig ' || return 0
  done
  return 1
}
# Has any new commit a message that does ($1 = 0) or does not ($1 = 1) fit the pattern?
message() {
  for id in $(commits); do
    git log -1 --format=%B "$id" | grep -Eq -e "$2"
    [ $? -eq "$1" ] && return 0
  done
  return 1
}
applies() {
  case $1 in
    message) [ "$kinds" != ' delete ' ] && message 1 "$2" ;;
    not-message) [ "$kinds" != ' delete ' ] && message 0 "$2" ;;
    signature) [ "$kinds" != ' delete ' ] && unsigned ;;
    linear) [ "$kinds" != ' delete ' ] && [ -n "$(commits --merges)" ] ;;
    *) case $kinds in *" $1 "*) true ;; *) false ;; esac ;;
  esac
}
refused=
while read -r old new ref; do
  kinds=' update '
  case $old in *[!0]*) ;; *) kinds=' create ' ;; esac
  case $new in
    *[!0]*) [ "$kinds" = ' create ' ] || git merge-base --is-ancestor "$old" "$new" || kinds=' update force ' ;;
    *) kinds=' delete ' ;;
  esac
  said=
  while IFS=$unit read -r name kind pattern how reason; do
    [ "$name" = "$ref" ] || continue
    applies "$kind" "$pattern" || continue
    if [ "$said" != "$how" ]; then
      case $how in
        GH006) printf 'error: GH006: Protected branch update failed for %s.\\n\\n' "$ref" >&2 ;;
        GH013) printf 'error: GH013: Repository rule violations found for %s.\\n\\n' "$ref" >&2 ;;
        *) printf 'Bypassed rule violations for %s:\\n\\n' "$ref" >&2 ;;
      esac
    fi
    said=$how
    [ "$how" = bypass ] || refused=yes
    printf '%s\\n' "- $reason" >&2
  done <<RULES
$${HOOK_RULES_VARIABLE}
RULES
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
