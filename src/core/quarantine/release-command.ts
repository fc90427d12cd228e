import { shellLine } from "../model/shell.ts";
import { artifactText, valueWord } from "./artifact.ts";
import type { Artifact } from "./record.ts";
import type { QuarantineEntry } from "./state.ts";

/** The command that takes it out of quarantine, ready to be pasted. */
export function releaseCommand({ artifact, target }: Pick<QuarantineEntry, "artifact" | "target">): string {
  const flag = artifact.kind === "content" ? "commit" : artifact.kind;
  const words = [...(target === undefined ? [] : [target]), `--${flag}`, wordOf(artifact)];
  return `${shellLine(["lastgood", "quarantine", "release", ...words])} --reason "..."`;
}

function wordOf(artifact: Artifact): string {
  switch (artifact.kind) {
    case "content":
      return artifact.revision.slice(0, 12);
    case "commit":
      return artifact.commit.slice(0, 12);
    case "value":
      return valueWord(artifact);
    case "image":
    case "chart":
      return artifactText(artifact);
  }
}
