import { resolve } from "node:path";
import type { Config, ForgeAuth } from "../config/config.ts";
import { LastgoodError, type Place } from "../errors.ts";
import type { Surroundings } from "./surroundings.ts";

/** Where the secret is that lastgood signs in with; nothing is read yet. */
export type ChosenAuth =
  | {
      readonly kind: "app";
      readonly id: string;
      readonly installationId?: number;
      readonly file: string;
      readonly place?: Place;
      /** The host that it is for; undefined: whichever. */
      readonly host?: string;
    }
  | { readonly kind: "token"; readonly file: string; readonly place?: Place }
  | { readonly kind: "environment" };

/**
 * lastgood's own variables win over the configuration, and that over what the machine has for others (`GH_TOKEN`, gh): it is what
 * somebody meant for lastgood. Throws `ConfigVariable` for half an App.
 */
export function chooseAuth(
  { env, cwd }: Pick<Surroundings, "env" | "cwd">,
  config: Pick<Config, "forge" | "places"> | undefined,
): ChosenAuth {
  const chosen = fromEnvironment(env) ?? fromConfig(config) ?? { kind: "environment" };
  return chosen.kind === "environment" ? chosen : { ...chosen, file: resolve(cwd, chosen.file) };
}

/** What `openWorld` needs to know of the forge. */
export interface ForgeChoice {
  readonly type: "github" | "none";
  /** Default: what the machine has. */
  readonly auth?: ChosenAuth;
  /** Absolute: certificates (PEM) to be trusted. */
  readonly caFile?: string;
  readonly caPlace?: Place;
  /** What an App needs to write beside commits and pull requests. */
  readonly writes?: readonly ("issues" | "checks" | "statuses" | "deployments")[];
}

/** As the configuration and the environment have it. Throws as `chooseAuth`. */
export function chooseForge(surroundings: Pick<Surroundings, "env" | "cwd">, config: Config | undefined): ForgeChoice {
  const { caFile } = config?.forge ?? {};
  const caPlace = config?.places.get("forge.caFile");
  const policies = [...(config?.policies.values() ?? [])];
  const patterns = [
    ...(config?.targets ?? []).map(({ evidence }) => evidence),
    ...policies.map(({ good }) => good.evidence),
  ];
  const records = patterns.some(({ deployments }) => deployments?.record === true);
  return {
    type: config?.forge.type ?? "github",
    auth: chooseAuth(surroundings, config),
    // git runs in folders of its own.
    ...(caFile === undefined ? {} : { caFile: resolve(surroundings.cwd, caFile) }),
    ...(caPlace === undefined ? {} : { caPlace }),
    writes: records ? ["deployments"] : [],
  };
}

function fromEnvironment(env: Surroundings["env"]): ChosenAuth | undefined {
  const keyFile = given(env["LASTGOOD_APP_PRIVATE_KEY_FILE"]);
  const tokenFile = given(env["LASTGOOD_TOKEN_FILE"]);
  if (keyFile === undefined) return tokenFile === undefined ? undefined : { kind: "token", file: tokenFile };
  if (tokenFile !== undefined) {
    throw new LastgoodError("ConfigVariable", "LASTGOOD_TOKEN_FILE and LASTGOOD_APP_PRIVATE_KEY_FILE are both set", {
      hint: "Unset one of them: lastgood signs in as somebody with a token, or as a GitHub App.",
    });
  }
  const id = given(env["LASTGOOD_APP_ID"]);
  if (id === undefined) {
    throw new LastgoodError("ConfigVariable", "LASTGOOD_APP_PRIVATE_KEY_FILE is set, but LASTGOOD_APP_ID is not", {
      hint: "Set it to the App ID (or client ID) of the App's settings page.",
    });
  }
  const installation = given(env["LASTGOOD_APP_INSTALLATION_ID"]);
  if (installation !== undefined && !/^\d{1,15}$/.test(installation))
    throw new LastgoodError("ConfigVariable", "LASTGOOD_APP_INSTALLATION_ID is no number");
  const installationId = installation === undefined ? {} : { installationId: Number(installation) };
  return { kind: "app", id, file: keyFile, ...installationId };
}

function fromConfig(config: Pick<Config, "forge" | "places"> | undefined): ChosenAuth | undefined {
  const auth: ForgeAuth | undefined = config?.forge.auth;
  if (config === undefined || auth === undefined) return undefined;
  const placeOf = (key: string): { readonly place?: Place } => {
    const place = config.places.get(`forge.auth.${key}`);
    return place === undefined ? {} : { place };
  };
  if (auth.kind === "token") return { kind: "token", file: auth.tokenFile, ...placeOf("tokenFile") };
  const { id, privateKeyFile, installationId } = auth;
  return {
    kind: "app",
    id,
    file: privateKeyFile,
    host: config.forge.host,
    ...(installationId === undefined ? {} : { installationId }),
    ...placeOf("app.privateKeyFile"),
  };
}

function given(value: string | undefined): string | undefined {
  const text = value?.trim();
  return text === undefined || text === "" ? undefined : text;
}
