import { auditLedger, readWholeLedger } from "../../../app/audit-ledger.ts";
import { parseDuration } from "../../../config/duration.ts";
import type { Config } from "../../../config/config.ts";
import { isAbout } from "../../../core/audit.ts";
import { fromIso } from "../../../core/model/time.ts";
import { type LedgerRecord, RECORD_TYPES } from "../../../core/record.ts";
import { EXIT, type ExitCode, LastgoodError } from "../../../errors.ts";
import type { Command, CommandContext, CommonOptions } from "../context.ts";
import { type OpenedLedger, openLedger } from "../open-ledger.ts";
import { renderJsonLine } from "../output/yaml-json.ts";
import {
  countTable,
  findingLines,
  isDamaged,
  ledgerReportDocument,
  type VerifiedLedger,
} from "../render/ledger-report.ts";
import { parseSince } from "./since.ts";

export interface LedgerOptions extends CommonOptions {
  readonly action: string;
  readonly type?: readonly string[];
  readonly target?: readonly string[];
  readonly since?: string;
  readonly olderThan?: string;
}

/** `ledger verify|export`: is every record still there and readable; and all of them, for others to read. */
export const runLedger: Command<LedgerOptions> = async (options, context): Promise<ExitCode> => {
  const { action } = options;
  if (action !== "verify" && action !== "export") {
    throw new LastgoodError("UsageArgument", `ledger ${action} is not one of verify, export`);
  }
  requireOwnFlags(action, options);
  const types = typesOf(options);
  const opened = await openLedger("HEAD", options, context);
  try {
    if (action === "verify") return await verify(options, { opened, context });
    return await exportRecords(types, options, { opened, context });
  } finally {
    await opened.world.close();
  }
};

interface Parts {
  readonly opened: OpenedLedger;
  readonly context: CommandContext;
}

function requireOwnFlags(action: "verify" | "export", { type, target, since, olderThan }: LedgerOptions): void {
  const other =
    action === "verify"
      ? Object.entries({ "--type": type, "--target": target, "--since": since })
      : Object.entries({ "--older-than": olderThan });
  const [flag] = other.find(([, value]) => value !== undefined) ?? [];
  if (flag === undefined) return;
  throw new LastgoodError("UsageArgument", `${flag} is not for ledger ${action}`);
}

function typesOf({ type }: LedgerOptions): ReadonlySet<LedgerRecord["type"]> {
  const words = (type ?? RECORD_TYPES).flatMap((text) => text.split(","));
  return new Set(
    words.map((word) => {
      const known = RECORD_TYPES.find((one) => one === word.trim());
      if (known !== undefined) return known;
      throw new LastgoodError("UsageArgument", `--type ${word} is no type of records`, {
        hint: `Give ${RECORD_TYPES.join(", ")}; several by commas.`,
      });
    }),
  );
}

const OLD_MS = 7 * 86_400_000;

function olderMs({ olderThan }: LedgerOptions): number {
  if (olderThan === undefined) return OLD_MS;
  const ms = parseDuration(olderThan);
  if (ms !== undefined) return ms;
  throw new LastgoodError("UsageArgument", `--older-than ${olderThan} is not a duration`, { hint: "For example 7d." });
}

/** Exits 1 when lines cannot be read; what is merely old, or unknown to this version, is told. */
async function verify(options: LedgerOptions, { opened, context }: Parts): Promise<ExitCode> {
  const { world, config } = opened;
  const old = olderMs(options);
  const nowMs = world.clock.nowMs();
  const isHere = hereOnly(config, world.urls);
  const verified: VerifiedLedger[] = [];
  for (const { place, ref, ledger } of await world.ledgers()) {
    context.log.progress(`reading ${ref}`);
    const audit = await auditLedger(ledger, world.repository, { nowMs, olderMs: old, isHere });
    if (audit.files > 0) verified.push({ place, ref, ...audit });
  }
  show(verified, context, nowMs);
  return verified.some(isDamaged) ? EXIT.failed : EXIT.done;
}

function show(verified: readonly VerifiedLedger[], context: CommandContext, nowMs: number): void {
  const { format, style } = context;
  if (format === "json" || format === "yaml") {
    context.document(ledgerReportDocument(verified));
    return;
  }
  if (verified.length === 0) context.say(["There is no ledger yet."]);
  for (const ledger of verified) {
    if (format !== "name") {
      context.say([`${ledger.ref} of ${ledger.place}: ${ledger.files} ${ledger.files === 1 ? "file" : "files"}`]);
      context.table(countTable(ledger, { nowMs, style }));
      context.print(findingLines(ledger.findings, { ref: ledger.ref, style }));
    } else context.print(ledger.findings.flatMap(({ kind, place }) => (kind === "damaged" ? (place ?? []) : [])));
    if (!isDamaged(ledger)) context.log.done(`every line of ${ledger.ref} can be read`);
  }
}

/** Several repositories may share a ledger: of the others' commits nobody can say here whether they are gone. */
function hereOnly(config: Config | undefined, urls: readonly string[]): (record: LedgerRecord) => boolean {
  const repositories = config?.repositories ?? [];
  if (repositories.length < 2) return () => true;
  const own = repositories.filter(({ url }) => urls.includes(url)).map(({ name }) => name);
  const targets = (config?.targets ?? []).filter(({ repository }) => own.includes(repository ?? ""));
  return (record) => targets.some(({ name }) => isAbout(record, name));
}

/** One JSON object per line, oldest first: the same ledger gives the same bytes. */
async function exportRecords(
  types: ReadonlySet<LedgerRecord["type"]>,
  { target, since }: LedgerOptions,
  { opened, context }: Parts,
): Promise<ExitCode> {
  const { world } = opened;
  const sinceMs = since === undefined ? undefined : parseSince(since, world.clock.nowMs());
  const ledgers = await world.ledgers();
  const { records, damaged } = await readWholeLedger(ledgers.map(({ ledger }) => ledger));
  if (damaged > 0) context.log.warn(`${damaged} damaged lines are left out: lastgood ledger verify`);
  const wanted = records.filter(
    (record) =>
      types.has(record.type) &&
      (target === undefined || target.some((name) => isAbout(record, name))) &&
      (sinceMs === undefined || (fromIso(record.at) ?? 0) >= sinceMs),
  );
  if (context.format === "json" || context.format === "yaml") {
    context.document({ kind: "LedgerRecordList", metadata: {}, items: wanted });
  } else if (context.format === "name") context.print(wanted.map(({ id }) => id));
  else context.print(wanted.map((record) => renderJsonLine(record).trimEnd()));
  return EXIT.done;
}
