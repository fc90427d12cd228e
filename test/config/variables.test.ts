import { describe, expect, it } from "vitest";
import { substituteVariables } from "../../src/config/variables.ts";
import { configOf, faultsOf, refusalOf } from "./faults-of.ts";

describe("substituteVariables", () => {
  it.each([
    ["plain", {}, "plain"],
    ["${A}", { A: "x" }, "x"],
    ["a${A}b${A}c", { A: "x" }, "axbxc"],
    ["${A}", { A: "" }, ""],
    ["${A:-d}", {}, "d"],
    ["${A:-d}", { A: "" }, "d"],
    ["${A:-d}", { A: "x" }, "x"],
    ["${A:-}", {}, ""],
    ["${A:-a:-b}", {}, "a:-b"],
    ["$${A}", { A: "x" }, "${A}"],
    ["$$$${A}", { A: "x" }, "$${A}"],
    ["$A 5$ $(id)", { A: "x" }, "$A 5$ $(id)"],
    ["${A}", { A: "${B}", B: "no" }, "${B}"],
    ["${A}", { A: "$& $1" }, "$& $1"],
  ])("fills %j with %j to %j", (text, env, filled) => {
    expect(substituteVariables(text, env)).toMatchObject({ text: filled, faults: [] });
  });

  it.each(["${A}", "${", "${A", "${1}", "${A-b}", "${}", "${toString}"])("refuses %j", (text) => {
    expect(substituteVariables(text, {}).faults).toHaveLength(1);
  });
});

describe("variables in a config", () => {
  it("are faults with a code of their own when unset, at the variable", () => {
    const error = refusalOf('apiVersion: lastgood.dev/v1alpha1\nkind: Config\nforge: { host: "git.${ZONE}.${TLD}" }\n');
    expect(error.code).toBe("ConfigVariable");
    expect(error.hint).toContain("lastgood.yaml:3:21  error  forge.host: variable ZONE is not set");
    expect(error.hint).toContain("lastgood.yaml:3:29  error  forge.host: variable TLD is not set");
  });

  it("become numbers and booleans without quotes, as if they had been typed", () => {
    const config = configOf("policies:\n  default:\n    limits:\n      total: ${N}\n    requireReason: ${R}\n", {
      N: "7",
      R: "true",
    });
    expect(config.policies.get("default")).toMatchObject({ limits: { total: 7 }, requireReason: true });
  });

  it("are never read as YAML", () => {
    const config = configOf("policies: { default: { never: { authors: [$X] } } }\n".replace("$X", '"${X}"'), {
      X: "a], mode: push #",
    });
    expect(config.policies.get("default")).toMatchObject({ mode: "propose", never: { authors: ["a], mode: push #"] } });
  });

  it("are not filled in keys", () => {
    expect(faultsOf('"${A}": 1\n', { A: "forge" })).toEqual(['3:1  error  ["${A}"]: unknown key']);
  });

  it("never show what they hold when the value is refused", () => {
    const error = refusalOf(
      'apiVersion: lastgood.dev/v1alpha1\nkind: Config\nrepositories: [{ name: a, url: "${URL}" }]\nforge: { host: "${URL}" }\n',
      { URL: "https://bob:hunter2@h/x" },
    );
    expect(`${error.message}\n${error.hint}`).not.toContain("hunter2");
    expect(error.hint).toContain('repositories[0].url: "${URL}" holds credentials');
  });
});

describe("the environment over the file", () => {
  const FILE = "forge: { host: a.example }\npolicies: { careful: { mode: push } }\n";

  it("gives any single value", () => {
    const config = configOf(FILE, {
      LASTGOOD_FORGE_HOST: "ghe.example",
      LASTGOOD_POLICIES_CAREFUL_MODE: "observe",
      LASTGOOD_POLICIES_DEFAULT_GOOD_BAKE_TIME: "1h",
      LASTGOOD_POLICIES_DEFAULT_LIMITS_TOTAL: "0",
      LASTGOOD_SERVER_DASHBOARD_READ_ONLY: "false",
      LASTGOOD_LEDGER_REF: "",
      LASTGOOD_APP_ID: "no key of ours",
    });
    expect(config.forge.host).toBe("ghe.example");
    expect(config.policies.get("careful")?.mode).toBe("observe");
    expect(config.policies.get("default")).toMatchObject({ good: { bakeTimeMs: 3_600_000 }, limits: { total: 0 } });
    expect(config.server.dashboard.readOnly).toBe(false);
    expect(config.ledger.ref).toBe("refs/lastgood/ledger");
  });

  it("is checked like the file, and named instead of a line, without its value", () => {
    const error = refusalOf(`apiVersion: lastgood.dev/v1alpha1\nkind: Config\n${FILE}`, {
      LASTGOOD_FORGE_HOST: "https://s3cr3t",
    });
    expect(error.place).toEqual({ file: "lastgood.yaml" });
    expect(error.hint).toBe(
      "environment  error  forge.host (from $LASTGOOD_FORGE_HOST): is not a host name: write it without https:// and path",
    );
  });
});
