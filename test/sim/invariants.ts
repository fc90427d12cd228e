/**
 * safety.md §1, as far as the world can see it: checked at every write, and at the end. What the code remembers or says of itself is not asked:
 * the models know what was true. Not seen here: I14 (paced below the port: test/adapters/forge), I19 (escaping: test/core, test/faces), I20 as a
 * time (one thread), I10's margin (a lease is held or not).
 */
import { parseBranch, revertKey } from "../../src/core/change/branch.ts";
import type { JobRecord } from "../../src/core/job/job-record.ts";
import { foldJobs, isEnded, type Job } from "../../src/core/job/job.ts";
import { type CommitId, trailersOf } from "../../src/core/model/git.ts";
import { fromIso } from "../../src/core/model/time.ts";
import { lowerMode, type Mode } from "../../src/core/model/mode.ts";
import type { Notification } from "../../src/core/notification/notification.ts";
import { sha256 } from "../../src/app/hash.ts";
import { fateOf, isBad, pathOf, SECRET } from "./content.ts";
import { BRANCH_REF, type Phase } from "./engine-model.ts";
import { type ForgeDeed, SELF } from "./forge-model.ts";
import type { RefEvent } from "./git-model.ts";
import type { Issued, IoStep } from "./io.ts";
import type { World } from "./models.ts";

export interface Violation {
  readonly invariant: string;
  readonly message: string;
  readonly atMs: number;
}

export interface Watcher {
  readonly violations: readonly Violation[];
  onRef(event: RefEvent): void;
  onDeed(deed: ForgeDeed): void;
  /** A call is sent. */
  onStep(step: IoStep): void;
  crashed(): void;
  told(replica: number, notification: Notification): void;
  /** A person who may has thrown the kill switch, or released it. */
  killSwitch(set: number | undefined, released: number | undefined): void;
  annotated(target: string, annotations: Readonly<Record<string, string>>): void;
  vetoed(number: number, branch: string, atMs: number, how: string): void;
  /** What was decided last of a target: why it holds. */
  decided(target: string, held: string | undefined): void;
  bug(message: string): void;
  calm(): void;
  end(): void;
}

/** How long after it somebody's word may still be missed: a call on its way, an answer that is some seconds old. */
const GRACE_MS = 45_000;
/** The oldest verdict that anything may rest on (60 s), and the tick that rests on it. */
const FRESH_MS = 100_000;
/** A failure that lasts so many times as long as a verdict takes was seen, whatever was lost on the way there. */
const SEEN_ROUNDS = 4;

/** So long it takes at most until something is known of what fails, when nothing disturbs. */
const LATE_MS = 150_000;
/** What a revert helps against, whatever the chance. */
const PLAIN: ReadonlySet<string> = new Set(["image", "config"]);
/** Two replicas may come to the end of a job at the same time. */
const MOST_LATE = 4;
/** Lines of a job that say the same, one after the other. */
const MOST_SAME = 8;

/** A write that counts: to the branch, or to a revert. */
interface Mutation {
  readonly what: "open" | "reopen" | "push branch" | "push main" | "merge" | "arm" | "update";
  readonly target: string;
  readonly key: string;
  readonly branch: string;
  readonly number?: number;
  readonly issued: Issued | undefined;
  readonly commit?: CommitId;
}

interface Said {
  readonly fromMs: number;
  untilMs: number;
}

