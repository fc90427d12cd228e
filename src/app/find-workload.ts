import type { Place } from "../errors.ts";
import type { FileEntry } from "../core/model/git.ts";
import type { JsonObject } from "../core/model/json.ts";
import { stringAt } from "../core/model/json.ts";
import type { ObjectId } from "../core/model/component.ts";
import type { Target } from "../core/model/target.ts";
import { readManifest } from "../core/manifest/read-manifest.ts";
import { kustomizationInputs, namesWorkload, patchFilesFor } from "../core/target/kustomize.ts";
import { folderOf, joinPath } from "../core/target/path.ts";
import { isManifestPath } from "../core/target/scope.ts";
import { isKustomizationPath } from "../core/target/tree.ts";
import {
  definesWorkload,
  imageNames,
  isKindWord,
  kustomizationsUsing,
  workloadReference,
  type KustomizationFile,
} from "../core/target/workload.ts";
import type { Repository } from "../ports/repository.ts";
import { holdsAny, readContent, readFiles } from "./read-files.ts";

export interface FindWorkload {
  readonly repository: Pick<Repository, "blobs">;
  /** All files of the revision. */
  readonly files: readonly FileEntry[];
  /** As typed: `deploy`, `StatefulSet`. */
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** One manifest that defines (or patches) the object. */
export interface WorkloadPlace {
  readonly id: ObjectId;
  readonly place: Place;
  readonly value: JsonObject;
}

/** The manifests that define an object of that identity; more than one: a person has to choose. */
export interface FoundWorkload {
  readonly definitions: readonly WorkloadPlace[];
  readonly patches: readonly WorkloadPlace[];
}

/** Finds the manifests with that identity anywhere in the repository. Without a namespace in the manifest, any namespace fits. */
export async function findWorkload(options: FindWorkload): Promise<FoundWorkload> {
  const { repository, files, kind, name, namespace } = options;
  const found: WorkloadPlace[] = [];
  const manifests = files.filter((file) => isManifestPath(file.path));
  for await (const { file, bytes } of readFiles(repository, manifests)) {
    if (!holdsAny(bytes, [name])) continue;
    for (const component of readManifest(file.path, bytes).components) {
      if (component.kind !== "object") continue;
      const { id, place, value } = component;
      if (id.name === name && isKindWord(kind, id.kind)) found.push({ id, place, value });
    }
  }
  const fitting = found.filter(({ id }) => namespace === undefined || (id.namespace ?? namespace) === namespace);
  const definitions = fitting.filter(({ value }) => definesWorkload(value));
  const patches = fitting.filter(({ value }) => !definesWorkload(value));
  return definitions.length === 0
    ? { definitions: patches, patches: [] }
    : { definitions: preferNamed(definitions), patches };
}

/** With a namespace asked for, a manifest that says it is better than one that leaves it open. */
function preferNamed(definitions: readonly WorkloadPlace[]): readonly WorkloadPlace[] {
  const namespaces = new Set(definitions.map(({ id }) => id.namespace));
  const named = definitions.filter(({ id }) => id.namespace !== undefined);
  return namespaces.size === 2 && named.length === 1 ? named : definitions;
}

/**
 * Makes the target of one definition: its file, the kustomizations that use it and change it (patches, images, replicas)
 * with their patch files, and for a Rollout the workload it refers to.
 */
export async function workloadTarget(
  options: FindWorkload,
  found: FoundWorkload & { readonly chosen: WorkloadPlace },
): Promise<Target> {
  const { chosen, patches } = found;
  const all = await readKustomizations(options);
  const reference = workloadReference(chosen.value);
  const referred =
    reference === undefined ? [] : await findReferred(options, { ...reference, near: chosen.place.file });
  const parts = [chosen, ...referred];
  const using = parts.flatMap((part) => changingFiles(part, { all, patches, namespace: options.namespace }));
  const { id, place } = chosen;
  const files = [...new Set([...referred.map((one) => one.place.file), ...using])].filter(
    (path) => path !== place.file,
  );
  return {
    name: `${id.namespace === undefined ? "" : `${id.namespace}/`}${id.kind.toLowerCase()}/${id.name}`,
    origin: { kind: "workload", place },
    sources: [{ path: place.file, tool: "directory", ...(files.length === 0 ? {} : { files }) }],
    workload: { kind: id.kind, name: id.name, ...(id.namespace === undefined ? {} : { namespace: id.namespace }) },
    notes: files.map((path) => `also defined or changed by ${path}`),
  };
}

async function readKustomizations({ repository, files }: FindWorkload): Promise<readonly KustomizationFile[]> {
  const kustomizations: KustomizationFile[] = [];
  for await (const { file, bytes } of readFiles(
    repository,
    files.filter((file) => isKustomizationPath(file.path)),
  )) {
    for (const value of readContent(file.path, bytes)?.documents ?? []) kustomizations.push({ path: file.path, value });
  }
  return kustomizations;
}

/** `workloadRef` names an object of the Rollout's namespace: of several, those in the same folder. */
async function findReferred(
  options: FindWorkload,
  { kind, name, near }: { readonly kind: string; readonly name: string; readonly near: string },
): Promise<readonly WorkloadPlace[]> {
  const { definitions } = await findWorkload({ ...options, kind, name });
  const close = definitions.filter(({ place }) => folderOf(place.file) === folderOf(near));
  return close.length > 0 ? close : definitions;
}

function changingFiles(
  { id, place, value }: WorkloadPlace,
  {
    all,
    patches,
    namespace,
  }: {
    readonly all: readonly KustomizationFile[];
    readonly patches: readonly WorkloadPlace[];
    readonly namespace: string | undefined;
  },
): readonly string[] {
  const workload = { kind: id.kind, name: id.name, images: imageNames(value) };
  const patchFiles = new Set(patches.map((patch) => patch.place.file));
  return kustomizationsUsing(place.file, all)
    .filter((one) => {
      const own = stringAt(one.value, "namespace");
      return namespace === undefined || own === undefined || own === namespace;
    })
    .flatMap((one) => {
      const aimed = patchFilesFor(one.value, workload).flatMap((path) => joinPath(folderOf(one.path), path) ?? []);
      const merged = kustomizationInputs(one.path, one.value).paths.filter((path) => patchFiles.has(path));
      return [...(namesWorkload(one.value, workload) ? [one.path] : []), ...aimed, ...merged];
    });
}
