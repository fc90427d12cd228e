import { readManifest } from "../../../src/core/manifest/read-manifest.ts";
import type { Sides } from "../../../src/core/model/sides.ts";
import type { UndoFile, UndoOptions, UndoResult, UndoVersion } from "../../../src/core/undo/types.ts";
import { undoChange } from "../../../src/core/undo/undo-change.ts";

/** A file with this text. */
export function version(text: string, path = "app.yaml"): UndoVersion {
  return { mode: "100644", manifest: readManifest(path, new TextEncoder().encode(text)) };
}

/** One file before the change, right after it, and now; undefined: there was none. */
export function file({ good, bad, now }: Sides<string | undefined>, path = "app.yaml"): UndoFile {
  return {
    ...(good === undefined ? {} : { good: version(good, path) }),
    ...(bad === undefined ? {} : { bad: version(bad, path) }),
    ...(now === undefined ? {} : { now: version(now, path) }),
  };
}

/** The result for one file. `text`: what it says afterwards, undefined when it is gone. */
export function undo(
  sides: Sides<string | undefined>,
  options: UndoOptions & { readonly path?: string } = {},
): UndoResult & { readonly text: string | undefined } {
  const result = undoChange([file(sides, options.path)], options);
  const [first] = result.files;
  return { ...result, text: first === undefined ? sides.now : first.after?.manifest.text };
}

/** What the conflicts are: `same-field Deployment/api containers[api].image`. */
export function conflictsOf({ conflicts }: UndoResult): readonly string[] {
  return conflicts.map(({ kind, component, display }) => [kind, component, display].filter(Boolean).join(" "));
}
