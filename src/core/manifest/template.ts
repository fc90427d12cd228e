/**
 * Go templates in what should be YAML. `{{` inside a string is ordinary data (Prometheus annotations, Argo Workflows);
 * where YAML expects structure it is a template, and so is anything that names Helm's own objects.
 */

/** `{{` that begins a line, a list item or a value. */
const STRUCTURAL = /^[ \t]*(?:- +)*(?:"?[^\s#'"{][^\s:]{0,200}:[ \t]+)?\{\{/m;

/** What only Helm's engine knows: `.Values.x`, `.Release.Name`, `include "x" .`. */
const HELM = /\{\{[^{}\n]{0,200}?(?:\.(?:Values|Release|Chart|Capabilities|Template)\.|\b(?:include|template)\s+["(.])/;

/** The offset of the first sign that a text is a template. For texts that do not read as YAML. */
export function findTemplate(text: string): number | undefined {
  if (!text.includes("{{")) return undefined;
  const found = STRUCTURAL.exec(text) ?? HELM.exec(text);
  return found === null ? undefined : text.indexOf("{{", found.index);
}

/** Does a string of a readable document name Helm's own objects? */
export function namesHelm(text: string): boolean {
  return text.includes("{{") && HELM.test(text);
}

/** Does the path lie in a chart's `templates/`, which Helm renders whatever it looks like? */
export function isHelmChartPath(path: string): boolean {
  return /(?:^|\/)templates\//.test(path);
}
