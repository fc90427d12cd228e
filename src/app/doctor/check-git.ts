/** git itself, the clone, the remote and the ledger. */
import { ok, skipped, type Finding } from "../../core/doctor/finding.ts";
import { judgeDrills } from "../../core/doctor/judge-drills.ts";
import { judgeClone, judgeGitVersion, judgeLedger, judgeRemote } from "../../core/doctor/judge-git.ts";
import type { Clock } from "../../ports/clock.ts";
import type { GitInspection } from "../../ports/git-inspection.ts";
import { OPENING_MS, whenOpened, type OpenRepository } from "./opened-repository.ts";
import type { Check } from "./run-checks.ts";

export interface GitCheckWorld {
  readonly git: GitInspection;
  readonly open: OpenRepository;
  /** Of the remote, for people; undefined: there is none. */
  readonly url: string | undefined;
  /** From the configuration or `--base`. */
  readonly branch?: string;
  readonly ledgerRef: string;
  /** A person's clone is looked into, not lastgood's own. */
  readonly own: boolean;
  readonly offline: boolean;
  readonly clock: Pick<Clock, "nowMs">;
}

/** Everything that only git is needed for. */
export function gitChecks(world: GitCheckWorld): readonly Check[] {
  const { git, open } = world;
  return [
    {
      name: "GitVersion",
      doing: "asking git for its version",
      meaning: "lastgood can read no repository without git.",
      run: async () => {
        const { found, needed } = await git.version();
        return [judgeGitVersion(found, needed)];
      },
    },
    ...(git.clone === undefined
      ? []
      : [{ name: "Clone", doing: "looking at the clone", run: async () => checkClone(git) }]),
    {
      name: "Repository",
      doing: "opening the repository",
      timeoutMs: OPENING_MS,
      meaning: "No history, no plan and no revert without the repository.",
      run: async () => {
        const { branch, base } = await open();
        return [ok("Repository", `${branch} at ${base.slice(0, 7)} can be read`)];
      },
    },
    {
      name: "Remote",
      doing: "asking the remote for its branches",
      timeoutMs: 60_000,
      meaning: "Nothing new is seen, and no revert can be pushed.",
      run: async () => checkRemote(world),
    },
    {
      name: "Ledger",
      doing: "reading the ledger",
      timeoutMs: OPENING_MS,
      meaning: "What was recorded as good, bad or quarantined is not known.",
      run: async () => checkLedger(world),
    },
  ];
}

async function checkClone(git: GitInspection): Promise<readonly Finding[]> {
  const facts = await git.clone?.();
  return facts === undefined ? [] : judgeClone(facts);
}

async function checkRemote(world: GitCheckWorld): Promise<readonly Finding[]> {
  const { git, url, own } = world;
  if (url === undefined) return [skipped("Remote", "this clone has no remote called origin")];
  if (git.remoteRefs === undefined) {
    const why = world.offline ? "offline: nothing leaves this machine" : "the configuration comes first";
    return [skipped("Remote", why)];
  }
  // Its address alone tells which branch is meant where a clone is at hand; else its HEAD does.
  const named = world.branch ?? (own ? (await world.open().catch(() => undefined))?.branch : undefined);
  const found = await git.remoteRefs(["HEAD", ...(named === undefined ? [] : [`refs/heads/${named}`])]);
  const head = found.get("HEAD");
  const ref = named === undefined ? (head ?? "refs/heads/main") : `refs/heads/${named}`;
  const tip = found.get(ref) ?? (ref === head ? (await git.remoteRefs([ref])).get(ref) : undefined);
  const branch = ref.replace("refs/heads/", "");
  const known = own ? await knownTip(world, branch) : undefined;
  return judgeRemote({ url, branch, tip, known, own });
}

async function knownTip({ open }: GitCheckWorld, branch: string): Promise<string | undefined> {
  const opened = await open().catch(() => undefined);
  return (
    (await opened?.repository.resolve(`refs/remotes/origin/${branch}`)) ??
    (await opened?.repository.resolve(`refs/heads/${branch}`))
  );
}

async function checkLedger(world: GitCheckWorld): Promise<readonly Finding[]> {
  const { git, open, ledgerRef: ref, own } = world;
  return whenOpened("Ledger", open, async ({ repository, ledger }) => {
    const elsewhere = git.ledgerRefs !== undefined;
    const found = elsewhere ? await git.ledgerRefs?.([ref]) : await git.remoteRefs?.([ref]);
    const there = found?.has(ref);
    const here = !elsewhere && (await repository.resolve(ref)) !== undefined;
    const { records, damaged } = await ledger.read();
    const count = (type: string): number => records.filter((record) => record.type === type).length;
    const judged = judgeLedger({
      ref,
      there,
      here,
      own: own && !elsewhere,
      damaged,
      records: records.length,
      checkpoints: count("checkpoint"),
      quarantined: count("quarantine"),
    });
    if (records.length === 0) return judged;
    const drills = records.filter((record) => record.type === "drill");
    return [...judged, ...judgeDrills(drills, world.clock.nowMs())];
  });
}
