/** The ledger of a story as it is in production: git over HTTP, on a ref of its own, on a branch, or in another repository. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { createGitLedger } from "../../src/adapters/ledger/git/git-ledger.ts";
import { createLedgerTransport } from "../../src/adapters/ledger/git/ledger-transport.ts";
import { parseRemoteUrl } from "../../src/adapters/repository/git/remote-url.ts";
import { type LedgerRecord, orderRecords, parseLines } from "../../src/core/record.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Ledger } from "../../src/ports/ledger.ts";
import { gitdir, gitTestEnv, temporaryFolder } from "./gitdir.ts";
import { AT, TOKENS, type World } from "./github-world.ts";

export interface StoryLedgerPlace {
  readonly ref?: string;
  /** Of `acme`, made for it; default: where the story plays. */
  readonly repository?: string;
}

export interface StoryLedger {
  readonly ref: string;
  /** Who opens it again finds the same cache; another replica has its own. */
  open(clock: Clock, replica?: string): Ledger;
  /** As they stand there now. */
  records(): readonly LedgerRecord[];
  /** Runs git in the repository that holds it; answers stdout. */
  git(...args: readonly string[]): string;
  /** Puts text behind what a file of it holds, as a hand or another version would. */
  plant(path: string, text: string): void;
  /** Whoever opens it from now on knows nothing of before. */
  loseCaches(): void;
}

const MOST = 1 << 26;

export async function storyLedger(github: World, { ref, repository }: StoryLedgerPlace): Promise<StoryLedger> {
  const from = gitdir([{ files: { "README.md": "Audit\n" } }]).path;
  const dir =
    repository === undefined
      ? github.dir
      : (await github.control.createRepository(AT.owner, repository, { from, private: true })).dir;
  const full = ref ?? "refs/lastgood/ledger";
  const remote = parseRemoteUrl(github.gitUrl(AT.owner, repository ?? AT.repo), { allowLocal: true });
  let cache = temporaryFolder("ledgers");
  const run = (args: readonly string[], input?: string): string => {
    const more = input === undefined ? {} : { input };
    return spawnSync("git", ["-C", dir, ...args], { env: gitTestEnv(), encoding: "utf8", maxBuffer: MOST, ...more })
      .stdout;
  };
  const git = (...args: readonly string[]): string => run(args);
  return {
    ref: full,
    git,
    plant(path, text) {
      const data = `${git("cat-file", "blob", `${full}:${path}`)}${text}`;
      const header = `commit ${full}\ncommitter A Hand <hand@example.com> 1767225600 +0000\ndata 0\nfrom ${full}^0\n`;
      run(["fast-import", "--quiet"], `${header}M 100644 inline ${path}\ndata ${Buffer.byteLength(data)}\n${data}\n`);
    },
    loseCaches: () => {
      cache = temporaryFolder("ledgers");
    },
    open(clock, replica = "one") {
      const gitDir = join(cache, `${replica}.git`);
      const token = async (): Promise<string> => TOKENS.app;
      const transport = createLedgerTransport({ gitDir, ref: full, remote, token, env: gitTestEnv() });
      return createGitLedger({ gitdir: gitDir, transport, clock });
    },
    records: () => orderRecords(parseLines(git("grep", "-h", "-e", "", full)).records),
  };
}
