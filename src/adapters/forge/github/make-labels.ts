import { lookOf } from "../../../core/change/labels.ts";
import { LastgoodError } from "../../../errors.ts";
import { safeText } from "./forge-text.ts";
import type { GitHubApi, RepositoryPath } from "./github-api.ts";

/**
 * Makes those of our labels that the repository has not yet, with colour and description: setting one that is missing would make it
 * grey and unexplained. A label that is there stays as people painted it. Answers notes: nothing here fails anything.
 */
export async function makeLabels(api: GitHubApi, names: readonly string[]): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const name of names) {
    const look = lookOf(name);
    if (look === undefined) continue;
    const at = { ...(await api.at()), name };
    if (!(await isMissing(api, at))) continue;
    const answer = await api.client.write("make a label", 201, async (rest) =>
      rest.issues.createLabel({ ...at, ...look }),
    );
    // Somebody was faster; or it will be made grey.
    if (answer.kind === "ok" || (answer.kind === "refused" && answer.status === 422)) continue;
    if (answer.kind === "unclear" && !(await isMissing(api, at))) continue;
    notes.push(`the label "${safeText(name)}" gets no colour: ${answer.error.message}`);
  }
  return notes;
}

interface LabelPath extends RepositoryPath {
  readonly name: string;
}

/** Only GitHub's word that there is none: whatever else keeps it from being read, setting it shows. */
async function isMissing({ client }: GitHubApi, { owner, repo, name }: LabelPath): Promise<boolean> {
  try {
    await client.read("read a label", async (rest) => rest.issues.getLabel({ owner, repo, name }));
    return false;
  } catch (error) {
    if (error instanceof LastgoodError) return error.code === "ForgeNotFound";
    throw error;
  }
}
