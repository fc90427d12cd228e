/** Files in git that image automation writes. */
import { judgeMarkers, type TargetPaths } from "../../core/doctor/judge-images.ts";
import { isManifestPath } from "../../core/target/scope.ts";
import { holdsAny, readFiles } from "../read-files.ts";
import { OPENING_MS, whenOpened, type OpenRepository } from "./opened-repository.ts";
import type { Check } from "./run-checks.ts";

const FLUX = ['{"$imagepolicy"', "{'$imagepolicy'", '{ "$imagepolicy"'];
const ARGO = ["argocd-image-updater.argoproj.io/image-list"];
/** What argocd-image-updater writes beside a target (`.argocd-source-NAME.yaml`). */
const WRITTEN = /(?:^|\/)\.argocd-source-[^/]+\.yaml$/;

/** `targets` empty: the whole repository. Applications may be defined anywhere: these are looked for in all of it. */
export function imageMarkersCheck(open: OpenRepository, targets: readonly TargetPaths[]): Check {
  const paths = targets.flatMap((target) => target.paths);
  const isTargets = (path: string): boolean =>
    paths.length === 0 || paths.some((each) => each === "" || path === each || path.startsWith(`${each}/`));
  return {
    name: "ImageMarkers",
    doing: "looking for image automation in git",
    timeoutMs: OPENING_MS,
    run: async () =>
      whenOpened("ImageMarkers", open, async ({ repository, base }) => {
        const manifests = (await repository.files(base)).filter(({ path }) => isManifestPath(path));
        const flux: string[] = [];
        const argo: string[] = manifests.flatMap(({ path }) => (WRITTEN.test(path) && isTargets(path) ? [path] : []));
        for await (const { file, bytes } of readFiles(repository, manifests)) {
          if (isTargets(file.path) && holdsAny(bytes, FLUX)) flux.push(file.path);
          if (holdsAny(bytes, ARGO)) argo.push(file.path);
        }
        return judgeMarkers({ flux, argo });
      }),
  };
}
