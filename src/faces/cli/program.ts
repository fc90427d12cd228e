/** Every command, its flags and its help. Actions load what they need when they run. */
import { Command as Program, Option } from "commander";
import { COMMIT_VIAS } from "../../config/config.ts";
import type { ExitCode } from "../../errors.ts";
import type { OutputFormat } from "./output/yaml-json.ts";
import { OUTPUT_FORMATS } from "./output/yaml-json.ts";
import { TOPICS } from "./topics.ts";

/** What every command may be given besides its own flags. */
export interface GlobalOptions {
  readonly output?: OutputFormat;
  readonly json?: boolean;
  readonly headers?: boolean;
  readonly color?: "auto" | "always" | "never";
  readonly quiet?: boolean;
  readonly input?: boolean;
  readonly yes?: boolean;
}

/** Runs a command with its options; given by the caller, so that the program can be tested alone. */
export type Run = (
  command: CommandName,
  options: Readonly<Record<string, unknown>> & GlobalOptions,
) => Promise<ExitCode>;

const COMMANDS = [
  "status",
  "history",
  "checkpoints",
  "plan",
  "revert",
  "jobs",
  "ledger",
  "drill",
  "mark",
  "quarantine",
  "check",
  "replay",
  "doctor",
  "daemon",
  "demo",
] as const;

/** Every command. */
export type CommandName = (typeof COMMANDS)[number] | "help-topic";

export interface ProgramParts {
  readonly calledAs: string;
  readonly version: string;
  readonly run: Run;
  /** The first word: when it is a command, no other is declared. Missing: all are. */
  readonly first?: string | undefined;
}

