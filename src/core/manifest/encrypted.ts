import type { JsonObject } from "../model/json.ts";
import { isObject, property, stringAt } from "../model/json.ts";
import { groupOf } from "../model/component.ts";

/** What whole-file encryption leaves at the start of a text: age, OpenPGP, Ansible Vault. */
const ARMOUR = /^\s*(?:-----BEGIN (?:AGE ENCRYPTED FILE|PGP MESSAGE)-----|\$ANSIBLE_VAULT;|age-encryption\.org\/)/;

/** A value that SOPS encrypted (github.com/getsops/sops, aes/cipher.go), also where its metadata is lost. */
const SOPS_VALUE = "ENC[AES256_GCM,";

/** Group → kinds whose values only a controller in the cluster can open or fetch. */
const SEALED: ReadonlyMap<string, RegExp> = new Map([
  ["bitnami.com", /^SealedSecret$/],
  ["external-secrets.io", /^(?:Cluster)?(?:ExternalSecret|PushSecret)$/],
]);

/** How a text is encrypted as a whole or in part; undefined when nothing shows that it is. */
export function findEncryption(text: string): string | undefined {
  if (ARMOUR.test(text)) return "it is encrypted";
  return text.includes(SOPS_VALUE) ? "it is encrypted with SOPS" : undefined;
}

/** As `findEncryption`, for one document. A change in it would break SOPS' checksum (`sops.mac`) or could not be read. */
export function findSealed(value: JsonObject): string | undefined {
  const sops = property(value, "sops");
  if (isObject(sops) && (Object.hasOwn(sops, "mac") || Object.hasOwn(sops, "lastmodified"))) {
    return "it is encrypted with SOPS";
  }
  const kind = stringAt(value, "kind") ?? "";
  const sealed = SEALED.get(groupOf(stringAt(value, "apiVersion") ?? ""))?.test(kind) === true;
  return sealed ? `it holds a ${kind}` : undefined;
}
