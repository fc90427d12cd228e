/** What issues and pull requests share: numbers, labels, comments. */
import { userOf } from "./call.ts";
import type { RepositoryCall } from "./call.ts";
import type { Issue, Label, Repository, World } from "./state.ts";

/** Opens an issue with the next number. A pull request is one, given its `pull` in the same breath. */
export function openIssue(
  call: RepositoryCall,
  { title, body }: { readonly title: string; readonly body: string | null },
): Issue {
  const { repository, world } = call;
  const at = world.now();
  const issue: Issue = {
    id: world.nextId(),
    number: repository.nextNumber,
    user: userOf(call),
    createdAtMs: at,
    updatedAtMs: at,
    title,
    body,
    state: "open",
    closedAtMs: undefined,
    closedBy: undefined,
    labels: new Set(),
    comments: [],
    pull: undefined,
  };
  repository.nextNumber += 1;
  repository.issues.set(issue.number, issue);
  return issue;
}

/** Puts labels on an issue; one that the repository does not know is created, grey, as GitHub does. */
export function addLabels(
  world: World,
  repository: Repository,
  target: { issue: Issue; names: readonly string[] },
): void {
  for (const name of target.names) {
    const key = name.toLowerCase();
    if (!repository.labels.has(key)) createLabel(world, repository, { name, color: "ededed", description: null });
    target.issue.labels.add(key);
  }
  target.issue.updatedAtMs = world.now();
}

export function createLabel(world: World, repository: Repository, label: Omit<Label, "id">): Label {
  const created = { id: world.nextId(), ...label };
  repository.labels.set(label.name.toLowerCase(), created);
  return created;
}
