import { createHash } from "node:crypto";

/** A secret that must never be seen outside of its file. */
export interface Canary {
  readonly text: string;
  /** As it stands in the file. */
  readonly written: string;
  /** What it is planted as. */
  readonly where: string;
}

export interface CanaryField {
  readonly files: Readonly<Record<string, string>>;
  readonly canaries: readonly Canary[];
  /** One more, for a commit message. */
  readonly inMessage: Canary;
}

/** One kind of place for secrets: a manifest around its lines. */
interface Bed {
  readonly name: string;
  readonly head: string;
  readonly secret: (seed: string) => string;
  readonly line: (index: number, secret: string) => string;
  readonly write?: (secret: string) => string;
}

const token = (seed: string): string => digest(seed).slice(0, 28);

const DEPLOYMENT = (name: string, list: string): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${name} }\nspec:\n  selector: { matchLabels: { app: ${name} } }\n  template:\n    metadata: { labels: { app: ${name} } }\n    spec:\n      containers:\n        - name: main\n          image: acme/api:1\n          ${list}:\n`;

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** Where people keep secrets in a GitOps repository (safety.md, H58). */
const BEDS: readonly Bed[] = [
  {
    name: "secret-data",
    head: "apiVersion: v1\nkind: Secret\nmetadata: { name: data }\ndata:\n",
    secret: (seed) => `${token(seed)}"\\/&+é`,
    write: base64,
    line: (index, written) => `  entry${index}: ${written}\n`,
  },
  {
    name: "secret-string-data",
    head: "apiVersion: v1\nkind: Secret\nmetadata: { name: string-data }\nstringData:\n",
    secret: token,
    line: (index, written) => `  entry${index}: "${written}"\n`,
  },
  {
    name: "env",
    head: DEPLOYMENT("env", "env"),
    secret: token,
    line: (index, written) => `            - name: SERVICE_${index}_PASSWORD\n              value: "${written}"\n`,
  },
  {
    name: "env-url",
    head: DEPLOYMENT("env-url", "env"),
    secret: token,
    line: (index, written) =>
      `            - name: DATABASE_${index}\n              value: "postgres://app:${written}@db:5432/app"\n`,
  },
  {
    name: "env-shape",
    head: DEPLOYMENT("env-shape", "env"),
    secret: (seed) => `ghp_${digest(seed).slice(0, 36)}`,
    line: (index, written) => `            - name: SETTING_${index}\n              value: "${written}"\n`,
  },
  {
    name: "args",
    head: DEPLOYMENT("args", "args"),
    secret: token,
    line: (index, written) => `            - --api-token-${index}=${written}\n`,
  },
  {
    name: "config-name",
    head: "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: names }\ndata:\n",
    secret: token,
    line: (index, written) => `  client${index}.secret: "${written}"\n`,
  },
  {
    name: "config-file",
    head: "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: file }\ndata:\n  app.properties: |\n",
    secret: token,
    line: (index, written) => `    db.${index}.password=${written}\n`,
  },
  {
    name: "last-applied",
    head: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: applied\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n",
    secret: token,
    line: (index, written) => `      {"stringData":{"entry${index}":"${written}"}}\n`,
  },
  {
    name: "values",
    head: "global:\n  region: eu\nauth:\n",
    secret: token,
    line: (index, written) => `  user${index}Password: "${written}"\n`,
  },
];

/** Manifests with `count` secrets of all kinds, the same ones for the same `version`. */
export function canaryField(count: number, version: string): CanaryField {
  const each = Math.ceil(count / BEDS.length);
  const canaries: Canary[] = [];
  const files = BEDS.map(({ name, head, secret, line, write }): [string, string] => {
    const lines = Array.from({ length: each }, (_, index) => {
      const text = secret(`${version} ${name} ${index}`);
      const written = write?.(text) ?? text;
      canaries.push({ text, written, where: name });
      return line(index, written);
    });
    return [name === "values" ? "apps/chart/values.yaml" : `apps/${name}.yaml`, head + lines.join("")];
  });
  const text = `ghp_${digest(`${version} message`).slice(0, 36)}`;
  return {
    files: Object.fromEntries([...files, ["apps/chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 1.0.0\n"]]),
    canaries,
    inMessage: { text, written: text, where: "commit message" },
  };
}

function digest(seed: string): string {
  return createHash("sha256")
    .update(seed)
    .digest("base64")
    .replaceAll(/[^A-Za-z0-9]/g, "");
}

export interface Sighting {
  readonly canary: Canary;
  readonly encoding: string;
}

/** Long enough to be no accident, short enough to be found where an encoding cuts the ends off. */
const PROBE = 12;

/** The canaries that a text gives away, by what they were encoded as. */
export function findCanaries(text: string, canaries: readonly Canary[]): readonly Sighting[] {
  const probes = new Map<string, Sighting>();
  for (const canary of canaries) {
    for (const [encoding, encoded] of encodingsOf(canary.text)) {
      if (encoded.length >= PROBE) probes.set(encoded.slice(0, PROBE), { canary, encoding });
    }
  }
  const flat = text.replaceAll(/\s+/g, "");
  const reversed = Array.from(flat).toReversed().join("");
  const found = new Map<string, Sighting>();
  for (const [how, form] of [
    ["reversed ", reversed],
    ["wrapped ", flat],
    ["", text],
  ] as const) {
    for (const sighting of scan(form, probes)) {
      found.set(sighting.canary.text, { ...sighting, encoding: how + sighting.encoding });
    }
  }
  return [...found.values()];
}

function scan(text: string, probes: ReadonlyMap<string, Sighting>): readonly Sighting[] {
  const found: Sighting[] = [];
  for (let at = 0; at + PROBE <= text.length; at += 1) {
    const sighting = probes.get(text.slice(at, at + PROBE));
    if (sighting !== undefined) found.push(sighting);
  }
  return found;
}

/** Raw, base64 and base64url at each of the three alignments, hex, URL, JSON. Wrapped and reversed is the text they are looked for in. */
function encodingsOf(secret: string): readonly (readonly [string, string])[] {
  const bytes = Buffer.from(secret);
  const aligned = [0, 1, 2].map((offset) => {
    // Bytes before shift the alignment; what they touch is cut off.
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replaceAll("=", "");
    return text.slice(offset === 0 ? 0 : offset + 1);
  });
  return [
    ["raw", secret],
    ...aligned.map((text) => ["base64", text] as const),
    ...aligned.map((text) => ["base64url", text.replaceAll("+", "-").replaceAll("/", "_")] as const),
    ["hex", bytes.toString("hex")],
    ["HEX", bytes.toString("hex").toUpperCase()],
    ["url", encodeURIComponent(secret)],
    ["json", JSON.stringify(secret).slice(1, -1)],
  ];
}
