/** Safety catalogue, H53-H69: what manifests mean to Kubernetes and its engines. */
import { describe, expect, it } from "vitest";
import { gitdir } from "../support/gitdir.ts";
import {
  CANARY,
  configMap,
  DEPLOYMENT,
  deployment,
  entryAt,
  expectDone,
  expectRefused,
  ODD,
  reads,
  revertTo,
  run,
  twoCommits,
} from "./hostile.ts";

const SANE = configMap('  a: "0"\n');

describe("an object without an identity", () => {
  it.each([
    ["H53", "no apiVersion among objects", `kind: ConfigMap\nmetadata:\n  name: c\n---\n${SANE}`, "ManifestShape"],
    ["H53", "no name", "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n", "Manifest"],
    ["H53", "kind: 5", "apiVersion: v1\nkind: 5\nmetadata:\n  name: c\n", "ManifestShape"],
    ["H53", "metadata: []", "apiVersion: v1\nkind: ConfigMap\nmetadata: []\n", "Manifest"],
    ["H53", "a name of 300 characters", configMap("  a: b\n", "x".repeat(300)), "ManifestShape"],
    ["H53", "a name with a line end", configMap("  a: b\n", '"a\\nb"'), "ManifestShape"],
    [
      "H54",
      "only generateName",
      "apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: c-\n",
      "ManifestIdentity",
    ],
    ["H59", "a Secret encrypted by SOPS", sops("1"), "ManifestEncrypted"],
    ["H59", "a SealedSecret", sealed("1"), "ManifestEncrypted"],
    [
      "H60",
      "a Helm template",
      "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n",
      "ManifestTemplate",
    ],
  ])("%s %s goes back whole, with its place", async (_row, _what, content, code) => {
    const repo = twoCommits({ [ODD]: [content, SANE] });
    const told = await reads(repo, "plan", "./app", "--to", "main~1");
    expectDone(told);
    expect(told.stdout).toMatch(new RegExp(`${ODD} goes back whole: .* \\(${code}\\w* at ${ODD}`));
    const commit = await revertTo(repo, "main~1");
    expect(entryAt(repo, commit, ODD)).toBe(entryAt(repo, "main~1", ODD));
  });
});

describe("lists and doubles", () => {
  const list = (a: string, b: string): string =>
    `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n  data: {x: "${a}"}\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: b}\n  data: {x: "${b}"}\n`;

  it("H55 takes a List whole, and refuses a part of it", async () => {
    const repo = twoCommits({ [ODD]: [list("1", "1"), list("2", "2")] });
    await expectRefused(repo, ["plan", "./app", "--to", "main~1", "--only", "ConfigMap/a"], {
      exit: 1,
      code: "EditList",
      says: `${ODD}:4:`,
    });
    const commit = await revertTo(repo, "main~1", "--only", `./${ODD}`);
    expect(repo.text(ODD, commit)).toBe(list("1", "1"));
  });

  it("H55 reads a List of 1,000 items", async () => {
    const many = (n: number): string =>
      `apiVersion: v1\nkind: ConfigMapList\nitems:\n${Array.from({ length: 1000 }, (_, i) => `- metadata: {name: c${i}}\n  data: {x: "${i === 500 ? n : 0}"}\n`).join("")}`;
    const repo = twoCommits({ [ODD]: [many(1), many(2)] });
    expect((await reads(repo, "plan", "./app", "--to", "main~1")).stdout).toContain("ConfigMap/c500");
  });

  it("H56 names both places of an object that stands twice in a file", async () => {
    const repo = twoCommits({ [ODD]: [SANE, `${configMap("  a: 1\n")}---\n${configMap("  a: 2\n")}`] });
    const told = await reads(repo, "plan", "./app", "--to", "main~1");
    expect(told.stdout).toMatch(/stands twice, at app\/odd\.yaml:1:1 and at app\/odd\.yaml:8:1 \(ManifestDuplicate at/);
  });

  it("H57 plans cluster-scoped objects and kinds nobody knows", async () => {
    const odd = (n: number): string =>
      `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\nrules: [{verbs: ["v${n}"]}]\n---\napiVersion: x.example/v1\nkind: Thing\nmetadata: {name: t}\nspec: {deep: {er: ${n}}}\n`;
    const repo = twoCommits({ [ODD]: [odd(1), odd(2)] });
    const told = await reads(repo, "plan", "./app", "--to", "main~1", "--only", "Thing.x.example/t");
    expect(told.stdout).toContain("spec.deep.er");
    const commit = await revertTo(repo, "main~1", "--only", "Thing/t");
    expect(repo.text(ODD, commit)).toBe(odd(2).replace("er: 2", "er: 1"));
  });
});

describe("secrets", () => {
  const secret = (value: string): string =>
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '{"data":{"p":"${value}"}}'\nstringData:\n  p: ${value}\ndata:\n  q: ${Buffer.from(value).toString("base64")}\n  r: null\n`;
  const env = (value: string): string =>
    deployment("1.0").replace(
      "# keep me",
      `\n          env:\n            - name: DB_PASSWORD\n              value: ${value}\n            - name: URL\n              value: https://u:${value}@h/\n          args: ["--token", "${value}", "--api-key=${value}"]`,
    );
  const texts: readonly (readonly [what: string, text: (value: string) => string])[] = [
    ["a Secret", secret],
    ["environment, arguments, URLs", env],
    [
      "a ConfigMap",
      (value) =>
        configMap(
          `  db.password: ${value}\n  app.properties: |\n    password=${value}\n    url=https://u:${value}@h\n`,
        ),
    ],
    ["a values file", (value) => `replicaCount: 1\nauth:\n  password: ${value}\n`],
    ["a broken Secret", (value) => secret(value).replace("data:", "\tdata:")],
    ["a templated Secret", (value) => secret(value).replace("name: s", "name: {{ .x }}")],
  ];

  it.each(texts)("H58 prints nothing of %s", async (_what, text) => {
    const path = text === env ? DEPLOYMENT : text("").startsWith("replicaCount") ? "app/values.yaml" : ODD;
    const repo = twoCommits({ [path]: [text(`${CANARY}1`), text(`${CANARY}2`)] });
    for (const show of ["fields", "diff", "patch", "pr"]) {
      expect((await reads(repo, "plan", "./app", "--to", "main~1", "--show", show)).exit).toBe(0);
    }
    for (const format of ["json", "yaml"]) await reads(repo, "plan", "./app", "--to", "main~1", "-o", format);
    await reads(repo, "history", "./app");
    const commit = await revertTo(repo, "main~1");
    expect(repo.git(["log", "-1", "--format=%B", commit])).not.toContain(CANARY);
    expect(repo.text(path, commit)).toBe(text(`${CANARY}1`));
  });

  it.each([
    ["added", undefined, secret(CANARY)],
    ["removed", secret(CANARY), undefined],
  ])("H58 prints nothing of a Secret that was %s", async (_what, good, bad) => {
    const repo = twoCommits({ [ODD]: [good, bad] });
    for (const show of ["fields", "diff", "patch", "pr"]) {
      expect((await reads(repo, "plan", "./app", "--to", "main~1", "--show", show)).exit).toBe(0);
    }
    await reads(repo, "plan", "./app", "--to", "main~1", "-o", "json");
  });

  it("H59 refuses a part of an encrypted file", async () => {
    const repo = twoCommits({ [ODD]: [sops("1"), sops("2")] });
    const done = await reads(repo, "plan", "./app", "--to", "main~1", "--only", "Secret/s");
    expect(done.exit).toBe(2);
    const commit = await revertTo(repo, "main~1", "--only", `./${ODD}`);
    expect(repo.text(ODD, commit)).toBe(sops("1"));
  });
});

