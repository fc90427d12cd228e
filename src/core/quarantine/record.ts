import { type BlobId, type CommitId, commitId, isFullId } from "../model/git.ts";
import { isList, isObject, type JsonObject, type JsonValue } from "../model/json.ts";
import { isId, isName, isText, isTime } from "../model/record-field.ts";

/** What must not come back. */
export type Artifact = ImageArtifact | ChartArtifact | ValueArtifact | ContentArtifact | CommitArtifact;

/** An image, by tag, by digest, or by both. At least one of them is there. */
export interface ImageArtifact {
  readonly kind: "image";
  /** With what the runtime fills in: `docker.io/library/nginx`. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

export interface ChartArtifact {
  readonly kind: "chart";
  readonly name: string;
  readonly version: string;
  /** As the manifest names it: an address, or the name of a Flux source. */
  readonly repository?: string;
}

/** A version in a field that names no image: `tag: 1.8.0` in Helm values, whose repository is the chart's default. */
export interface ValueArtifact {
  readonly kind: "value";
  /** `apps/api/values.yaml`, as it was called when the value was bad. */
  readonly path: string;
  /** `HelmRelease/api`; missing in a file that is no Kubernetes object, and where a person did not say. */
  readonly component?: string;
  /** `image.tag`: items of lists by their names, not by their positions. */
  readonly field: string;
  /** `1.8.0`, as text, whatever its type. */
  readonly value: string;
}

/** What a target held when it was bad: the files that were taken back, as they were. */
export interface ContentArtifact {
  readonly kind: "content";
  /** The revision that was live. */
  readonly revision: CommitId;
  /** The content id of the whole target there, where it is known. */
  readonly content?: string;
  /** `blob` is missing where there was no file. */
  readonly files: readonly { readonly path: string; readonly blob?: BlobId }[];
}

export interface CommitArtifact {
  readonly kind: "commit";
  readonly commit: CommitId;
}

/** One line of `quarantine.jsonl`. The newest record of the same artifact and target counts. */
export interface QuarantineRecord {
  readonly v: 1;
  readonly type: "quarantine";
  /** ULID: unites doubles and orders. */
  readonly id: string;
  /** `release` takes back what was said of the artifact before. */
  readonly action: "add" | "release";
  readonly artifact: Artifact;
  /** Where it must not come back; empty: nowhere. A release without targets releases all of them. */
  readonly targets: readonly string[];
  /** RFC 3339, UTC. */
  readonly at: string;
  /** RFC 3339, UTC; missing: until it is released. */
  readonly until?: string;
  /** Who or what says so. */
  readonly by: string;
  readonly reason: string;
  /** The revert that took it back. */
  readonly job?: string;
  /** The number of that revert's pull request. */
  readonly pullRequest?: number;
  /** It was brought back by this commit, people were told, and it is quarantined anew. */
  readonly broughtBack?: CommitId;
}

/** Names that a record holds at most: its line has to stay readable. */
const MAX_TARGETS = 100;
/** Files that a content is known by: more would not fit in a line. */
export const MAX_CONTENT_FILES = 200;

/** The record with exactly the fields we know; undefined when one of them is missing or wrong. */
export function quarantineRecordOf(value: JsonObject): QuarantineRecord | undefined {
  const { id, action, targets, at, until, by, reason, job, pullRequest, broughtBack } = value;
  const artifact = artifactOf(value["artifact"]);
  if (!isId(id) || artifact === undefined || (action !== "add" && action !== "release")) return undefined;
  if (!Array.isArray(targets) || targets.length > MAX_TARGETS || !targets.every(isName)) return undefined;
  if (!isTime(at) || (until !== undefined && !isTime(until)) || !isText(by) || !isText(reason)) return undefined;
  if ((job !== undefined && !isId(job)) || (pullRequest !== undefined && !isNumber(pullRequest))) return undefined;
  if (broughtBack !== undefined && (typeof broughtBack !== "string" || !isFullId(broughtBack))) return undefined;
  return {
    v: 1,
    type: "quarantine",
    id,
    action,
    artifact,
    targets,
    at,
    ...(until === undefined ? {} : { until }),
    by,
    reason,
    ...(job === undefined ? {} : { job }),
    ...(pullRequest === undefined ? {} : { pullRequest }),
    ...(broughtBack === undefined ? {} : { broughtBack: commitId(broughtBack) }),
  };
}

function artifactOf(value: JsonValue | undefined): Artifact | undefined {
  if (!isObject(value)) return undefined;
  const { kind, commit } = value;
  if (kind === "image") return imageOf(value);
  if (kind === "chart") return chartOf(value);
  if (kind === "value") return valueOf(value);
  if (kind === "content") return contentOf(value);
  return kind === "commit" && isCommit(commit) ? { kind, commit } : undefined;
}

function imageOf({ repository, tag, digest }: JsonObject): ImageArtifact | undefined {
  if (!isName(repository) || !isOptionalName(tag) || !isOptionalName(digest)) return undefined;
  if (tag === undefined && digest === undefined) return undefined;
  const named = { kind: "image" as const, repository, ...(tag === undefined ? {} : { tag }) };
  return digest === undefined ? named : { ...named, digest };
}

function chartOf({ name, version, repository }: JsonObject): ChartArtifact | undefined {
  if (!isName(name) || !isName(version) || !isOptionalName(repository)) return undefined;
  return { kind: "chart", name, version, ...(repository === undefined ? {} : { repository }) };
}

function valueOf({ path, component, field, value }: JsonObject): ValueArtifact | undefined {
  if (!isName(path) || !isOptionalName(component) || !isName(field) || !isName(value)) return undefined;
  return { kind: "value", path, ...(component === undefined ? {} : { component }), field, value };
}

function contentOf({ revision, content, files }: JsonObject): ContentArtifact | undefined {
  if (!isCommit(revision) || !(content === undefined || isText(content)) || !isList(files)) return undefined;
  const read = files.map(fileOf);
  const known = read.filter((file) => file !== undefined);
  if (known.length !== read.length || known.length === 0 || known.length > MAX_CONTENT_FILES) return undefined;
  return { kind: "content", revision, ...(content === undefined ? {} : { content }), files: known };
}

function fileOf(value: JsonValue): ContentArtifact["files"][number] | undefined {
  if (!isObject(value)) return undefined;
  const { path, blob } = value;
  if (!isText(path) || path === "") return undefined;
  if (blob === undefined) return { path };
  return isText(blob) && isFullId(blob) ? { path, blob: blob as BlobId } : undefined;
}

function isOptionalName(value: unknown): value is string | undefined {
  return value === undefined || isName(value);
}

function isCommit(value: unknown): value is CommitId {
  return isText(value) && isFullId(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}
