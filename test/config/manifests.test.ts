import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { parseConfig } from "../../src/config/load.ts";
import { createMetrics } from "../../src/faces/daemon/metrics.ts";
import { LASTGOOD_RULES, LEASE_RULES, LOOK_RULES } from "../support/kubernetes/lastgood-rules.ts";

const CONFIG = fileURLToPath(new URL("../../config/", import.meta.url));
const FOLDERS = ["default", "rbac", "manager", "look-now", "prometheus"];

interface Kustomization {
  readonly namespace?: string;
  readonly resources?: readonly string[];
}

interface Container {
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly [field: string]: unknown;
}

/** All objects that a kustomization brings, through the folders that it names. */
function objectsOf(folder: string): readonly Manifest[] {
  const { resources = [] } = parse(readFileSync(join(CONFIG, folder, "kustomization.yaml"), "utf8")) as Kustomization;
  return resources.flatMap((name) => {
    const path = join(folder, name);
    if (statSync(join(CONFIG, path)).isDirectory()) return objectsOf(path);
    return parseAllDocuments(readFileSync(join(CONFIG, path), "utf8")).map((document) => document.toJS() as Manifest);
  });
}

function the(kind: string, objects = objectsOf("default")): Manifest {
  const found = objects.filter((object) => object.kind === kind);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} of kind ${kind}`);
  return found[0];
}

describe("the manifests", () => {
  it.each(FOLDERS)("in %s are all named by their kustomization, and are there", (folder) => {
    const files = readdirSync(join(CONFIG, folder)).filter((name) => name.endsWith(".yaml"));
    const named = readFileSync(join(CONFIG, folder, "kustomization.yaml"), "utf8");
    expect(files.filter((name) => name !== "kustomization.yaml" && !named.includes(name))).toEqual([]);
    expect(objectsOf(folder).length).toBeGreaterThan(0);
  });

  it("bind what they name", () => {
    const objects = objectsOf("default");
    const names = new Set(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
    for (const object of [...objects, ...objectsOf("look-now")].filter(({ kind }) => kind.endsWith("Binding"))) {
      const { roleRef, subjects } = object as unknown as {
        readonly roleRef: { readonly kind: string; readonly name: string };
        readonly subjects: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[];
      };
      const roles = new Set([
        ...names,
        ...objectsOf("look-now").map(({ kind, metadata }) => `${kind}/${metadata.name}`),
      ]);
      expect(roles).toContain(`${roleRef.kind}/${roleRef.name}`);
      expect(subjects).toEqual([{ kind: "ServiceAccount", name: "lastgood", namespace: "lastgood-system" }]);
    }
    expect(names).toContain("ServiceAccount/lastgood");
  });

  it("let lastgood write nothing but Events, read no Secret, and do nothing to everything", () => {
    const writes = LASTGOOD_RULES.filter(({ verbs }) => verbs.some((verb) => !["get", "list", "watch"].includes(verb)));
    expect(writes).toEqual([{ apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] }]);
    const all = [...LASTGOOD_RULES, ...LOOK_RULES];
    expect(all.flatMap(({ resources }) => resources)).not.toContain("secrets");
    expect(all.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs])).not.toContain("*");
    expect(LOOK_RULES.flatMap(({ verbs }) => verbs)).toEqual(LOOK_RULES.map(() => "patch"));
  });

  it("run it as nobody, who owns nothing and may do nothing", () => {
    const { spec } = the("Deployment") as unknown as {
      readonly spec: {
        readonly template: { readonly spec: Record<string, unknown> & { readonly containers: readonly object[] } };
      };
    };
    expect(spec.template.spec).toMatchObject({
      securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: "RuntimeDefault" } },
    });
    expect(spec.template.spec.containers).toHaveLength(1);
    expect(spec.template.spec.containers[0]).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
    });
  });

  it("start it with a configuration that is sound and only observes", () => {
    const text = readFileSync(join(CONFIG, "manager/lastgood.yaml"), "utf8");
    const config = parseConfig("lastgood.yaml", text, { LASTGOOD_APP_ID: "1" });
    expect([...config.policies.values()].map(({ mode }) => mode)).toEqual(["observe"]);
  });

  it("listen on all of the pod's addresses, at the ports that the pod names", () => {
    const { server } = parse(readFileSync(join(CONFIG, "manager/lastgood.yaml"), "utf8")) as {
      readonly server: { readonly listen: string; readonly metrics: string; readonly probes: string };
    };
    const { spec } = the("Deployment") as unknown as {
      readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
    };
    const ports = spec.template.spec.containers.flatMap((container) => container.ports);
    const wanted = { http: server.listen, metrics: server.metrics, probes: server.probes };
    for (const { name, containerPort } of ports)
      expect(wanted[name as keyof typeof wanted]).toBe(`0.0.0.0:${containerPort}`);
    expect(ports).toHaveLength(3);
  });

  it("share the work among replicas by the one Lease that they may write", () => {
    const text = readFileSync(join(CONFIG, "manager/lastgood.yaml"), "utf8");
    const { lease } = parseConfig("lastgood.yaml", text, { LASTGOOD_APP_ID: "1" }).server;
    const { spec } = the("Deployment") as unknown as { readonly spec: { readonly replicas: number } };
    expect([lease, spec.replicas]).toEqual([{ name: "lastgood" }, 2]);
    const leases = { apiGroups: ["coordination.k8s.io"], resources: ["leases"] };
    expect(LEASE_RULES).toEqual([
      { ...leases, verbs: ["create"] },
      { ...leases, resourceNames: [lease?.name], verbs: ["get", "patch"] },
    ]);
  });

  it("alert on metrics that there are", async () => {
    const text = readFileSync(join(CONFIG, "prometheus/rules.yaml"), "utf8");
    const told = await createMetrics("1").text();
    const names = [...new Set([...text.matchAll(/lastgood_[a-z_]+/g)].map(([name]) => name))];
    expect(names.filter((name) => !told.includes(`# TYPE ${name} `))).toEqual([]);
    const alerts = [...text.matchAll(/alert: (\w+)/g)].map(([, name]) => name);
    expect(alerts).toEqual([
      "LastgoodDown",
      "LastgoodStillUnhealthy",
      "LastgoodAwaitingReview",
      "LastgoodNoCheckpoint",
      "LastgoodQuarantineViolated",
      "LastgoodRateLimitLow",
    ]);
  });
});
