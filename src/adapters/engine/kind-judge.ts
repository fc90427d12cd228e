import type { ComputeStatus } from "../../core/kstatus/custom-table.ts";
import { computeStatus } from "../../core/kstatus/kstatus.ts";
import { groupOf, type ObjectId } from "../../core/model/component.ts";
import type { KindName } from "../../ports/cluster.ts";

/** How the objects below a target are judged, and kinds that are worth reading beside those that lastgood has rules for. */
export interface KindJudge {
  readonly compute: ComputeStatus;
  readonly kinds: readonly KindName[];
}

/** By lastgood's own rules alone. */
export const OWN_RULES: KindJudge = { compute: computeStatus, kinds: [] };

/** What lastgood's account may read (config/rbac), and what has a status worth reading: `group/Kind`. */
const KINDS: ReadonlySet<string> = new Set([
  "/Pod",
  "apps/DaemonSet",
  "apps/Deployment",
  "apps/ReplicaSet",
  "apps/StatefulSet",
  "argoproj.io/Application",
  "argoproj.io/Rollout",
  "autoscaling/HorizontalPodAutoscaler",
  "batch/CronJob",
  "batch/Job",
  "flagger.app/Canary",
  "helm.toolkit.fluxcd.io/HelmRelease",
  "kustomize.toolkit.fluxcd.io/Kustomization",
]);

/** Does this object's kind tell how a target is? Configuration, Secrets and the like do not. */
export function tellsStatus(id: Pick<ObjectId, "apiVersion" | "kind">): boolean {
  return KINDS.has(kindKey(id));
}

/** Is it of a kind that the configuration says how to judge? Of any version: `KindHealth` is so, too. */
export function isCustom(id: Pick<ObjectId, "apiVersion" | "kind">, { kinds }: KindJudge): boolean {
  const key = kindKey(id);
  return kinds.some((kind) => kindKey(kind) === key);
}

function kindKey({ apiVersion, kind }: Pick<ObjectId, "apiVersion" | "kind">): string {
  return `${groupOf(apiVersion)}/${kind}`;
}
