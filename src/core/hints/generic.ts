/** `POST /api/v1/targets/{target}/signals`: `{"status", "revision", "source", "url"}`, of smoke tests and people's own tools. */
import { stringAt } from "../model/json.ts";
import { hintsOf, malformed, nameAt, parsePayload, type ReadPayload, textOf } from "./hint.ts";

const SAYS = { good: "good", ok: "good", success: "good", bad: "bad", failed: "bad", failure: "bad" } as const;

/** `target` comes from the path. Without a revision it is a question, not a statement: look. */
export function readGeneric(target: string, body: string): ReadPayload {
  const payload = parsePayload(body);
  if (payload === undefined) return malformed("is no JSON object");
  const name = nameAt({ target }, "target");
  if (name === undefined) return malformed("names no target");
  const status = nameAt(payload, "status");
  const source = nameAt(payload, "source");
  const revision = nameAt(payload, "revision");
  if (status === undefined || !Object.hasOwn(SAYS, status)) return malformed("has no status: good or bad");
  if (source === undefined) return malformed("has no source: who says it");
  const says = SAYS[status as keyof typeof SAYS];
  return hintsOf([
    {
      about: { kind: "target", name },
      says: revision === undefined ? "unclear" : says,
      ...(revision === undefined ? {} : { revision }),
      key: `signal ${name} ${source} ${revision ?? ""} ${says} ${nameAt(payload, "id") ?? ""}`,
      message: textOf(
        `${source} says ${says}${revision === undefined ? "" : ` of ${revision}`}: ${stringAt(payload, "message") ?? stringAt(payload, "url") ?? ""}`,
      ),
    },
  ]);
}
