import type { Manifest } from "../core/manifest/read-manifest.ts";
import type { FileEntry } from "../core/model/git.ts";

/** A symbolic link or a submodule: named, never followed. */
export function linkManifest({ path, mode }: FileEntry): Manifest {
  const gitlink = mode === "160000";
  const left = {
    code: gitlink ? ("RepositoryGitlink" as const) : ("RepositorySymlink" as const),
    message: gitlink ? "it is a submodule" : "it is a symbolic link",
    place: { file: path },
  };
  return { path, components: [{ kind: "opaque", path, left }] };
}
