/** Who writes images into git by itself: it would undo a revert. */
import { shellLine } from "../model/shell.ts";
import { ok, warning, type Finding } from "./finding.ts";

/** Something that updates images without a person. */
export interface ImageAutomation {
  readonly kind: "ImageUpdateAutomation" | "Application" | "ImageUpdater";
  readonly namespace: string;
  readonly name: string;
  /** Below which folder it writes, from the root of the repository; undefined: not told. */
  readonly path?: string;
}

/** A target, and where it lies. */
export interface TargetPaths {
  readonly name: string;
  readonly paths: readonly string[];
}

const MEANING = "After a revert it writes the newer image again, minutes later: the bad version is back.";
const QUARANTINE =
  'lastgood quarantine add TARGET --image IMAGE --reason "..."    with lastgood check in CI refuses its commit';

/** `targets` empty: whatever it writes may be a target. */
export function judgeAutomations(
  automations: readonly ImageAutomation[],
  targets: readonly TargetPaths[],
  kubectl: readonly string[],
): readonly Finding[] {
  return automations.flatMap((automation) => {
    const { kind, name, namespace, path } = automation;
    const touched = path === undefined ? [] : targets.filter(({ paths }) => paths.some((each) => overlaps(each, path)));
    if (path !== undefined && targets.length > 0 && touched.length === 0) return [];
    const whom =
      touched.length === 0
        ? ""
        : ` of ${touched
            .slice(0, 5)
            .map((target) => target.name)
            .join(", ")}`;
    return [
      warning("ImageAutomation", `${kind} ${namespace}/${name} updates images${whom}`, {
        meaning: MEANING,
        remedy: [`${stopCommand(automation, kubectl)}    stops it`, QUARANTINE],
      }),
    ];
  });
}

/** Files in git that say that somebody writes them. */
export interface ImageMarkers {
  /** With `{"$imagepolicy": …}` behind an image (fluxcd.io, "Configure image updates"). */
  readonly flux: readonly string[];
  /** With annotations of argocd-image-updater, or written by it (`.argocd-source-….yaml`). */
  readonly argo: readonly string[];
}

export function judgeMarkers({ flux, argo }: ImageMarkers): readonly Finding[] {
  const some = (files: readonly string[]): string =>
    `${files.slice(0, 3).join(", ")}${files.length > 3 ? ` and ${files.length - 3} more` : ""}`;
  const findings = [
    ...(flux.length === 0
      ? []
      : [
          warning("ImageMarkers", `Flux writes images into ${some(flux)}`, {
            meaning: MEANING,
            remedy: ["flux suspend image update NAME -n flux-system    stops it", QUARANTINE],
          }),
        ]),
    ...(argo.length === 0
      ? []
      : [
          warning("ImageMarkers", `argocd-image-updater writes images for ${some(argo)}`, {
            meaning: MEANING,
            remedy: [
              "kubectl -n argocd scale deployment argocd-image-updater --replicas=0    stops it",
              "argocd-image-updater.argoproj.io/ALIAS.ignore-tags    lets it pass by a bad tag",
              QUARANTINE,
            ],
          }),
        ]),
  ];
  return findings.length > 0 ? findings : [ok("ImageMarkers", "nobody writes images of targets into git by itself")];
}

function stopCommand({ kind, namespace, name }: ImageAutomation, kubectl: readonly string[]): string {
  switch (kind) {
    case "ImageUpdateAutomation":
      return shellLine(["flux", "suspend", "image", "update", name, "-n", namespace]);
    case "Application":
      return shellLine([
        ...kubectl,
        "-n",
        namespace,
        "annotate",
        "application",
        name,
        "argocd-image-updater.argoproj.io/image-list-",
      ]);
    case "ImageUpdater":
      return shellLine([...kubectl, "-n", namespace, "delete", "imageupdater", name]);
  }
}

/** Does one lie in the other? "" is the root. */
function overlaps(one: string, other: string): boolean {
  const [a, b] = [`${one}/`, `${other}/`].map((path) => (path === "/" ? "" : path));
  return a !== undefined && b !== undefined && (a.startsWith(b) || b.startsWith(a));
}
