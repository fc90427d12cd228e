/** A refusal, worded as the API server words it (k8s.io/apimachinery/pkg/api/errors). */
export class KubeRefusal extends Error {
  readonly status: number;
  readonly body: object;

  constructor(
    status: number,
    reason: string | undefined,
    message: string,
    more: { readonly details?: object; readonly metadata?: object } = {},
  ) {
    super(message);
    this.status = status;
    this.body = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      ...(reason === undefined ? {} : { reason }),
      ...more,
      code: status,
    };
  }
}

/** `resource`: `applications.argoproj.io`. */
export function notFound(resource: string, name: string): KubeRefusal {
  const [kind = "", ...group] = resource.split(".");
  const details = { name, group: group.join("."), kind };
  return new KubeRefusal(404, "NotFound", `${resource} "${name}" not found`, { details });
}

/** What is under no path the server knows. */
export function noSuchPath(): KubeRefusal {
  return new KubeRefusal(404, "NotFound", "the server could not find the requested resource", { details: {} });
}

export function alreadyExists(resource: string, name: string): KubeRefusal {
  return new KubeRefusal(409, "AlreadyExists", `${resource} "${name}" already exists`);
}

export function conflict(resource: string, name: string, why = MODIFIED): KubeRefusal {
  return new KubeRefusal(409, "Conflict", `Operation cannot be fulfilled on ${resource} "${name}": ${why}`);
}

const MODIFIED = "the object has been modified; please apply your changes to the latest version and try again";

export interface Cause {
  readonly field: string;
  readonly message: string;
}

export function invalid(kind: string, name: string, causes: readonly Cause[]): KubeRefusal {
  const texts = causes.map(({ field, message }) => `${field}: ${message}`);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  const details = { name, kind, causes: causes.map((cause) => ({ reason: "FieldValueInvalid", ...cause })) };
  return new KubeRefusal(422, "Invalid", `${kind} "${name}" is invalid: ${list}`, { details });
}

export function badRequest(message: string): KubeRefusal {
  return new KubeRefusal(400, "BadRequest", message);
}

export function unsupportedMediaType(supported: readonly string[]): KubeRefusal {
  const message = `the body of the request was in an unknown format - accepted media types include: ${supported.join(", ")}`;
  return new KubeRefusal(415, "UnsupportedMediaType", message);
}

/** Of a watch that begins in what is the future here. */
export function tooLargeVersion(from: string, now: number): KubeRefusal {
  const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
  const details = { causes, retryAfterSeconds: 1 };
  return new KubeRefusal(504, "Timeout", `Timeout: Too large resource version: ${from}, current: ${now}`, { details });
}

export function expired(message: string, token?: string): KubeRefusal {
  return new KubeRefusal(410, "Expired", message, token === undefined ? {} : { metadata: { continue: token } });
}

/** A version to watch from that is no number: an error of the cache behind the API (Kubernetes 1.34). */
export function noVersion(text: string): KubeRefusal {
  const why = `strconv.ParseUint: parsing "${text}": invalid syntax`;
  return new KubeRefusal(500, undefined, `resourceVersion: Invalid value: "${text}": ${why}`);
}
