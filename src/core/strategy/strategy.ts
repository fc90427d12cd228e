/** How a target brings a new version to its users, read from its manifests; and so what its revert does, and how fast. */
import { podTemplatePath } from "../manifest/workload.ts";
import { type Component, componentName } from "../model/component.ts";
import { isObject, type JsonObject, listAt, stringAt, valueAt } from "../model/json.ts";
import { destinationOf, isCarrier, mayMeet, type ObjectComponent, splitOf, typeOf } from "./traffic.ts";

/** `recreate`: down in between. `unknown`: no workload of it is in git. */
export type StrategyKind = "blue/green" | "canary" | "rolling" | "recreate" | "unknown";

export interface Strategy {
  readonly kind: StrategyKind;
  /** Who moves the traffic; missing: git does, or nobody has to. */
  readonly controller?: "Argo Rollouts" | "Flagger";
  /** Carriers that are git's to change, by their names: `Service/api`. Empty where a controller owns them. */
  readonly carriers: readonly string[];
  /** What to expect of a revert, in one sentence without its full stop. */
  readonly message: string;
}

export interface StrategyFacts {
  /** Of the target, unchanged: they tell where traffic goes. */
  readonly around?: readonly Component[];
  /** Names of carriers by which the revert moves traffic; missing: by all. */
  readonly moving?: readonly string[];
}

/** The strategy of a target. `components`: its present manifests, at least those that a revert touches. */
export function findStrategy(components: readonly Component[], { around = [], moving }: StrategyFacts = {}): Strategy {
  const own = components.filter(isObjectComponent);
  const all = [...own, ...around.filter(isObjectComponent)];
  return (
    findRollout(own) ??
    findFlagger(own, all) ??
    findSwitch(all, moving) ??
    findSplit(all, moving) ??
    findReplacement(own) ?? { kind: "unknown", carriers: [], message: "what runs its pods is not in git" }
  );
}

function isObjectComponent(component: Component): component is ObjectComponent {
  return component.kind === "object";
}

/** Git's own carriers: what a revert does by them, and what not. */
function byCarriers(
  kind: "blue/green" | "canary",
  carriers: readonly string[],
  moving: readonly string[] = carriers,
): Strategy {
  const head = `${kind} by ${carriers.join(", ")}`;
  if (!carriers.some((name) => moving.includes(name))) {
    const stay = carriers.length === 1 ? "stays as it is" : "stay as they are";
    return { kind, carriers, message: `${head}: ${stay}, and so does the way that traffic goes` };
  }
  const message =
    kind === "canary"
      ? `${head}: the weights go back at once; the pods follow`
      : `${head}: traffic goes back at once, as long as the old colour still runs`;
  return { kind, carriers, message };
}

/** argo-rollouts.readthedocs.io/en/stable/features/specification */
function findRollout(objects: readonly ObjectComponent[]): Strategy | undefined {
  const rollout = objects.find((component) => typeOf(component) === "argoproj.io/Rollout");
  if (rollout === undefined) return undefined;
  const { value } = rollout;
  const name = componentName(rollout);
  const controller = "Argo Rollouts" as const;
  if (isObject(valueAt(value, "spec", "strategy", "blueGreen"))) {
    const byHand = valueAt(value, "spec", "strategy", "blueGreen", "autoPromotionEnabled") === false;
    const promotion = byHand ? "; a person has to promote it" : "";
    const message = `blue/green by Argo Rollouts: ${name} goes back, and the controller switches when its pods are ready${promotion}`;
    return { kind: "blue/green", controller, carriers: [], message };
  }
  const steps = listAt(value, "spec", "strategy", "canary", "steps").length;
  const isFast = valueAt(value, "spec", "rollbackWindow", "revisions") !== undefined;
  const again =
    steps === 0
      ? "at once"
      : isFast
        ? "without its steps when the old version is within the rollback window"
        : `through its ${steps} ${steps === 1 ? "step" : "steps"} again, unless the old version is still the stable one`;
  const message = `canary by Argo Rollouts: ${name} goes back, and the controller takes the weight from the bad version, ${again}`;
  return { kind: "canary", controller, carriers: [], message };
}

/** docs.flagger.app/usage/deployment-strategies: without weights it switches. */
function findFlagger(own: readonly ObjectComponent[], all: readonly ObjectComponent[]): Strategy | undefined {
  const isCanary = (component: ObjectComponent): boolean => typeOf(component) === "flagger.app/Canary";
  const targeted = (component: ObjectComponent): boolean => {
    const target = valueAt(component.value, "spec", "targetRef");
    return own.some(({ id }) => id.kind === stringAt(target, "kind") && id.name === stringAt(target, "name"));
  };
  const canary = own.find(isCanary) ?? all.find((component) => isCanary(component) && targeted(component));
  if (canary === undefined) return undefined;
  const analysis = valueAt(canary.value, "spec", "analysis") ?? valueAt(canary.value, "spec", "canaryAnalysis");
  const isWeighted = ["maxWeight", "stepWeight", "stepWeights"].some((key) => valueAt(analysis, key) !== undefined);
  const kind = isWeighted ? ("canary" as const) : ("blue/green" as const);
  const skips = valueAt(canary.value, "spec", "skipAnalysis") === true;
  const again = skips ? "without an analysis" : "after its analysis, unless the primary still holds the old version";
  const message = `${kind} by Flagger: the target of ${componentName(canary)} goes back, and the controller moves the traffic, ${again}`;
  return { kind, controller: "Flagger", carriers: [], message };
}

