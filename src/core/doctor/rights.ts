/** What lastgood's account in a cluster needs, what it could use, and what it must not have. */
import type { EngineType } from "../engine/engine-state.ts";
import { failed, ok, warning, type Finding } from "./finding.ts";

/** As `kubectl auth can-i VERB RESOURCE.GROUP/SUBRESOURCE -n NAMESPACE` asks. */
export interface Right {
  readonly verb: string;
  /** "": the core group. */
  readonly group: string;
  /** Plural, lower case. */
  readonly resource: string;
  readonly subresource?: string;
  /** Undefined: in all of them. */
  readonly namespace?: string;
  /** Of one object; undefined: of all. */
  readonly name?: string;
}

/** `needed`: without it nothing works; `useful`: reasons and details; `look`: engines are asked to look at once; `excess`: harm. */
export type RightUse = "needed" | "useful" | "look" | "excess";

export interface AskedRight {
  readonly right: Right;
  readonly use: RightUse;
}

export interface RightsWanted {
  readonly types: readonly EngineType[];
  /** Where the engines' own objects are; undefined: everywhere. */
  readonly namespace?: string;
  /** `GROUP/RESOURCE` of kinds that the cluster has not. */
  readonly absent: ReadonlySet<string>;
}

interface Resource {
  readonly group: string;
  readonly resource: string;
}

const of = (group: string, ...resources: readonly string[]): readonly Resource[] =>
  resources.map((resource) => ({ group, resource }));

/** The engines' own objects. */
const OBJECTS: Readonly<Record<EngineType, readonly Resource[]>> = {
  argocd: of("argoproj.io", "applications"),
  flux: [...of("kustomize.toolkit.fluxcd.io", "kustomizations"), ...of("helm.toolkit.fluxcd.io", "helmreleases")],
  workloads: of("apps", "deployments", "statefulsets", "daemonsets"),
};

const BESIDE: Readonly<Record<EngineType, readonly Resource[]>> = {
  argocd: of("argoproj.io", "appprojects", "applicationsets"),
  flux: of(
    "source.toolkit.fluxcd.io",
    "gitrepositories",
    "ocirepositories",
    "buckets",
    "helmrepositories",
    "helmcharts",
  ),
  workloads: [],
};

const WORKLOADS = of("apps", "deployments", "statefulsets", "daemonsets");
const REASONS = [
  ...WORKLOADS,
  ...of("apps", "replicasets"),
  ...of("", "pods"),
  ...of("batch", "jobs", "cronjobs"),
  ...of("autoscaling", "horizontalpodautoscalers"),
];

/** Every right that is worth asking for, each once. */
export function rightsToAsk({ types, namespace, absent }: RightsWanted): readonly AskedRight[] {
  const isThere = ({ group, resource }: Resource): boolean => !absent.has(`${group}/${resource}`);
  const own = types.flatMap((type) => OBJECTS[type]).filter(isThere);
  const beside = types.flatMap((type) => BESIDE[type]).filter(isThere);
  const scope = types.includes("workloads") || namespace === undefined ? {} : { namespace };
  const read = (each: Resource, use: RightUse, at: Pick<Right, "namespace"> = {}): readonly AskedRight[] =>
    ["list", "watch"].map((verb) => ({ right: { verb, ...each, ...at }, use }));
  const engineObjects = own.filter(({ group }) => group !== "apps");
  const asked: readonly AskedRight[] = [
    ...own.flatMap((each) => read(each, "needed", scope)),
    ...beside.flatMap((each) => read(each, "useful", scope)),
    ...REASONS.filter((each) => !own.includes(each)).flatMap((each) => read(each, "useful")),
    { right: { verb: "list", group: "apps", resource: "controllerrevisions" }, use: "useful" },
    { right: { verb: "create", group: "", resource: "events", ...scope }, use: "useful" },
    ...engineObjects.map((each): AskedRight => ({ right: { verb: "patch", ...each, ...scope }, use: "look" })),
    ...WORKLOADS.flatMap((each) =>
      ["patch", "delete"].map((verb): AskedRight => ({ right: { verb, ...each }, use: "excess" })),
    ),
    ...engineObjects.map((each): AskedRight => ({ right: { verb: "delete", ...each, ...scope }, use: "excess" })),
    { right: { verb: "create", group: "", resource: "pods" }, use: "excess" },
    { right: { verb: "create", group: "", resource: "pods", subresource: "exec" }, use: "excess" },
    ...["get", "list"].map((verb): AskedRight => ({ right: { verb, group: "", resource: "secrets" }, use: "excess" })),
  ];
  const seen = new Set<string>();
  return asked.filter(({ right }) => {
    const text = `${right.verb} ${resourceText(right)} ${right.namespace ?? ""}`;
    const isNew = !seen.has(text);
    seen.add(text);
    return isNew;
  });
}

