import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isFullId } from "../../../core/model/git.ts";
import { LastgoodError } from "../../../errors.ts";
import type { Remote } from "../../../ports/repository.ts";
import { branchRef, fullRef, isFullRef } from "./ref-name.ts";
import type { RemoteUrl } from "./remote-url.ts";
import type { Git } from "./run-git.ts";
import type { Transport } from "./transport.ts";

export interface RemoteParts {
  readonly remote: RemoteUrl;
  readonly transport: Transport;
  readonly git: Git;
  /** Called after a fetch that worked. */
  readonly onFetched?: () => Promise<void>;
}

/** The port over one bare clone. */
export function openRemote({ remote, transport, git, onFetched }: RemoteParts): Remote {
  return {
    url: remote.url,
    async fetch(extraRefs, progress) {
      const extras = extraRefs.map(fullRef).filter((ref) => !/^refs\/(?:heads|tags)\//.test(ref));
      // By a pattern, as a ref that is absent would fail the whole fetch: so it need not be asked for first, and one that is gone there goes here.
      const refspecs = ["refs/heads/*", "refs/tags/*", ...extras.map((ref) => `${ref}*`)].map(
        (ref) => `+${ref}:${ref}`,
      );
      const options = { prune: true, ...(progress === undefined ? {} : { progress }) };
      await againWhenLocked(async () => transport.fetch(refspecs, options));
      await followHead(git, transport);
      await onFetched?.();
    },
    async push({ branch, commit, expected }) {
      await transport.pushRef({ ref: branchRef(branch), commit, expected });
    },
  };
}

/** Several processes may share one mirror: git lets one of them have a ref, and what the other one brings is the same. */
const ATTEMPTS = 4;

async function againWhenLocked(fetch: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetch();
    } catch (error) {
      const lost = error instanceof LastgoodError && error.code === "RepositoryMoved";
      if (!lost || attempt === ATTEMPTS) throw error;
    }
  }
}

/** `HEAD` names the default branch. When that branch is gone, the remote is asked which one it is now. */
export async function followHead(git: Git, transport: Pick<Transport, "list">): Promise<void> {
  if (await isPlainlyThere(git.gitDir)) return;
  const { stdout } = await git.run(["symbolic-ref", "--quiet", "HEAD"], { answers: [1] });
  const head = stdout.toString("utf8").trimEnd();
  if (head !== "" && (await exists(git, head))) return;
  const renamed = (await transport.list(["HEAD"])).get("HEAD");
  if (renamed !== undefined && (await exists(git, fullRef(renamed)))) await git.run(["symbolic-ref", "HEAD", renamed]);
}

/** As nearly always: `HEAD` is a file that names a branch which has a file, or a line among the packed refs (gitrepository-layout(5)). */
async function isPlainlyThere(gitDir: string): Promise<boolean> {
  const read = async (name: string): Promise<string> => readFile(join(gitDir, name), "utf8").catch(() => "");
  const ref = /^ref: (refs\/heads\/\S+)\n$/.exec(await read("HEAD"))?.[1];
  if (ref === undefined || !isFullRef(ref)) return false;
  return isFullId((await read(ref)).trimEnd()) || (await read("packed-refs")).includes(` ${ref}\n`);
}

async function exists(git: Git, ref: string): Promise<boolean> {
  const { code } = await git.run(["show-ref", "--verify", "--quiet", "--", ref], { answers: [1] });
  return code === 0;
}
