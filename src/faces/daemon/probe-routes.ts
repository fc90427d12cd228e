/** What Kubernetes and Prometheus ask: is it alive, may it be talked to, what does it count. */
import type { Route } from "./http-server.ts";
import type { Metrics } from "./metrics.ts";

const everybody = (): boolean => true;

/** `ready`: undefined, or what is missing in one sentence. `alive`: the same; then it is restarted. */
export function probeRoutes(state: {
  readonly alive: () => string | undefined;
  readonly ready: () => string | undefined;
}): readonly Route[] {
  const probe = (path: string, missing: () => string | undefined): Route => ({
    method: "GET",
    path,
    admits: everybody,
    maxBytes: 0,
    handle: async () => {
      const why = missing();
      return why === undefined ? { status: 200, body: "ok\n" } : { status: 503, body: `${why}\n` };
    },
  });
  return [probe("/healthz", state.alive), probe("/readyz", state.ready)];
}

export function metricsRoutes(metrics: Pick<Metrics, "contentType" | "text">): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/metrics",
      admits: everybody,
      maxBytes: 0,
      handle: async () => ({ status: 200, contentType: metrics.contentType, body: await metrics.text() }),
    },
  ];
}
