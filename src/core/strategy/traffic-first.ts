/** What carries traffic goes back first, and can go back alone while the old version still runs. */
import { type Component, componentKey, componentName } from "../model/component.ts";
import { destinationOf, isCarrier, mayMeet, movesTraffic, type ObjectComponent } from "./traffic.ts";
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
  /** Workloads that stay as they are, bad presumably, until the rest goes back. */
  readonly stay: readonly string[];
}

/**
 * What to select so that traffic goes back alone; undefined when no carrier changes, or all that changes are carriers, or what gets the traffic
 * then is not there now as it will be: the revert changes its pods or their number, or git says that none run. `before` and `after` the revert:
 * all components of the target.
 */
export function trafficFirst(
  changed: readonly ChangedComponent[],
  { before, after }: { readonly before: readonly Component[]; readonly after: readonly Component[] },
): TrafficFirst | undefined {
  const carriers = changed.filter((one) => one.change === "change" && carriesChange(one));
  if (carriers.length === 0 || carriers.length === changed.length) return undefined;
  const names = new Set(carriers.map(({ component }) => componentName(component)));
  const routed = after.filter((component) => isCarrier(component) && names.has(componentName(component)));
  const served = routed.map((carrier) => servedBy(carrier, { before, after }));
  const known = served.every((workloads) => workloads !== undefined) ? served.flat() : [];
  if (known.some((workload) => isIdle(workload) || changed.some((one) => changesPods(one, workload)))) return undefined;
  const stay = changed.filter(({ component }) => podTemplatePath(component) !== undefined);
  return {
    only: [...names],
    needs: [...new Set(known.map(componentName))],
    stay: [...new Set(stay.map(({ component }) => componentName(component)))],
  };
}

/**
 * The workloads behind a carrier, as it is after the revert, among those that are there before it: none for what gets no traffic. Undefined when
 * some of them are not in git.
 */
function servedBy(
  carrier: Component,
  sides: { readonly before: readonly Component[]; readonly after: readonly Component[] },
): readonly Component[] | undefined {
  const destination = destinationOf(carrier);
  if (destination === undefined || carrier.kind !== "object") return undefined;
  const { labels, backends } = destination;
  if (labels !== undefined) {
    const selected = sides.before.filter((component) => isSelectedBy(component, carrier, labels));
    return selected.length === 0 ? undefined : selected;
  }
  if (backends.length === 0) return undefined;
  const open = backends.filter(({ weight }) => weight === undefined || weight > 0);
  const behind = open.map(({ name }) => {
    const service = sides.after.find(
      (component) =>
        component.kind === "object" &&
        component.id.kind === "Service" &&
        component.id.name === name &&
        mayMeet(component, carrier),
    );
    return service === undefined ? undefined : servedBy(service, sides);
  });
  return behind.every((workloads) => workloads !== undefined) ? behind.flat() : undefined;
}

function isSelectedBy(
  component: Component,
  carrier: ObjectComponent,
  labels: { readonly [label: string]: string },
): boolean {
  const path = podTemplatePath(component);
  if (component.kind !== "object" || path === undefined || !mayMeet(component, carrier)) return false;
  const own = valueAt(component.value, ...path, "metadata", "labels");
  return isObject(own) && Object.entries(labels).every(([label, value]) => property(own, label) === value);
}

/** Git says that none of its pods run. */
function isIdle(workload: Component): boolean {
  return workload.kind === "object" && valueAt(workload.value, "spec", "replicas") === 0;
}

/** Are the pods of the workload others after the revert, or more or fewer of them? */
function changesPods({ component, change, fields }: ChangedComponent, workload: Component): boolean {
  if (componentKey(component) !== componentKey(workload)) return false;
  const path = podTemplatePath(workload) ?? [];
  const within = ["/spec/replicas", `/${path.join("/")}`];
  return (
    change !== "change" ||
    fields.some(({ pointer }) => within.some((own) => pointer === own || pointer.startsWith(`${own}/`)))
  );
}