export interface LeasePlace {
  readonly name: string;
  readonly namespace: string;
}

/** What replicas need to share the work by a Lease: config/rbac gives the last two for this one alone. */
export function leaseRights({ name, namespace }: LeasePlace): readonly Right[] {
  const leases = { group: "coordination.k8s.io", resource: "leases", namespace };
  return [
    { verb: "create", ...leases },
    { verb: "get", ...leases, name },
    { verb: "patch", ...leases, name },
  ];
}

/** `allowed`: one answer for each of `leaseRights`. */
export function judgeLease(
  place: LeasePlace,
  allowed: readonly boolean[],
  kubectl: readonly string[],
): readonly Finding[] {
  const { name, namespace } = place;
  const missing = leaseRights(place).filter((_, index) => allowed[index] !== true);
  if (missing.length === 0) return [ok("Lease", `the account may share the work by Lease ${namespace}/${name}`)];
  return [
    failed("Lease", `lastgood's account may not ${rightsText(missing)}`, {
      meaning: "No replica ever comes to hold the Lease: the daemon looks, and never acts.",
      remedy: [
        `config/rbac/leader_election_role.yaml grants it, in the namespace ${namespace} and for a Lease of the name lastgood`,
        `${[...kubectl, "auth", "can-i", missing[0]?.verb ?? "get", `leases.coordination.k8s.io/${name}`, "-n", namespace].join(" ")}    asks again`,
      ],
    }),
  ];
}

/** `allowed`: one answer for each, in order. `kubectl`: the command with the context, for remedies. */
export function judgeRights(
  asked: readonly AskedRight[],
  allowed: readonly boolean[],
  kubectl: readonly string[],
): readonly Finding[] {
  const given = (use: RightUse, yes: boolean): readonly Right[] =>
    asked.flatMap((each, index) => (each.use === use && (allowed[index] === true) === yes ? [each.right] : []));
  const findings: Finding[] = [];
  const needed = given("needed", false);
  const grant = "config/rbac lists all that lastgood needs: kubectl apply -k config/rbac";
  if (needed.length > 0) {
    findings.push(
      failed("Rights", `lastgood's account may not ${rightsText(needed)}`, {
        meaning: "Nothing of the engine is seen: no health, no revision that runs, no delivery.",
        remedy: [grant, `${[...kubectl, "auth", "whoami"].join(" ")}    says whose rights these are`],
      }),
    );
  }
  const useful = given("useful", false);
  if (useful.length > 0) {
    findings.push(
      warning("RightsMissing", `lastgood's account may not ${rightsText(useful)}`, {
        meaning:
          "It is seen that something is ill, but not all of why, nor whether an image of the past can still be pulled; replicas of an autoscaler may be put back.",
        remedy: [grant],
      }),
    );
  }
  const excess = given("excess", true);
  if (excess.length > 0) {
    findings.push(
      warning("RightsExcess", `the account may also ${rightsText(excess)}`, {
        meaning:
          "lastgood does none of that, but whoever gets hold of its token may. A person's own account is no account for the daemon.",
        remedy: ["Give the daemon a service account of its own: config/rbac"],
      }),
    );
  }
  if (needed.length === 0 && useful.length === 0)
    findings.push(ok("Rights", "the account may read all that is needed"));
  const look = given("look", false);
  if (look.length > 0 && needed.length === 0) {
    findings.push(ok("LookNow", "engines are not asked to look at once: a revert arrives with their next poll"));
  }
  return findings;
}

function rightsText(rights: readonly Right[]): string {
  const byVerb = new Map<string, string[]>();
  for (const right of rights) {
    const where = right.namespace === undefined ? "" : ` in ${right.namespace}`;
    const text = `${resourceText(right)}${where}`;
    byVerb.set(text, [...(byVerb.get(text) ?? []), right.verb]);
  }
  const grouped = new Map<string, string[]>();
  for (const [what, verbs] of byVerb) {
    const key = verbs.join("/");
    grouped.set(key, [...(grouped.get(key) ?? []), what]);
  }
  return [...grouped].map(([verbs, what]) => `${verbs} ${what.join(", ")}`).join("; ");
}

function resourceText({ group, resource, subresource, name }: Right): string {
  const kind = `${resource}${group === "" ? "" : `.${group}`}${subresource === undefined ? "" : `/${subresource}`}`;
  return name === undefined ? kind : `${kind} "${name}"`;
}
