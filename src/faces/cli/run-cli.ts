/** The command line: parses, runs one command, and turns whatever happens into words and an exit code. */
import { CommanderError } from "commander";
import { escapeText } from "../../core/model/escape.ts";
import { EXIT, type ExitCode, LastgoodError } from "../../errors.ts";
import type { OutputStream, Surroundings } from "../surroundings.ts";
import { type CommandContext, type CommonOptions } from "./context.ts";
import { withPlace } from "./hint-place.ts";
import { plainPunctuation } from "./output/glyphs.ts";
import { createLog } from "./output/log.ts";
import { renderHold, renderProblem, type Retype } from "./output/problem.ts";
import { createRedactor } from "./output/redact.ts";
import { renderScreen, renderTable, type TableOptions } from "./output/table.ts";
import { type Output, readTerminal, type Terminal } from "./output/terminal.ts";
import { createWriter, type Writer } from "./output/writer.ts";
import { type OutputFormat, renderEnvelope } from "./output/yaml-json.ts";
import { buildProgram, type CommandName, type GlobalOptions } from "./program.ts";
import { styleOf } from "./render/style.ts";
import { TOPICS } from "./topics.ts";
import { requireHelpTopic, usageError } from "./usage-error.ts";

const NEW_ISSUE = "https://github.com/OWNER/lastgood/issues/new";

/** Secrets of the environment: masked wherever they would be written. */
const SECRET_VARIABLES = [
  "GH_TOKEN",
  "GITHUB_TOKEN",
  "GH_ENTERPRISE_TOKEN",
  "GITHUB_ENTERPRISE_TOKEN",
  "ARGOCD_AUTH_TOKEN",
];

/** Runs the command line to its end. Never throws. */
export async function runCli(surroundings: Surroundings): Promise<ExitCode> {
  const redact = createRedactor(SECRET_VARIABLES.flatMap((name) => surroundings.env[name] ?? []));
  const out = createWriter(surroundings.stdout, { redact });
  const err = createWriter(surroundings.stderr, { redact });
  const seen: { options: GlobalOptions & CommonOptions } = { options: {} };
  const parts = { surroundings, out, err };
  let exit: ExitCode = EXIT.done;
  const program = buildProgram({
    calledAs: surroundings.calledAs,
    version: surroundings.version,
    first: surroundings.args[0],
    run: async (name, options) => {
      seen.options = options;
      exit = await runCommand(name, options, parts);
      return exit;
    },
  });
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => helpWidth(surroundings.stdout),
      getErrHelpWidth: () => helpWidth(surroundings.stderr),
    });
  }
  try {
    requireHelpTopic(program, surroundings.args);
    await program.parseAsync([...surroundings.args], { from: "user" });
    return exit;
  } catch (thrown) {
    if (thrown instanceof CommanderError && isHelp(thrown)) return thrown.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (surroundings.signal.aborted) {
      err.write("\ninterrupted\n");
      return EXIT.interrupted;
    }
    const error = thrown instanceof CommanderError ? usageError(thrown, program, surroundings.args) : thrown;
    const terminal = terminalOf(surroundings, seen.options);
    const { version, platform } = surroundings;
    const retype: Retype = (line) => withPlace(line, seen.options);
    err.write(renderProblem(error, terminal.err, { version, platform, newIssueUrl: NEW_ISSUE, redact, retype }));
    return error instanceof LastgoodError ? error.exit : EXIT.failed;
  }
}

/** Help or the version was shown: asked for, or because there was no command. */
function isHelp({ code }: CommanderError): boolean {
  return code === "commander.help" || code === "commander.helpDisplayed" || code === "commander.version";
}

/** Lines longer than this are hard to read however wide the terminal is. */
function helpWidth({ columns = 80 }: OutputStream): number {
  return Math.max(40, Math.min(columns, 110));
}

interface Parts {
  readonly surroundings: Surroundings;
  readonly out: Writer;
  readonly err: Writer;
}

async function runCommand(
  name: CommandName,
  options: Readonly<Record<string, unknown>> & GlobalOptions,
  parts: Parts,
): Promise<ExitCode> {
  if (name === "help-topic") {
    parts.out.write(`${TOPICS[String(options["topic"])]?.text() ?? ""}\n`);
    return EXIT.done;
  }
  const terminal = terminalOf(parts.surroundings, options);
  const log = createLog({ terminal, writer: parts.err });
  const context = contextOf(options, { ...parts, terminal, log });
  try {
    return await dispatch(name, options, context);
  } finally {
    log.clear();
  }
}

