import { createPrivateKey, type KeyObject } from "node:crypto";
import { escapeText } from "../../../core/model/escape.ts";
import { LastgoodError, type Place } from "../../../errors.ts";

/** Besides the 30 s that the library goes back: GitHub's documentation advises 60 s. */
const BACK_SECONDS = 30;

/** A JSON web token by which an App proves itself (docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App"). */
export async function signAppJwt(facts: {
  readonly appId: string;
  readonly privateKey: KeyObject;
  readonly nowMs: number;
}): Promise<string> {
  const { default: githubAppJwt } = await import("universal-github-app-jwt");
  const privateKey = facts.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const { token } = await githubAppJwt({
    id: facts.appId,
    privateKey,
    now: Math.floor(facts.nowMs / 1000) - BACK_SECONDS,
  });
  return token;
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
