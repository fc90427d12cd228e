/** Secrets that are compared with what others send: read from their files again and again, so that they can be replaced. */
import { readSecretFile } from "../../config/read-secret-file.ts";
import type { Config } from "../../config/config.ts";
import { LastgoodError } from "../../errors.ts";
import type { Log } from "../../ports/log.ts";
import type { SenderSecrets } from "../compose-daemon.ts";

export interface SecretFiles {
  readonly senders: () => SenderSecrets;
  /** Of the API; without any the API is off. */
  readonly apiTokens: () => readonly string[];
  /** All values, for masking. */
  readonly values: () => readonly string[];
  read(): Promise<void>;
}

/** While a secret is replaced, the one before counts as well. */
const KEPT = 2;

/** Reads nothing before `read`. A file that cannot be read then keeps what it held before, and costs a warning. */
export function createSecretFiles(
  { server, forge }: Pick<Config, "server" | "forge">,
  log: Pick<Log, "warn">,
): SecretFiles {
  const files = new Map<string, string>(
    Object.entries({
      github: forge.webhookSecretFile,
      ...server.webhooks,
      api: server.apiTokenFile,
    }).flatMap(([name, file]) => (file === undefined ? [] : [[name, file] as const])),
  );
  const known = new Map<string, readonly string[]>();
  const of = (name: string): readonly string[] => known.get(name) ?? [];
  return {
    senders: () => {
      const names = ["github", "argocd", "flux", "alertmanager", "signals"] as const;
      return Object.fromEntries(names.filter((name) => known.has(name)).map((name) => [name, of(name)]));
    },
    apiTokens: () => of("api"),
    values: () => [...known.values()].flat(),
    async read() {
      for (const [name, file] of files) {
        try {
          const secret = await readSecretFile(file);
          known.set(name, [...new Set([secret, ...of(name)])].slice(0, KEPT));
        } catch (error) {
          if (!(error instanceof LastgoodError)) throw error;
          log.warn(error.message);
        }
      }
    },
  };
}
