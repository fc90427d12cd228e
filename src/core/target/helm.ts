import type { JsonValue } from "../model/json.ts";
import { listAt, stringAt } from "../model/json.ts";
import { joinPath } from "./path.ts";

/** What a chart is made of, besides its own folder. */
export interface ChartInputs {
  /** Folders of charts that it depends on by `file://`, from the root of the repository. They may be missing. */
  readonly paths: readonly string[];
  /** `name version from URL`: dependencies from a registry. */
  readonly remote: readonly string[];
  /** As written: dependencies that lie outside of the repository. */
  readonly outside: readonly string[];
}

/** Finds the dependencies in a `Chart.yaml` (or, for v1 charts, a `requirements.yaml`) of the chart folder. */
export function chartInputs(folder: string, value: JsonValue): ChartInputs {
  const paths: string[] = [];
  const remote: string[] = [];
  const outside: string[] = [];
  for (const dependency of listAt(value, "dependencies")) {
    const repository = stringAt(dependency, "repository") ?? "";
    if (repository.startsWith("file://")) {
      const path = joinPath(folder, repository.slice("file://".length));
      if (path === undefined) outside.push(repository);
      else paths.push(path);
    } else if (repository !== "") {
      const version = stringAt(dependency, "version") ?? "";
      remote.push(`${stringAt(dependency, "name") ?? "?"} ${version} from ${repository}`);
    }
  }
  return { paths, remote, outside };
}

/**
 * What lies in a chart's folder for others: values of other environments (`values-prod.yaml`, `values/prod.yaml`,
 * chart-testing's `ci/`; Helm reads only `values.yaml` unasked). Left out of a target whose engine names its files; its
 * own come back by name.
 */
export const OTHER_VALUES: readonly string[] = [
  "values[-._]*.{yaml,yml}",
  "*[-._]values.{yaml,yml}",
  "values/**",
  "ci/**",
];
