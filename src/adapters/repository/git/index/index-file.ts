/** The tables of an index as one file: numbers as the machine holds them, so that reading is nothing but looking at the bytes. */
import { createHash } from "node:crypto";
import type { FolderTables } from "./folder-history.ts";

/** Says what it is, its version, and the order of bytes in a number: an index of another machine is not ours. */
const MAGIC = 0x6c67_6978;
const VERSION = 1;
/** Magic, version, bytes of an id, commits, folders, positions, bytes of the names; then a checksum. */
const FIELDS = 7;
const HASH_BYTES = 16;
const HEAD = FIELDS * 4 + HASH_BYTES;

/** The bytes of the file, in parts: nothing is copied. */
export function encodeIndex({ idBytes, commits, folders, starts, positions }: FolderTables): readonly Uint8Array[] {
  const names = Buffer.from(folders.join("\0"), "latin1");
  const fields = Uint32Array.of(
    MAGIC,
    VERSION,
    idBytes,
    commits.byteLength / idBytes,
    folders.length,
    positions.length,
    names.length,
  );
  const body = [bytesOf(starts), bytesOf(positions), commits, names];
  return [bytesOf(fields), checksum([bytesOf(fields), ...body]), ...body];
}

/** What the file says; undefined when it is no index of ours, or damaged. */
export function decodeIndex(file: Buffer): FolderTables | undefined {
  if (file.length < HEAD) return undefined;
  // Numbers must lie at multiples of four.
  const bytes = file.byteOffset % 4 === 0 ? file : Buffer.from(file);
  const [magic, version, idBytes = 0, commitCount = 0, folderCount = 0, positionCount = 0, nameBytes = 0] = numbersAt(
    bytes,
    0,
    FIELDS,
  );
  if (magic !== MAGIC || version !== VERSION || (idBytes !== 20 && idBytes !== 32)) return undefined;
  const size = HEAD + (folderCount + 1 + positionCount) * 4 + commitCount * idBytes + nameBytes;
  if (bytes.length !== size) return undefined;
  const body = bytes.subarray(HEAD);
  if (!checksum([bytes.subarray(0, FIELDS * 4), body]).equals(bytes.subarray(FIELDS * 4, HEAD))) return undefined;
  const starts = numbersAt(bytes, HEAD, folderCount + 1);
  const positions = numbersAt(bytes, HEAD + starts.byteLength, positionCount);
  const commitsAt = HEAD + starts.byteLength + positions.byteLength;
  const names = bytes.toString("latin1", commitsAt + commitCount * idBytes);
  return {
    idBytes,
    commits: bytes.subarray(commitsAt, commitsAt + commitCount * idBytes),
    folders: folderCount === 0 ? [] : names.split("\0"),
    starts,
    positions,
  };
}

function bytesOf(numbers: Uint32Array): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function numbersAt(bytes: Buffer, at: number, count: number): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset + at, count);
}

/** Against torn and flipped bytes, not against anybody: who can write here owns the clone. */
function checksum(parts: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha1");
  for (const part of parts) hash.update(part);
  return hash.digest().subarray(0, HASH_BYTES);
}