/** Builds the commander program. It exits nothing and prints nothing by itself but help and usage errors. */
export function buildProgram({ calledAs, version, run, first }: ProgramParts): Program {
  const only = COMMANDS.find((name) => name === (first === "undo" ? "revert" : first));
  const program = new Program(calledAs)
    .description(
      "kubectl rollout undo, for GitOps: finds the last known-good commit of a target and makes the revert that Argo CD or Flux syncs.",
    )
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .addHelpText("before", examples(calledAs))
    .addHelpText(
      "after",
      `\nTopics: ${Object.keys(TOPICS)
        .map((topic) => `${calledAs} help ${topic}`)
        .join(" · ")}`,
    )
    .configureHelp({ subcommandTerm: (command) => termOf(command) })
    .showSuggestionAfterError(true)
    .enablePositionalOptions();

  const add = (name: CommandName, definition: string, options: (command: Program) => Program): void => {
    if (only !== undefined && only !== name) return;
    const command = program.command(definition);
    common(options(command)).action(async (...args: readonly unknown[]) => {
      await run(name, { ...positionalOf(command, args), ...command.opts() });
    });
    const lines = EXAMPLES[name]?.map((line) => `  ${calledAs} ${line}`) ?? [];
    command.addHelpText("before", lines.length === 0 ? "" : `Examples:\n${lines.join("\n")}\n`);
  };

  add("status", "status [target]", (command) =>
    cluster(
      command
        .description("what runs where, how it is and since when; with TARGET why, down to the pod")
        .option("-w, --watch", "go on, and tell what changes")
        .option("--only <status>", "Failed, InProgress, Current, Unknown, …; several by commas"),
    ),
  );
  add("history", "history [target]", (command) =>
    cluster(
      command
        .description("commits that change the target, with verdicts; # numbers them from the oldest")
        .option("--limit <n>", "how many, newest first; 0 for all (default: 20 on a terminal, all on a pipe)")
        .option("--since <when>", "a duration (36h, 14d) or a date")
        .option("--good", "only revisions known to be good")
        .option("--bad", "only revisions known to be bad"),
    ),
  );
  add("checkpoints", "checkpoints [target]", (command) =>
    cluster(command)
      .description("what can be gone back to, with evidence and age")
      .option(
        "--evidence <kind>",
        "only this kind: observed, marked, engine-health, deployment, check, tag, engine-sync",
      )
      .option("--limit <n>", "how many, newest first; 0 for all"),
  );
  add("plan", "plan [target]", (command) =>
    cluster(selection(command.description("what a revert would change; writes nothing")))
      .option("--show <what>", "fields, diff, patch or pr", "fields")
      .option("--detailed-exitcode", "exit 7 when there are changes"),
  );
  add("revert", "revert [target]", (command) =>
    cluster(
      selection(
        command
          .alias("undo")
          .description("put the target back: commit, pull request, and as far as --mode allows")
          .option("-i, --interactive", "choose the revision and the parts on the terminal"),
      ),
    )
      .option("--mode <mode>", "branch (local only), propose (pull request), merge or push (default: propose)")
      .option("--merge", "same as --mode merge")
      .option("--branch <name>", "mode branch: its name")
      .option("--reason <text>", "why; stands in the commit and the pull request")
      .addOption(
        new Option(
          "--commit-via <way>",
          "push; api: GitHub makes and signs it; auto (default: forge.commit.via)",
        ).choices(COMMIT_VIAS),
      )
      .option("--follow <n>", "do what was ticked on the page of this open pull request of lastgood")
      .option("--wait <what>", "merged; synced: and the engine has it; verified: and it stayed Current for verify.for")
      .option("--timeout <duration>", "how long to wait (default: 5m to be merged, then as verify.timeout says)")
      .option(
        "--plan <file>",
        "do exactly what a saved plan says (plan -o json); refused when the target changed since",
      )
      .option("--dry-run", "same as plan"),
  );
  add("jobs", "jobs [id]", (command) =>
    command
      .description("reverts from trigger to end; with ID (or its beginning) every step of one")
      .option("--status <status>", 'Queued, "In Progress", Completed, Exception; several by commas')
      .option("--target <target>", "only of this target; repeatable", collect)
      .option("--limit <n>", "how many, newest first; 0 for all (default: 20 on a terminal, all on a pipe)")
      .option("-w, --watch", "go on, and tell what changes; with ID until the job ends")
      .option("--cancel", "with ID: end it; its pull request stays as it is")
      .option("--retry", "with ID: begin it anew, when it has ended")
      .option("--reason <text>", "why it is cancelled or tried again"),
  );
  add("mark", "mark <verdict> <target> <revision>", (command) =>
    command
      .description("record your own verdict, good or bad, in the ledger")
      .option("--reason <text>", "how you know (required)")
      .option("--clear", "take your verdict back"),
  );
  add("quarantine", "quarantine <action> [name]", (command) =>
    command
      .description("artifacts that must not come back: list, add or release them; NAME is a target")
      .option("--image <image>", "ghcr.io/acme/api:1.8.0, or by @sha256:…; repeatable", collect)
      .option("--chart <chart>", "redis@19.0.1, with its repository before it or not; repeatable", collect)
      .option(
        "--value <value>",
        "FILE:FIELD=VALUE, of a version that names no image: apps/api/values.yaml:image.tag=1.8.0; repeatable",
        collect,
      )
      .option("--commit <sha>", "a commit, and what it wrote; repeatable", collect)
      .option("--target <target>", "only there; repeatable (default: every target)", collect)
      .option("--until <when>", "14d, a date, or released (default: policies.*.quarantine.for, 7d)")
      .option("--reason <text>", "why (required to add and to release)"),
  );
  add("drill", "drill [target]", (command) =>
    cluster(
      command
        .description("rehearse a revert without consequences: every part of it, with its seconds; kept in the ledger")
        .option("--to <rev>", "a commit, a tag, ~1 or #470 (default: the last good one, or the one before what runs)")
        .option("--draft-pull-request", "also open a draft on a scratch branch, and take both away again"),
    ),
  );
  add("ledger", "ledger <action>", (command) =>
    command
      .description("the record of verdicts, jobs, quarantine and drills: verify that it can be read, or export it")
      .option("--older-than <duration>", "verify: tell jobs without an end that did not move for so long (default: 7d)")
      .option("--type <type>", "export: checkpoint, quarantine, job, decision, drill; repeatable", collect)
      .option("--target <target>", "export: only records about it; repeatable", collect)
      .option("--since <when>", "export: a duration (36h, 14d) or a date"),
  );
  add("check", "check", (command) =>
    command
      .description(
        "for CI: does this change bring a quarantined artifact back? Exits 5 then. And its way back, with the risks",
      )
      .option("--base <rev>", "what it will be merged into (default: what CI says, else origin/HEAD)")
      .option("--head <rev>", "the change (default: HEAD)")
      .option("--target <target>", "only changes to it; repeatable", collect)
      .option("--annotate", "also as GitHub annotations and job summary"),
  );
  add("replay", "replay", (command) =>
    command
      .description("do the reverts of this repository's own past again, and compare with git revert; writes nothing")
      .option("--since <when>", "2y, 6mo, 90d or a date (default: 2y)")
      .option("--limit <n>", "only the newest n reverts; 0 for all")
      .option("--target <target>", "only reverts that touch it")
      .option("--all", "list also those that both get as the person did")
      .option("--html <file>", "write a page to look at")
      .option("--jobs <n>", "threads, 1 to 8 (default: 2)")
      .option("--fresh", "do again what earlier runs have done"),
  );
  add("doctor", "doctor", (command) =>
    cluster(
      command
        .description("would a revert come about tonight? Rights, rules, clones, clusters: each finding with its remedy")
        .option("--offline", "look only at what is on this machine"),
    ),
  );
  add("daemon", "daemon", (command) =>
    cluster(
      command
        .description("watch health and take reverts from trigger to verified recovery, as far as policies allow")
        .option("--once", "until nothing is left but to wait, then end: for cron and CI")
        .option("--mode <mode>", "no further than this: observe, propose, merge, push; it only lowers")
        .option("--listen <host:port>", "where webhooks and the API are served (default: server.listen)")
        .addOption(
          new Option("--log-format <format>", "default: text on a terminal, json elsewhere").choices(["text", "json"]),
        ),
    ),
  );
  if (only !== undefined && only !== "demo") return program;
  program
    .command("demo")
    .description("a whole revert, end to end: no cluster, no token, no network")
    .option("--keep <folder>", "leave the repositories here (default: a new temporary folder)")
    .addOption(new Option("--color <when>", "colours").choices(["auto", "always", "never"]))
    .action(async (options: Readonly<Record<string, unknown>>) => {
      await run("demo", options);
    });

  if (only !== undefined) return program;
  for (const [name, { title, text }] of Object.entries(TOPICS)) {
    const show = async (): Promise<void> => {
      await run("help-topic", { topic: name });
    };
    program
      .command(name, { hidden: true })
      .description(title)
      .configureHelp({ formatHelp: () => `${text()}\n` })
      .action(show);
  }
  return program;
}

