import type { CloneFacts } from "../../../core/doctor/judge-git.ts";
import { LastgoodError } from "../../../errors.ts";
import { openClone, type OpenOptions } from "./clone.ts";
import { GIT_MINIMUM } from "./git-failures.ts";
import { printable } from "./printable.ts";
import { openGit, runGitIn } from "./run-git.ts";
import type { RemoteUrl } from "./remote-url.ts";
import { fullRef } from "./ref-name.ts";
import { runTransport, type RunTransportOptions } from "./run-transport.ts";
import { readRemoteRefs } from "./transport.ts";

/** The version of the git in PATH, and the oldest that will do. Throws `ConfigGit` when there is none. */
export async function readGitVersion(
  options: OpenOptions,
): Promise<{ readonly found: string; readonly needed: string }> {
  const { stdout } = await runGitIn("/", ["--version"], options);
  const text = stdout.toString("utf8").trim();
  const found = /^git version (\d+(?:\.\d+){1,3})/.exec(text)?.[1];
  if (found !== undefined) return { found, needed: GIT_MINIMUM };
  throw new LastgoodError("ConfigGit", `git --version does not answer like git: ${printable(text, 80)}`);
}

/** Is a person's clone whole? */
export async function readCloneFacts(path: string, options: OpenOptions): Promise<CloneFacts> {
  const clone = await openClone(path, options);
  try {
    const git = openGit({ ...options, gitDir: clone.gitDir });
    // git-config(1): remote.NAME.promisor, remote.NAME.partialCloneFilter; extensions.partialClone of older versions.
    const args = ["config", "--local", "--name-only", "--get-regexp", PARTIAL];
    const { code } = await git.run(args, { answers: [1] });
    return { shallow: await clone.isShallow(), partial: code === 0 };
  } finally {
    await clone.close();
  }
}

const PARTIAL = String.raw`^(remote\..*\.(promisor|partialclonefilter)|extensions\.partialclone)$`;

/** What refs hold on a remote; needs no repository here. `refs`: full ones, or `HEAD`. */
export async function listRemoteRefs(
  remote: RemoteUrl,
  refs: readonly string[],
  options: Omit<RunTransportOptions, "remote">,
): Promise<ReadonlyMap<string, string>> {
  const patterns = refs.map((ref) => (ref === "HEAD" ? ref : fullRef(ref)));
  const args = ["ls-remote", "--symref", remote.url, ...patterns];
  // Where no repository is, so that no configuration is read.
  return readRemoteRefs(await runTransport({ ...options, remote }, { args, cwd: "/" }), refs);
}
