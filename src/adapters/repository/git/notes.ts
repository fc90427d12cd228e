import { isFullId, type BlobId, type CommitId, type Revision } from "../../../core/model/git.ts";
import type { Annotation } from "../../../core/model/git.ts";
import { findBlobs, type RepositoryCore } from "./repository-core.ts";
import { LOG_ARGS, logParser } from "./raw-diff.ts";
import { resolveRevision } from "./resolve-revision.ts";

/** A note is one short text; more is not read. */
const MAX_NOTE_BYTES = 64 * 1024;

/**
 * The notes that a notes ref holds now (git-notes(1): a tree whose paths, without slashes, are the annotated objects' ids).
 * Who wrote one and when is told by the newest commit that touched it. None when the ref is absent.
 */
export async function readNotes(core: RepositoryCore, ref: string): Promise<readonly Annotation[]> {
  const tip = await resolveRevision(core, ref);
  if (tip === undefined) return [];
  const newest = await newestChanges(core, tip);
  const ids = [...newest.keys()];
  const targets = await core.objects.info(ids);
  const blobs = await findBlobs(
    core,
    ids.map((id) => newest.get(id)?.blob ?? id),
  );
  const wanted = ids.filter((_, at) => {
    const blob = blobs[at];
    return targets[at]?.type === "commit" && blob?.type === "blob" && blob.size <= MAX_NOTE_BYTES;
  });
  const texts = await core.objects.contents(wanted.map((id) => newest.get(id)?.blob ?? id));
  const name = ref.replace(/^refs\/notes\//, "");
  return wanted.flatMap((id, at): readonly Annotation[] => {
    const by = newest.get(id)?.by;
    const text = texts[at]?.toString("utf8").trimEnd();
    if (by === undefined || text === undefined) return [];
    return [{ kind: "note", name, commit: id as CommitId, text, tagger: by.author, atMs: by.committedAtMs }];
  });
}

interface NoteChange {
  readonly blob: BlobId;
  readonly by: Revision;
}

/** Annotated id → its newest change, for notes that still exist. */
async function newestChanges(core: RepositoryCore, tip: CommitId): Promise<ReadonlyMap<string, NoteChange>> {
  const seen = new Map<string, NoteChange | undefined>();
  const parser = logParser();
  const take = (commits: ReturnType<typeof parser.end>): void => {
    for (const { revision, changes } of commits) {
      // One commit may move a note between fan-out folders: there, what was added counts.
      const sorted = changes.toSorted((a, b) => Number(a.after === undefined) - Number(b.after === undefined));
      for (const { path, after } of sorted) {
        const id = path.toString("latin1").replaceAll("/", "");
        if (!isFullId(id) || seen.has(id)) continue;
        seen.set(id, after === undefined ? undefined : { blob: after.id, by: revision });
      }
    }
  };
  for await (const chunk of core.git.stream([...LOG_ARGS, "--end-of-options", tip, "--"])) take(parser.push(chunk));
  take(parser.end());
  return new Map([...seen].flatMap(([id, change]) => (change === undefined ? [] : [[id, change] as const])));
}
