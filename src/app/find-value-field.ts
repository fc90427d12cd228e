import { readManifest } from "../core/manifest/read-manifest.ts";
import type { CommitId } from "../core/model/git.ts";
import type { ValueArtifact } from "../core/quarantine/record.ts";
import { valueFieldsOf } from "../core/quarantine/value-fields.ts";
import type { Repository } from "../ports/repository.ts";
import { readFiles } from "./read-files.ts";

/** More fields than this help nobody to find the one. */
const MAX_SHOWN = 5;

/**
 * Is there, at `commit`, a field that could take the value again? Undefined when there is, whatever it holds now; else what is there
 * instead, in one line: a field that is misspelt, or that is part of an image, is never found by `check`.
 */
export async function whyNoField(
  { path, component, field }: ValueArtifact,
  commit: CommitId,
  repository: Repository,
): Promise<string | undefined> {
  const files = await repository.files(commit, [{ kind: "file", path }]);
  for await (const { bytes } of readFiles(repository, files)) {
    const known = valueFieldsOf(readManifest(path, bytes)).map(({ artifact }) => artifact);
    const same = known.filter((other) => other.field === field);
    if (same.some((other) => component === undefined || other.component === component)) return undefined;
    const names = known.map((other) =>
      [...(other.component === undefined ? [] : [other.component]), other.field].join(":"),
    );
    const more = names.length > MAX_SHOWN ? ", …" : "";
    const has = names.length === 0 ? "no version that stands alone" : `${names.slice(0, MAX_SHOWN).join(", ")}${more}`;
    return `${path} has ${has}`;
  }
  return `there is no file ${path}`;
}
