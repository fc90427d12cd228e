import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { LastgoodError } from "../../src/errors.ts";
import { configOf, faultsOf, refusalOf } from "./faults-of.ts";

function sample(name: string): string {
  return readFileSync(new URL(`../../config/${name}`, import.meta.url), "utf8");
}

const TWO_TARGETS = "targets:\n  - { name: a, paths: [apps/a] }\n";

describe("parseConfig", () => {
  it("reads the commented sample without faults", () => {
    const config = parseConfig("config/lastgood.yaml", sample("lastgood.yaml"), { LASTGOOD_APP_ID: "42" });
    expect(config.forge.auth).toEqual({
      kind: "app",
      id: "42",
      privateKeyFile: "/var/run/secrets/lastgood/github.pem",
    });
    expect(config.targets.map(({ name, policy }) => [name, policy.name])).toEqual([
      ["payments/api", "careful"],
      ["edge/*", "default"],
    ]);
    expect(config.policies.get("careful")?.freeze).toEqual([
      { cron: "0 16 * * FRI", forMs: 64 * 3_600_000, timezone: "Europe/Berlin", mode: "propose" },
    ]);
  });

  it("takes an address as the runbook, also from the policy that is extended, and none with credentials", () => {
    const policies = (runbook: string) =>
      `policies:\n  default: { runbook: "${runbook}" }\n  careful: { extends: default }\n`;
    const { policies: read } = configOf(policies("https://runbooks.example/api"));
    expect(read.get("careful")?.runbook).toBe("https://runbooks.example/api");
    expect(faultsOf(policies("https://bot:pass@runbooks.example")).join()).toContain("policies.default.runbook");
    expect(configOf("").policies.get("default")).not.toHaveProperty("runbook");
  });

  it("fills the smallest file with safe defaults", () => {
    const config = parseConfig("minimal.yaml", sample("minimal.yaml"), {});
    const [target] = config.targets;
    expect(target).toMatchObject({ name: "payments/api", paths: ["apps/payments/api"], health: [] });
    expect(target?.repository).toBeUndefined();
    expect(target?.policy).toMatchObject({
      mode: "propose",
      good: { bakeTimeMs: 600_000, requireAll: true },
      bad: { forMs: 120_000, samples: 3, on: ["Failed"] },
      limits: { suspectAgeMs: 86_400_000, checkpointAgeMs: 14 * 86_400_000, commits: 20, perTarget: 1, total: 10 },
    });
    expect(config.server.dashboard.readOnly).toBe(true);
    expect(config.ledger).toEqual({ ref: "refs/lastgood/ledger" });
  });

  it("shows a fault at its line, with a caret and what was meant", () => {
    const error = refusalOf("apiVersion: lastgood.dev/v1alpha1\nkind: Config\npolicies:\n  default:\n    mode: auto\n");
    expect(error.code).toBe("ConfigInvalid");
    expect(error.exit).toBe(2);
    expect(error.place).toEqual({ file: "lastgood.yaml", line: 5, column: 11 });
    expect(error.hint).toBe(
      [
        'lastgood.yaml:5:11  error  policies.default.mode: "auto" is not one of observe, propose, merge, push',
        "   5 |     mode: auto",
        '     |           ^^^^ did you mean "merge"?',
      ].join("\n"),
    );
  });

  it("reports all faults at once, those of the schema and those of the rules", () => {
    const faults = faultsOf(`repositories: [{ name: git, url: "https://h/x", brnch: main }]
targets:
  - { name: a, paths: [apps] }
  - { name: a, paths: [apps/web], repository: gut }
  - { paths: [x] }
policies: { careful: { extends: defualt, requireReason: yes } }
`);
    expect(faults).toEqual([
      "3:49  error  repositories[0].brnch: unknown key",
      '6:13  error  targets[1].name: "a" is there twice, first in line 5',
      '6:47  error  targets[1].repository: "gut" is not in repositories',
      "7:5  error  targets[2].name: is missing",
      '8:33  error  policies.careful.extends: "defualt" is not in policies',
      '8:57  error  policies.careful.requireReason: "yes" is a text, not true or false',
    ]);
  });

  it("counts the faults and names the first in the message", () => {
    const error = refusalOf("apiVersion: v2\nkind: Config\nfoo: 1\n");
    expect(error.message).toBe('2 faults in lastgood.yaml: apiVersion: "v2" is not lastgood.dev/v1alpha1');
  });

  it.each([
    ["", "ConfigInvalid"],
    ["# nothing\n", "ConfigInvalid"],
    ["- a\n", "ConfigInvalid"],
    ["a: [", "ConfigSyntax"],
    ["a: b: c", "ConfigSyntax"],
    ["\ta: 1", "ConfigSyntax"],
    ["a: 1\n---\nb: 2\n", "ConfigSyntax"],
    ["a: *nowhere", "ConfigSyntax"],
    ["? [a]\n: 1", "ConfigSyntax"],
    ["a: !!js/function x", "ConfigSyntax"],
    ["__proto__: { mode: push }", "ConfigInvalid"],
    ["[".repeat(5000), "ConfigSyntax"],
    ["x".repeat(1_100_000), "ConfigSyntax"],
  ])("refuses what is no configuration, case %#", (text, code) => {
    expect(refusalOf(text).code).toBe(code);
  });

  it("refuses aliases that stand for more than a configuration can hold", () => {
    const bomb = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"];
    for (let i = 1; i < 9; i++)
      bomb.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(",")}]`);
    expect(refusalOf(bomb.join("\n")).code).toBe("ConfigSyntax");
    expect(refusalOf("a: &a { b: *a }").code).toBe("ConfigSyntax");
  });

  it("reads anchors and aliases", () => {
    const config = configOf("repositories:\n  - { name: a, url: &u https://h/x }\n  - { name: b, url: *u }\n");
    expect(config.repositories.map(({ url }) => url)).toEqual(["https://h/x", "https://h/x"]);
  });

  it("never throws anything but a LastgoodError, for any text", () => {
    const yamlish = fc.array(
      fc.constantFrom(
        "targets:",
        "\n",
        "  ",
        "- ",
        "name: ",
        "a",
        "{",
        "}",
        "[",
        "]",
        ": ",
        "&a ",
        "*a",
        "${X}",
        '"',
        "#",
        "!!x ",
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary", maxLength: 60 }),
          yamlish.map((parts) => parts.join("")),
        ),
        (text) => {
          const error = refusalOf(text);
          expect(error).toBeInstanceOf(LastgoodError);
          expect(error.message).not.toMatch(/\p{Cc}/u);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("shares no work unless a Lease is named, and calls it lastgood unless told otherwise", () => {
    const leaseOf = (server: string): unknown => configOf(`${TWO_TARGETS}${server}`).server.lease;
    expect(leaseOf("")).toBeUndefined();
    expect(leaseOf("server: { lease: {} }\n")).toEqual({ name: "lastgood" });
    const whole = { name: "other.one", namespace: "ops", context: "prod" };
    expect(leaseOf(`server: { lease: ${JSON.stringify(whole)} }\n`)).toEqual(whole);
    for (const bad of [
      `{ name: "No_name" }`,
      `{ name: "a..b" }`,
      `{ namespace: "a.b" }`,
      `{ context: "" }`,
      "{ duration: 1s }",
    ]) {
      expect(() => leaseOf(`server: { lease: ${bad} }\n`)).toThrow(expect.objectContaining({ exit: 2 }));
    }
  });

  it("says where each key stands", () => {
    const { places } = configOf(`${TWO_TARGETS}policies:\n  default:\n    good: { bakeTime: 5m }\n`);
    expect(places.get("policies.default.good.bakeTime")).toEqual({ file: "lastgood.yaml", line: 7, column: 13 });
    expect(places.get("targets[0].paths")).toEqual({ file: "lastgood.yaml", line: 4, column: 16 });
  });

  it("finds secret files beside the config", () => {
    const config = parseConfig(
      "/etc/lastgood/config.yaml",
      "apiVersion: lastgood.dev/v1alpha1\nkind: Config\nforge: { auth: { tokenFile: token } }\n",
      {},
    );
    expect(config.forge.auth).toEqual({ kind: "token", tokenFile: "/etc/lastgood/token" });
  });
});

describe("policies", () => {
  it("rest on the file's default, also when they do not say so", () => {
    const { policies } = configOf(
      "policies:\n  default: { mode: observe, limits: { total: 4 } }\n  web: { limits: { perTarget: 2 } }\n",
    );
    expect(policies.get("web")).toMatchObject({
      mode: "observe",
      limits: { total: 4, perTarget: 2, perRepository: 3 },
    });
  });

  it("replace lists and lay sets of keys over each other along extends", () => {
    const { policies } = configOf(`policies:
  strict: { never: { authors: [a], paths: [x] }, good: { bakeTime: 1h } }
  stricter: { extends: strict, never: { authors: [b] } }
`);
    expect(policies.get("stricter")).toMatchObject({
      extends: "strict",
      never: { authors: ["b"], paths: ["x"] },
      good: { bakeTimeMs: 3_600_000 },
    });
  });

  it("are refused when they extend themselves, in a circle, or from default", () => {
    expect(faultsOf("policies:\n  a: { extends: b }\n  b: { extends: a }\n  default: { extends: a }\n")).toEqual([
      '4:17  error  policies.a.extends: "b" leads back to this policy',
      '5:17  error  policies.b.extends: "a" leads back to this policy',
      '6:23  error  policies.default.extends: "a" cannot be extended by default, which all others rest on',
    ]);
  });

  it("are refused when verification would end before it can succeed", () => {
    expect(faultsOf("policies: { default: { verify: { for: 20m } } }\n")).toEqual([
      "3:24  error  policies.default.verify: timeout has to be longer than for",
    ]);
  });
});

describe("evidence", () => {
  it("takes one pattern or a list, fills in the target, and lays the target's own over the policy's", () => {
    const { targets } = configOf(`targets:
  - { name: pay/api, paths: [a], evidence: { trailers: ["Verified-In: prod", "Tested:{target}"] } }
policies: { default: { good: { evidence: { tags: "ok-{target}-*", notes: { match: "*good*" } } } } }
`);
    expect(targets[0]?.evidence).toEqual({
      tags: ["ok-pay/api-*"],
      notes: { ref: "refs/notes/lastgood", match: "*good*" },
      trailers: [
        { key: "Verified-In", value: "prod" },
        { key: "Tested", value: "pay/api" },
      ],
    });
  });

  it.each([
    ['{ tags: "a-{tagret}" }', '"a-{tagret}" has no {tagret} to fill in: {target}'],
    ["{ tags: 5 }", '"5" is a number, not a text or a list'],
    ["{ tags: [a, 5] }", '"5" is a number, not a text'],
    ['{ tags: "" }', '"" is empty'],
    ["{ trailers: Verified }", '"Verified" is not "Key: value", as in a commit message'],
    ["{ notes: { ref: notes, match: x } }", '"notes" is not a full ref such as refs/lastgood/ledger'],
    ["{ notes: { ref: refs/notes/x } }", "is missing"],
  ])("refuses %s", (evidence, message) => {
    expect(faultsOf(`targets: [{ name: a, paths: [a], evidence: ${evidence} }]\n`)[0]).toContain(message);
  });
});
