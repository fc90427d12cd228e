import type { ObjectId } from "../../../core/model/component.ts";
import type { JsonObject } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import type { LookRequest } from "../../../ports/cluster.ts";

/**
 * The merge patch by which an engine is asked to look: one annotation, and the uid, so that an object made anew under the same name is
 * not meant. Throws `EngineKind` for an object that is not that engine's: nothing else is ever written to.
 */
export function lookPatch(id: ObjectId, uid: string, request: LookRequest): JsonObject {
  const group = id.apiVersion.split("/")[0] ?? "";
  switch (request.engine) {
    case "argocd":
      // argo-cd docs, "Annotations and Labels used by Argo CD".
      if (group !== "argoproj.io" || id.kind !== "Application") throw notOf("Argo CD", id);
      return annotate(uid, "argocd.argoproj.io/refresh", request.hard ? "hard" : "normal");
    case "flux":
      // fluxcd.io, "Reconcile request": any new value; it comes back in status.lastHandledReconcileAt.
      if (!group.endsWith(".toolkit.fluxcd.io")) throw notOf("Flux", id);
      return annotate(uid, "reconcile.fluxcd.io/requestedAt", request.token);
  }
}

function annotate(uid: string, name: string, value: string): JsonObject {
  return { metadata: { uid, annotations: { [name]: value } } };
}

function notOf(engine: string, { kind }: ObjectId): LastgoodError {
  return new LastgoodError("EngineKind", `${engine} does not look at objects of kind ${kind}`);
}
