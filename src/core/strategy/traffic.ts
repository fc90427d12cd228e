/** Objects that carry traffic by themselves: who says where requests go, and where to. */
import { type Component, groupOf } from "../model/component.ts";
import { isObject, type JsonObject, type JsonValue, listAt, property, stringAt, valueAt } from "../model/json.ts";

/** An object of Kubernetes. */
export type ObjectComponent = Component & { readonly kind: "object" };

/** Where a carrier sends requests. */
export interface Destination {
  /** Pods with these labels (a Service). */
  readonly labels?: { readonly [label: string]: string };
  /** Services by name, with their share as written; a missing weight shares evenly. */
  readonly backends: readonly { readonly name: string; readonly weight?: number }[];
}

interface CarrierRule {
  /** Which fields of it move traffic, as JSON pointers. */
  readonly fields: RegExp;
  readonly destinationOf: (value: JsonObject) => Destination;
}

/** By `group/Kind`. Groups without a version: fields are the same in all that are served. */
const CARRIERS: { readonly [type: string]: CarrierRule } = {
  "/Service": { fields: /^\/spec\/selector(\/|$)/, destinationOf: serviceDestination },
  // istio.io/latest/docs/reference/config/networking/virtual-service
  "networking.istio.io/VirtualService": { fields: /^\/spec\/(http|tls|tcp)(\/|$)/, destinationOf: istioDestination },
  // gateway-api.sigs.k8s.io/reference/spec
  "gateway.networking.k8s.io/HTTPRoute": { fields: /^\/spec\/rules(\/|$)/, destinationOf: gatewayDestination },
  "gateway.networking.k8s.io/GRPCRoute": { fields: /^\/spec\/rules(\/|$)/, destinationOf: gatewayDestination },
  "gateway.networking.k8s.io/TLSRoute": { fields: /^\/spec\/rules(\/|$)/, destinationOf: gatewayDestination },
  "gateway.networking.k8s.io/TCPRoute": { fields: /^\/spec\/rules(\/|$)/, destinationOf: gatewayDestination },
  // github.com/servicemeshinterface/smi-spec, traffic-split
  "split.smi-spec.io/TrafficSplit": { fields: /^\/spec\/backends(\/|$)/, destinationOf: splitDestination },
  // kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#canary
  "networking.k8s.io/Ingress": {
    fields: /^\/(spec\/(rules|defaultBackend)|metadata\/annotations\/nginx\.ingress\.kubernetes\.io~1canary)/,
    destinationOf: ingressDestination,
  },
};

const TYPES = new Map(Object.entries(CARRIERS));

/** Kinds that can carry traffic, each once. */
export const CARRIER_KINDS: readonly string[] = [...new Set([...TYPES.keys()].map((type) => type.split("/")[1] ?? ""))];

/** `apps/Deployment`, `/Service`. */
export function typeOf({ id }: ObjectComponent): string {
  return `${groupOf(id.apiVersion)}/${id.kind}`;
}

/** May they be in one namespace? A manifest that names none gets whatever the engine fills in. */
export function mayMeet(one: ObjectComponent, other: ObjectComponent): boolean {
  const [here, there] = [one.id.namespace, other.id.namespace];
  return here === there || here === undefined || there === undefined;
}

/** Can it carry traffic? */
export function isCarrier(component: Component): component is ObjectComponent {
  return component.kind === "object" && TYPES.has(typeOf(component));
}

/** Does a change of this field move traffic? */
export function movesTraffic(component: Component, pointer: string): boolean {
  return component.kind === "object" && TYPES.get(typeOf(component))?.fields.test(pointer) === true;
}

/** Where it sends requests; undefined when it is no carrier. */
export function destinationOf(component: Component): Destination | undefined {
  if (component.kind !== "object") return undefined;
  return TYPES.get(typeOf(component))?.destinationOf(component.value);
}

function serviceDestination(value: JsonObject): Destination {
  const selector = valueAt(value, "spec", "selector");
  const labels = isObject(selector) ? textsOf(selector) : {};
  return Object.keys(labels).length === 0 ? { backends: [] } : { labels, backends: [] };
}

function textsOf(value: JsonObject): { readonly [key: string]: string } {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, text]) => (typeof text === "string" ? [[key, text]] : [])),
  );
}

function istioDestination(value: JsonObject): Destination {
  const rules = ["http", "tls", "tcp"].flatMap((key) => listAt(value, "spec", key));
  return {
    backends: rules
      .flatMap((rule) => listAt(rule, "route"))
      .flatMap((route) => backendOf(stringAt(route, "destination", "host"), valueAt(route, "weight"))),
  };
}

function gatewayDestination(value: JsonObject): Destination {
  const references = listAt(value, "spec", "rules").flatMap((rule) => listAt(rule, "backendRefs"));
  return { backends: references.flatMap((ref) => backendOf(stringAt(ref, "name"), valueAt(ref, "weight"))) };
}

function splitDestination(value: JsonObject): Destination {
  const backends = listAt(value, "spec", "backends");
  return { backends: backends.flatMap((one) => backendOf(stringAt(one, "service"), valueAt(one, "weight"))) };
}

function ingressDestination(value: JsonObject): Destination {
  const paths = listAt(value, "spec", "rules").flatMap((rule) => listAt(rule, "http", "paths"));
  const services = [...paths, valueAt(value, "spec", "defaultBackend")].flatMap(
    (path) => stringAt(path, "backend", "service", "name") ?? stringAt(path, "service", "name") ?? [],
  );
  const weight = canaryWeight(value);
  return { backends: services.map((name) => ({ name, ...(weight === undefined ? {} : { weight }) })) };
}

/** The share of an Ingress that is a canary; undefined for an ordinary one. */
function canaryWeight(value: JsonObject): number | undefined {
  const annotations = valueAt(value, "metadata", "annotations");
  if (property(annotations, "nginx.ingress.kubernetes.io/canary") !== "true") return undefined;
  return numberOf(property(annotations, "nginx.ingress.kubernetes.io/canary-weight")) ?? 0;
}

/** Istio's hosts may be full names: the first label is the Service. */
function backendOf(host: string | undefined, weight: JsonValue | undefined): Destination["backends"] {
  const [name] = (host ?? "").split(".");
  if (name === undefined || name === "") return [];
  const share = numberOf(weight);
  return [{ name, ...(share === undefined ? {} : { weight: share }) }];
}

/** TrafficSplit writes weights as quantities: `500m`, `10`. */
function numberOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  const [, digits, milli] = typeof value === "string" ? (/^(\d{1,9})(m?)$/.exec(value) ?? []) : [];
  return digits === undefined ? undefined : Number(digits) / (milli === "m" ? 1000 : 1);
}

/** Does traffic flow to several of its backends at once, or to one of several? */
export function splitOf({ backends }: Destination): "shared" | "switched" | undefined {
  const names = new Set(backends.map(({ name }) => name));
  const shares = backends.map(({ weight }) => weight);
  if (names.size < 2) {
    const isPart = shares.some((weight) => weight !== undefined && weight > 0 && weight < 100);
    return isPart && shares.length === 1 ? "shared" : undefined;
  }
  if (shares.every((weight) => weight === undefined)) return undefined;
  const open = new Set(backends.filter(({ weight }) => weight === undefined || weight > 0).map(({ name }) => name));
  return open.size > 1 ? "shared" : "switched";
}
