/** How a target brings a new version to its users, read from its manifests; and so what its revert does, and how fast. */
import { podTemplatePath } from "../manifest/workload.ts";
import { type Component, componentName } from "../model/component.ts";
import { isObject, type JsonObject, listAt, stringAt, valueAt } from "../model/json.ts";
import { destinationOf, isCarrier, type ObjectComponent, splitOf, typeOf } from "./traffic.ts";

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

/** The strategy of a target. `components`: all of its present manifests. */
export function findStrategy(components: readonly Component[]): Strategy {
  const objects = components.filter((component): component is ObjectComponent => component.kind === "object");
  return (
    findRollout(objects) ??
    findFlagger(objects) ??
    findSwitch(objects) ??
    findSplit(objects) ??
    findReplacement(objects) ?? { kind: "unknown", carriers: [], message: "what runs its pods is not in git" }
  );
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
function findFlagger(objects: readonly ObjectComponent[]): Strategy | undefined {
  const canary = objects.find((component) => typeOf(component) === "flagger.app/Canary");
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
function findSwitch(objects: readonly ObjectComponent[]): Strategy | undefined {
  const pods = objects.map(podLabels).filter((labels) => labels !== undefined);
  const switches = objects.filter((component) => {
    const labels = typeOf(component) === "/Service" ? destinationOf(component)?.labels : undefined;
    return labels !== undefined && Object.keys(labels).some((key) => isColour(labels, key, pods));
  });
  const carriers = switches.map(componentName);
  if (carriers.length === 0) return undefined;
  const message = `blue/green by ${carriers.join(", ")}: traffic goes back at once, as long as the old colour still runs`;
  return { kind: "blue/green", carriers, message };
}

/** Would the Service, but for this label, select pods that it does not select now? */
function isColour(
  labels: { readonly [label: string]: string },
  key: string,
  pods: readonly { readonly [label: string]: string }[],
): boolean {
  const others = Object.entries(labels).filter(([label]) => label !== key);
  const like = pods.filter((own) => others.every(([label, value]) => own[label] === value) && own[key] !== undefined);
  return (
    others.length > 0 && like.some((own) => own[key] === labels[key]) && like.some((own) => own[key] !== labels[key])
  );
}

function podLabels(component: ObjectComponent): { readonly [label: string]: string } | undefined {
  const path = podTemplatePath(component);
  if (path === undefined) return undefined;
  const labels = valueAt(component.value, ...path, "metadata", "labels");
  return isObject(labels)
    ? Object.fromEntries(Object.keys(labels).map((key) => [key, stringAt(labels, key) ?? ""]))
    : {};
}

/** Routes and splits whose weights are in git. */
function findSplit(objects: readonly ObjectComponent[]): Strategy | undefined {
  const splits = objects.filter(isCarrier).flatMap((component) => {
    const destination = destinationOf(component);
    const split = destination === undefined ? undefined : splitOf(destination);
    return split === undefined ? [] : [{ name: componentName(component), split }];
  });
  if (splits.length === 0) return undefined;
  const carriers = splits.map(({ name }) => name);
  const isShared = splits.some(({ split }) => split === "shared");
  const names = carriers.join(", ");
  return isShared
    ? { kind: "canary", carriers, message: `canary by ${names}: the weights go back at once; the pods follow` }
    : {
        kind: "blue/green",
        carriers,
        message: `blue/green by ${names}: traffic goes back at once, as long as the old colour still runs`,
      };
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
