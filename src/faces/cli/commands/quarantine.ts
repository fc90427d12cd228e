import {
  findQuarantine,
  quarantineArtifacts,
  readQuarantine,
  releaseEntries,
} from "../../../app/quarantine-artifacts.ts";
import { whyNoField } from "../../../app/find-value-field.ts";
import { parseDuration } from "../../../config/duration.ts";
import { escapeText } from "../../../core/model/escape.ts";
import { fromIso, toIso } from "../../../core/model/time.ts";
import { readChart, readImage, readValue } from "../../../core/quarantine/artifact.ts";
import type { Artifact, QuarantineRecord } from "../../../core/quarantine/record.ts";
import type { QuarantineEntry, QuarantineQuery } from "../../../core/quarantine/state.ts";
import { EXIT, type ExitCode, LastgoodError } from "../../../errors.ts";
import type { Command, CommandContext, CommonOptions } from "../context.ts";
import { type OpenedLedger, openLedger, requireRevision } from "../open-ledger.ts";
import { entryTexts, quarantineDocument, quarantineTable } from "../render/quarantine-table.ts";
import { whoAmI } from "../who-am-i.ts";

export interface QuarantineOptions extends CommonOptions {
  readonly action: string;
  /** One target, as typed behind the action. */
  readonly name?: string;
  readonly image?: readonly string[];
  readonly chart?: readonly string[];
  readonly value?: readonly string[];
  readonly commit?: readonly string[];
  readonly target?: readonly string[];
  readonly until?: string;
  readonly reason?: string;
}

const ACTIONS = { list, add, release } as const;

/** `quarantine list|add|release`: artifacts that must not come back. */
export const runQuarantine: Command<QuarantineOptions> = async (options, context): Promise<ExitCode> => {
  const action = Object.entries(ACTIONS).find(([name]) => name === options.action)?.[1];
  if (action === undefined) {
    throw new LastgoodError("UsageArgument", `quarantine ${options.action} is not one of list, add, release`);
  }
  const opened = await openLedger("HEAD", options, context);
  try {
    return await action(options, { opened, context });
  } finally {
    await opened.world.close();
  }
};

interface Parts {
  readonly opened: OpenedLedger;
  readonly context: CommandContext;
}

async function list(options: QuarantineOptions, parts: Parts): Promise<ExitCode> {
  const { opened, context } = parts;
  const { damaged } = await readQuarantine(opened.world);
  if (damaged > 0)
    context.log.warn(`${damaged} ledger ${damaged === 1 ? "line is" : "lines are"} damaged and left out`);
  const entries = await findAll(options, parts);
  if (context.format === "json" || context.format === "yaml") context.document(quarantineDocument(entries));
  else if (context.format === "name") context.print(entryTexts(entries));
  else if (entries.length === 0) context.say(["Nothing is in quarantine."]);
  else {
    context.table(quarantineTable(entries, { nowMs: opened.world.clock.nowMs(), style: context.style }));
    context.next("lastgood check    says whether a change brings one of them back");
  }
  return EXIT.done;
}

async function add(options: QuarantineOptions, parts: Parts): Promise<ExitCode> {
  const { opened, context } = parts;
  const reason = requireReason(options);
  const artifacts = await artifactsOf(options, opened);
  if (artifacts.length === 0) {
    throw new LastgoodError("UsageMissing", "what must not come back?", {
      hint: "Name it with --image REPOSITORY:TAG, --chart NAME@VERSION, --value FILE:FIELD=VALUE or --commit SHA.",
    });
  }
  await warnOfFields(artifacts, parts);
  const targets = await targetsOf(options, opened);
  const untilMs = untilOf(options.until, { opened, target: targets[0] });
  const until = untilMs === undefined ? "until it is released" : `until ${toIso(untilMs)}`;
  const where = targets.length === 0 ? "every target" : targets.join(", ");
  if (
    !(await confirm(
      `Quarantine ${entryTexts(artifacts.map((artifact) => ({ artifact }))).join(", ")} for ${where}, ${until}?`,
      options,
      parts,
    ))
  ) {
    return declined(context);
  }
  const { name } = await whoAmI(context.surroundings);
  const request = { artifacts, targets, by: name, reason, ...(untilMs === undefined ? {} : { untilMs }) };
  const records = await quarantineArtifacts(request, opened.world);
  told(records, context);
  for (const text of entryTexts(records)) context.log.done(`quarantined ${text} for ${where}, ${until}`);
  return EXIT.done;
}

/** A value is found by its exact field: one that is not there now may come, but is misspelt more often. */
async function warnOfFields(artifacts: readonly Artifact[], { opened: { world }, context }: Parts): Promise<void> {
  for (const artifact of artifacts) {
    if (artifact.kind !== "value") continue;
    const why = await whyNoField(artifact, world.base, world.repository);
    if (why !== undefined)
      context.log.warn(`${artifact.field} is no version that stands alone here: ${escapeText(why)}`);
  }
}

