/** What lies in the simulated repository, and what becomes of it when it runs: the world knows, lastgood does not. */
import type { Fate } from "./engine-model.ts";

export interface TargetFiles {
  readonly image: string;
  readonly mode: string;
  readonly extra?: string;
}

export const SECRET = "c2ltLWNhbmFyeS1kby1ub3Qtc2hvdw";

/** The folder of a target. */
export function pathOf(name: string): string {
  return `apps/${name}`;
}

/** The files of a target, by path. Small, as most are. */
export function filesOf(name: string, { image, mode, extra }: TargetFiles): Readonly<Record<string, string>> {
  const path = pathOf(name);
  const deployment = [
    "apiVersion: apps/v1",
    "kind: Deployment",
    "metadata:",
    `  name: ${name}`,
    "spec:",
    "  selector:",
    `    matchLabels: { app: ${name} }`,
    "  template:",
    "    metadata:",
    `      labels: { app: ${name} }`,
    "    spec:",
    "      containers:",
    `        - name: ${name}`,
    `          image: acme/${name}:${image} # the one that runs`,
    "",
  ];
  const config = [
    "apiVersion: v1",
    "kind: ConfigMap",
    "metadata:",
    `  name: ${name}`,
    "data:",
    `  mode: ${mode}`,
    "  level: info",
    "",
  ];
  return {
    [`${path}/deployment.yaml`]: deployment.join("\n"),
    [`${path}/config.yaml`]: config.join("\n"),
    ...(extra === undefined ? {} : { [`${path}/extra.yaml`]: extraOf(name, extra) }),
  };
}

function extraOf(name: string, value: string): string {
  return [
    "apiVersion: v1",
    "kind: Secret",
    "metadata:",
    `  name: ${name}-extra`,
    "data:",
    `  token: ${SECRET}`,
    `  note: ${value}`,
    "",
  ].join("\n");
}

/** What becomes of a content: its tags and settings say it, to those who know. */
export function fateOf(text: string): Fate {
  if (/acme\/[a-z0-9]+:v\d+-flaps/.test(text)) return { kind: "flaps" };
  const late = /acme\/[a-z0-9]+:v\d+-late(\d+)/.exec(text)?.[1];
  if (/acme\/[a-z0-9]+:v\d+-bad|mode: broken/.test(text)) return { kind: "bad", lateMs: 0 };
  return late === undefined ? { kind: "well" } : { kind: "bad", lateMs: Number(late) * 1000 };
}

/** Is there something wrong with it that git can mend? */
export function isBad(text: string): boolean {
  return fateOf(text).kind === "bad";
}
