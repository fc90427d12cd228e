/** Certificates for servers of tests, made when they are needed: DER by hand (RFC 5280), so that no program is needed. */
import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";

export interface Certificates {
  /** PEM of the authority that signed `cert`. */
  readonly ca: string;
  /** PEM for `host`. */
  readonly cert: string;
  readonly key: string;
}

/** A new authority, and a certificate of its for one host. */
export function makeCertificates(host: string): Certificates {
  const [authority, server] = [ecKey(), ecKey()];
  const issuer = { name: "A private authority", key: authority.privateKey };
  const ca = certificate({
    issuer,
    subject: issuer.name,
    publicKey: authority.publicKey,
    extensions: [
      extension("551d13", true, sequence(tlv(0x01, Buffer.from([0xff])))), // basicConstraints: CA
      extension("551d0f", true, tlv(0x03, Buffer.from([0x01, 0x06]))), // keyUsage: keyCertSign, cRLSign
    ],
  });
  const name = tlv(0x82, Buffer.from(host));
  const cert = certificate({
    issuer,
    subject: host,
    publicKey: server.publicKey,
    extensions: [extension("551d11", false, sequence(name))], // subjectAltName: dNSName
  });
  return { ca, cert, key: String(server.privateKey.export({ type: "pkcs8", format: "pem" })) };
}

function ecKey(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

interface Facts {
  readonly issuer: { readonly name: string; readonly key: KeyObject };
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

let serial = 1;

function certificate({ issuer, subject, publicKey, extensions }: Facts): string {
  const algorithm = sequence(oid("2a8648ce3d040302")); // ecdsa-with-SHA256
  const validity = sequence(tlv(0x17, Buffer.from("200101000000Z")), tlv(0x17, Buffer.from("491231235959Z")));
  const tbs = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([(serial += 1)])),
    algorithm,
    commonName(issuer.name),
    validity,
    commonName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, sequence(...extensions)),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign("sha256", tbs, issuer.key)]);
  const der = sequence(tbs, algorithm, tlv(0x03, signature));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function commonName(name: string): Buffer {
  return sequence(tlv(0x31, sequence(oid("550403"), tlv(0x0c, Buffer.from(name)))));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [tlv(0x01, Buffer.from([0xff]))] : []), tlv(0x04, value));
}

function oid(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, "hex"));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function tlv(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}
