import { describe, expect, it } from "vitest";
import { faultsOf } from "./faults-of.ts";

function targets(...items: readonly string[]): string {
  return `targets:\n${items.map((item) => `  - { ${item} }\n`).join("")}`;
}

describe("rules about paths", () => {
  it.each([
    ["name: a, paths: [../x]", '"../x" leaves the repository: .. is not allowed'],
    ["name: a, paths: [x/../y]", '"x/../y" leaves the repository: .. is not allowed'],
    ["name: a, paths: [/etc]", '"/etc" is absolute: paths start at the root of the repository'],
    ['name: a, paths: ["C:/x"]', '"C:/x" is absolute: paths start at the root of the repository'],
    ["name: a, paths: [.git/hooks]", '".git/hooks" points into .git'],
    ["name: a, paths: [apps/.GIT]", '"apps/.GIT" points into .git'],
    ["name: a, paths: ['a\\b']", '"a\\b" holds a backslash: write / between folders'],
    ['name: a, paths: ["a\\0"]', '"a\\x00" holds a control character'],
    ['name: a, paths: [""]', '"" is empty: write . for the whole repository'],
    ["name: a, paths: []", "is empty"],
    ['name: a, paths: ["apps/*"]', '"apps/*" is taken literally, not as a pattern'],
    ['name: a, paths: ["apps/{name}"]', `"apps/{name}" holds {name}, but the target's name has no *`],
    ['name: "a/*", paths: ["apps"]', `"apps" needs {name} once: it stands for the * of the target's name`],
    ['name: "a/*", paths: ["{name}/{name}"]', `"{name}/{name}" needs {name} once`],
    ['name: "a/*", paths: ["{nmae}/{name}"]', '"{nmae}/{name}" holds braces; only {name} has a meaning'],
    ['name: "*/*", paths: ["{name}"]', '"*/*" has more than one *'],
    ['name: "a b", paths: [a]', '"a b" is no name for a target'],
    ["name: ../a, paths: [a]", '"../a" is no name for a target'],
    ["name: a//b, paths: [a]", '"a//b" is no name for a target'],
    ["name: a..b, paths: [a]", '"a..b" is no name for a target'],
    ["name: -a, paths: [a]", '"-a" is no name for a target'],
  ])("refuse { %s }", (target, message) => {
    const faults = faultsOf(targets(target));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(message);
  });

  it.each([
    ["the same folder", "name: a, paths: [apps]", "name: b, paths: [./apps/]"],
    ["a folder in a folder", "name: a, paths: [apps]", "name: b, paths: [apps/web/x]"],
    ["the whole repository", "name: a, paths: [.]", "name: b, paths: [apps]"],
    ["a folder of a wildcard", 'name: "e/*", paths: ["e/{name}"]', "name: b, paths: [e/x]"],
    ["a folder above a wildcard", 'name: "e/*", paths: ["e/{name}"]', "name: b, paths: [e]"],
    ["a file in a wildcard's folder", 'name: "e/*", paths: ["e/{name}"]', "name: e/x, paths: [e/x/values.yaml]"],
    ["two wildcards", 'name: "e/*", paths: ["e/{name}"]', 'name: "f/*", paths: ["e/{name}/x"]'],
  ])("refuse an overlap with %s", (_, first, second) => {
    expect(faultsOf(targets(first, second)).filter((fault) => fault.includes("overlaps"))).toHaveLength(1);
  });

  it("name the nearest owner among neighbours that sort between", () => {
    expect(faultsOf(targets("name: a, paths: [apps]", "name: b, paths: [apps-x]", "name: c, paths: [apps/x]"))).toEqual(
      ['6:24  error  targets[2].paths[0]: "apps/x" overlaps "apps" of target a, line 4'],
    );
  });

  it("see an overlap when only one of two names the only repository", () => {
    const repositories = "repositories: [{ name: git, url: https://h/x }]\n";
    const faults = faultsOf(repositories + targets("name: a, paths: [x], repository: git", "name: b, paths: [x]"));
    expect(faults).toEqual(['6:24  error  targets[1].paths[0]: "x" overlaps "x" of target a, line 5']);
  });
});