function common(command: Program): Program {
  const ownBase = command.options.some(({ long }) => long === "--base");
  command
    .optionsGroup("Common options:")
    .option("-c, --config <file>", "lastgood.yaml (default: looked for, see help environment)")
    .option("-R, --repo <repo>", "PATH, URL or [HOST/]OWNER/REPO (default: the repository here)")
    .option("-n, --namespace <name>", "narrows KIND/NAME");
  if (!ownBase) {
    command.option("--base <ref>", "the branch or revision to stand on (default: the tip of the deployed branch)");
  }
  return command
    .addOption(new Option("-o, --output <format>", "how to print the result").choices(OUTPUT_FORMATS))
    .option("--json", "same as -o json")
    .option("--no-headers", "tables without their first line")
    .addOption(new Option("--color <when>", "colours").choices(["auto", "always", "never"]))
    .option("-q, --quiet", "only warnings and errors on stderr")
    .option("-v, --verbose", "also what could not be followed in the repository, whatever it is about")
    .option("--no-input", "never ask")
    .option("-y, --yes", "answer yes");
}

/** Of every command that may ask a cluster. */
function cluster(command: Program): Program {
  return command
    .option("--kubeconfig <file>", "where clusters are named (default: KUBECONFIG, ~/.kube/config, the pod's own)")
    .option("--context <name>", "the cluster to ask, instead of what engines in lastgood.yaml say");
}

function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

function selection(command: Program): Program {
  return command
    .option("--to <rev>", "a commit, a tag, ~1 (the good one before) or #470 (default: the last known good)")
    .option("--to-revision <n>", "the # of history; 0 is the last known good")
    .option(
      "--commit <sha>",
      "undo exactly what this commit did, keep what came later; A..B for a range; repeatable",
      collect,
    )
    .option("--pr <n>", "undo exactly what this pull request did")
    .option("--mainline <n>", "with --commit of a merge: the parent that stays (default: 1)")
    .option("--resolve <field=side>", "a conflict's answer: FIELD=good or FIELD=keep, * for all; repeatable", collect)
    .option(
      "--chart-version <how>",
      "with --commit: restore, bump or keep a chart's version (default: restore, bump where CI and earlier reverts do)",
    )
    .option("--only <component>", "KIND/NAME[:FACET], ./FILE or :FACET; repeatable", collect)
    .option("--except <component>", "as --only, to leave out; repeatable", collect)
    .option("--traffic-first", "only what carries traffic, while the pods that get it then are Current")
    .option("--no-traffic-first", "all of it, though the policy says traffic-first");
}

