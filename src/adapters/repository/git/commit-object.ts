import { commitId, type CommitId, type Revision } from "../../../core/model/git.ts";

/** What a commit object says (gitformat: headers, an empty line, the message). Unknown and broken headers are passed over. */
export function parseCommit(id: CommitId, bytes: Buffer): Revision {
  const end = bytes.indexOf("\n\n");
  const head = (end === -1 ? bytes : bytes.subarray(0, end)).toString("latin1");
  const body = end === -1 ? Buffer.alloc(0) : bytes.subarray(end + 2);
  const headers = head.split("\n").map((line): readonly [string, string] => {
    const space = line.indexOf(" ");
    return space === -1 ? [line, ""] : [line.slice(0, space), line.slice(space + 1)];
  });
  const find = (key: string): string => headers.find(([name]) => name === key)?.[1] ?? "";
  const decode = decoderOf(find("encoding"));
  const author = parseIdent(find("author"));
  return {
    id,
    parents: headers.filter(([name]) => name === "parent").map(([, parent]) => commitId(parent)),
    author: decode(Buffer.from(author.name, "latin1")),
    authorEmail: decode(Buffer.from(author.email, "latin1")),
    authoredAtMs: author.atMs,
    committedAtMs: parseIdent(find("committer")).atMs,
    message: decode(body),
  };
}

/** `Name <email> seconds zone`. */
function parseIdent(text: string): { readonly name: string; readonly email: string; readonly atMs: number } {
  const match = /^(.*?) ?<(.*)>(?: (\d+) [+-]\d+)?[^>]*$/.exec(text);
  return { name: match?.[1] ?? "", email: match?.[2] ?? "", atMs: secondsToMs(match?.[3]) };
}

/** Epoch ms of git's decimal seconds; 0 for what is no time (git itself keeps any number). */
export function secondsToMs(seconds: string | undefined): number {
  const ms = Number(seconds) * 1000;
  return Number.isSafeInteger(ms) && ms >= 0 ? ms : 0;
}

/** UTF-8 unless the commit says otherwise and we know it; never throws, for people only. */
function decoderOf(encoding: string): (bytes: Uint8Array) => string {
  try {
    const decoder = new TextDecoder(encoding === "" ? "utf-8" : encoding, { ignoreBOM: true });
    return (bytes) => decoder.decode(bytes);
  } catch {
    return (bytes) => Buffer.from(bytes).toString("utf8");
  }
}
