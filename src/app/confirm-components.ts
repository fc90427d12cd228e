/** After a revert was verified: each component on its own, as far as git and the engines can tell. Reads only. */
import type { EngineState } from "../core/engine/engine-state.ts";
import type { Status } from "../core/kstatus/status.ts";
import { componentName } from "../core/model/component.ts";
import { escapeText } from "../core/model/escape.ts";
import { type CommitId, type FileEntry, shortId } from "../core/model/git.ts";
import type { Plan, PlannedFile } from "../core/plan/types.ts";
import type { Engine, Reason } from "../ports/engine.ts";
import type { Repository } from "../ports/repository.ts";
import { readLiveReasons } from "./choose-strategy.ts";

export interface ConfirmComponents {
  readonly plan: Pick<Plan, "components" | "files">;
  /** What the engine runs. */
  readonly commit: CommitId;
  /** Of the target, as its engines say them. */
  readonly states: readonly EngineState[];
}

export interface ConfirmedComponent {
  /** `Deployment/api` */
  readonly name: string;
  /** Its file holds there, byte for byte, what was planned. */
  readonly isPlanned: boolean;
  /** How it is in the cluster; missing: no engine follows it down to this object. */
  readonly status?: Status;
}

/** `Deployment/api: as planned, Current`; of one that is otherwise, where. `landed`: a commit id. */
export function confirmedText({ name, isPlanned, status }: ConfirmedComponent, landed: string): string {
  const planned = isPlanned ? "as planned" : `not as planned in ${shortId(landed)}`;
  return `${escapeText(name)}: ${planned}${status === undefined ? "" : `, ${status}`}`;
}

/** In the order of the plan, each name once. Asks clusters; what they do not tell is missing. Throws what the repository throws. */
export async function confirmComponents(
  { plan, commit, states }: ConfirmComponents,
  { repository, engines }: Confirming,
): Promise<readonly ConfirmedComponent[]> {
  const [differing, reasons] = await Promise.all([
    findDiffering(plan.files, commit, repository),
    readLiveReasons(states, engines),
  ]);
  const statuses = statusesOf(reasons);
  const found = new Map<string, ConfirmedComponent>();
  for (const { component, path } of plan.components) {
    const name = componentName(component);
    const status = statuses.get(name);
    const isPlanned = !differing.has(path) && !differing.has(component.path) && found.get(name)?.isPlanned !== false;
    found.set(name, { name, isPlanned, ...(status === undefined ? {} : { status }) });
  }
  return [...found.values()];
}

interface Confirming {
  readonly repository: Pick<Repository, "files" | "blobs">;
  readonly engines: ReadonlyMap<string, Pick<Engine, "explain">>;
}

/** Paths of planned files that the commit holds otherwise. */
async function findDiffering(
  files: readonly PlannedFile[],
  commit: CommitId,
  repository: Confirming["repository"],
): Promise<ReadonlySet<string>> {
  const scope = files.map(({ path }) => ({ kind: "file", path }) as const);
  const there = new Map((await repository.files(commit, scope)).map((file) => [file.path, file]));
  const same = await Promise.all(files.map(async (file) => isAsPlanned(file, there.get(file.path), repository)));
  return new Set(files.filter((_, i) => same[i] !== true).map(({ path }) => path));
}

async function isAsPlanned(
  file: PlannedFile,
  there: FileEntry | undefined,
  repository: Confirming["repository"],
): Promise<boolean> {
  if (file.action === "remove" || there === undefined) return file.action === "remove" && there === undefined;
  if (there.mode !== file.after.mode) return false;
  if (file.action === "restore") return there.id === file.after.id;
  const [bytes] = await repository.blobs([there.id]);
  return bytes !== undefined && sameBytes(bytes, new TextEncoder().encode(file.after.text));
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}

/** By `Deployment/api`; of two of one name, in two namespaces, the one that is not well counts. */
function statusesOf(reasons: readonly Reason[]): ReadonlyMap<string, Status> {
  const statuses = new Map<string, Status>();
  const visit = ({ id, status: { status }, below }: Reason): void => {
    const name = `${id.kind}/${id.name}`;
    const known = statuses.get(name);
    if (known === undefined || known === "Current") statuses.set(name, status);
    for (const reason of below) visit(reason);
  };
  for (const reason of reasons) visit(reason);
  return statuses;
}