/** What people do first with each command. */
const EXAMPLES: Readonly<Partial<Record<CommandName, readonly string[]>>> = {
  status: [
    "status                                 every target, what fails first",
    "status payments/api                    why, since when, what is suspected, what to do",
    "status -w --only Failed",
    "status --context prod -o json",
  ],
  history: [
    "history payments/api",
    "history ./apps/payments/api --since 14d --good",
    "history deployment/api -n payments -o json",
  ],
  checkpoints: ["checkpoints payments/api", "checkpoints payments/api --evidence observed"],
  plan: [
    "plan payments/api                      to the last known good",
    "plan payments/api --to 3f9c2ab         to a commit, a tag, ~1 or #470",
    "plan payments/api --only :image,:env   a part of it",
    "plan --commit 8d41c07                  undo one change, keep all later work",
    "plan payments/api -o json > plan.json  for revert --plan",
  ],
  jobs: [
    "jobs                                   the newest reverts, and where they are",
    "jobs --status 'In Progress' -w",
    "jobs 01J9ZK4T7Q                        every step, who did it, and what was decided",
    'jobs 01J9ZK4T7Q --cancel --reason "we roll forward"',
  ],
  revert: [
    "revert payments/api                    opens a pull request",
    "revert payments/api -i                 choose on the terminal",
    'revert payments/api --to ~1 --merge --reason "5xx since 1.8.0"',
    "revert --pr 482                        undo one change, keep all later work",
    "revert payments/api --mode branch -y   prepares a local branch, nothing leaves",
  ],
  daemon: [
    "daemon --mode observe                  only decides, and records what it would have done",
    "daemon --config /etc/lastgood/config.yaml",
    "daemon --once --mode propose           from a schedule: one look, then what follows from it",
  ],
  replay: [
    "replay                                 the last two years of the repository here",
    "replay --since 6mo --html replay.html  with a page to look at",
    "replay --target payments/api -o json",
  ],
  quarantine: [
    "quarantine list",
    'quarantine add payments/api --image ghcr.io/acme/api:1.8.0 --reason "leaks memory"',
    'quarantine release payments/api --image ghcr.io/acme/api:1.8.0 --reason "fixed by #501"',
  ],
  drill: [
    "drill payments/api                     exits 1 when a revert would not come about",
    "drill payments/api --draft-pull-request -y",
    "drill payments/api -o json             for a schedule: 0 6 * * 1",
  ],
  ledger: [
    "ledger verify                          exits 1 when a line cannot be read",
    "ledger export > ledger.jsonl           one JSON object per line, oldest first",
    "ledger export --type job --target payments/api --since 30d",
  ],
  doctor: [
    "doctor                                 exits 1 when something would keep a revert from coming about",
    "doctor --offline                       configuration, git and clone only",
    "doctor -o json                         for a monitor",
  ],
  check: [
    "check                                  this branch against origin",
    "check --base origin/main --head HEAD --annotate",
  ],
  mark: [
    'mark good payments/api 3f9c2ab --reason "load test passed"',
    'mark bad payments/api 8d41c07 --reason "leaks memory"',
  ],
};

/** `revert|undo [target]`: every command has options, that need not be said. */
function termOf(command: Program): string {
  const args = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  return [[command.name(), ...command.aliases()].join("|"), ...args].join(" ");
}

function positionalOf(command: Program, args: readonly unknown[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    command.registeredArguments.flatMap((argument, i) => (args[i] === undefined ? [] : [[argument.name(), args[i]]])),
  );
}

function examples(name: string): string {
  return `Examples:
  ${name} status                           what fails, and since when?
  ${name} history payments/api              what was live, and was it good?
  ${name} plan payments/api                 what would go back to the last known good?
  ${name} revert payments/api               open the pull request that takes it back
  ${name} revert payments/api --only :image --mode branch
  ${name} demo                              see all of it without a cluster
`;
}
