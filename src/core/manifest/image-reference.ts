/** An image as it is written: nothing is filled in. */
export interface ImageReference {
  readonly registry?: string;
  /** Without the registry: `acme/api`. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

// The grammar of github.com/distribution/reference, `reference.go` and `regexp.go`.
const REGISTRY =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const MAX_NAME = 255;

/** Reads `registry/repository:tag@digest`; undefined when it is none (`${IMAGE}`, upper case, a URL). */
export function parseImageReference(text: string): ImageReference | undefined {
  const at = text.indexOf("@");
  const named = at === -1 ? text : text.slice(0, at);
  const digest = at === -1 ? undefined : text.slice(at + 1);
  const colon = named.lastIndexOf(":");
  const tagged = colon > named.lastIndexOf("/");
  const name = tagged ? named.slice(0, colon) : named;
  const tag = tagged ? named.slice(colon + 1) : undefined;
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  const registry = isRegistry(first) ? first : undefined;
  const repository = registry === undefined ? name : name.slice(slash + 1);
  const valid =
    name.length <= MAX_NAME &&
    REPOSITORY.test(repository) &&
    (registry === undefined || REGISTRY.test(registry)) &&
    (tag === undefined || TAG.test(tag)) &&
    (digest === undefined || DIGEST.test(digest));
  if (!valid) return undefined;
  return {
    ...(registry === undefined ? {} : { registry }),
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The opposite of `parseImageReference`. */
export function renderImageReference({ registry, repository, tag, digest }: ImageReference): string {
  const name = registry === undefined ? repository : `${registry}/${repository}`;
  return `${name}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** The repository with what the runtime fills in, to compare by: `nginx` is `docker.io/library/nginx`. */
export function canonicalRepository({ registry, repository }: ImageReference): string {
  const host = registry === undefined || registry === "index.docker.io" ? "docker.io" : registry;
  return host === "docker.io" && !repository.includes("/") ? `${host}/library/${repository}` : `${host}/${repository}`;
}

/** As `splitDockerDomain`: a first part is a registry when it has a dot, a port or capitals, or is `localhost`. */
function isRegistry(part: string): boolean {
  return part !== "" && (/[.:]/.test(part) || part === "localhost" || part.toLowerCase() !== part);
}