export function watchInvariants(world: World, tell: (violation: Violation) => void): Watcher {
  const { timeline, git, forge, ledger, engine, policy, scenario, targets } = world;
  const violations: Violation[] = [];
  const seen = new Set<string>();
  /** When first. */
  const opened = new Map<string, number>();
  const landed = new Map<string, number>();
  /** Of each target: when it was last proposed or landed, and under which key. */
  const past: { readonly target: string; readonly key: string; readonly atMs: number }[] = [];
  const vetoes: {
    readonly branch: string;
    readonly key: string;
    readonly number: number;
    readonly atMs: number;
    readonly how: string;
  }[] = [];
  const switches: Said[] = [];
  const restrictions: (Said & { readonly target: string; readonly mode: Mode })[] = [];
  const leases = new Map<string, boolean>();
  const unseen: {
    readonly key: string;
    readonly target: string;
    readonly invariant: string;
    readonly message: string;
  }[] = [];
  const decisions = new Map<string, string | undefined>();
  const notified = new Map<string, number>();
  let crashes = 0;
  const initial = new Map(targets.map((name) => [name, engine.apps.get(name)?.content ?? ""]));

  const now = (): number => timeline.nowMs();
  function broken(invariant: string, message: string): void {
    const id = `${invariant} ${message}`;
    if (seen.has(id)) return;
    seen.add(id);
    const violation = { invariant, message, atMs: now() };
    violations.push(violation);
    tell(violation);
  }

  const keyAt = (target: string, commit: CommitId): string =>
    revertKey(target, world.contentId(commit, pathOf(target)), sha256);
  const tip = (): CommitId | undefined => git.ref(BRANCH_REF);

  function mutation(what: Mutation): void {
    const { issued, target, key, branch } = what;
    const name = `${what.what} of ${target} ${key}`;
    const atMs = issued?.atMs ?? now();
    checkMode(what, name, atMs);
    checkPeople(what, name, atMs);
    if (what.what !== "update") checkHealth(what, name, atMs);
    if (issued !== undefined) {
      if (leases.get(issued.step.id) === false) broken("I10", `${name}: without the lease`);
      const isOnRecord = ledger.appended.some(
        ({ record, atMs: then }) => record.type === "job" && record.key === key && then <= atMs,
      );
      if (!isOnRecord) broken("I15", `${name}: no job on record`);
    }
    if (what.commit !== undefined && what.what !== "merge") checkChange(what.commit, what, name);
    if (what.what === "open") {
      propose(`${target} ${key}`, `${target} ${key} was proposed twice (${branch})`, atMs);
      checkBudget(what, name);
    }
    if (what.what === "push main") checkBudget(what, name);
  }

  /** I1: never once it was there. A call that was given up may still take effect, and nobody can take it back. */
  function propose(id: string, message: string, sentAtMs: number): void {
    const firstAtMs = opened.get(id);
    if (firstAtMs === undefined) opened.set(id, now());
    else if (firstAtMs <= sentAtMs) broken("I1", message);
  }

  function count(counts: Map<string, number>, id: string, invariant: string, message: string): void {
    const next = (counts.get(id) ?? 0) + 1;
    counts.set(id, next);
    if (next > 1) broken(invariant, message);
  }

  /** I5, I12, I21: how far it may go, as it was known when the call was sent. */
  function checkMode({ what, target }: Mutation, name: string, atMs: number): void {
    const told = restrictions.filter(
      (one) => one.target === target && one.fromMs + GRACE_MS < atMs && atMs < one.untilMs,
    );
    const mode = told.reduce<Mode>((lowest, one) => lowerMode(lowest, one.mode), scenario.mode);
    const wanted: Mode = what === "push main" ? "push" : what === "merge" || what === "arm" ? "merge" : "propose";
    if (lowerMode(mode, wanted) !== wanted) broken("I5", `${name}: in mode ${mode}`);
    if (switches.some(({ fromMs, untilMs }) => fromMs + GRACE_MS < atMs && atMs < untilMs))
      broken("I12", `${name}: after the kill switch`);
  }

  /** I7 */
  function checkPeople({ key, branch, number }: Mutation, name: string, atMs: number): void {
    const veto = vetoes.find(
      (one) => (one.key === key || one.branch === branch || one.number === number) && one.atMs + GRACE_MS < atMs,
    );
    if (veto !== undefined) broken("I7", `${name}: although somebody said no (${veto.how})`);
  }

  /** I8, I9: it failed, for long enough, lately, with just this content. */
  function checkHealth({ target, key, what, issued }: Mutation, name: string, atMs: number): void {
    const app = engine.apps.get(target);
    if (app === undefined) return broken("I8", `${name}: of nothing that is watched`);
    // What was ordered before happens when the forge is ready.
    const freshMs = issued === undefined ? FRESH_MS + 60_000 : FRESH_MS;
    const failed = failures(app.phases, atMs).filter(
      ({ content, untilMs }) => untilMs > atMs - freshMs && keyOf(target, content) === key,
    );
    const longest = Math.max(0, ...failed.map(({ fromMs, untilMs }) => untilMs - fromMs));
    if (failed.length === 0) return broken("I8", `${name}: it does not fail with that`);
    // Who only looks from time to time may miss that it was well in between.
    const isMissed = isDeaf() && failed.some(({ content }) => fateOf(content).kind === "flaps");
    if (longest < policy.bad.forMs * 0.8 && !isMissed) broken("I8", `${name}: it failed for ${longest} ms only`);
    if ((what === "open" || what === "push main") && failed.every(({ content }) => content === initial.get(target))) {
      broken("I9", `${name}: nothing was deployed, and it is reverted`);
    }
  }

  const keys = new Map<string, string>();
  function keyOf(target: string, content: string): string {
    return keys.get(`${target}\n${content}`) ?? "";
  }
  function learnKeys(commit: CommitId): void {
    for (const name of targets) keys.set(`${name}\n${world.contentAt(commit, pathOf(name))}`, keyAt(name, commit));
  }
  const first = tip();
  if (first !== undefined) learnKeys(first);

  /** I3, I13: how many, how soon after each other. */
  function checkBudget({ target, key, branch }: Mutation, name: string): void {
    const { limits } = policy;
    const own = past.filter((one) => one.target === target);
    const distinct = (all: typeof past): number =>
      new Set([...all.map((one) => `${one.target} ${one.key}`), `${target} ${key}`]).size;
    if (distinct(own) > limits.perTarget) broken("I13", `${name}: more than ${limits.perTarget} of a target`);
    if (distinct(past) > limits.perRepository) broken("I13", `${name}: more than ${limits.perRepository} in all`);
    const last = own.findLast((one) => one.key !== key);
    if (last !== undefined && now() - last.atMs < limits.cooldownMs - GRACE_MS) {
      broken("I3", `${name}: ${Math.round((now() - last.atMs) / 1000)} s after ${last.key}`);
    }
    const other = forge
      .pulls()
      .find(
        (pull) => pull.state === "open" && pull.author === SELF && pull.branch !== branch && isLeftToUs(pull.number),
      );
    if (other !== undefined && !other.branch.startsWith(`lastgood/${target}/`))
      broken("I13", `${name}: while #${other.number} is open`);
    const job = isUndisturbed() ? foldJobs(ledger.records()).find((one) => isBefore(one, target)) : undefined;
    if (job !== undefined) broken("I13", `${name}: while the revert of ${job.target} is seen through`);
    past.push({ target, key, atMs: now() });
  }

  /** Some time ago. */
  function isSaidNo(number: number, atMs: number): boolean {
    return vetoes.some((veto) => veto.number === number && veto.atMs + GRACE_MS < atMs);
  }

  /** One process, of which nobody has taken the memory. */
  function isUndisturbed(): boolean {
    const { acts, faultRate, replicas } = scenario;
    return acts.length === 0 && faultRate === 0 && replicas === 1 && crashes === 0;
  }

  function isBefore(job: Job, target: string): boolean {
    const hasWritten = job.pullRequest !== undefined || job.landed !== undefined;
    return job.target !== target && !isEnded(job) && job.status === "In Progress" && hasWritten;
  }

  function isLeftToUs(number: number): boolean {
    if (vetoes.some((veto) => veto.number === number)) return false;
    return isUndisturbed() || foldJobs(ledger.records()).some((job) => job.pullRequest === number && !isEnded(job));
  }

  /** I3, I4, I17: what is written is the checkpoint's content, and nothing but the target's files. */
  function checkChange(commit: CommitId, { target }: Mutation, name: string): void {
    const stored = git.objects.commit(commit);
    const base = tip();
    if (stored === undefined || base === undefined || stored.revision.parents.length > 1) return;
    const trailers = trailersOf(stored.revision.message);
    const to = trailers.find((trailer) => trailer.key === "lastgood-checkpoint")?.value;
    if (to === undefined) return broken("I4", `${name}: it does not say where it goes`);
    const path = pathOf(target);
    const goal = to as CommitId;
    if (world.contentAt(commit, path) !== world.contentAt(goal, path))
      broken("I4", `${name}: it does not hold what it goes back to`);
    if (isProvenBad(target, world.contentAt(goal, path))) broken("I4b", `${name}: it goes back to what is bad`);
    if (!hasEvidence(target, goal)) broken("I4b", `${name}: nothing proves where it goes`);
    const outside = stored.changes.find(
      (change) => !change.path.startsWith(`${path}/`) || (change.after !== undefined && change.after.mode !== "100644"),
    );
    if (outside !== undefined) broken("I17", `${name}: it changes ${outside.path}`);
    for (const { value } of trailers.filter((trailer) => trailer.key === "lastgood-suspect")) {
      const suspect = git.objects.commit(value as CommitId);
      const isRevert =
        suspect !== undefined && trailersOf(suspect.revision.message).some((trailer) => trailer.key === "lastgood-job");
      if (isRevert) broken("I3", `${name}: it takes a revert back`);
    }
  }

  /** What is well for long enough at first may well be gone back to, until it has failed. */
  function isProvenBad(target: string, content: string): boolean {
    if (!isBad(content)) return false;
    const own = failures(engine.apps.get(target)?.phases ?? [], now()).filter((one) => one.content === content);
    return (
      !/-late/.test(content) ||
      own.some(
        ({ fromMs, untilMs, ill }) => !ill && untilMs - fromMs > SEEN_ROUNDS * policy.bad.forMs && untilMs < now(),
      )
    );
  }

  function hasEvidence(target: string, goal: CommitId): boolean {
    const content = world.contentId(goal, pathOf(target));
    const isProof = (record: (typeof ledger.appended)[number]["record"]): boolean =>
      record.type === "checkpoint" &&
      record.target === target &&
      record.verdict === "good" &&
      record.content === content;
    return (
      ledger.appended.some(({ record }) => isProof(record)) ||
      ledger.seeded.some(isProof) ||
      wasWellForLong(target, content)
    );
  }

  /** By the engine's own account. */
  function wasWellForLong(target: string, content: string): boolean {
    const phases = engine.apps.get(target)?.phases ?? [];
    return phases.some(({ status, revision, atMs }, index) => {
      const untilMs = phases[index + 1]?.atMs ?? now();
      return status === "Current" && untilMs - atMs >= 60_000 && world.contentId(revision, pathOf(target)) === content;
    });
  }

  /** I2, I6, I11: what the branch holds after a revert is what was planned, on what was looked at. */
  function land(
    target: string,
    key: string,
    {
      commit,
      base,
      head,
      by,
    }: { readonly commit: CommitId; readonly base: CommitId | undefined; readonly head: CommitId; readonly by: string },
  ): void {
    count(landed, `${target} ${key}`, "I2", `${target} ${key} was landed twice`);
    const path = pathOf(target);
    const isMoved = base !== undefined && keyAt(target, base) !== key && by === SELF;
    const isAltered = world.contentAt(commit, path) !== world.contentAt(head, path);
    if (isMoved)
      unseen.push({
        key,
        target,
        invariant: "I6",
        message: `${target} ${key} was landed on something else than it was made for`,
      });
    if (isAltered)
      unseen.push({
        key,
        target,
        invariant: "I11",
        message: `${target} ${key}: what was landed is not what was proposed`,
      });
  }

  return {
    violations,
    onRef({ ref, before, after, by, issued }) {
      if (after !== undefined && ref === BRANCH_REF) learnKeys(after);
      if (by !== SELF || after === undefined) return;
      if (ref !== BRANCH_REF) {
        const parsed = parseBranch(ref.replace("refs/heads/", ""));
        if (parsed === undefined) return broken("I5", `${ref} is none of our branches`);
        const branch = ref.replace("refs/heads/", "");
        return mutation({ what: "push branch", target: parsed.slug, key: parsed.key, branch, issued, commit: after });
      }
      if (issued?.step.name !== "git.push") return;
      const revision = git.objects.commit(after)?.revision;
      const target = trailersOf(revision?.message ?? "").find(({ key }) => key === "lastgood-target")?.value;
      if (target === undefined || before === undefined) return broken("I5", "something else than a revert was pushed");
      if (!git.objects.ancestors(after).has(before)) broken("I5", "main was rewritten");
      const key = keyAt(target, before);
      mutation({ what: "push main", target, key, branch: "main", issued, commit: after });
      land(target, key, { commit: after, base: before, head: after, by });
    },
    onDeed({ what, by, number, issued, commit, base }) {
      const pull = forge.pulls().find((one) => one.number === number);
      const parsed = pull === undefined ? undefined : parseBranch(pull.branch);
      if (pull === undefined || parsed === undefined) return;
      const about = { target: parsed.slug, key: parsed.key, branch: pull.branch, number, issued };
      if (what === "merge" && commit !== undefined) {
        land(parsed.slug, parsed.key, { commit, base, head: pull.head, by });
        past.push({ target: parsed.slug, key: parsed.key, atMs: now() });
      }
      if (by === SELF && what === "close" && isSaidNo(number, issued?.atMs ?? now()))
        broken("I7", `#${number} was closed, although somebody has taken it over`);
      if (
        by === SELF &&
        (what === "open" || what === "reopen" || what === "merge" || what === "arm" || what === "update")
      ) {
        mutation({ what, ...about, ...(what === "open" ? { commit: pull.head } : {}) });
      }
    },
    onStep({ id, replica, kind }) {
      if (kind === "write") leases.set(id, world.leaseHeld(replica));
    },
    crashed() {
      crashes += 1;
    },
    told(_, { key }) {
      notified.set(key, (notified.get(key) ?? 0) + 1);
    },
    killSwitch(set, released) {
      if (set !== undefined) switches.push({ fromMs: set, untilMs: Number.POSITIVE_INFINITY });
      for (const one of switches) if (released !== undefined) one.untilMs = Math.min(one.untilMs, released);
    },
    annotated(target, { mode, suspend }) {
      for (const one of restrictions) if (one.target === target) one.untilMs = Math.min(one.untilMs, now());
      if (mode === "observe" || suspend !== undefined) {
        restrictions.push({ target, mode: "observe", fromMs: now(), untilMs: Number.POSITIVE_INFINITY });
      }
    },
    vetoed(number, branch, atMs, how) {
      vetoes.push({ number, branch, atMs, how, key: parseBranch(branch)?.key ?? "" });
    },
    decided: (target, held) => void decisions.set(target, held),
    bug: (message) => broken("bug", message),
    calm: () => undefined,
    end() {
      const jobs = foldJobs(ledger.records());
      for (const job of jobs) if (!isEnded(job)) checkEnd(job);
      for (const { key, target, invariant, message } of unseen) {
        const own = jobs.filter((job) => job.key === key && job.target === target);
        if (own.every((job) => job.outcome === "verified") && !isSpoiled())
          broken(invariant, `${message}, and nobody was told`);
      }
      for (const job of jobs) checkVerified(job);
      for (const job of jobs) checkTimeout(job);
      checkRecords();
      checkRest();
      checkPlain(jobs);
      checkSecrets();
      checkAnswered(jobs);
    },
  };

  function isSpoiled(): boolean {
    return scenario.acts.some(({ kind }) => kind.startsWith("ledger"));
  }

  /** L1: only what waits for a person goes on. */
  function checkEnd(job: Job): void {
    const pull = forge.pulls().find(({ number }) => number === job.pullRequest);
    const veto = vetoes.find(({ number }) => number === pull?.number);
    if (pull?.state === "open" && veto === undefined) return;
    broken("L1", `job of ${job.target} ${job.key ?? ""} does not end: ${job.status} at ${job.station}, ${job.detail}`);
  }

  /** L1: whether it has arrived, and then whether it helped, is known in time, or people are called. */
  function checkTimeout({ target, landedAt, createdAtMs, endedAtMs, updatedAtMs }: Job): void {
    const { faultRate, acts } = scenario;
    const isCalm = faultRate === 0 && crashes === 0 && acts.every(({ kind }) => kind === "sync blocked");
    const landedAtMs = landedAt === undefined ? undefined : fromIso(landedAt);
    if (!isCalm || landedAtMs === undefined) return;
    const tookMs = (endedAtMs ?? updatedAtMs) - Math.max(landedAtMs, createdAtMs);
    if (tookMs > 2 * policy.verify.timeoutMs + LATE_MS)
      broken("L1", `whether a revert of ${target} helped was told after ${tookMs} ms`);
  }

  /** A1.19, A1.22, A1.24: whoever is said to be well again was, for all the time that it takes; what was bad is held back; people find an issue. */
  function checkVerified(job: Job): void {
    if (job.outcome !== "verified" || job.endedAtMs === undefined || isSpoiled()) return;
    const name = `${job.target} ${job.key ?? ""}`;
    const content = job.landed === undefined ? "" : world.contentAt(job.landed as CommitId, pathOf(job.target));
    const phases = engine.apps.get(job.target)?.phases ?? [];
    // Who polls does not see what comes and goes in between.
    const wellMs = Math.max(wellBefore(phases, job.endedAtMs, content), wellWithin(phases, job.endedAtMs, content));
    if (wellMs < policy.verify.forMs * 0.5 && !hasJumped() && !isDeaf())
      broken("recovery", `${name} was verified, and was well for ${wellMs} ms`);
    if (!ledger.appended.some(({ record }) => record.type === "quarantine" && record.job === job.id)) {
      broken("quarantine", `${name} was verified, and nothing is in quarantine`);
    }
    if (!forge.issues().some(({ body }) => body.includes(`<!--lastgood:issue ${job.id}-->`))) {
      broken("incident", `${name} was verified, and nobody finds an incident`);
    }
  }

  /** Whoever hears nothing of the engine sees it from time to time only. */
  function isDeaf(): boolean {
    return scenario.isSilent || scenario.acts.some(({ kind }) => kind === "engine deaf");
  }

  function hasJumped(): boolean {
    return scenario.acts.some(({ kind }) => kind === "clock jumps");
  }

  /** L1: whoever fails for something that was deployed is acted on, or it is on record why not. */
  function checkAnswered(jobs: readonly Job[]): void {
    for (const app of engine.apps.values()) {
      if (app.status !== "Failed" || app.ill || !isBad(app.content)) continue;
      const forMs = now() - app.sinceMs;
      if (forMs > policy.limits.suspectAgeMs || forMs < LATE_MS) continue;
      const key = keyOf(app.name, app.content);
      // Of what a revert has brought and that did not help, people were told by its own job.
      const isBrought = (job: Job): boolean =>
        job.landed !== undefined && world.contentAt(job.landed as CommitId, pathOf(app.name)) === app.content;
      const isKnown = jobs.some(
        (job) => job.target === app.name && (job.key === key || job.key === undefined || isBrought(job)),
      );
      const held = decisions.get(app.name);
      if (!isKnown && !isSpoiled() && (held === undefined || held === "Inconclusive"))
        broken("L1", `${app.name} fails with ${key}, and no job is about that`);
    }
  }

  /** I22, and I12: everything on record can be made again, and each end is told once. */
  function checkRecords(): void {
    for (const { record } of ledger.appended) {
      if (record.type === "decision" && world.replayDecision(record) === "different")
        broken("I22", `${record.message} is decided otherwise the second time`);
    }
    const marks = new Map<string, number>();
    for (const { body } of forge.issues()) {
      const key = /<!--lastgood:issue (.*?)-->/.exec(body)?.[1];
      if (key !== undefined) count(marks, key, "I12", `two incidents of ${key}`);
    }
    const isQuiet = scenario.replicas === 1 && scenario.faultRate === 0 && scenario.acts.length === 0;
    // Who is killed right after telling leaves nobody who knows that it was told.
    for (const [key, times] of notified)
      if (isQuiet && times > 1 + crashes) broken("I12", `${key} was told ${times} times`);
  }

  /** L1: where nothing and nobody comes in its way, what is bad is reverted, and well again. */
  function checkPlain(jobs: readonly Job[]): void {
    const { acts, faultRate, replicas, isUnproven, rules, reaction, sequel, mode, incidents } = scenario;
    const isCalm = acts.length === 0 && faultRate === 0 && crashes === 0 && replicas === 1 && !isUnproven;
    const isAlone = reaction === "nothing" && sequel === "nothing" && !rules.alters && !rules.review;
    const [only, ...more] = incidents;
    if (!isCalm || !isAlone || only === undefined || more.length > 0 || !PLAIN.has(only.kind)) return;
    if ((mode === "merge" || mode === "push") && !jobs.some(({ outcome }) => outcome === "verified"))
      broken("L1", `nothing came of a plain ${only.kind}: ${jobs.map(({ detail }) => detail).join("; ")}`);
  }

  /** L4: whoever goes on writing what is on record already never comes to rest. */
  function checkRest(): void {
    const added = new Map<string, JobRecord[]>();
    for (const { record } of ledger.appended) {
      if (record.type === "job") added.set(record.job, [...(added.get(record.job) ?? []), record]);
    }
    for (const [job, lines] of added) {
      const end = lines.findIndex(({ outcome }) => outcome !== undefined);
      const late = end === -1 ? 0 : lines.length - end - 1;
      if (late > MOST_LATE && !isSpoiled()) broken("L4", `job ${job} has ended, and is written to ${late} times more`);
      const texts = lines.map(({ status, station, detail }) => `${status} ${station} ${detail}`);
      const isStuck = texts.some((text, index) => index >= MOST_SAME && isRepeated(texts, text, index));
      if (isStuck) broken("L4", `job ${job} says the same ${MOST_SAME + 1} times: ${lines.at(-1)?.detail ?? ""}`);
    }
  }

  /** I18 */
  function checkSecrets(): void {
    const pulls = forge.pulls().flatMap(({ title, body }) => [title, body]);
    const texts = [
      ...pulls,
      ...forge.comments().map(({ text }) => text),
      ...forge.issues().map(({ body }) => body),
      ...ledger.tip().values(),
    ];
    const forms = [SECRET, Buffer.from(SECRET, "base64").toString("utf8"), Buffer.from(SECRET).toString("base64")];
    if (texts.some((text) => forms.some((form) => text.includes(form))))
      broken("I18", "a secret was written where people read");
  }
}