describe("rules about names", () => {
  it.each([
    ["engines: [{ name: a, type: flux }, { name: a, type: argocd }]", '"a" is there twice, first in line 3'],
    ["engines: [{ name: a, type: fluks }]", '"fluks" is not one of argocd, flux, workloads'],
    ["engines: [{ name: a b, type: flux }]", '"a b" is no name: letters, digits and . _ -'],
    ["policies: { 'a b': {} }", "the name is no name: letters, digits and . _ -"],
    ["targets: [{ name: a, paths: [a], policy: carful }]\npolicies: { careful: {} }", '"carful" is not in policies'],
    ["ledger: { repository: gitops }", '"gitops" is not in repositories'],
    ["ledger: { ref: refs/heads/main }", '"refs/heads/main" may be a branch that is deployed'],
    ["ledger: { ref: 'refs/x/a..b' }", '"refs/x/a..b" holds .., @{ or //'],
    [
      "targets: [{ name: a, paths: [a], health: [{}] }]",
      "needs exactly one of engine, http, prometheus, slo and alerts",
    ],
    [
      "targets: [{ name: a, paths: [a], health: [{ prometheus: { url: http://p, query: up } }] }]",
      "needs below or above: what is healthy",
    ],
    [
      "targets: [{ name: a, paths: [a], health: [{ slo: { url: http://p, query: up, objective: 99 } }] }]",
      "needs {window}",
    ],
    [
      "targets: [{ name: a, paths: [a], health: [{ slo: { url: http://p, query: 'x[{window}]', objective: 100 } }] }]",
      "objective",
    ],
    [
      "targets: [{ name: a, paths: [a], health: [{ http: { url: 'https://x/{name}' } }] }]",
      "holds {name}, but the target's name has no *",
    ],
    [
      "targets: [{ name: 'e/*', paths: ['e/{name}'], health: [{ http: { url: 'https://x.{name}/' } }] }]",
      "has braces in its host",
    ],
    ["targets: [{ name: a, paths: [a], health: [{ http: { url: 'https://u:p@x/' } }] }]", "holds credentials"],
    [
      "targets: [{ name: a, paths: [a], health: [{ http: { url: 'file:///etc/passwd' } }] }]",
      "is neither an https:// nor an http:// URL",
    ],
    [
      "targets: [{ name: a, paths: [a], health: [{ http: { url: 'https://x', interval: 20m } }] }]",
      '"20m" is longer than 10m',
    ],
    [
      "targets: [{ name: a, paths: [a], health: [{ http: { url: 'https://x', allowNetworks: [0.0.0.0/0] } }] }]",
      "allows every address there is",
    ],
    [
      "targets: [{ name: a, paths: [a], health: [{ http: { url: 'https://x', allowNetworks: [shop.svc] } }] }]",
      '"shop.svc" is neither an address nor a network',
    ],
    ["targets: [{ name: a, paths: [a], health: [{ http: { url: 'https://x', expect: { status: 99 } } }] }]", "status"],
    [
      "targets: [{ name: a, paths: [a], health: [{ prometheus: { url: http://p, query: up, below: 1, baseline: { factor: 1 } } }] }]",
      "factor",
    ],
    [
      "targets: [{ name: a, paths: [a], health: [{ alerts: { matchLabels: {} } }] }]",
      "is empty: every alert would match",
    ],
    ["forge: { auth: {} }", "needs exactly one of app and tokenFile"],
    ["policies: { default: { components: { only: [':imgae'] } } }", '":imgae" has no facet of image, env'],
    ["policies: { default: { components: { only: [api] } } }", '"api" names no component'],
    ["notifications: [{ type: slack, urlFile: x, on: [RevertProposd] }]", '"RevertProposd" is not one of'],
    ["notifications: [{ type: teams }]", '"teams" is not one of slack, pagerduty, webhook'],
    ['notifications: [{ type: slack, urlFile: x, template: "{mesage}" }]', "{mesage} is not one of {event}"],
    ["notifications: [{ type: pagerduty, routingKey: x }]", "routingKeyFile"],
    ["notifications: [{ type: slack, url: x }]", "unknown key"],
    ["server: { listen: '8080' }", '"8080" is not HOST:PORT'],
    ["server: { publicUrl: 'javascript:alert(1)' }", "is neither an https:// nor an http:// URL"],
    ["forge: { host: https://github.com }", '"https://github.com" is not a host name'],
  ])("refuse %s", (body, message) => {
    expect(faultsOf(`${body}\n`).join("\n")).toContain(message);
  });

  it("want a repository when there are several", () => {
    const body = `repositories: [{ name: a, url: https://h/a }, { name: b, url: https://h/b }]\n${targets("name: x, paths: [x]")}`;
    expect(faultsOf(body)).toEqual(["5:5  error  targets[0].repository: is missing: choose one of a, b"]);
  });

  it("suggest nothing that follows from another fault", () => {
    const body = `repositories: [{ name: git, url: "ftp://h/x" }]\n${targets("name: x, paths: [x], repository: git")}`;
    expect(faultsOf(body)).toEqual([
      '3:34  error  repositories[0].url: "ftp://h/x" is neither an https:// nor an ssh:// URL',
    ]);
  });
});

describe("rules about numbers and times", () => {
  it.each([
    ["limits: { total: -1 }", '"-1" is less than 0'],
    ["limits: { total: 1.5 }", "is a number, not a whole number"],
    ["limits: { total: .nan }", '".nan" is no finite number'],
    ["limits: { total: .inf }", '".inf" is no finite number'],
    ["limits: { total: 99999999999999999999 }", "is more than"],
    ["limits: { commits: 0 }", '"0" is less than 1'],
    ["limits: { cooldown: 0s }", '"0s" is no time at all'],
    ["limits: { cooldown: 9999d }", '"9999d" is longer than a year'],
    ["good: { bakeTime: 0s }", '"0s" is no time at all'],
    ["good: { bakeTime: 10 }", '"10" is a number, not a text'],
    ["good: { bakeTime: -5m }", '"-5m" is not a duration: write it like 10m, 36h, 7d or 1h30m'],
    ["good: { bakeTime: 10min }", '"10min" is not a duration'],
    ["good: { bakeTime: 30m1h }", '"30m1h" is not a duration'],
    ["bad: { on: [NotFound] }", '"NotFound" is not one of Failed, InProgress: no data is no verdict'],
    ["bad: { on: [] }", "is empty"],
    ["freeze: [{ cron: '0 25 * * *', for: 1h }]", '"0 25 * * *" has no such hour'],
    ["freeze: [{ cron: '@daily', for: 1h }]", '"@daily" is not a schedule of five fields'],
    ["freeze: [{ cron: '0 16 * * FRI', for: 1h, timezone: Mars/Olympus }]", '"Mars/Olympus" is not a time zone'],
    ["mode: yolo", '"yolo" is not one of observe, propose, merge, push'],
  ])("refuse %s", (policy, message) => {
    expect(faultsOf(`policies: { default: { ${policy} } }\n`).join("\n")).toContain(message);
  });
});
