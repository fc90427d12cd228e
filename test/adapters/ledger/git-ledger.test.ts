import { existsSync, readdirSync, readFileSync, statSync, writeFileSync, chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { createGitLedger, type LedgerTransport } from "../../../src/adapters/ledger/git/git-ledger.ts";
import { slugOf } from "../../../src/adapters/ledger/git/ledger-path.ts";
import { MOST_JOBS } from "../../../src/adapters/ledger/git/ledger-tree.ts";
import { createLedgerTransport } from "../../../src/adapters/ledger/git/ledger-transport.ts";
import { parseRemoteUrl } from "../../../src/adapters/repository/git/remote-url.ts";
import type { DecisionRecord } from "../../../src/core/decision/decision-record.ts";
import type { JobRecord } from "../../../src/core/job/job-record.ts";
import { commitId, type CommitId } from "../../../src/core/model/git.ts";
import { renderLines } from "../../../src/core/record.ts";
import { LastgoodError } from "../../../src/errors.ts";
import type { Ledger } from "../../../src/ports/ledger.ts";
import { checkpointRecord } from "../../support/checkpoint-record.ts";
import { drillRecord } from "../../support/drill-record.ts";
import { fixedClock, type FixedClock } from "../../support/fixed-clock.ts";
import { gitdir, gitTestEnv, temporaryFolder, type CommitSpec, type GitDir } from "../../support/gitdir.ts";
import { ledgerContract } from "../../support/ledger-contract.ts";
import { quarantineRecord } from "../../support/quarantine-record.ts";

const REF = "refs/lastgood/ledger";
const FILE = "checkpoints/payments%2Fapi.jsonl";

function transportTo(remote: GitDir, gitDir: string): LedgerTransport {
  return createLedgerTransport({
    gitDir,
    ref: REF,
    remote: parseRemoteUrl(remote.path, { allowLocal: true }),
    env: gitTestEnv(),
  });
}

/** A real repository that people share, and what is needed to write the ledger into it. */
interface Shared {
  readonly remote: GitDir;
  open(
    wrap?: (transport: LedgerTransport) => LedgerTransport,
  ): Ledger & { readonly gitdir: string; readonly clock: FixedClock };
  /** Makes a commit with git and points the ledger's ref at it. */
  write(spec: CommitSpec): CommitId;
  lines(): string;
}

function shared(commits: readonly CommitSpec[] = [{ files: { "app.yaml": "a: 1\n" } }]): Shared {
  const remote = gitdir(commits);
  return {
    remote,
    open(wrap = (transport) => transport) {
      const path = join(temporaryFolder("cache"), "ledger.git");
      const clock = fixedClock();
      const transport = wrap(transportTo(remote, path));
      return { ...createGitLedger({ gitdir: path, transport, clock, random: () => 1 }), gitdir: path, clock };
    },
    write(spec) {
      const tip = remote.git(["for-each-ref", "--format=%(objectname)", REF]);
      const branch = `hand-${remote.commits.length}`;
      const [commit] = remote.commit({ branch, ...(tip === "" ? {} : { from: tip }), ...spec });
      if (commit === undefined) throw new Error("no commit");
      remote.git(["update-ref", REF, commit]);
      remote.git(["update-ref", "-d", `refs/heads/${branch}`]);
      return commit;
    },
    lines() {
      const known =
        remote.git(["for-each-ref", REF]) !== "" && remote.git(["ls-tree", "-r", "--name-only", REF]) !== "";
      return known ? remote.text(FILE, REF) : "";
    },
  };
}

ledgerContract("the git ledger", () => {
  const world = shared();
  return {
    open: () => world.open(),
    plant: async (text) => {
      world.write({ files: { [FILE]: world.lines() + text } });
    },
    text: async () => world.lines(),
  };
});

describe("createGitLedger", () => {
  it("writes a chain of commits that plain git reads, and nothing else into the repository", async () => {
    const world = shared();
    const before = world.remote.git(["for-each-ref"]);
    await world.open().append([checkpointRecord(1)]);
    await world.open().append([checkpointRecord(2, { target: "edge/dns" })]);
    expect(world.remote.git(["ls-tree", "-r", "--name-only", REF]).split("\n")).toEqual([
      "checkpoints/edge%2Fdns.jsonl",
      FILE,
    ]);
    expect(world.remote.git(["log", "--format=%an %s", REF]).split("\n")).toEqual([
      "lastgood Add records",
      "lastgood Add records",
    ]);
    expect(world.remote.git(["fsck", "--strict"])).not.toMatch(/error|warning/);
    expect(world.remote.git(["for-each-ref", "refs/heads", "refs/tags"])).toBe(before);
  });

  it("adds the same lines to the newer tip when a race is lost", async () => {
    const world = shared();
    const other = world.open();
    let number = 10;
    const ledger = world.open((transport) => ({
      fetch: transport.fetch,
      async push(next, expected) {
        if (number < 13) await other.append([checkpointRecord((number += 1))]);
        return transport.push(next, expected);
      },
    }));
    await ledger.append([checkpointRecord(1)]);
    expect((await world.open().read()).records.map(({ id }) => id)).toEqual(
      [1, 11, 12, 13].map((n) => checkpointRecord(n).id),
    );
    expect(ledger.clock.sleeps).toEqual([100, 200, 400]);
  });

  it("gives up after eight retries, with the ledger as the others left it", async () => {
    const world = shared();
    const other = world.open();
    let number = 10;
    const ledger = world.open((transport) => ({
      fetch: transport.fetch,
      async push(next, expected) {
        await other.append([checkpointRecord((number += 1))]);
        return transport.push(next, expected);
      },
    }));
    await expect(ledger.append([checkpointRecord(1)])).rejects.toMatchObject({ code: "LedgerWrite" });
    expect(ledger.clock.sleeps).toEqual([100, 200, 400, 800, 1600, 3200, 3200, 3200]);
    expect((await other.read()).records).toHaveLength(9);
  });

  it("is done when a push fails after it arrived, even below another's commit", async () => {
    const world = shared();
    const ledger = world.open((transport) => ({
      fetch: transport.fetch,
      async push(next, expected) {
        await transport.push(next, expected);
        await world.open().append([checkpointRecord(2)]);
        throw new LastgoodError("RepositoryTransport", "connection reset");
      },
    }));
    await ledger.append([checkpointRecord(1)]);
    expect((await ledger.read()).records).toHaveLength(2);
  });

  it("passes on why a push failed, and records nothing", async () => {
    const world = shared();
    const failure = new LastgoodError("RepositoryRejected", "no");
    const ledger = world.open((transport) => ({ fetch: transport.fetch, push: async () => Promise.reject(failure) }));
    await expect(ledger.append([checkpointRecord(1)])).rejects.toBe(failure);
    expect(await ledger.read()).toEqual({ records: [], damaged: 0 });
  });

  it("goes on after a failure", async () => {
    const world = shared();
    let fail = true;
    const ledger = world.open((transport) => ({
      push: transport.push,
      fetch: async () => (fail ? Promise.reject(new Error("away")) : transport.fetch()),
    }));
    await expect(ledger.append([checkpointRecord(1)])).rejects.toThrow("away");
    fail = false;
    await ledger.append([checkpointRecord(2)]);
    expect((await ledger.read()).records).toEqual([checkpointRecord(2)]);
  });

  it("does not race with itself", async () => {
    const ledger = shared().open();
    await Promise.all([1, 2, 3].map(async (n) => ledger.append([checkpointRecord(n)])));
    expect(ledger.clock.sleeps).toEqual([]);
    expect((await ledger.read()).records).toHaveLength(3);
  });

  it("leaves it to chance for how long who lost a race waits", async () => {
    const world = shared();
    const other = world.open();
    const path = join(temporaryFolder("cache"), "ledger.git");
    const clock = fixedClock();
    const { fetch, push } = transportTo(world.remote, path);
    const meet: LedgerTransport["push"] = async (next, expected) => {
      await other.append([checkpointRecord(clock.sleeps.length + 2)]);
      return push(next, expected);
    };
    const transport = {
      fetch,
      push: async (...args: Parameters<typeof push>) => (clock.sleeps.length < 2 ? meet(...args) : push(...args)),
    };
    const chances = [0, 0.5];
    const ledger = createGitLedger({ gitdir: path, transport, clock, random: () => chances.shift() ?? 1 });
    await ledger.append([checkpointRecord(1)]);
    expect(clock.sleeps).toEqual([50, 150]);
  });

  it("reads a rewound or deleted ref as what is there, and says what it has lost", async () => {
    const world = shared();
    const ledger = world.open();
    await ledger.append([checkpointRecord(1)]);
    await ledger.append([checkpointRecord(2)]);
    expect((await ledger.read()).doubt).toBeUndefined();
    world.remote.git(["update-ref", REF, `${REF}~1`]);
    expect(await ledger.read()).toMatchObject({
      records: [checkpointRecord(1)],
      doubt: { state: "rewound", message: "1 record that was there is gone, or changed", lost: [checkpointRecord(2)] },
    });
    world.remote.git(["update-ref", "-d", REF]);
    expect(await ledger.read()).toMatchObject({
      records: [],
      doubt: { lost: [checkpointRecord(1), checkpointRecord(2)] },
    });
    await ledger.append([checkpointRecord(3)]);
    expect((await ledger.read()).doubt).toMatchObject({ state: "rewound" });
    expect(await world.open().read()).toEqual({ records: [checkpointRecord(3)], damaged: 0 });
  });

  it("keeps files, modes, names and bytes that it does not know", async () => {
    const world = shared();
    world.write({
      files: {
        [FILE]: Buffer.concat([Buffer.from('{"v":9}\r\nbad \xff\xfe', "latin1"), Buffer.from("\n")]),
        "checkpoints/notes.txt": "by hand",
        "checkpoints.d/x": "sorts before the folder",
        "jobs/2026/08/01J9.json": "{}",
        "quarantine.jsonl": "{}\n",
        "run.sh": { mode: "100755", text: "#!/bin/sh\n" },
        link: { mode: "120000", text: "/etc/passwd" },
      },
    });
    const before = world.remote.git(["ls-tree", "-r", REF]).split("\n");
    await world.open().append([checkpointRecord(1)]);
    const after = world.remote.git(["ls-tree", "-r", REF]).split("\n");
    expect(after.filter((line) => !line.endsWith(FILE))).toEqual(before.filter((line) => !line.endsWith(FILE)));
    const bytes = Buffer.from(world.remote.git(["cat-file", "blob", `${REF}:${FILE}`]));
    expect(bytes.toString()).toContain(renderLines([checkpointRecord(1)]).trimEnd());
    expect(world.remote.git(["rev-list", "--objects", REF])).not.toBe("");
    expect(world.remote.git(["fsck", "--strict"])).not.toMatch(/error/);
  });

  it("carries bytes that are not UTF-8 through an append unharmed", async () => {
    const world = shared();
    const bytes = Buffer.from("bad \xff\xfe\n", "latin1");
    world.write({ files: { [FILE]: bytes } });
    await world.open().append([checkpointRecord(1)]);
    const expected = Buffer.concat([bytes, Buffer.from(renderLines([checkpointRecord(1)]))]);
    const id = world.remote.git(["hash-object", "--stdin"], expected);
    expect(world.remote.git(["rev-parse", `${REF}:${FILE}`])).toBe(id);
  });

  it.each([
    ["an ordinary branch", (remote: GitDir) => remote.git(["update-ref", REF, "refs/heads/main"])],
    ["a blob", (remote: GitDir) => remote.git(["update-ref", REF, remote.blob("app.yaml")])],
    ["a tree", (remote: GitDir) => remote.git(["update-ref", REF, remote.git(["rev-parse", "main^{tree}"])])],
    [
      "a tag object",
      (remote: GitDir) => {
        remote.git(["tag", "-a", "-m", "x", "v1", "main"]);
        remote.git(["update-ref", REF, remote.git(["rev-parse", "v1"])]);
      },
    ],
  ])("refuses a ref that points to %s, and leaves it alone", async (_, point) => {
    const world = shared();
    point(world.remote);
    const before = world.remote.git(["rev-parse", REF]);
    await expect(world.open().read()).rejects.toMatchObject({ code: "LedgerFormat" });
    await expect(world.open().append([checkpointRecord(1)])).rejects.toMatchObject({ code: "LedgerFormat" });
    expect(world.remote.git(["rev-parse", REF])).toBe(before);
  });

  it("refuses a ledger whose folder of checkpoints is a file", async () => {
    const world = shared();
    world.write({ files: { checkpoints: "x" } });
    await expect(world.open().read()).rejects.toMatchObject({ code: "LedgerFormat" });
  });

  it("refuses a SHA-256 repository, whether it holds a ledger or not", async () => {
    for (const refs of [["refs/heads/main"], ["refs/heads/main", REF]]) {
      const remote = gitdir([{ files: { "checkpoints/x.jsonl": "" } }], { format: "sha256" });
      for (const ref of refs) remote.git(["update-ref", ref, remote.head]);
      const path = join(temporaryFolder("cache"), "ledger.git");
      const ledger = createGitLedger({ gitdir: path, transport: transportTo(remote, path), clock: fixedClock() });
      await expect(ledger.append([checkpointRecord(1)])).rejects.toMatchObject({ code: "LedgerFormat" });
    }
  });

  it("makes a damaged cache anew", async () => {
    const world = shared();
    const ledger = world.open();
    await ledger.append([checkpointRecord(1)]);
    const objects = looseObjects(ledger.gitdir);
    expect(objects.length).toBeGreaterThan(0);
    for (const path of objects) {
      chmodSync(path, 0o644);
      writeFileSync(path, "torn");
    }
    const again = createGitLedger({
      gitdir: ledger.gitdir,
      transport: transportTo(world.remote, ledger.gitdir),
      clock: fixedClock(),
    });
    expect((await again.read()).records).toEqual([checkpointRecord(1)]);
  });

  it("shares its cache with another process", async () => {
    const world = shared();
    const gitdir = join(temporaryFolder("cache"), "ledger.git");
    const clock = fixedClock();
    const ledgers = [1, 2, 3].map(() =>
      createGitLedger({ gitdir, transport: transportTo(world.remote, gitdir), clock }),
    );
    await Promise.all(ledgers.map(async (ledger, n) => ledger.append([checkpointRecord(n)])));
    for (const ledger of ledgers) expect((await ledger.read()).records).toHaveLength(3);
  });

  it("says which object is missing when the shared repository itself has lost it", async () => {
    const world = shared();
    const ledger = world.open((transport) => ({ ...transport, fetch: async () => commitId("e".repeat(40)) }));
    await expect(ledger.read()).rejects.toMatchObject({
      code: "LedgerObject",
      message: expect.stringMatching(/e{40}/),
    });
  });

  it("leaves whole objects only, and no temporary file", async () => {
    const ledger = shared().open();
    await ledger.append([checkpointRecord(1)]);
    for (const path of looseObjects(ledger.gitdir)) {
      expect(path).toMatch(/objects\/[0-9a-f]{2}\/[0-9a-f]{38}$/);
      expect(statSync(path).mode & 0o777).toBe(0o444);
      expect(readFileSync(path).length).toBeGreaterThan(0);
    }
    expect(existsSync(join(ledger.gitdir, "HEAD"))).toBe(true);
    expect(readdirSync(join(ledger.gitdir, ".."))).toEqual(["ledger.git"]);
  });
});

describe("slugOf", () => {
  it.each([
    ["payments/api", "payments%2Fapi"],
    ["a%2Fb", "a%252Fb"],
    ["..", ".."],
    ["it's (ok)!*~", "it%27s%20%28ok%29%21%2A%7E"],
    ["é🚀", "%C3%A9%F0%9F%9A%80"],
    ["A_z.0-9", "A_z.0-9"],
  ])("writes %s as %s", (name, slug) => {
    expect(slugOf(name)).toBe(slug);
    expect(decodeURIComponent(slug)).toBe(name);
  });
});

function looseObjects(gitdir: string): readonly string[] {
  const folder = join(gitdir, "objects");
  return readdirSync(folder)
    .filter((name) => /^[0-9a-f]{2}$/.test(name))
    .flatMap((name) => readdirSync(join(folder, name)).map((file) => join(folder, name, file)));
}

describe("jobs and decisions in the ledger", () => {
  it("keeps each job in a file of the month of its id, and each target's decisions by month", async () => {
    const world = shared();
    const ledger = world.open();
    const by = jobRecord(3, { job: "by-hand" });
    await ledger.append([jobRecord(1), jobRecord(2), by, decision("2026-08-22T13:50:30Z")]);
    await ledger.append([jobRecord(4, { status: "Completed", outcome: "verified" }), checkpointRecord(1)]);
    expect(world.remote.git(["ls-tree", "-r", "--name-only", REF]).split("\n")).toEqual([
      FILE,
      "decisions/payments%2Fapi/2026-08.jsonl",
      "jobs/1970/01/by-hand.jsonl",
      `jobs/2024/10/${JOB}.jsonl`,
    ]);
    const { records, damaged } = await world.open().read();
    expect(records.map(({ type, id }) => `${type} ${id}`).toSorted()).toEqual([
      "checkpoint 01J90000000000000000000001",
      "job line-1",
      "job line-2",
      "job line-3",
      "job line-4",
    ]);
    expect(damaged).toBe(0);
  });

  it("answers a target's decisions by themselves, of the last two months that have any", async () => {
    const world = shared();
    const ledger = world.open();
    const times = ["2026-05-01T00:00:00Z", "2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z"];
    await ledger.append([...times.map(decision), { ...decision("2026-08-02T00:00:00Z"), target: "other" }]);
    expect((await ledger.decisions?.("payments/api"))?.map(({ at }) => at)).toEqual(times.slice(1));
    expect(await ledger.decisions?.("nobody")).toEqual([]);
    expect((await ledger.read()).records).toEqual([]);
  });

  it("reads the newest jobs only, however many there are", async () => {
    const world = shared();
    const old = Array.from({ length: MOST_JOBS }, (_, index) => `01J9ZH0000${index.toString().padStart(16, "0")}`);
    const files = old.map((job, index) => [`jobs/2024/09/${job}.jsonl`, renderLines([jobRecord(index, { job })])]);
    world.write({ files: Object.fromEntries(files) as Record<string, string> });
    const ledger = world.open();
    await ledger.append([jobRecord(9000)]);
    const jobs = (await ledger.read()).records.flatMap((record) => (record.type === "job" ? [record.job] : []));
    expect(jobs).toHaveLength(MOST_JOBS);
    expect(jobs).toContain(JOB);
    expect(jobs).not.toContain(old[0]);
    expect(jobs).toContain(old.at(-1));
  });

  it("reads what others wrote since, beside what stayed as it was", async () => {
    const world = shared();
    const [one, two] = [world.open(), world.open()];
    await one.append([jobRecord(1)]);
    expect((await two.read()).records).toHaveLength(1);
    await one.append([jobRecord(2), checkpointRecord(1)]);
    expect((await two.read()).records).toHaveLength(3);
  });

  it.each(["jobs", "decisions"])("refuses a ledger whose folder of %s is a file", async (name) => {
    const world = shared();
    world.write({ files: { [name]: "x" } });
    await expect(world.open().read()).rejects.toMatchObject({ code: "LedgerFormat" });
  });

  it("refuses a job whose id would be a path", async () => {
    const world = shared();
    await expect(world.open().append([jobRecord(1, { job: "../x" })])).rejects.toMatchObject({ code: "LedgerFormat" });
  });
});

/** Of October 2024, by its first ten digits. */
const JOB = "01J9ZK4T7Q0000000000000000";

function jobRecord(number: number, changes: Partial<JobRecord> = {}): JobRecord {
  return {
    v: 1,
    type: "job",
    id: `line-${number}`,
    job: JOB,
    at: new Date(Date.parse("2026-08-22T13:50:00Z") + number * 1000).toISOString(),
    by: "lastgood",
    status: "In Progress",
    station: "plan",
    detail: "…",
    target: "payments/api",
    trigger: "health Failed",
    ...changes,
  };
}

function decision(at: string): DecisionRecord {
  return {
    v: 1,
    type: "decision",
    id: `d-${at.slice(0, 10)}`,
    target: "payments/api",
    at,
    by: "lastgood",
    reason: "Frozen",
    message: "frozen",
    hash: "0c9e41d27ab3",
  };
}

describe("the files of the git ledger", () => {
  it("are every line that there is, of all types and months, and what others have put there", async () => {
    const world = shared();
    await world.open().append([checkpointRecord(1), drillRecord(1)]);
    world.write({ files: { "README.md": "The ledger.\n", "drills/odd.jsonl": "torn\n" } });
    const found: Record<string, string> = {};
    for await (const { path, text } of world.open().files?.() ?? []) found[path] = text;
    expect(found).toEqual({
      "README.md": "The ledger.\n",
      [FILE]: renderLines([checkpointRecord(1)]),
      "drills/odd.jsonl": "torn\n",
      "drills/payments%2Fapi.jsonl": renderLines([drillRecord(1)]),
    });
  });

  it("are none without a ledger", async () => {
    const found: string[] = [];
    for await (const { path } of shared().open().files?.() ?? []) found.push(path);
    expect(found).toEqual([]);
  });

  it("keep drills where they are read, beside the verdicts", async () => {
    const world = shared();
    await world.open().append([drillRecord(2)]);
    expect((await world.open().read()).records).toEqual([drillRecord(2)]);
  });
});

describe("what a ledger was relied on for", () => {
  /** A process that is started anew beside the same cache. */
  function again(world: Shared, { gitdir }: { readonly gitdir: string }): Ledger {
    return createGitLedger({ gitdir, transport: transportTo(world.remote, gitdir), clock: fixedClock() });
  }

  async function accept(ledger: Ledger): Promise<void> {
    const { doubt } = await ledger.read();
    if (doubt === undefined) throw new Error("no doubt");
    await ledger.accept?.(doubt);
  }

  it("is remembered beside the clone by who is started anew", async () => {
    const world = shared();
    const first = world.open();
    await first.append([checkpointRecord(1), quarantineRecord(2)]);
    await first.read();
    world.remote.git(["update-ref", "-d", REF]);
    const lost = [checkpointRecord(1), quarantineRecord(2)];
    expect((await again(world, first).read()).doubt).toMatchObject({ state: "rewound", lost });
    expect((await world.open().read()).doubt).toBeUndefined();
  });

  it("is let go of once it is accepted, by everybody who shares the cache and is started later", async () => {
    const world = shared();
    const ledger = world.open();
    await ledger.append([checkpointRecord(1)]);
    await ledger.read();
    world.remote.git(["update-ref", "-d", REF]);
    await accept(ledger);
    expect(await ledger.read()).toEqual({ records: [], damaged: 0 });
    expect((await again(world, ledger).read()).doubt).toBeUndefined();
    await ledger.append([checkpointRecord(2)]);
    expect(await ledger.read()).toEqual({ records: [checkpointRecord(2)], damaged: 0 });
  });

  it("is not let go of for a doubt of before", async () => {
    const world = shared();
    const ledger = world.open();
    await ledger.append([checkpointRecord(1), quarantineRecord(2)]);
    await ledger.read();
    world.write({ files: { [FILE]: "" } });
    const { doubt } = await ledger.read();
    world.remote.git(["update-ref", "-d", REF]);
    await ledger.read();
    if (doubt !== undefined) await ledger.accept?.(doubt);
    expect((await ledger.read()).doubt?.lost).toEqual([checkpointRecord(1), quarantineRecord(2)]);
  });

  it("does not care for commits: a history that was squashed has lost nothing", async () => {
    const world = shared();
    const ledger = world.open();
    await ledger.append([checkpointRecord(1)]);
    await ledger.append([checkpointRecord(2)]);
    await ledger.read();
    const squashed = world.remote.git(["commit-tree", "-m", "Squash", `${REF}^{tree}`]);
    world.remote.git(["update-ref", REF, squashed]);
    expect((await ledger.read()).doubt).toBeUndefined();
  });

  it("misses a line that was taken out, or changed, by a commit on top", async () => {
    const world = shared();
    const ledger = world.open();
    await ledger.append([checkpointRecord(1), checkpointRecord(2)]);
    await ledger.read();
    const kept = renderLines([checkpointRecord(1)]);
    world.write({ files: { [FILE]: kept } });
    expect((await ledger.read()).doubt).toMatchObject({ state: "rewound", lost: [checkpointRecord(2)] });
    world.write({ files: { [FILE]: kept + renderLines([checkpointRecord(2, { verdict: "bad" })]) } });
    expect((await ledger.read()).doubt).toMatchObject({ state: "rewound", lost: [checkpointRecord(2)] });
    world.write({ files: { [FILE]: renderLines([checkpointRecord(2), checkpointRecord(1), checkpointRecord(2)]) } });
    expect((await ledger.read()).doubt).toBeUndefined();
  });

  it("is doubted where lines cannot be read, until that is accepted", async () => {
    const world = shared();
    world.write({ files: { [FILE]: `${renderLines([checkpointRecord(1)])}{"torn\nnot json\n` } });
    const ledger = world.open();
    const doubt = { state: "damaged", message: "it has 2 lines that cannot be read", lost: [] };
    expect((await ledger.read()).doubt).toEqual(doubt);
    await accept(ledger);
    expect(await ledger.read()).toEqual({ records: [checkpointRecord(1)], damaged: 2 });
    expect((await again(world, ledger).read()).doubt).toBeUndefined();
    world.write({ files: { [FILE]: `${world.lines()}{"torn again\n` } });
    expect((await ledger.read()).doubt).toMatchObject({ message: "it has 1 line that cannot be read" });
  });

  it("is doubted while a newer version writes into it, whatever is accepted", async () => {
    const world = shared();
    const ledger = world.open();
    await ledger.append([checkpointRecord(1)]);
    world.write({ files: { [FILE]: `${world.lines()}{"v":2,"type":"checkpoint"}\n{"v":1,"type":"weather"}\n` } });
    await accept(ledger);
    expect((await ledger.read()).doubt).toEqual({
      state: "newer",
      message: "it has 1 line of a newer version: upgrade this lastgood",
      lost: [],
    });
  });

  it("does not miss jobs that are too old to be read", async () => {
    const world = shared();
    const ledger = world.open();
    await ledger.append([jobRecord(1, { job: "01J9ZH00000000000000000000" })]);
    await ledger.read();
    const newer = Array.from({ length: MOST_JOBS }, (_, index) => `01J9ZK0000${index.toString().padStart(16, "0")}`);
    const files = newer.map((job, index) => [`jobs/2024/10/${job}.jsonl`, renderLines([jobRecord(index, { job })])]);
    world.write({ files: Object.fromEntries(files) as Record<string, string> });
    const { records, doubt } = await ledger.read();
    expect({ records: records.length, doubt }).toEqual({ records: MOST_JOBS, doubt: undefined });
  });

  it("is forgotten with the cache", async () => {
    const world = shared();
    const ledger = world.open();
    await ledger.append([checkpointRecord(1)]);
    await ledger.read();
    world.remote.git(["update-ref", "-d", REF]);
    for (const path of looseObjects(ledger.gitdir)) {
      chmodSync(path, 0o644);
      writeFileSync(path, "torn");
    }
    expect((await again(world, ledger).read()).doubt).toBeUndefined();
  });
});

describe("reading a ledger that has not moved", () => {
  it("asks where its tip is, and neither fetches nor reads it again", async () => {
    const world = shared();
    const runs: string[] = [];
    const path = join(temporaryFolder("cache"), "ledger.git");
    const remote = parseRemoteUrl(world.remote.path, { allowLocal: true });
    const transport = createLedgerTransport({
      gitDir: path,
      ref: REF,
      remote,
      env: gitTestEnv(),
      onRun: (what) => void runs.push(what),
    });
    const ledger = createGitLedger({ gitdir: path, transport, clock: fixedClock() });
    await world.open().append([checkpointRecord(1)]);
    const first = await ledger.read();
    runs.length = 0;
    for (const file of looseObjects(path)) writeFileSync(file, "torn");
    expect((await ledger.read()).records).toBe(first.records);
    expect(runs).toEqual(["ls-remote"]);
  });

  it("answers all who ask in the meantime at once", async () => {
    const world = shared();
    let fetches = 0;
    const ledger = world.open((transport) => ({
      push: transport.push,
      fetch: async () => {
        fetches += 1;
        return transport.fetch();
      },
    }));
    await Promise.all(Array.from({ length: 20 }, async () => ledger.read()));
    expect(fetches).toBe(1);
    const [before, _, after] = await Promise.all([ledger.read(), ledger.append([checkpointRecord(1)]), ledger.read()]);
    expect([before, after].map(({ records }) => records)).toEqual([[], [checkpointRecord(1)]]);
  });
});
