import { runChecks, type Section, type SectionReport } from "../../../app/doctor/run-checks.ts";
import type { Config } from "../../../config/config.ts";
import { tallyOf } from "../../../core/doctor/finding.ts";
import { EXIT, type ExitCode, LastgoodError } from "../../../errors.ts";
import { linkAbort } from "../../../linked-abort.ts";
import { chooseForge } from "../../choose-auth.ts";
import { clusterSections, healthTargets } from "../../doctor/clusters.ts";
import { isKept, openForDoctor } from "../../compose-doctor.ts";
import { faultyConfigCheck } from "../../doctor/config-checks.ts";
import { type NamedRepository, sectionsOf } from "../../doctor/sections.ts";
import { LEDGER_REF, ledgerPlaceOf } from "../../ledger-place.ts";
import { type Location, locateRepository } from "../../locate-repository.ts";
import { createSystemClock } from "../../system-clock.ts";
import type { Command, CommandContext, CommonOptions } from "../context.ts";
import { withPlace } from "../hint-place.ts";
import { loadConfigFor } from "../load-config.ts";
import { diagnosisDocument, sectionLines, summaryLine } from "../render/doctor-report.ts";

export interface DoctorOptions extends CommonOptions {
  /** Nothing leaves this machine. */
  readonly offline?: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** `doctor`: would a revert come about tonight? Exits 1 when something would keep it from that, 2 when the configuration is faulty. */
export const runDoctor: Command<DoctorOptions> = async (options, context): Promise<ExitCode> => {
  const { surroundings } = context;
  const ended = linkAbort(surroundings.signal);
  const here: CommandContext = { ...context, surroundings: { ...surroundings, signal: ended.signal } };
  const opened: NamedRepository[] = [];
  try {
    const loaded = await loadConfig(options, here);
    const { config, fault } = loaded;
    const sections = await findSections({ ...loaded, opened }, options, here);
    const reports = await report(sections, options, here);
    const { offline = false } = options;
    if (context.format === "json" || context.format === "yaml") {
      context.document(diagnosisDocument(reports, { offline, config: config?.path }));
    } else if (context.format === "name") {
      const names = reports.flatMap(({ findings }) =>
        findings.filter(({ status }) => status === "warning" || status === "failed").map(({ name }) => name),
      );
      context.print([...new Set(names)]);
    } else context.print([summaryLine(reports, context.style)]);
    if (fault !== undefined) return fault.exit;
    return tallyOf(reports.flatMap(({ findings }) => findings)).failed > 0 ? EXIT.failed : EXIT.done;
  } finally {
    // What hangs is let go: it was said that no answer came.
    ended.abort();
    await Promise.all(opened.map(async (each) => each.opened.close()));
  }
};

interface Loaded {
  readonly config?: Config;
  readonly fault?: LastgoodError;
}

/** A configuration with faults is a finding, like others; what only it could tell is not looked at. */
async function loadConfig(options: DoctorOptions, context: CommandContext): Promise<Loaded> {
  try {
    const config = await loadConfigFor(options, context);
    return config === undefined ? {} : { config };
  } catch (error) {
    if (error instanceof LastgoodError && error.code.startsWith("Config")) return { fault: error };
    throw error;
  }
}

/** Prints each section as it comes, where a person reads. */
async function report(
  sections: readonly Section[],
  options: DoctorOptions,
  context: CommandContext,
): Promise<readonly SectionReport[]> {
  const { log, surroundings, format, style } = context;
  const reports: SectionReport[] = [];
  const clock = createSystemClock();
  for await (const each of runChecks(sections, { clock, log, signal: surroundings.signal })) {
    // Sources that only speak when they are spoken to by others: there is nothing to ask.
    if (each.findings.length === 0) continue;
    reports.push(each);
    const isText = format === "table" || format === "wide";
    if (isText) context.print([...sectionLines(each, style, (line) => withPlace(line, options)), ""]);
  }
  return reports;
}

async function findSections(
  { config, fault, opened }: Loaded & { readonly opened: NamedRepository[] },
  options: DoctorOptions,
  context: CommandContext,
): Promise<readonly Section[]> {
  const { surroundings, log } = context;
  const { offline = false } = options;
  const clock = createSystemClock();
  const ledgerRef = config?.ledger.ref ?? LEDGER_REF;
  const forge = chooseForge(surroundings, config);
  for (const { name, location, branch } of await placesOf(config, options, context)) {
    const on = branch === undefined ? {} : { branch };
    const isOffline = offline || fault !== undefined;
    const asked = { location, offline: isOffline, forge, clock, log, ...ledgerPlaceOf(config), ...on };
    const repository = await openForDoctor(asked, surroundings);
    opened.push({ opened: repository, ...(name === undefined ? {} : { name }), ...on });
  }
  // What a wildcard stands for begins where its folders do.
  const targets = (config?.targets ?? []).map(({ name, paths }) => ({
    name,
    paths: paths.map((path) => path.split("/{name}")[0] ?? ""),
  }));
  const sections = sectionsOf({
    config,
    faulty: fault !== undefined,
    repositories: opened,
    others:
      offline || fault !== undefined
        ? []
        : clusterSections({ config, targets, clock, log, ...clusterOf(options) }, surroundings),
    health: offline || config === undefined ? [] : healthTargets(config, clock),
    targets,
    ledgerRef,
    offline,
    cwd: surroundings.cwd,
    clock,
  });
  if (fault === undefined) return sections;
  return sections.map((section) =>
    section.title === "Configuration" ? { ...section, checks: [faultyConfigCheck(fault)] } : section,
  );
}

function clusterOf({ kubeconfig, context }: DoctorOptions): Pick<DoctorOptions, "kubeconfig" | "context"> {
  return {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  };
}

interface Place {
  readonly name?: string;
  readonly location: Location;
  readonly branch?: string;
}

/** All repositories of the configuration; with `--repo` that one, else the one at hand, if there is one. Throws `UsageRepository`. */
async function placesOf(
  config: Config | undefined,
  { repo, base, offline = false }: DoctorOptions,
  { surroundings }: CommandContext,
): Promise<readonly Place[]> {
  const declared = config?.repositories ?? [];
  const named = repo ?? surroundings.env["LASTGOOD_REPO"];
  const at = (location: Location, name?: string, branch = base): Place => ({
    location,
    ...(name === undefined ? {} : { name }),
    ...(branch === undefined ? {} : { branch }),
  });
  if (named !== undefined && named !== "") return [at(locateRepository({ repo }, surroundings))];
  const found: Place[] = [];
  for (const { name, url, branch } of declared) {
    if (offline && !(await isKept(url, surroundings))) continue;
    found.push(at(locateRepository({ configUrl: url }, surroundings), name, base ?? branch));
  }
  if (found.length > 0) return found;
  // Offline, and nothing was ever fetched: what is at hand is better than nothing.
  try {
    return [at(locateRepository({}, surroundings))];
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "UsageRepository") return [];
    throw error;
  }
}
