/** Artifacts as people write them, as keys, and beside what a manifest names. */
import { canonicalRepository, type ImageReference, parseImageReference } from "../manifest/image-reference.ts";
import type { ImageUse } from "../manifest/image-use.ts";
import { shortId } from "../model/git.ts";
import { admitsVersion, isRange } from "./version-range.ts";
import type { Artifact, ChartArtifact, ImageArtifact, ValueArtifact } from "./record.ts";

/** The artifact that a reference names; without tag and digest that is `latest`, as for the runtime. */
export function imageArtifact(reference: ImageReference): ImageArtifact {
  const { tag, digest } = reference;
  const named = tag === undefined && digest === undefined ? "latest" : tag;
  return {
    kind: "image",
    repository: canonicalRepository(reference),
    ...(named === undefined ? {} : { tag: named }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** Reads `ghcr.io/acme/api:1.8.0`, `nginx@sha256:…`; undefined when it is no image reference. */
export function readImage(text: string): ImageArtifact | undefined {
  const reference = parseImageReference(text);
  return reference === undefined ? undefined : imageArtifact(reference);
}

/**
 * Reads `NAME@VERSION` or `NAME:VERSION`, with the repository before the name where there is one
 * (`oci://ghcr.io/acme/charts/api:1.2.3`); undefined when the version is missing.
 */
export function readChart(text: string): ChartArtifact | undefined {
  const slash = text.lastIndexOf("/");
  const [, name, version] = /^([^@:\s]+)[@:](\S+)$/.exec(text.slice(slash + 1)) ?? [];
  if (name === undefined || version === undefined) return undefined;
  const repository = text.slice(0, Math.max(slash, 0));
  return { kind: "chart", name, version, ...(repository === "" ? {} : { repository }) };
}

/**
 * Reads `FILE:FIELD=VALUE`, or `FILE:KIND/NAME:FIELD=VALUE`, and what lists show of it (`FILE FIELD = VALUE`); undefined when
 * one of them is missing.
 */
export function readValue(text: string): ValueArtifact | undefined {
  const [, path, component, field, value] =
    /^([^\s:]+)(?::|\s+)(?:([A-Za-z][A-Za-z0-9]*\/[^\s:=]+)(?::|\s+))?([^\s=]+)\s*=\s*(\S(?:.*\S)?)$/.exec(
      text.trim(),
    ) ?? [];
  if (path === undefined || field === undefined || value === undefined) return undefined;
  const named = component === undefined ? {} : { component };
  return { kind: "value", path: path.replace(/^(?:\.\/)+/, ""), ...named, field, value };
}

/** What a use names, as an artifact; undefined when its text is no image reference. */
export function artifactOfUse(use: ImageUse): ImageArtifact | ChartArtifact | undefined {
  if (use.kind === "image") return use.reference === undefined ? undefined : imageArtifact(use.reference);
  const { name, version, repository } = use;
  return { kind: "chart", name, version, ...(repository === undefined ? {} : { repository }) };
}

/** Does a manifest that names `used` bring `bad` in? */
export function isSameArtifact(bad: Artifact, used: Artifact): boolean {
  if (bad.kind === "image" && used.kind === "image") return isSameImage(bad, used);
  if (bad.kind === "chart" && used.kind === "chart") return isSameChart(bad, used);
  if (bad.kind === "chart" && used.kind === "image") return isChartImage(bad, used);
  if (bad.kind === "image" && used.kind === "chart") return isChartImage(used, bad);
  if (bad.kind === "value" && used.kind === "value") return bad.path === used.path && isSameField(bad, used);
  if (bad.kind === "commit" && used.kind === "commit") return bad.commit === used.commit;
  return false;
}

/** Does a manifest that asks for a range of versions, as `used` does, let `bad` in? */
export function admitsArtifact(bad: Artifact, used: Artifact): boolean {
  if (used.kind !== "chart" || !isRange(used.version)) return false;
  if (bad.kind === "chart") return isChartOf(bad, used) && admitsVersion(used.version, bad.version);
  // Helm writes the `+` of a version as `_` in a registry.
  if (bad.kind !== "image" || bad.tag === undefined || !isInRegistry(used, bad)) return false;
  return admitsVersion(used.version, bad.tag.replaceAll("_", "+"));
}

/** Does the file's namesake hold `bad`? Asked only when the file that `bad` names is no more. */
export function isMovedValue(bad: Artifact, used: Artifact): boolean {
  if (bad.kind !== "value" || used.kind !== "value") return false;
  return lastPart(bad.path) === lastPart(used.path) && isSameField(bad, used);
}

function isSameField(bad: ValueArtifact, used: ValueArtifact): boolean {
  const { component = used.component } = bad;
  return (
    bad.field === used.field &&
    bad.value === used.value &&
    (used.component === undefined || component === used.component)
  );
}

/** A chart in a registry is an image for Flux' OCIRepository. Helm writes the `+` of a version as `_` there. */
function isChartImage(chart: ChartArtifact, image: ImageArtifact): boolean {
  if (image.tag === undefined || !isInRegistry(chart, image)) return false;
  return plainVersion(image.tag) === plainVersion(chart.version.replaceAll("+", "_"));
}

function isInRegistry({ name, repository }: ChartArtifact, image: ImageArtifact): boolean {
  const address = addressOf(repository);
  const whole = address === undefined ? undefined : parseImageReference(`${address}/${name}`.toLowerCase());
  return whole !== undefined && canonicalRepository(whole) === image.repository;
}

/** A digest names the bits, wherever they were pushed: where both sides have one it alone decides. Else name and tag do. */
function isSameImage(bad: ImageArtifact, used: ImageArtifact): boolean {
  if (bad.digest !== undefined && used.digest !== undefined) return bad.digest === used.digest;
  return bad.repository === used.repository && bad.tag !== undefined && bad.tag === used.tag;
}

function isSameChart(bad: ChartArtifact, used: ChartArtifact): boolean {
  return isChartOf(bad, used) && plainVersion(bad.version) === plainVersion(used.version);
}

function isChartOf(bad: ChartArtifact, used: ChartArtifact): boolean {
  if (lastPart(bad.name) !== lastPart(used.name)) return false;
  const [theirs, ours] = [addressOf(bad.repository), addressOf(used.repository)];
  return theirs === undefined || ours === undefined || theirs === ours;
}

/** `oci://GHCR.io/acme/charts/` → `ghcr.io/acme/charts`; a Flux source's name says nothing of the address. */
function addressOf(repository: string | undefined): string | undefined {
  if (repository === undefined) return undefined;
  const bare = repository
    .replace(/^[a-z]+:\/\//i, "")
    .replace(/\/+$/, "")
    .toLowerCase();
  return /[./]/.test(bare) ? bare : undefined;
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** Helm takes `v1.2.3` and `1.2.3` for the same version. */
function plainVersion(version: string): string {
  return version.replace(/^v(?=\d)/, "");
}

/** Equal keys, one artifact. */
export function artifactKey(artifact: Artifact): string {
  switch (artifact.kind) {
    case "image":
      return JSON.stringify(["image", artifact.repository, artifact.tag, artifact.digest]);
    case "chart":
      return JSON.stringify(["chart", artifact.name, artifact.version, artifact.repository]);
    case "value":
      return JSON.stringify(["value", artifact.path, artifact.component, artifact.field, artifact.value]);
    case "content":
      return JSON.stringify(["content", artifact.revision, artifact.files.map(({ path, blob }) => [path, blob])]);
    case "commit":
      return JSON.stringify(["commit", artifact.commit]);
  }
}

/** What people see and type: `ghcr.io/acme/api:1.8.0`, `redis@19.0.1`, `apps/api/values.yaml image.tag = 1.8.0`, `8d41c07`. */
export function artifactText(artifact: Artifact): string {
  switch (artifact.kind) {
    case "image": {
      const { repository, tag, digest } = artifact;
      const name = repository.replace(/^docker\.io\/(?:library\/)?/, "");
      return `${name}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
    }
    case "chart": {
      const { name, version, repository } = artifact;
      const at = addressOf(repository) === undefined ? "" : `${repository}/`;
      return `${at}${name}@${version}`;
    }
    case "value": {
      const { path, component, field, value } = artifact;
      return `${[path, ...(component === undefined ? [] : [component]), field].join(" ")} = ${value}`;
    }
    case "content":
      return shortId(artifact.revision);
    case "commit":
      return shortId(artifact.commit);
  }
}

/** `apps/api/values.yaml:image.tag=1.8.0`: a value as one word of a command line. */
export function valueWord({ path, component, field, value }: ValueArtifact): string {
  return `${[path, ...(component === undefined ? [] : [component]), field].join(":")}=${value}`;
}
