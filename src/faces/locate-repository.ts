import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { LastgoodError } from "../errors.ts";
import type { Surroundings } from "./surroundings.ts";

/** A clone on this machine, or an address. */
export type Location =
  | { readonly kind: "clone"; readonly path: string }
  | { readonly kind: "url"; readonly url: string };

/**
 * What a person means by `-R/--repo`: a folder, a URL, `OWNER/REPO` or `HOST/OWNER/REPO`; without it the repository of the
 * config, else the one that the working directory lies in. Throws `UsageRepository`.
 */
export function locateRepository(
  { repo, configUrl }: { readonly repo?: string | undefined; readonly configUrl?: string | undefined },
  { cwd, env }: Pick<Surroundings, "cwd" | "env">,
): Location {
  const named = repo ?? env["LASTGOOD_REPO"] ?? (configUrl === undefined ? env["GH_REPO"] : undefined);
  if (named !== undefined && named !== "") return locateNamed(named, { cwd, env });
  if (configUrl !== undefined) return { kind: "url", url: configUrl };
  const path = findClone(cwd);
  if (path !== undefined) return { kind: "clone", path };
  throw new LastgoodError("UsageRepository", "there is no git repository here", {
    hint: "Go to a clone of the GitOps repository, or name it: --repo PATH, --repo OWNER/REPO, --repo URL.",
  });
}

function locateNamed(named: string, { cwd, env }: Pick<Surroundings, "cwd" | "env">): Location {
  const path = resolve(cwd, named);
  if (existsSync(path) && statSync(path).isDirectory()) return { kind: "clone", path };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(named) || /^[^/\s]+@[^/\s]+:/.test(named)) return { kind: "url", url: named };
  const parts = named.split("/");
  const isName = parts.every((part) => /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(part));
  if (isName && parts.length === 2)
    return { kind: "url", url: `https://${env["GH_HOST"] ?? "github.com"}/${named}.git` };
  if (isName && parts.length === 3) return { kind: "url", url: `https://${named}.git` };
  throw new LastgoodError("UsageRepository", `"${named}" is neither a folder nor the address of a repository`, {
    hint: "Write --repo PATH, --repo OWNER/REPO, --repo HOST/OWNER/REPO or --repo URL.",
  });
}

function findClone(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at;
    if (existsSync(join(at, "HEAD")) && existsSync(join(at, "objects")) && existsSync(join(at, "refs"))) return at;
    if (dirname(at) === at) return undefined;
  }
}
