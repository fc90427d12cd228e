/** Where Flux' files come from: what a source follows, what it has fetched, and which commit that is. */
import { objectsAt, wordAt } from "../kstatus/fields.ts";
import { parseFluxRevision } from "../kstatus/flux-revision.ts";
import { escapeText, shorten } from "../model/escape.ts";
import { stringAt, valueAt, type JsonObject } from "../model/json.ts";
import { isPinnedRevision } from "../target/repository-url.ts";
import type { FluxName, FluxObject, FluxWorld } from "./flux-world.ts";

/** A source as an object refers to it. */
export interface FluxSource extends FluxName {
  /** Missing: it is not there, or its kind is not known. */
  readonly object?: FluxObject;
  /** "" when the source is not known. Without what was secret in it. */
  readonly url: string;
  readonly follows?: string;
  readonly fixed: boolean;
  /** The revision of what was fetched last, as Flux writes it. */
  readonly artifact?: string;
}

/** What of a GitRepository or OCIRepository is followed. */
interface Followed {
  readonly follows?: string;
  readonly fixed: boolean;
}

export function readFluxSource(name: FluxName, world: FluxWorld): FluxSource {
  const object = world.find(name);
  if (object === undefined) return { ...name, url: "", fixed: false };
  const artifact = wordAt(object.value, "status", "artifact", "revision");
  return {
    ...name,
    object,
    url: urlOf(object.value),
    ...followedBy(name.kind, object.value),
    ...(artifact === undefined ? {} : { artifact }),
  };
}

/** User names and passwords are left out, but for the user that SSH asks for. */
function urlOf(object: JsonObject): string {
  const url = stringAt(object, "spec", "url") ?? bucketUrl(object);
  const bare = url.replace(/^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)@/i, (_, scheme: string, user: string) =>
    scheme.toLowerCase() === "ssh" ? `ssh://${user.split(":")[0] ?? ""}@` : `${scheme}://`,
  );
  return escapeText(shorten(bare, 2048));
}

function bucketUrl(object: JsonObject): string {
  const [endpoint, bucket] = [stringAt(object, "spec", "endpoint"), stringAt(object, "spec", "bucketName")];
  return endpoint === undefined || bucket === undefined ? "" : `${endpoint}/${bucket}`;
}

function followedBy(kind: string, object: JsonObject): Followed {
  const ref = (key: string): string | undefined => wordAt(object, "spec", "ref", key);
  if (kind === "GitRepository") return gitRef(ref);
  if (kind === "OCIRepository") return ociRef(ref);
  return { fixed: false };
}

/** Precedence: branch < tag < semver < name < commit; without any of them `master` (docs/spec/v1/gitrepositories.md). */
function gitRef(ref: (key: string) => string | undefined): Followed {
  const [commit, name, fixed] = [ref("commit"), ref("name"), ref("semver") ?? ref("tag")];
  if (commit !== undefined) return { follows: commit, fixed: true };
  if (name !== undefined) return { follows: name, fixed: isPinnedRevision(name) };
  if (fixed !== undefined) return { follows: fixed, fixed: true };
  return { follows: ref("branch") ?? "master", fixed: false };
}

/** Precedence: tag < semver < digest; without any of them `latest` (docs/spec/v1/ocirepositories.md). A tag such as `main` is pushed anew. */
function ociRef(ref: (key: string) => string | undefined): Followed {
  const [digest, semver, tag = "latest"] = [ref("digest"), ref("semver"), ref("tag")];
  const fixed = digest ?? semver;
  return fixed === undefined ? { follows: tag, fixed: isPinnedRevision(tag) } : { follows: fixed, fixed: true };
}

const ORIGIN = "org.opencontainers.image.revision";

/**
 * The commit that a revision of this source is: of an OCI artifact the one that it was made from, where Flux was told
 * (`flux push artifact --revision`), else its digest, `sha256:…`. `origins`: revision → origin, as the object that uses the source has
 * recorded them. Undefined for what cannot be read.
 */
export function resolveRevision(
  source: FluxSource,
  revision: string | undefined,
  origins: ReadonlyMap<string, string> = new Map(),
): string | undefined {
  const hash = hashOf(revision);
  // Artifacts made of others (ExternalArtifact) are called by the commit of a git source; a digest has never 40 digits.
  if (hash === undefined || source.kind === "GitRepository" || hash.length === 40) return hash;
  const artifact = source.object === undefined ? undefined : valueAt(source.object.value, "status", "artifact");
  const own = hashOf(source.artifact) === hash ? stringAt(artifact, "metadata", ORIGIN) : undefined;
  return hashOf(origins.get(hash) ?? own) ?? `sha256:${hash}`;
}

/** The hash in a revision as Flux writes it. */
export function hashOf(revision: string | undefined): string | undefined {
  return revision === undefined ? undefined : parseFluxRevision(revision)?.hash;
}

/** Hash of a revision → its origin, from a Kustomization's status. */
export function originsIn(object: JsonObject): ReadonlyMap<string, string> {
  const pairs = [
    ...objectsAt(object, "status", "history").map((entry) =>
      ["revision", "originRevision"].map((key) => stringAt(entry, "metadata", key)),
    ),
    [stringAt(object, "status", "lastAppliedRevision"), stringAt(object, "status", "lastAppliedOriginRevision")],
  ];
  return new Map(
    pairs.flatMap(([revision, origin]) => {
      const hash = hashOf(revision);
      return hash === undefined || origin === undefined || origin === "" ? [] : [[hash, origin] as const];
    }),
  );
}
