/** Mistakes that somebody might make, each as one change of the product's source: the simulation has to see every one of them. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Product } from "./product.ts";

/** One change of the source. */
interface Slip {
  /** Below src. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface Bug extends Slip {
  readonly mistake: string;
  /** What would hold all the same is held by something else, too: that is gone with it. */
  readonly also?: readonly Slip[];
  /** The name of a world that is known to show it: looked at first. */
  readonly shownBy?: string;
}

const guard = (name: string, mistake: string, from: string, to: string): Bug => ({
  mistake,
  file: `core/decision/guards/${name}.ts`,
  from,
  to,
});

export const BUGS: readonly Bug[] = [
  {
    mistake: "a closed pull request is no veto",
    file: "app/read-attempt.ts",
    from: `    case "closed": {`,
    to: `    case "closed": if (pull.number > 0) return { kind: "none" }; else {`,
  },
  {
    mistake: "what a person has taken over is gone on with",
    file: "app/read-attempt.ts",
    from: `if (why !== undefined) return { kind: "taken-over",`,
    to: `if (why === "") return { kind: "taken-over",`,
  },
  guard(
    "health",
    "nothing has to be bad",
    `if (held !== undefined) return fail(`,
    `if (held === "Suspended") return fail(`,
  ),
  guard(
    "kill-switch",
    "the kill switch is not obeyed",
    `if (access === "none") return pass(`,
    `if (GUARD === "kill-switch") return pass(`,
  ),
  guard("mode", "annotations do not restrict", `restricted?.atMost ?? policy.mode`, `policy.mode`),
  guard(
    "suspended",
    "a suspension is overlooked",
    `if (suspended !== undefined) {`,
    `if (suspended !== undefined && suspended.untilMs === 1) {`,
  ),
  guard(
    "settled",
    "a newer commit is overlooked",
    `if (live.newer !== undefined) {`,
    `if (live.newer?.revision === "") {`,
  ),
  guard(
    "budget",
    "opened reverts are not counted",
    `const spent = spend(facts, past, ({ openedAtMs }) => openedAtMs);`,
    `const spent = spend(facts, past, () => undefined);`,
  ),
  guard("cooldown", "there is no cooldown", `return agoMs < cooldownMs`, `return agoMs < 0`),
  {
    mistake: "who has no lease acts",
    file: "app/daemon/run-daemon.ts",
    from: `leaseHeld = () => true } = request;`,
    to: `leaseHeld: _ } = request;\n  const leaseHeld = (): boolean => true;`,
  },
  {
    mistake: "the highest mode wins",
    file: "core/model/mode.ts",
    from: `MODES.indexOf(one) <= MODES.indexOf(other)`,
    to: `MODES.indexOf(one) > MODES.indexOf(other)`,
  },
  {
    mistake: "good and bad are swapped",
    file: "core/checkpoint.ts",
    from: `return verdict === "good" && quarantined === undefined;`,
    to: `return verdict === "bad" && quarantined === undefined;`,
  },
  {
    mistake: "no job is recorded before a proposal",
    file: "core/job/next-step.ts",
    from: `if (job.status !== "In Progress" || job.key !== key || job.station !== station) {`,
    to: `if (job.status === "Exception") {`,
  },
  {
    mistake: "a new job proposes at once",
    file: "core/job/begin-step.ts",
    from: `if (decision.kind === "hold") return { kind: "record-job", transition: { ...queued(decision), ...subject } };`,
    to: `if (decision.kind === "act" && decision.mode !== "push") return { kind: "propose", key: decision.key };\n  if (decision.kind === "hold") return { kind: "record-job", transition: { ...queued(decision), ...subject } };`,
  },
  {
    mistake: "nothing is put into quarantine",
    file: "core/job/landed-step.ts",
    from: `if (!effects.quarantined) return`,
    to: `if (!effects.quarantined && job.id === "") return`,
  },
  {
    mistake: "no incident is opened",
    file: "core/job/landed-step.ts",
    from: `if (effects.incident === undefined) return { kind: "open-incident", outcome: "verified", why: message };`,
    to: ``,
  },
  {
    mistake: "one healthy look is enough",
    file: "core/verification.ts",
    from: `currentForMs > 0 && currentForMs >= policy.verify.forMs`,
    to: `currentForMs >= 0`,
  },
  {
    mistake: "a verification never ends",
    file: "core/verification.ts",
    from: `return nowMs >= untilMs ? { kind: "not delivered", ...found }`,
    to: `return nowMs >= 1e15 ? { kind: "not delivered", ...found }`,
  },
  {
    mistake: "a hold label does not count",
    file: "app/hands-off.ts",
    from: `if (!labels.some((label) => label.toLowerCase() === HOLD_LABEL)) return undefined;`,
    to: `if (url !== undefined) return undefined;`,
  },
  {
    mistake: "an edited text is overlooked",
    file: "core/change/text-mark.ts",
    from: `if (mark === undefined) return "unmarked";`,
    to: `if (hash !== undefined) return "ours";\n  if (mark === undefined) return "unmarked";`,
  },
  {
    mistake: "a person's commit is overlooked",
    file: "app/compare-branch.ts",
    from: `{ change, kind: isUpdate ? "update" : "foreign" }`,
    to: `{ change, kind: isUpdate ? "update" : "ours" }`,
  },
  {
    mistake: "a draft is merged all the same",
    file: "app/read-attempt.ts",
    from: `if (draft && query.draft !== true) return`,
    to: `if (draft && query.draft === true) return`,
  },
  {
    mistake: "earlier reverts are not looked for",
    file: "app/read-attempt.ts",
    from: `const pull = await forge?.findPullRequest(branch);`,
    to: `const pull = undefined as Awaited<ReturnType<NonNullable<typeof forge>["findPullRequest"]>>;`,
  },
  {
    mistake: "pushed reverts are not counted",
    file: "app/read-reverts.ts",
    from: `const reverts = [...proposed, ...pushed]`,
    to: `const reverts = [...proposed]`,
  },
  {
    mistake: "nothing is looked at again before a write",
    file: "app/daemon/guarded-world.ts",
    from: `await allow();`,
    to: ``,
  },
  {
    mistake: "the key is that of the commit before",
    file: "core/change/branch.ts",
    from: "hash(`${target}\\0${suspectContent}`)",
    to: "hash(`${suspectContent}\\0${target}`)",
  },
  {
    mistake: "a mode of a file is lost",
    file: "core/change/change.ts",
    from: `return { path: file.path, mode: file.after.mode, blob: file.after.id };`,
    to: `return { path: file.path, mode: "100755", blob: file.after.id };`,
  },
  {
    mistake: "ids of the past decide of records",
    file: "core/decision/decision-record.ts",
    from: `message,\n    hash: hash(text)`,
    to: `message: \`\${message} \`,\n    hash: hash(text)`,
  },
  {
    mistake: "the same suspect is reverted again",
    file: "core/decision/guards/attempt.ts",
    from: `return fail(GUARD, "AlreadyReverted", {`,
    to: `return pass(GUARD, "landed") ?? fail(GUARD, "AlreadyReverted", {`,
    also: [
      {
        file: "app/find-attempt.ts",
        from: `if (job.unattended === true && isSpent) return spent(job, known);`,
        to: ``,
      },
      {
        file: "app/read-attempt.ts",
        from: `const pull = await forge?.findPullRequest(branch);`,
        to: `const found = await forge?.findPullRequest(branch);\n  const pull = found?.state === "merged" ? undefined : found;`,
      },
    ],
  },
  {
    mistake: "two reverts at a time in a repository",
    file: "app/daemon/overtaken.ts",
    from: `!isEnded(job) && job.status === "In Progress"`,
    to: `!isEnded(job) && job.id === ""`,
    also: [
      {
        file: "app/daemon/overtaken.ts",
        from: `      revert.target !== target &&`,
        to: `      revert.target === "" && target !== "" &&`,
      },
    ],
  },
  {
    mistake: "a commit does not say where it goes",
    file: "core/change/message.ts",
    from: "`Lastgood-Checkpoint: ${restored.id}`",
    to: "`Lastgood-Checked: ${restored.id}`",
  },
  {
    mistake: "what is bad is never known to be",
    file: "core/signal/verdict.ts",
    from: `Math.abs(nowMs - live.confirmedAtMs) > policy.maxStaleMs`,
    to: `Math.abs(nowMs - live.confirmedAtMs) >= 0`,
  },
];

