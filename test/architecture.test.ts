import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const SRC = fileURLToPath(new URL("../src", import.meta.url));

/** Layer → what it may import besides itself, errors.ts and linked-abort.ts. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ports: ["core"],
  app: ["core", "ports"],
  adapters: ["core", "ports"],
  config: ["core/model"],
  standins: [],
  faces: ["core", "ports", "app", "config"],
};

/** Single files that may import other layers than theirs does. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  "faces/compose.ts": ["core", "ports", "app", "config", "adapters", "faces"],
  "faces/compose-forge.ts": ["core", "ports", "app", "config", "adapters", "faces"],
  "faces/compose-git-ledger.ts": ["core", "ports", "app", "config", "adapters", "faces"],
  "faces/compose-parts.ts": ["core", "ports", "app", "config", "adapters", "faces"],
  "faces/compose-remote.ts": ["core", "ports", "app", "config", "adapters", "faces"],
  "faces/compose-ledger.ts": ["core", "ports", "app", "config", "adapters", "faces"],
  "faces/compose-daemon.ts": ["core", "ports", "app", "config", "adapters", "faces"],
  "faces/compose-doctor.ts": ["core", "ports", "app", "config", "adapters", "faces"],
  "faces/compose-engines.ts": ["core", "ports", "app", "config", "adapters", "faces"],
  "faces/demo/play.ts": ["core", "ports", "app", "config", "faces", "standins"],
  "main.ts": ["faces"],
  "thread.ts": ["faces"],
  "errors.ts": [],
  "linked-abort.ts": [],
};

/** core, from the ground up: nothing imports a higher one. */
const STATIONS = [
  "model",
  "notification",
  "redact",
  "target",
  "manifest",
  "patch",
  "edit",
  "kstatus",
  "engine",
  "inventory",
  "seen-images",
  "health",
  "hints",
  "signal",
  "moves",
  "undo",
  "quarantine",
  "decision",
  "verification",
  "figures",
  "job",
  "drill",
  "record",
  "audit",
  "content",
  "text-diff",
  "selection",
  "evidence",
  "checkpoint",
  "checkpoint-observed",
  "discovery",
  "strategy",
  "plan",
  "summary",
  "change",
  "replay",
  "doctor",
  "lease",
];

interface Edge {
  readonly from: string;
  readonly to: string;
}

function readEdges(): readonly Edge[] {
  const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return files.flatMap((file) => {
    const text = readFileSync(join(SRC, file), "utf8");
    const specifiers = [...text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*"(\.[^"]+)"/g)].map(
      (match) => match[1] ?? "",
    );
    return specifiers.map((specifier) => ({
      from: file,
      to: relative(SRC, resolve(SRC, dirname(file), specifier)),
    }));
  });
}

function mayImport({ from, to }: Edge): boolean {
  if (to === "errors.ts" || to === "linked-abort.ts") return true;
  const layer = from.split("/")[0] ?? "";
  const allowed = [...(EXCEPTIONS[from] ?? ARROWS[layer] ?? []), layer];
  return allowed.some((prefix) => to === prefix || to.startsWith(`${prefix}/`));
}

function stationOf(path: string): string {
  return (path.split("/")[1] ?? "").replace(/\.ts$/, "");
}

describe("the architecture", () => {
  const edges = readEdges();

  it("finds the imports it is about", () => {
    expect(edges.length).toBeGreaterThan(100);
    expect(edges).toContainEqual({ from: "app/run-revert.ts", to: "core/model/hold.ts" });
  });

  it("lets data go one way: core ← ports ← app, adapters ← faces", () => {
    expect(edges.filter((edge) => !mayImport(edge))).toEqual([]);
  });

  it("never lets a station import a later one", () => {
    const later = edges
      .filter(({ from, to }) => from.startsWith("core/") && to.startsWith("core/"))
      .filter(({ from, to }) => STATIONS.indexOf(stationOf(to)) > STATIONS.indexOf(stationOf(from)));
    expect(later).toEqual([]);
  });

  it("knows the rank of everything in core and the row of every layer", () => {
    const inCore = readdirSync(join(SRC, "core")).map((name) => name.replace(/\.ts$/, ""));
    expect(inCore.filter((name) => !STATIONS.includes(name))).toEqual([]);
    const layers = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(layers.map(({ name }) => name).filter((name) => !(name in ARROWS))).toEqual([]);
  });
});