async function release(options: QuarantineOptions, parts: Parts): Promise<ExitCode> {
  const { opened, context } = parts;
  const reason = requireReason(options);
  if (queryCount(options) === 0) {
    throw new LastgoodError("UsageMissing", "what is fixed?", {
      hint: "Name a target for all that is held for it, or --image, --chart, --value or --commit; lastgood quarantine list shows them.",
    });
  }
  const entries = await findAll(options, parts);
  if (entries.length === 0) {
    throw new LastgoodError("UsageArgument", "nothing of that is in quarantine", {
      hint: "lastgood quarantine list    shows what is",
    });
  }
  if (!(await confirm(`Release ${entryTexts(entries).join(", ")}?`, options, parts))) return declined(context);
  const { name } = await whoAmI(context.surroundings);
  const records = await releaseEntries(entries, { by: name, reason }, opened.world);
  told(records, context);
  for (const text of entryTexts(entries)) context.log.done(`released ${text}`);
  return EXIT.done;
}

function told(records: readonly QuarantineRecord[], context: CommandContext): void {
  if (context.format !== "json" && context.format !== "yaml") return;
  context.document({ kind: "QuarantineRecordList", metadata: {}, status: { records } });
}

function requireReason({ action, reason }: QuarantineOptions): string {
  if (reason !== undefined && reason.trim() !== "") return reason;
  throw new LastgoodError("UsageMissing", `quarantine ${action} needs a reason`, { hint: 'Add --reason "...".' });
}

/** The ledger of a remote is everybody's: a person is asked. One in this clone alone is theirs. */
async function confirm(question: string, { yes }: QuarantineOptions, { opened, context }: Parts): Promise<boolean> {
  const url = opened.world.ledgerUrl ?? opened.world.urls[0];
  if (yes === true || url === undefined) return true;
  context.say([`Writes to the ledger of ${url}, where lastgood reads it for everybody.`]);
  return context.confirm(question, "--yes");
}

function declined(context: CommandContext): ExitCode {
  context.say(["Nothing was written."]);
  return EXIT.interrupted;
}

async function artifactsOf(
  { image = [], chart = [], value = [], commit = [] }: QuarantineOptions,
  opened: OpenedLedger,
): Promise<readonly Artifact[]> {
  const images = image.map((text) => readImage(text) ?? unreadable("--image", text, "ghcr.io/acme/api:1.8.0"));
  const charts = chart.map((text) => readChart(text) ?? unreadable("--chart", text, "redis@19.0.1"));
  const values = value.map(
    (text) => readValue(text) ?? unreadable("--value", text, "apps/api/values.yaml:image.tag=1.8.0"),
  );
  const commits = commit.map(async (text): Promise<Artifact> => {
    return { kind: "commit", commit: await requireRevision(text, "--commit", opened) };
  });
  return [...images, ...charts, ...values, ...(await Promise.all(commits))];
}

const UNREADABLE: Readonly<Record<string, string>> = {
  "--image": "is no image reference",
  "--value": "is not FILE:FIELD=VALUE",
};

function unreadable(flag: string, text: string, example: string): never {
  const what = UNREADABLE[flag] ?? "names no version";
  throw new LastgoodError("UsageArgument", `${flag} ${text} ${what}`, { hint: `For example ${flag} ${example}.` });
}

function namesOf({ name, target = [] }: QuarantineOptions): readonly string[] {
  return [...new Set([...(name === undefined ? [] : [name]), ...target])];
}

/** By the name under which plans know them. */
async function targetsOf(options: QuarantineOptions, opened: OpenedLedger): Promise<readonly string[]> {
  const found = namesOf(options).map(async (name) => (await opened.target(name, opened.world.base)).name);
  return [...new Set(await Promise.all(found))];
}

function queryCount(options: QuarantineOptions): number {
  const { image = [], chart = [], value = [], commit = [] } = options;
  return namesOf(options).length + [image, chart, value, commit].flat().length;
}

/** What the flags mean: each artifact for each target; a target that is gone is still known by its name. */
async function findAll(options: QuarantineOptions, { opened }: Parts): Promise<readonly QuarantineEntry[]> {
  const known = new Set((await readQuarantine(opened.world)).entries.flatMap(({ target }) => target ?? []));
  const names = namesOf(options);
  const targets = names.every((name) => known.has(name)) ? names : await targetsOf(options, opened);
  const artifacts = await artifactsOf(options, opened);
  const queries = (artifacts.length === 0 ? [undefined] : artifacts).flatMap((artifact) =>
    (targets.length === 0 ? [undefined] : targets).map((target): QuarantineQuery => ({
      ...(artifact === undefined ? {} : { artifact }),
      ...(target === undefined ? {} : { target }),
    })),
  );
  const found = await Promise.all(queries.map(async (query) => findQuarantine(query, opened.world)));
  const seen = new Map(found.flat().map((entry) => [`${entry.record.id} ${entry.target ?? ""}`, entry]));
  return [...seen.values()];
}

const DEFAULT_MS = 7 * 86_400_000;

/** `--until 14d`, a date, or `released`; else as long as the policy says. */
function untilOf(
  text: string | undefined,
  { opened, target }: { readonly opened: OpenedLedger; readonly target: string | undefined },
): number | undefined {
  const nowMs = opened.world.clock.nowMs();
  if (text === undefined) return nowMs + (opened.policy(target)?.quarantine.forMs ?? DEFAULT_MS);
  if (text === "released") return undefined;
  const duration = parseDuration(text);
  const ms =
    duration === undefined ? fromIso(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text) : nowMs + duration;
  if (ms !== undefined && ms > nowMs) return ms;
  throw new LastgoodError("UsageArgument", `--until ${text} ${ms === undefined ? "is no time" : "is over"}`, {
    hint: "For example 14d, 2027-01-31, or released for no end.",
  });
}
