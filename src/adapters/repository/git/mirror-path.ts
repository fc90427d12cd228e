import { createHash } from "node:crypto";
import { join } from "node:path";

/** Where the mirror of a URL lies. */
export function mirrorPath(cacheDir: string, url: string): string {
  return join(cacheDir, `${createHash("sha256").update(url).digest("hex").slice(0, 32)}.git`);
}
