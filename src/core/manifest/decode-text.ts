import { fault } from "./fault.ts";
import { MAX_TEXT } from "./parse.ts";

/**
 * The text of a file, byte order mark included. Throws LimitBlob (over 2 MB), ManifestNotText (binary, UTF-16, compressed),
 * ManifestEncoding (not UTF-8) and RepositoryLfs (only a pointer to the content).
 */
export function decodeText(path: string, bytes: Uint8Array): string {
  const place = { file: path };
  if (bytes.length > MAX_TEXT) throw fault("LimitBlob", `it is larger than ${MAX_TEXT / 1_000_000} MB`, place);
  if (isBinary(bytes)) throw fault("ManifestNotText", "it is not text", place);
  const text = decodeUtf8(path, bytes);
  if (LFS_POINTER.test(text))
    throw fault("RepositoryLfs", "its content is in Git LFS", { ...place, line: 1, column: 1 });
  return text;
}

/** github.com/git-lfs/git-lfs/blob/main/docs/spec.md: the version line comes first. */
const LFS_POINTER = /^version https:\/\/(?:git-lfs\.github\.com|hawser\.github\.com)\/spec\/v\d/;

/** NUL bytes (UTF-16 and UTF-32 have them too), a UTF-16 byte order mark, or gzip. */
function isBinary(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  const utf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const gzip = first === 0x1f && second === 0x8b;
  return utf16 || gzip || bytes.includes(0);
}

function decodeUtf8(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const before = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes).split("\ufffd", 1)[0] ?? "";
    const line = before.split("\n");
    const place = { file: path, line: line.length, column: (line.at(-1) ?? "").length + 1 };
    throw fault("ManifestEncoding", "it is not UTF-8", place);
  }
}