const SRC = fileURLToPath(new URL("../../src/", import.meta.url));
const MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));

/** The texts of the files with the mistake in them, by path. Throws when one does not hold what is to be changed, exactly once. */
export function mistaken(bug: Bug): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { file, from, to } of [bug, ...(bug.also ?? [])]) {
    const parts = (texts.get(file) ?? readFileSync(join(SRC, file), "utf8")).split(from);
    if (parts.length !== 2) throw new Error(`${bug.mistake}: ${file} holds it ${parts.length - 1} times`);
    texts.set(file, parts.join(to));
  }
  return texts;
}

/** The product with one mistake in it. Throws as `mistaken` does. */
export async function plantBug(bug: Bug): Promise<Product> {
  const texts = mistaken(bug);
  const folder = mkdtempSync(join(tmpdir(), "lastgood-bug-"));
  try {
    for (const part of ["app", "core", "ports"])
      cpSync(join(SRC, part), join(folder, "src", part), { recursive: true });
    symlinkSync(MODULES, join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), `{ "type": "module" }\n`);
    // One class of errors for all: they are told apart by it.
    writeFileSync(
      join(folder, "src/errors.ts"),
      `export * from ${JSON.stringify(pathToFileURL(join(SRC, "errors.ts")).href)};\n`,
    );
    for (const [file, text] of texts) writeFileSync(join(folder, "src", file), text);
    const load = async (name: string): Promise<Product> =>
      (await import(/* @vite-ignore */ pathToFileURL(join(folder, "src", name)).href)) as Product;
    const [{ runDaemon }, { createObserver }, { createContentReader }, { replayDecision }] = await Promise.all([
      load("app/daemon/run-daemon.ts"),
      load("app/observe-targets.ts"),
      load("app/content-reader.ts"),
      load("core/decision/decision-record.ts"),
    ]);
    return { runDaemon, createObserver, createContentReader, replayDecision };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
