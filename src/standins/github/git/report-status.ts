/** The end of git's answer to a push: pkt-lines on band 1, which say of each ref whether it moved (gitprotocol-pack, "Report Status"). */

/** `answer` with GitHub's own reason in place of "hook declined". */
export function withReason(answer: Buffer, reason: string): Buffer {
  const packets = readPackets(answer);
  const banded = packets.filter((packet) => packet[0] === 1).map((packet) => packet.subarray(1));
  const plain = banded.length === 0;
  const lines = plain ? packets : readPackets(Buffer.concat(banded));
  const report = Buffer.concat([
    ...lines.map((line) => writePacket(Buffer.from(line.toString().replace("hook declined", reason)))),
    FLUSH,
  ]);
  if (plain) return report;
  const talk = packets.filter((packet) => packet[0] !== 1).map(writePacket);
  return Buffer.concat([...talk, writePacket(Buffer.concat([Buffer.from([1]), report])), FLUSH]);
}

const FLUSH = Buffer.from("0000");

/** The packets, without flushes. */
function readPackets(bytes: Buffer): readonly Buffer[] {
  const packets: Buffer[] = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = Number.parseInt(bytes.toString("latin1", at, at + 4), 16);
    if (length > 4) packets.push(bytes.subarray(at + 4, at + length));
    at += Math.max(length, 4);
  }
  return packets;
}

function writePacket(bytes: Buffer): Buffer {
  const length = (bytes.length + 4).toString(16).padStart(4, "0");
  return Buffer.concat([Buffer.from(length), bytes]);
}