/** A Service that selects one of several workloads by a label in which they differ. */
function findSwitch(objects: readonly ObjectComponent[], moving: readonly string[] | undefined): Strategy | undefined {
  const pods = objects.flatMap((component) => podsOf(component) ?? []);
  const switches = objects.filter((component) => {
    const labels = typeOf(component) === "/Service" ? destinationOf(component)?.labels : undefined;
    if (labels === undefined) return false;
    const near = pods.filter(({ workload }) => mayMeet(workload, component));
    return Object.keys(labels).some((key) => isColour(labels, key, near));
  });
  const carriers = [...new Set(switches.map(componentName))];
  return carriers.length === 0 ? undefined : byCarriers("blue/green", carriers, moving);
}

interface Pods {
  readonly workload: ObjectComponent;
  readonly labels: { readonly [label: string]: string };
  /** Names of their containers: two colours have the same. */
  readonly containers: string;
}

/** Labels that tell parts of an application from each other, not its versions (kubernetes.io/docs/concepts/overview/working-with-objects/common-labels). */
const PARTS: ReadonlySet<string> = new Set([
  "app.kubernetes.io/component",
  "app.kubernetes.io/name",
  "component",
  "role",
  "tier",
]);

/** Would the Service, but for this label, select pods of the same make that it does not select now? */
function isColour(labels: { readonly [label: string]: string }, key: string, pods: readonly Pods[]): boolean {
  const others = Object.entries(labels).filter(([label]) => label !== key);
  if (others.length === 0 || PARTS.has(key)) return false;
  const like = pods.filter((own) => others.every(([label, value]) => own.labels[label] === value));
  const selected = like.filter((own) => own.labels[key] === labels[key]);
  return like.some(
    (own) =>
      own.labels[key] !== undefined &&
      own.labels[key] !== labels[key] &&
      selected.some(({ containers }) => containers === own.containers),
  );
}

function podsOf(workload: ObjectComponent): Pods | undefined {
  const path = podTemplatePath(workload);
  if (path === undefined) return undefined;
  const labels = valueAt(workload.value, ...path, "metadata", "labels");
  const names = listAt(workload.value, ...path, "spec", "containers").map((one) => stringAt(one, "name") ?? "");
  return {
    workload,
    containers: names.toSorted().join(" "),
    labels: isObject(labels)
      ? Object.fromEntries(Object.keys(labels).map((key) => [key, stringAt(labels, key) ?? ""]))
      : {},
  };
}

/** Routes and splits whose weights are in git. */
function findSplit(objects: readonly ObjectComponent[], moving: readonly string[] | undefined): Strategy | undefined {
  const splits = objects.filter(isCarrier).flatMap((component) => {
    const destination = destinationOf(component);
    const split = destination === undefined ? undefined : splitOf(destination);
    return split === undefined ? [] : [{ name: componentName(component), split }];
  });
  if (splits.length === 0) return undefined;
  const isShared = splits.some(({ split }) => split === "shared");
  return byCarriers(isShared ? "canary" : "blue/green", [...new Set(splits.map(({ name }) => name))], moving);
}

/** Kubernetes itself replaces pods (kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy). */
function findReplacement(objects: readonly ObjectComponent[]): Strategy | undefined {
  const types = ["apps/Deployment", "apps/StatefulSet", "apps/DaemonSet"];
  const workloads = objects.filter((component) => types.includes(typeOf(component)));
  if (workloads.length === 0) return undefined;
  const down = workloads.filter(({ value }) => strategyType(value) === "Recreate").map(componentName);
  if (down.length > 0) {
    const message = `recreate: ${down.join(", ")} ${down.length === 1 ? "is" : "are"} down while the pods are replaced`;
    return { kind: "recreate", carriers: [], message };
  }
  const byHand = workloads.filter(({ value }) => strategyType(value) === "OnDelete").map(componentName);
  const message =
    byHand.length > 0
      ? `rolling, by hand: ${byHand.join(", ")} takes the old version only where somebody deletes a pod`
      : "rolling: Kubernetes replaces the pods one after the other, slower than a switch of traffic";
  return { kind: "rolling", carriers: [], message };
}

function strategyType(value: JsonObject): string | undefined {
  return stringAt(value, "spec", "strategy", "type") ?? stringAt(value, "spec", "updateStrategy", "type");
}
