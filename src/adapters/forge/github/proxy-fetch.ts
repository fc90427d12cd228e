/** Which proxy to use for which address, as the usual variables say: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. */
export interface ProxySettings {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
  /** Certificates (PEM) to be trusted besides the well-known ones, by servers and proxies. */
  readonly ca?: string;
}

export type Fetch = typeof globalThis.fetch;

/** A `fetch` that goes through the proxy: Node 20's own ignores these variables. */
export async function createProxyFetch(proxy: ProxySettings): Promise<Fetch> {
  const [{ EnvHttpProxyAgent, fetch }, { rootCertificates }] = await Promise.all([
    import("undici"),
    import("node:tls"),
  ]);
  const trusted = proxy.ca === undefined ? undefined : { ca: [...rootCertificates, proxy.ca] };
  // An empty text means none; undefined would make undici read the process's own variables.
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: proxy.httpProxy ?? "",
    httpsProxy: proxy.httpsProxy ?? "",
    noProxy: proxy.noProxy ?? "",
    ...(trusted === undefined ? {} : { connect: trusted, requestTls: trusted, proxyTls: trusted }),
  });
  const proxied = async (url: string, init?: object): Promise<unknown> => fetch(url, { ...init, dispatcher });
  return proxied as Fetch;
}
