/** What carries traffic goes back first, and can go back alone while the old version still runs. */
import { type Component, componentName } from "../model/component.ts";
import { destinationOf, isCarrier, movesTraffic } from "./traffic.ts";
import { podTemplatePath } from "../manifest/workload.ts";
import { isObject, property, valueAt } from "../model/json.ts";

/** A component that a plan changes: `PlannedComponent` fits. */
export interface ChangedComponent {
  readonly component: Component;
  readonly change: "change" | "add" | "remove";
  readonly fields: readonly { readonly pointer: string }[];
}

/** Does the plan move traffic by it? */
export function carriesChange({ component, change, fields }: ChangedComponent): boolean {
  if (!isCarrier(component)) return false;
  return change !== "change" || fields.some(({ pointer }) => movesTraffic(component, pointer));
}

/** The same components, those first by which traffic moves; otherwise as they were. */
export function inTrafficOrder<T extends ChangedComponent>(components: readonly T[]): readonly T[] {
  return [...components.filter(carriesChange), ...components.filter((component) => !carriesChange(component))];
}

export interface TrafficFirst {
  /** What `--only` takes: `Service/api`. */
  readonly only: readonly string[];
  /** Workloads that will get the traffic: all of them have to be `Current` for it. Empty: nobody knows which. */
  readonly needs: readonly string[];
}

/**
 * What to select so that traffic goes back alone; undefined when no carrier changes, or all that changes are carriers. `before` and `after` the
 * revert: all components of the target; what gets the traffic then has to be there now, unchanged in its pods.
 */
export function trafficFirst(
  changed: readonly ChangedComponent[],
  { before, after }: { readonly before: readonly Component[]; readonly after: readonly Component[] },
): TrafficFirst | undefined {
  const carriers = changed.filter((one) => one.change === "change" && carriesChange(one));
  if (carriers.length === 0 || carriers.length === changed.length) return undefined;
  const names = new Set(carriers.map(({ component }) => componentName(component)));
  const routed = after.filter((component) => names.has(componentName(component)));
  return { only: [...names], needs: [...new Set(routed.flatMap((carrier) => servedBy(carrier, { before, after })))] };
}

/** The workloads behind a carrier, as it is after the revert, among those that are there before it. */
function servedBy(
  carrier: Component,
  sides: { readonly before: readonly Component[]; readonly after: readonly Component[] },
): readonly string[] {
  const destination = destinationOf(carrier);
  if (destination === undefined) return [];
  const { labels, backends } = destination;
  if (labels !== undefined) {
    return sides.before.filter((component) => hasPodLabels(component, labels)).map(componentName);
  }
  const open = backends.filter(({ weight }) => weight === undefined || weight > 0).map(({ name }) => name);
  const services = sides.after.filter(
    (component) => component.kind === "object" && component.id.kind === "Service" && open.includes(component.id.name),
  );
  return services.flatMap((service) => servedBy(service, sides));
}

function hasPodLabels(component: Component, labels: { readonly [label: string]: string }): boolean {
  const path = podTemplatePath(component);
  if (component.kind !== "object" || path === undefined) return false;
  const own = valueAt(component.value, ...path, "metadata", "labels");
  return isObject(own) && Object.entries(labels).every(([label, value]) => property(own, label) === value);
}
