import { createPrivateKey, sign, type KeyObject } from "node:crypto";
import { escapeText } from "../../../core/model/escape.ts";
import { LastgoodError, type Place } from "../../../errors.ts";

/** GitHub's clock may be behind ours: 60 s back, as its documentation advises; it takes ten minutes at most. */
const BACK_SECONDS = 60;
const LIFE_SECONDS = 600;

/** A JSON web token by which an App proves itself (docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App"). */
export function signAppJwt(facts: {
  readonly appId: string;
  readonly privateKey: KeyObject;
  readonly nowMs: number;
}): string {
  const iat = Math.floor(facts.nowMs / 1000) - BACK_SECONDS;
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iat, exp: iat + LIFE_SECONDS, iss: facts.appId })}`;
  const signature = sign("sha256", Buffer.from(signed), facts.privateKey).toString("base64url");
  return `${signed}.${signature}`;
}

/** An App's key from its PEM (PKCS#1, as GitHub hands it out, or PKCS#8). Throws `ConfigSecretFile`; never shows the key. */
export function readAppKey(pem: string, from: KeyFile = {}): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // Without the cause: openssl's words may quote what it read.
    const why = /ENCRYPTED/.test(pem) ? "is protected by a passphrase" : "is no private key that can be read";
    throw refusedKey(why, from);
  }
  if (key.asymmetricKeyType !== "rsa")
    throw refusedKey(`is of type ${key.asymmetricKeyType ?? "unknown"}, not RSA`, from);
  return key;
}

/** Where a key comes from, for messages. */
interface KeyFile {
  readonly file?: string;
  readonly place?: Place;
}

function refusedKey(why: string, { file, place }: KeyFile): LastgoodError {
  const name = file === undefined ? "" : ` ${escapeText(file)}`;
  return new LastgoodError("ConfigSecretFile", `the App's private key${name} ${why}`, {
    ...(place === undefined ? {} : { place }),
    hint: "Name the .pem file that GitHub gave you when you generated the App's private key.",
  });
}