/** The options were declared for this very command in program.ts: each command says which it takes. */
async function dispatch(
  name: Exclude<CommandName, "help-topic">,
  options: object,
  context: CommandContext,
): Promise<ExitCode> {
  switch (name) {
    case "history":
      return (await import("./commands/history.ts")).runHistory(options, context);
    case "status":
      return (await import("./commands/status.ts")).runStatus(options, context);
    case "checkpoints":
      return (await import("./commands/checkpoints.ts")).runCheckpoints(options, context);
    case "plan":
      return (await import("./commands/plan.ts")).runPlan(options, context);
    case "revert":
      return (await import("./commands/revert.ts")).runRevertCommand(options, context);
    case "mark": {
      const { runMark } = await import("./commands/mark.ts");
      return runMark(options as Parameters<typeof runMark>[0], context);
    }
    case "quarantine": {
      const { runQuarantine } = await import("./commands/quarantine.ts");
      return runQuarantine(options as Parameters<typeof runQuarantine>[0], context);
    }
    case "jobs":
      return (await import("./commands/jobs.ts")).runJobs(options, context);
    case "drill":
      return (await import("./commands/drill.ts")).runDrill(options, context);
    case "ledger": {
      const { runLedger } = await import("./commands/ledger.ts");
      return runLedger(options as Parameters<typeof runLedger>[0], context);
    }
    case "check":
      return (await import("./commands/check.ts")).runCheck(options, context);
    case "replay":
      return (await import("./commands/replay.ts")).runReplay(options, context);
    case "doctor":
      return (await import("./commands/doctor.ts")).runDoctor(options, context);
    case "daemon":
      return (await import("./commands/daemon.ts")).runDaemonCommand(options, context);
    case "demo":
      return (await import("./commands/demo.ts")).runDemo(options, context);
  }
}

function terminalOf({ stdout, stderr, env }: Surroundings, { color, quiet }: GlobalOptions): Terminal {
  return readTerminal({ stdout, stderr, env, color, quiet });
}

/** Lines as they are; without our own signs on a terminal that shows only ASCII. */
function shown(lines: readonly string[], { tty, unicode }: Output): string {
  return lines.map((line) => `${plainPunctuation(line, unicode || !tty)}\n`).join("");
}

function isTable(format: OutputFormat): boolean {
  return format === "table" || format === "wide";
}

/**
 * Up to where the last one began, and erase to the end of the screen (ECMA-48: CUU, ED). No line is wider than the terminal, and there are
 * no more than it has rows: the cursor cannot go up to what has scrolled away, and what comes first matters most.
 */
function redrawer(
  write: (text: string) => void,
  options: TableOptions,
  stream: Surroundings["stdout"],
): NonNullable<CommandContext["redraw"]> {
  let lines = 0;
  return (table, below = []) => {
    const text = renderScreen({ table, below, height: stream.rows ?? Number.POSITIVE_INFINITY }, options);
    write(`${lines === 0 ? "" : `\u001b[${lines}A\u001b[J`}${text}`);
    lines = text.split("\n").length - 1;
  };
}

type ContextParts = Parts & { readonly terminal: Terminal; readonly log: ReturnType<typeof createLog> };

function contextOf(
  options: GlobalOptions & CommonOptions,
  { surroundings, out, err, terminal, log }: ContextParts,
): CommandContext {
  const format: OutputFormat = options.json === true ? "json" : (options.output ?? "table");
  const write = (text: string): void => {
    log.clear();
    out.write(text);
  };
  const mayAsk = options.input !== false && surroundings.env["LASTGOOD_NO_INPUT"] === undefined;
  const { questions: asked, signal } = surroundings;
  const questions = mayAsk && asked !== undefined ? { ...asked, signal } : undefined;
  const say = (lines: readonly string[]): void => {
    log.clear();
    if (!terminal.quiet) err.write(shown(lines, terminal.err));
  };
  return {
    surroundings,
    format,
    interactive: terminal.out.tty,
    style: styleOf(terminal.out),
    talk: styleOf(terminal.err),
    log,
    questions,
    print: (lines) => write(shown(lines, terminal.out)),
    table: (table) => write(renderTable(table, { output: terminal.out, headers: options.headers })),
    redraw:
      isTable(format) && terminal.out.redraw
        ? redrawer(write, { output: terminal.out, headers: options.headers }, surroundings.stdout)
        : undefined,
    isClosed: () => out.closed,
    document: (document) => write(renderEnvelope(document, format === "yaml" ? "yaml" : "json")),
    say,
    next: (command) => say([`Next: ${escapeText(command)}`]),
    hold: (hold) => {
      log.clear();
      err.write(renderHold(hold, terminal.err, (line) => withPlace(line, options)));
    },
    confirm: async (question, flag) => {
      if (questions === undefined) {
        throw new LastgoodError("UsageMissing", "nobody can be asked here", {
          hint: `Add ${flag} to answer yes. Nothing was written.`,
        });
      }
      log.clear();
      const { askConfirm } = await import("./output/questions.ts");
      return askConfirm(questions, question);
    },
    ask: async (question) => {
      if (questions === undefined) return undefined;
      log.clear();
      const { askText } = await import("./output/questions.ts");
      return askText(questions, question);
    },
  };
}