function isRepeated(texts: readonly string[], text: string, index: number): boolean {
  return texts.slice(index - MOST_SAME, index).every((one) => one === text);
}

/** For how long it was well with that content, around then: the end may be on record some seconds after it was seen. */
function wellBefore(phases: readonly Phase[], atMs: number, content: string): number {
  let longest = 0;
  for (const [index, phase] of phases.entries()) {
    if (phase.status !== "Current" || phase.content !== content || phase.atMs > atMs) continue;
    const endMs = Math.min(phases[index + 1]?.atMs ?? atMs, atMs);
    if (endMs > atMs - FRESH_MS) longest = Math.max(longest, endMs - phase.atMs);
  }
  return longest;
}

/** How much of the time before it was well, all in all. */
function wellWithin(phases: readonly Phase[], atMs: number, content: string): number {
  const fromMs = atMs - FRESH_MS;
  let sum = 0;
  for (const [index, phase] of phases.entries()) {
    if (phase.status !== "Current" || phase.content !== content) continue;
    const endMs = Math.min(phases[index + 1]?.atMs ?? atMs, atMs);
    sum += Math.max(0, endMs - Math.max(phase.atMs, fromMs));
  }
  return sum;
}

interface Failure {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly content: string;
  /** It was not for what was deployed. */
  readonly ill: boolean;
}

/** When it failed, and with what, up to then. A restart in between does not end it; having been well does. */
function failures(phases: readonly Phase[], untilMs: number): readonly Failure[] {
  const found: Failure[] = [];
  let isBroken = true;
  for (const [index, { status, atMs, content, ill }] of phases.entries()) {
    if (status === "Current") isBroken = true;
    if (status !== "Failed" || atMs > untilMs) continue;
    const endMs = Math.min(phases[index + 1]?.atMs ?? untilMs, untilMs);
    const last = found.at(-1);
    if (!isBroken && last !== undefined && last.content === content) {
      found[found.length - 1] = { ...last, untilMs: endMs };
    } else found.push({ fromMs: atMs, untilMs: endMs, content, ill });
    isBroken = false;
  }
  return found;
}
