import { readBlob, readTree } from "../git/objects.ts";
import type { Repository, User } from "../state.ts";

/** Where GitHub looks for the file, in this order (docs.github.com, "About code owners"). */
const PLACES = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/** The owners of each of `paths`, by the CODEOWNERS of a commit: `@user` and `@org/team` without the `@`. The last line that fits wins. */
export async function ownersOf(
  repository: Repository,
  commit: string,
  paths: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const lines = (await readOwners(repository, commit)).flatMap((line) => {
    const [pattern = "", ...owners] = line.replace(/#.*$/, "").trim().split(/\s+/);
    return pattern === "" ? [] : [{ fits: patternOf(pattern), owners: owners.map((name) => name.replace(/^@/, "")) }];
  });
  return paths.map((path) => lines.findLast(({ fits }) => fits.test(path))?.owners ?? []);
}

async function readOwners(repository: Repository, commit: string): Promise<readonly string[]> {
  for (const place of PLACES) {
    const slash = place.lastIndexOf("/");
    const entries = await readTree(repository, `${commit}:${place.slice(0, Math.max(0, slash))}`);
    const entry = entries?.find(({ path }) => path === place.slice(slash + 1));
    const bytes = entry === undefined ? undefined : await readBlob(repository, entry.sha);
    if (bytes !== undefined) return bytes.toString("utf8").split("\n");
  }
  return [];
}

/** A pattern as in .gitignore, without negation and character ranges, which CODEOWNERS does not have. */
function patternOf(pattern: string): RegExp {
  const anchored = pattern.replace(/\/$/, "").includes("/");
  const source = pattern
    .replace(/^\//, "")
    .replace(/\/$/, "")
    .replace(/\*\*\/?|\*|\?|[^*?]+/g, (part) => {
      if (part.startsWith("**")) return "(?:.*/)?";
      if (part === "*") return "[^/]*";
      return part === "?" ? "[^/]" : part.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
    });
  return new RegExp(`${anchored ? "^" : "(?:^|/)"}${source}(?:$|/)`);
}

/** Has this owner's word for the pull request? A team speaks through each of its members. */
export function ownerApproved(repository: Repository, owner: string, approvers: readonly User[]): boolean {
  const logins = new Set(approvers.filter(({ type }) => type === "User").map(({ login }) => login.toLowerCase()));
  return membersOf(repository, owner).some((login) => logins.has(login.toLowerCase()));
}

function membersOf(repository: Repository, owner: string): readonly string[] {
  const slug = owner.slice(owner.indexOf("/") + 1).toLowerCase();
  return owner.includes("/") ? (repository.teams.get(slug) ?? []) : [owner];
}
