import { generateKeyPairSync } from "node:crypto";

/** A key pair of an App, made once per test process. `privateKey` as GitHub hands it out: PKCS#1. */
export const APP_KEY = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
});
