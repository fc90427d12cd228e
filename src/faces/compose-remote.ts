/** A part of compose.ts: a repository that lies elsewhere. */
import { join } from "node:path";
import { openMirror } from "../adapters/repository/git/mirror.ts";
import { findBase } from "../app/find-base.ts";
import { openForge } from "./compose-forge.ts";
import { ledgerOf, ledgerUrlOf } from "./compose-ledger.ts";
import { gitOptions, type OpenedWorld, type Opening, type RemotePlace } from "./compose-parts.ts";
import { LEDGER_REF } from "./ledger-place.ts";
import { cacheFolder, type Surroundings } from "./surroundings.ts";

/** Opens lastgood's own clone of an address, as fresh as it is there, and the forge. */
export async function openRemoteWorld(
  request: Opening,
  surroundings: Surroundings,
  { url, seed, root, own }: RemotePlace,
): Promise<OpenedWorld> {
  const { clock, log } = request;
  const { token, bot } = await request.signIn(url);
  const mirror = await openMirror({
    ...gitOptions(surroundings, request),
    cacheDir: join(cacheFolder(surroundings), "mirrors"),
    url,
    token,
    allowLocal: true,
    progress: ({ stage, percent }) => log.progress(stage, percent),
    warn: (message) => log.warn(message),
    ...(seed === undefined ? {} : { seed }),
    ...(request.whole === undefined ? {} : { whole: request.whole }),
  });
  const ledgerRef = request.ledgerRef ?? LEDGER_REF;
  log.progress("fetching");
  await mirror.remote.fetch([ledgerRef], ({ stage, percent }) => log.progress(stage, percent));
  const { repository, remote } = mirror;
  const { branch, ref, base } = await findBase(repository, request);
  const elsewhere = ledgerUrlOf(request, url);
  const { ledgerUrl } = elsewhere;
  const kept = ledgerOf(
    ledgerUrl === undefined
      ? { url, own, isFetched: true, repository, request, surroundings }
      : { url: ledgerUrl, unfetched: true, repository, request, surroundings },
  );
  const forge = await openForge(url, branch, { request, surroundings });
  return {
    ...(bot === undefined ? {} : { bot }),
    repository,
    remote,
    forge,
    records: async () => forge.records,
    openForge: async () => forge,
    ...kept,
    ...elsewhere,
    clock,
    log,
    branch,
    base,
    baseRef: ref,
    urls: [url],
    optimize: async () => mirror.optimize(),
    close: async () => mirror.close(),
    ...(root === undefined ? {} : { root }),
  };
}