describe("what a revert may do", () => {
  it("H60 follows bases inside the repository and nothing outside", async () => {
    const kustomization = "resources:\n- ../base\n- ../../../etc\n- https://github.com/acme/x//y\n- /etc/passwd\n";
    const repo = gitdir([
      {
        files: {
          "apps/app/kustomization.yaml": kustomization,
          "apps/base/kustomization.yaml": "resources: [d.yaml]\n",
          "apps/base/d.yaml": deployment("1.0"),
        },
      },
      { files: { "apps/base/d.yaml": deployment("2.0") } },
    ]);
    const told = await reads(repo, "plan", "./apps/app", "--to", "main~1");
    expectDone(told);
    expect(told.stdout).toContain("acme/api:2.0 -> acme/api:1.0");
    expect(told.stdout).toContain("outside of the target's folder");
    expect(told.stderr).toContain("note: ");
    expect(told.stdout).not.toContain("root:");
  });

  it("H61 puts containers, env and ports back by name", async () => {
    const pod = (containers: string): string =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n${containers}`;
    const good = pod(
      "  - name: a\n    image: a:1\n    env:\n    - {name: X, value: '1'}\n    - {name: Y, value: '2'}\n  - name: b\n    image: b:1\n",
    );
    const bad = pod(
      "  - name: new\n    image: n:1\n  - name: b\n    image: b:1\n  - name: a\n    image: a:2\n    env:\n    - {name: Y, value: '3'}\n",
    );
    const repo = twoCommits({ [ODD]: [good, bad] });
    const commit = await revertTo(repo, "main~1", "--only", "Pod/p:image");
    expect(repo.text(ODD, commit)).toContain("image: a:1");
    expect(repo.text(ODD, commit)).toContain("value: '3'");
    const whole = await revertTo(repo, "main~1", "--only", "Pod/p", "--branch", "whole");
    expect(repo.text(ODD, whole)).toBe(good);
  });

  it("H62 writes RFC 6901 pointers for keys with / and ~", async () => {
    const repo = twoCommits({
      [ODD]: [configMap('  "a/b~c": "1"\n  k: "1"\n'), configMap('  "a/b~c": "2"\n  k: "2"\n')],
    });
    const told = await reads(repo, "plan", "./app", "--to", "main~1", "-o", "json");
    expect(JSON.stringify(JSON.parse(told.stdout).status.patches)).toContain("/data/a~1b~0c");
    const commit = await revertTo(repo, "main~1", "--only", "ConfigMap/settings");
    expect(repo.text(ODD, commit)).toContain('"a/b~c": "1"');
  });

  it("H63 keeps replicas that an autoscaler owns", async () => {
    const hpa =
      "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: api}\nspec:\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}\n";
    const repo = twoCommits({
      [ODD]: [hpa, hpa],
      [DEPLOYMENT]: [deployment("1.0"), deployment("2.0").replace("replicas: 2", "replicas: 9")],
    });
    expect((await reads(repo, "plan", "./app", "--to", "main~1")).stdout).toContain("owned by HPA/api");
    const commit = await revertTo(repo, "main~1");
    expect(repo.text(DEPLOYMENT, commit)).toBe(deployment("1.0").replace("replicas: 2", "replicas: 9"));
  });

  it.each([
    [
      "H64",
      "a claim template",
      "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: s}\nspec: {serviceName: A}\n",
    ],
    [
      "H64",
      "a PersistentVolumeClaim",
      "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: s}\nspec: {storage: A}\n",
    ],
    [
      "H64",
      "a CustomResourceDefinition",
      "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: s}\nspec: {group: A}\n",
    ],
    ["H65", "a Job", "apiVersion: batch/v1\nkind: Job\nmetadata: {name: s}\nspec: {template: A}\n"],
    [
      "H65",
      "an annotation",
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s, annotations: {lastgood.dev/irreversible: "because\\e[31m"}}\ndata: {a: A}\n',
    ],
  ])("%s names the risk of %s", async (_row, _what, text) => {
    const repo = twoCommits({ [ODD]: [text.replace("A}", "B}"), text] });
    const told = await reads(repo, "plan", "./app", "--to", "main~1", "-o", "json");
    expect(JSON.parse(told.stdout).status.risks).toContainEqual(
      expect.objectContaining({ code: "Irreversible", blocks: true }),
    );
  });

  it("H65 names a trailer that says so", async () => {
    const repo = gitdir([
      { files: { [DEPLOYMENT]: deployment("1.0") } },
      { files: { [DEPLOYMENT]: deployment("2.0") }, message: "bump\n\nLastgood-Irreversible: drops a table" },
    ]);
    expect((await reads(repo, "plan", "./app", "--to", "main~1")).stdout).toContain("drops a table");
  });

  it("H66 brings back what was removed, and removes what was added", async () => {
    const repo = twoCommits({
      "app/gone.yaml": [configMap("  a: 1\n", "gone"), undefined],
      "app/new.yaml": [undefined, configMap("  a: 1\n", "new")],
    });
    const told = await reads(repo, "plan", "./app", "--to", "main~1");
    expect(told.stdout).toMatch(/\+ ConfigMap\/gone .*comes back/);
    expect(told.stdout).toMatch(/- ConfigMap\/new .*removed/);
    const commit = await revertTo(repo, "main~1");
    expect(repo.git(["rev-parse", `${commit}^{tree}`])).toBe(repo.git(["rev-parse", "main~1^{tree}"]));
  });

  it("H67 holds where the target was not there yet", async () => {
    const repo = gitdir([{ files: { "x/y": "z" } }, { files: { [DEPLOYMENT]: deployment("1.0") } }]);
    const done = await reads(repo, "plan", "./app", "--to", "main~1");
    expect(done.exit).toBe(3);
    expect(done.stderr).toContain("TargetGone");
  });

  it("H68 changes only the ranges of what was selected in a shared file", async () => {
    const two = (a: string, b: string): string => `${deployment(a)}---\n# of another team\n${deployment(b, "web")}`;
    const repo = twoCommits({ [DEPLOYMENT]: [two("1.0", "5.0"), two("2.0", "6.0")] });
    const commit = await revertTo(repo, "main~1", "--only", "Deployment/api");
    expect(repo.text(DEPLOYMENT, commit)).toBe(two("1.0", "6.0"));
  });

  it("H80 has nothing to do where nothing differs", async () => {
    const repo = gitdir([
      { files: { [DEPLOYMENT]: deployment("1.0") } },
      { files: { [DEPLOYMENT]: deployment("2.0") } },
      { files: { [DEPLOYMENT]: deployment("1.0") } },
    ]);
    const done = await run(repo, ["revert", "./app", "--to", "main~2", "--mode", "branch", "-y"]);
    expect(done.exit).toBe(0);
    expect(done.stderr).toContain("Nothing to do");
  });
});

function sops(value: string): string {
  return `apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  p: ENC[AES256_GCM,data:${value}aaa=,iv:aa,tag:aa,type:str]\nsops:\n  mac: ENC[AES256_GCM,data:b${value},iv:aa,tag:aa,type:str]\n  version: 3.8.1\n`;
}

function sealed(value: string): string {
  return `apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: s\nspec:\n  encryptedData:\n    p: AgBy${value}==\n`;
}
