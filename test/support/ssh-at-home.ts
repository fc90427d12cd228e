import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./gitdir.ts";

/** An ssh that goes nowhere: what git would run on the host runs here. `GIT_SSH_COMMAND` for tests whose addresses must be real ones. */
export function sshAtHome(): string {
  const path = join(temporaryFolder("ssh"), "ssh");
  // git calls it with options, the host, and the command as the last word.
  writeFileSync(path, '#!/bin/sh\nfor last; do :; done\neval "exec $last"\n');
  chmodSync(path, 0o755);
  return path;
}

/** The address of a repository on this machine for it. */
export function sshUrl(path: string): string {
  return `ssh://git@git.example.com${path}`;
}
