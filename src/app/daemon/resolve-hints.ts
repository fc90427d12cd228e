/** Which targets a webhook means. A hint only makes lastgood look: who is meant by mistake is looked at in vain. */
import { engineKey } from "../../core/engine/engine-state.ts";
import type { Hint, TargetSelector } from "../../core/hints/hint.ts";
import type { HealthConfig } from "../../core/model/health-config.ts";
import { isManagedUrl } from "../../core/target/repository-url.ts";
import type { ObservedTarget } from "../observe-targets.ts";

/** A target, as far as others may name it. */
export interface HintTarget {
  readonly observed: ObservedTarget;
  /** Its sources in the configuration. */
  readonly health: readonly HealthConfig[];
  /** Where its repository is: all known addresses. */
  readonly urls: readonly string[];
}

/** Names of targets, each once. */
export function resolveHints(hints: readonly Hint[], targets: readonly HintTarget[]): readonly string[] {
  const meant = targets.filter((target) => hints.some(({ about }) => isMeant(about, target)));
  return meant.map(({ observed }) => observed.watched.target.name);
}

function isMeant(about: TargetSelector, { observed, health, urls }: HintTarget): boolean {
  const { target } = observed.watched;
  switch (about.kind) {
    case "target":
      return target.name === about.name;
    case "object":
      return isObject(about, observed);
    case "labels":
      return health.some((source) => source.kind === "alerts" && holds(about.labels, source.matchLabels));
    case "deployment":
      return (target.environment ?? "") === about.environment && isIn(about.repository, urls);
    case "repository":
      return isIn(about.repository, urls);
  }
}

/** By its state, else by its key: the engine may not have been heard of yet. */
function isObject(
  { objectKind, namespace, name, engine }: Extract<TargetSelector, { readonly kind: "object" }>,
  { states, watched }: ObservedTarget,
): boolean {
  const key = engineKey({ kind: objectKind, name, ...(namespace === undefined ? {} : { namespace }) });
  const isSame = (other: string | undefined): boolean =>
    other === key ||
    (namespace === undefined &&
      other?.startsWith(`${objectKind.toLowerCase()}/`) === true &&
      other.endsWith(`/${name}`));
  return (
    states.some(({ id, type }) => type === engine && isSame(engineKey(id))) ||
    watched.objects.some((one) => isSame(one.key))
  );
}

function holds(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => Object.hasOwn(labels, name) && labels[name] === value);
}

/** `acme/gitops`, whatever the host: a webhook is proved by its secret. */
function isIn(repository: string, urls: readonly string[]): boolean {
  if (isManagedUrl(repository, urls) === true) return true;
  const wanted = `/${repository.toLowerCase()}`;
  return urls.some((url) =>
    url
      .toLowerCase()
      .replace(/(\.git)?\/*$/, "")
      .replace(":", "/")
      .endsWith(wanted),
  );
}
