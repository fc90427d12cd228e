/**
 * One form for the many ways to write a repository's address: `host/owner/name`, lower case, without scheme, user, port and `.git`.
 * For comparing only, never for connecting.
 */
export function normalizeRepositoryUrl(url: string): string {
  const lower = url.trim().toLowerCase();
  const scp = /^(?:[^@/:]+@)?([^/:]+):(?!\/\/)(.+)$/.exec(lower);
  const plain =
    scp === null ? lower.replace(/^[a-z][a-z0-9+.-]*:\/\//, "").replace(/^[^@/]*@/, "") : `${scp[1]}/${scp[2]}`;
  return plain
    .replace(/^([^/:]+):\d+(?=\/)/, "$1")
    .replace(/\/{2,}/g, "/")
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
}

/** Is `url` one of the managed repository's addresses? Undefined when none is known: nobody can tell. */
export function isManagedUrl(url: string, known: readonly string[]): boolean | undefined {
  if (known.length === 0) return undefined;
  const wanted = normalizeRepositoryUrl(url);
  return known.some((one) => normalizeRepositoryUrl(one) === wanted);
}

/**
 * Does a commit on a branch reach who follows this revision? A tag, a commit id or a version range stays where it is:
 * then the change lies where the revision is written. Tags without a version's form cannot be told from branches.
 */
export function isPinnedRevision(revision: string): boolean {
  if (revision === "" || revision === "HEAD" || revision.startsWith("refs/heads/")) return false;
  return (
    revision.startsWith("refs/tags/") ||
    /^[0-9a-f]{7,64}$/i.test(revision) ||
    /^[vV]?\d+(?:\.\d+){1,2}(?:[-+].*)?$/.test(revision) ||
    /^(?:[\^~*]|[<>=!]=?)/.test(revision) ||
    /^[vV]?\d+(?:\.(?:\d+|[xX*])){0,2}\.[xX*]$/.test(revision)
  );
}
