import type { Config, EngineConfig } from "../config/config.ts";

/** What is looked for where nobody has configured an engine. */
export const GUESSED_ENGINES: readonly EngineConfig[] = [
  { name: "argocd", type: "argocd" },
  { name: "flux", type: "flux" },
];

/** Names of the engines that are asked under this configuration. */
export function engineNames(config: Pick<Config, "engines"> | undefined): readonly string[] {
  const configured = config?.engines ?? [];
  return (configured.length === 0 ? GUESSED_ENGINES : configured).map(({ name }) => name);
}
